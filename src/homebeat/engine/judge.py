"""Runs the rules over blocks of rows in which something changed, or in which time may have changed something."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from homebeat.domain.alert import Edge, Priority, Reason, Subject, TransitionKind
from homebeat.engine.blind import Blindness
from homebeat.engine.edges import Change, Edges, Held, Phase
from homebeat.engine.lookup import RowLookup
from homebeat.engine.rulebook import RuleBook, applies
from homebeat.rules.catalogue import RULES
from homebeat.rules.frame import Axis, Frame
from homebeat.rules.rule import Judgement, Rule, Verdict, ms
from homebeat.stream.batch import FAR, I32, I64, NEVER, U8, Batch, Bool
from homebeat.stream.evidence import Evidence
from homebeat.stream.roster import Roster
from homebeat.stream.state import State

#: Rows judged at a time: temporaries of this size stay in the processor's cache.
BLOCK: Final = 8192
#: Why the condition of an alert is over although nothing was seen to end it: the reason's code.
LEFT: Final = "left_the_registry"
SWITCHED_OFF: Final = "rule_switched_off"
_TURNED: Final = int(Evidence.TURNED)
#: Neighbouring blocks of which it is asked at once whether all of them rest: where they do, a call for each would be most of it.
_MOST_AT_ONCE: Final = 16


@dataclass(slots=True)
class _Bench:
    """One rule at work: its edges and when each block is due."""

    axis: Axis
    edges: Edges
    due: I64
    holds: bool
    woken_by: int
    only_time_fires: bool
    soonest: int = NEVER
    at_once: int = _MOST_AT_ONCE

    def asks(self, touched: U8, now: int) -> list[int]:
        """The blocks to judge: news that the rule looks at, or time."""
        if self.only_time_fires and not self.edges.held:
            # news only puts the condition off: the block is looked at when it was due before the news, and finds out then
            turned = touched & _TURNED
            if self.soonest > now and not turned.any():
                return []
            ask = (turned != 0) | (self.due <= now)
        else:
            ask = ((touched & self.woken_by) != 0) | (self.due <= now)
        blocks: list[int] = ask.nonzero()[0].tolist()
        return blocks

    def rows(self, block: int, blocks: int = 1) -> slice:
        """The rows of a block, or of so many from it on."""
        return slice(block * BLOCK, min((block + blocks) * BLOCK, len(self.edges.phase)))

    def neighbours(self, blocks: list[int]) -> Iterator[tuple[int, int]]:
        """Runs of neighbouring blocks, (first, how many), as long as it lately paid to ask them at once."""
        i = 0
        while i < len(blocks):
            count, most = 1, self.at_once
            while count < most and i + count < len(blocks) and blocks[i + count] == blocks[i] + count:
                count += 1
            yield blocks[i], count
            i += count


class Judge:
    """Everything the rules remember, and the one function that asks them.

    Attributes:
        edges: By rule code, what stands.
        blind: Where rules fail.
    """

    def __init__(self, book: RuleBook, roster: Roster) -> None:
        self.book, self.roster = book, roster
        self.blind = Blindness()
        self._benches: dict[str, _Bench] = {}
        self._variant: dict[Axis, I32] = {}
        self._gone: dict[tuple[str, str], Edge] = {}
        self.follow(book, roster)

    @property
    def edges(self) -> dict[str, Edges]:
        """By rule code, what stands."""
        return {code: bench.edges for code, bench in self._benches.items()}

    def follow(self, book: RuleBook, roster: Roster, saved: dict[str, Edges] | None = None) -> None:
        """Take in a changed rule book or roster; everything is judged anew at the next instant.

        What stands for a rule that is switched off, or for somebody who has left, is over (`take_gone`).
        """
        before, self.book, self.roster = self.roster, book, roster
        known = saved if saved is not None else self.edges
        self._variant = {axis: book.rows(roster, axis) for axis in Axis}
        self._drop_gone(known, before)
        benches = {}
        for code in book.codes:
            axis = RULES[code].axis
            rows = rows_of(roster, axis)
            edges = known[code].grown(rows) if code in known else Edges.blank(rows)
            holds = any(rule.hold_for for _, rule in book.of_code(code))
            rule = RULES[code]
            blocks = np.full(-(-rows // BLOCK), NEVER)
            benches[code] = _Bench(axis, edges, blocks, holds, int(rule.woken_by), rule.only_time_fires)
        self._benches = benches
        self.blind.follow(book.codes)

    def adopt(self, code: str, subject: Subject, rows: RowLookup, *, since: int, opened_at: int) -> None:
        """Stand by an alert that is known from elsewhere to be firing; what stands already is left as it is.

        Where the rule is off or the subject has left, nothing would ever end the alert: its condition is over at once.
        """
        row = rows.row(RULES[code].axis, subject)
        gone = LEFT if row is None else self._is_gone(code, row)
        if row is None or gone:
            self._let_go(code, subject, Held(since, onset=since), gone)
        elif row not in (edges := self._benches[code].edges).held:
            edges.stand(row, Held(since, onset=since, opened_at=opened_at, news_at=opened_at))

    def end(self, edge: Edge) -> None:
        """Let the next `take_gone` hold the end of an alert that nothing else will ever end."""
        self._gone[edge.rule, edge.subject.key] = edge

    def take_gone(self, now: int) -> list[Edge]:
        """The ends, at `now` (epoch ms), of what stood for somebody who has left, or by a rule that is off; each once."""
        gone, self._gone = self._gone, {}
        return [replace(edge, at=now) for edge in gone.values()]

    def _drop_gone(self, known: dict[str, Edges], before: Roster) -> None:
        """Let go of all that is held on rows which no rule watches any more; `before`: the roster by which it was opened."""
        for code, edges in known.items():
            for row in list(edges.held):
                gone = self._is_gone(code, row)
                if gone:
                    held, is_told = edges.held[row], edges.phase[row] >= Phase.STANDING
                    edges.drop(row)
                    if is_told:
                        self._let_go(code, _subject(before, RULES[code], row), held, gone)

    def _is_gone(self, code: str, row: int) -> str:
        """Why a rule watches a row no more, as the code of a reason; empty where it does."""
        roster, axis = self.roster, RULES[code].axis
        if axis is Axis.RESIDENT:
            is_enrolled = roster.resident_active[row]
        else:
            is_enrolled = roster.device_active[roster.meter_device[row] if axis is Axis.METER else row]
        if not is_enrolled:
            return LEFT
        return "" if code in self.book.variants[int(self._variant[axis][row])] else SWITCHED_OFF

    def _let_go(self, code: str, subject: Subject, held: Held, gone: str) -> None:
        rule = RULES[code]
        reason = Reason(gone, {"rule": code})
        self.end(Edge(NEVER, code, subject, TransitionKind.CLEARED, rule.priority, rule.desk, held.since, reason, held.onset))

    def due(self) -> int:
        """The earliest instant at which something may change without readings, epoch ms."""
        return min((bench.soonest for bench in self._benches.values() if len(bench.due)), default=FAR)

    def urgent_due(self) -> int:
        """The same for the rules over device alarms."""
        urgent = (bench.soonest for code, bench in self._benches.items() if len(bench.due) and RULES[code].urgent)
        return min(urgent, default=FAR)

    def run(self, state: State, touched: dict[Axis, U8], now: int, listening_at: int, away: Bool) -> Iterator[Edge]:
        """Judge what is touched or due, and yield the edges in rule order, then row order.

        Args:
            state: Features as folded up to `now`.
            touched: By axis: uint8[blocks], `Evidence` bits of what came for rows of the block.
            now: The engine's instant, epoch ms.
            listening_at: Since when homebeat listens without a break.
            away: bool[residents].
        """
        for code, bench in self._benches.items():
            seen = (state, now, listening_at, away)
            for first, count in bench.neighbours(bench.asks(touched[bench.axis], now)):
                bench.due[first : first + count] = FAR
                if self._rests(code, bench, first, count, seen):
                    bench.at_once = min(bench.at_once + 1, _MOST_AT_ONCE)
                    continue
                bench.at_once = max(bench.at_once // 2, 1)
                for block in range(first, first + count):
                    if count == 1 or not self._rests(code, bench, block, 1, seen):
                        yield from self._ask(code, bench, bench.rows(block), None, seen)

    def _rests(self, code: str, bench: _Bench, first: int, count: int, seen: tuple[State, int, int, Bool]) -> bool:
        """Whether nothing of the blocks can open or end now; notes when time alone may change that."""
        rows = bench.rows(first, count)
        if bench.edges.held and bench.edges.phase[rows].any():
            return False
        state, now, listening_at, away = seen
        try:
            frame = Frame(bench.axis, rows.start, rows.stop, now, listening_at, state, bench.edges.standing_since(rows), away)
            until = min(rule.rests_until(frame) for _, rule in self.book.of_code(code))
        except Exception as error:  # noqa: BLE001 -- the fence round a rule: what cannot say that it rests is asked
            self.blind.note(code, error)
            return False
        if code in self.blind.rows:
            until = min(until, self.blind.due(code, rows))
        if until <= now:
            return False
        bench.due[first : first + count] = until
        bench.soonest = int(bench.due.min())
        return True

    def run_between(self, state: State, wave: Batch, now: int, listening_at: int, away: Bool) -> Iterator[Edge]:
        """Judge, for the devices of a wave alone, the rules that wait for a condition to hold; other arguments as `run`."""
        devices = wave.device
        for code, bench in self._benches.items():
            if bench.holds and bench.axis is Axis.DEVICE and self._stirred(code, bench, wave).any():
                only = np.zeros(len(bench.edges.phase), np.bool_)
                only[devices] = True
                for block in np.unique(devices // BLOCK).tolist():
                    rows = bench.rows(block)
                    yield from self._ask(code, bench, rows, only[rows], (state, now, listening_at, away))

    def minding(self, batch: Batch) -> Bool:
        """bool[devices]: of which it matters to a rule that waits for a condition to hold which of their readings came first."""
        out = np.zeros(len(self.roster.device_ids), np.bool_)
        for code, bench in self._benches.items():
            if bench.holds and bench.axis is Axis.DEVICE:
                out[batch.device[self._stirred(code, bench, batch)]] = True
        return out

    def _stirred(self, code: str, bench: _Bench, wave: Batch) -> Bool:
        """bool[n]: readings that can change anything: a condition may begin to hold, or one is held on the device."""
        stirred = np.zeros(len(wave), np.bool_)
        for _, rule in self.book.of_code(code):
            try:
                stirred |= rule.stirred_by(wave)
            except Exception as error:  # noqa: BLE001 -- the fence round a rule: it is asked once too often rather than not
                self.blind.note(code, error)
                stirred[:] = True
        if bench.edges.held:
            stirred |= bench.edges.phase[wave.device] != 0
        return stirred

    def run_alarms(self, state: State, devices: Sequence[int], now: int, listening_at: int, away: Bool) -> Iterator[Edge]:
        """Judge the rules over device alarms for these devices alone; arguments as `run`."""
        for code, bench in self._benches.items():
            if RULES[code].urgent:
                for row in devices:
                    yield from self._ask(code, bench, slice(row, row + 1), None, (state, now, listening_at, away))

    def _ask(self, code: str, bench: _Bench, rows: slice, only: Bool | None, seen: tuple[State, int, int, Bool]) -> list[Edge]:
        """Judge a range of rows of one block, and take in what changed (`only` there, if given). Never raises.

        Rows at which the rule fails are found by halves, and left as they are; all others are judged as without them.
        """
        edges: list[Edge] = []
        if code not in self.blind.rows:
            self._ask_fenced(code, bench, rows, only, seen, edges)
            return edges
        # on its own device an alarm is news: it is tried at once, whenever it was to be tried again
        is_alone = rows.stop - rows.start == 1
        for part, is_due in self.blind.around(code, rows, seen[1]):
            if is_due or is_alone:
                self._ask_fenced(code, bench, part, _of(only, rows, part), seen, edges)
        block = rows.start // BLOCK
        bench.due[block] = min(int(bench.due[block]), self.blind.due(code, rows))
        bench.soonest = int(bench.due.min())
        return edges

    def _ask_fenced(
        self, code: str, bench: _Bench, rows: slice, only: Bool | None, seen: tuple[State, int, int, Bool], edges: list[Edge]
    ) -> None:
        try:
            for edge in self._ask_rows(code, bench, rows, only, seen):
                edges.append(edge)  # noqa: PERF402 -- one by one: what came before a failure has been taken in, and stays
        except Exception as error:  # noqa: BLE001 -- the fence round a rule and a home: narrowed down, kept in `blind`
            if rows.stop - rows.start > 1 and self.blind.may_try(code):
                half = (rows.start + rows.stop) // 2
                for part in (slice(rows.start, half), slice(half, rows.stop)):
                    self._ask_fenced(code, bench, part, _of(only, rows, part), seen, edges)
                return
            self.blind.fail(code, range(rows.start, rows.stop), seen[1], error)
            block = rows.start // BLOCK
            bench.due[block] = min(int(bench.due[block]), self.blind.due(code, rows))
            bench.soonest = int(bench.due.min())
            return
        if code in self.blind.rows:
            self.blind.heal(code, rows)

    def _ask_rows(
        self, code: str, bench: _Bench, rows: slice, only: Bool | None, seen: tuple[State, int, int, Bool]
    ) -> Iterator[Edge]:
        block = rows.start // BLOCK
        state, now, listening_at, away = seen
        frame = Frame(bench.axis, rows.start, rows.stop, now, listening_at, state, bench.edges.standing_since(rows), away)
        for rule, judged, mine in self._judged(code, frame):
            # rows of other areas are left alone: that this rule knows nothing of them is no news about them
            where = mine if only is None else only if mine is None else only & mine
            for change in bench.edges.step(rule, rows.start, judged, now, where):
                if rule.answer_wait:
                    self._wait_for_answer(state, rule, change, now)
                yield self._edge(rule, frame, change)
            bench.due[block] = min(int(bench.due[block]), bench.edges.due(rule, rows.start, judged, now))
        bench.soonest = int(bench.due.min())

    def _wait_for_answer(self, state: State, rule: Rule, change: Change, now: int) -> None:
        """Note that a resident is asked, or has answered; all rules over residents are judged when an answer is overdue."""
        if change.kind is not TransitionKind.OPENED:
            state.prompts.ask(change.row, NEVER, NEVER)
            return
        resident, until = change.row, now + ms(rule.answer_wait)
        state.prompts.ask(resident, now, until)
        for bench in self._benches.values():
            if bench.axis is Axis.RESIDENT:
                bench.due[resident // BLOCK] = min(int(bench.due[resident // BLOCK]), until)
                bench.soonest = min(bench.soonest, until)

    def _judged(self, code: str, frame: Frame) -> Iterator[tuple[Rule, Judgement, Bool | None]]:
        """The rule's variants in the frame, what each says, and of which rows; None: of all."""
        if self.book.everywhere(code):
            rule = self.book.variants[0][code]
            yield rule, rule.judge(frame), None
            return
        variant = self._variant[frame.axis][frame.rows]
        for index, rule in self.book.of_code(code):
            mine = applies(variant, index)
            if mine.any():
                judged = rule.judge(frame)
                yield (
                    rule,
                    judged._replace(
                        verdict=np.where(mine, judged.verdict, np.int8(Verdict.UNKNOWN)), due=np.where(mine, judged.due, FAR)
                    ),
                    mine,
                )

    def _edge(self, rule: Rule, frame: Frame, change: Change) -> Edge:
        held = change.held
        try:
            kind, reason, priority = self._said(rule, frame, change)
        except Exception as error:  # noqa: BLE001 -- the fence round a reason: an alert without one is better than none
            self.blind.note(rule.code, error)
            kind, reason, priority = change.kind, Reason("reason_lost", {"rule": rule.code}), rule.priority
        return Edge(
            at=frame.now,
            rule=rule.code,
            subject=_subject(self.roster, type(rule), change.row),
            kind=kind,
            priority=priority,
            desk=rule.desk,
            since=held.since,
            reason=reason,
            onset=held.onset,
            digest=rule.digest,
        )

    def _said(self, rule: Rule, frame: Frame, change: Change) -> tuple[TransitionKind, Reason, Priority]:
        """What a change is to people: what happened, why, and how urgent it is."""
        row, held = change.row, change.held
        i = row - frame.start
        # a reason looks at one row: in an outage there is one for each of thousands of rows of the block
        alone = replace(frame, start=row, stop=row + 1, standing_since=frame.standing_since[i : i + 1])
        if change.kind is not TransitionKind.CLEARED:
            return change.kind, rule.reason(alone, 0, held.since), rule.priority_of(alone, 0)
        shown_at, reason = rule.over(alone, 0)
        if shown_at < held.opened_at:
            # a total that was taken back is itself the reason
            because = reason if reason.code == "meter_back" else Reason("late_data", dict(reason.params))
            return TransitionKind.CONTRADICTED, because, rule.priority
        return TransitionKind.CLEARED, reason, rule.priority


def _subject(roster: Roster, rule: type[Rule], row: int) -> Subject:
    """What an alert of a rule on a row is about."""
    if rule.axis is Axis.RESIDENT:
        return Subject(roster.household_ids[roster.resident_household[row]], roster.resident_ids[row])
    device = int(roster.meter_device[row]) if rule.axis is Axis.METER else row
    person = int(roster.device_resident[device])
    return Subject(
        roster.household_ids[roster.device_household[device]],
        roster.resident_ids[person] if person >= 0 else None,
        roster.device_ids[device] if rule.names_device else None,
    )


def _of(only: Bool | None, rows: slice, part: slice) -> Bool | None:
    """The part's share of a mask over rows."""
    return None if only is None else only[part.start - rows.start : part.stop - rows.start]


def rows_of(roster: Roster, axis: Axis) -> int:
    """How many rows an axis has."""
    return {Axis.DEVICE: len(roster.device_ids), Axis.METER: roster.meters, Axis.RESIDENT: len(roster.resident_ids)}[axis]
