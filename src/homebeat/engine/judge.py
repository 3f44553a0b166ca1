"""Runs the rules over blocks of rows in which something changed, or in which time alone may have changed something."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from homebeat.domain.alert import Edge, Priority, Reason, Subject, TransitionKind
from homebeat.engine.blind import Blindness
from homebeat.engine.edges import Edges, Phase, RowChange, RowCondition
from homebeat.engine.lookup import RowLookup
from homebeat.engine.rulebook import RuleBook, is_variant
from homebeat.rules.catalogue import RULES
from homebeat.rules.device_alarm import DeviceAlarm
from homebeat.rules.frame import Axis, Frame
from homebeat.rules.rule import Judgement, Rule, Verdict, to_ms
from homebeat.stream.batch import FAR, I32, I64, NEVER, U8, Batch, Bool
from homebeat.stream.evidence import Evidence
from homebeat.stream.features.alarms import Alarms
from homebeat.stream.registry import combine_bits
from homebeat.stream.roster import Roster
from homebeat.stream.state import State

#: Rows judged at a time: temporary arrays of this size stay in the processor's cache.
BLOCK: Final = 8192
#: Why the condition of an alert is over although nothing was seen to end it: the reason's code.
LEFT: Final = "left_the_registry"
SWITCHED_OFF: Final = "rule_switched_off"
WITHDRAWN: Final = "consent_withdrawn"
_PRESENCE: Final = int(Evidence.PRESENCE)
#: How many neighbouring blocks one `find_idle_until` call covers. Calling it per block would cost more than the judging itself.
_MOST_AT_ONCE: Final = 16


@dataclass(slots=True)
class _Timetable:
    """One rule: its edges, and when each block of its rows is due."""

    axis: Axis
    edges: Edges
    due: I64
    holds: bool
    triggers: int
    fires_by_time_only: bool
    soonest: int = NEVER
    at_once: int = _MOST_AT_ONCE

    def find_blocks(self, touched: U8, now: int) -> list[int]:
        """Find the blocks to judge: those with news that the rule looks at, and those that are due."""
        if self.fires_by_time_only and not self.edges.conditions:
            # news can only put the condition off: the block is judged when it was due before the news
            turned = touched & _PRESENCE
            if self.soonest > now and not turned.any():
                return []
            ask = (turned != 0) | (self.due <= now)
        else:
            ask = ((touched & self.triggers) != 0) | (self.due <= now)
        blocks: list[int] = ask.nonzero()[0].tolist()
        return blocks

    def slice_rows(self, block: int, blocks: int = 1) -> slice:
        """The rows of `blocks` blocks from `block` on."""
        return slice(block * BLOCK, min((block + blocks) * BLOCK, len(self.edges.phase)))

    def group_blocks(self, blocks: list[int]) -> Iterator[tuple[int, int]]:
        """Group neighbouring blocks, (first, how many). Groups grow while whole groups turn out to be idle."""
        i = 0
        while i < len(blocks):
            count, most = 1, self.at_once
            while count < most and i + count < len(blocks) and blocks[i + count] == blocks[i] + count:
                count += 1
            yield blocks[i], count
            i += count


class Judge:
    """The state of all rules, and the functions that judge them.

    Attributes:
        edges: By rule code, the conditions.
        blind: Where rules fail.
    """

    def __init__(self, book: RuleBook, roster: Roster) -> None:
        self.book, self.roster = book, roster
        self.blind = Blindness()
        self._timetables: dict[str, _Timetable] = {}
        self._variant: dict[Axis, I32] = {}
        self._ended: dict[tuple[str, str], Edge] = {}
        self.follow(book, roster)

    @property
    def edges(self) -> dict[str, Edges]:
        """By rule code, the conditions."""
        return {code: timetable.edges for code, timetable in self._timetables.items()}

    def follow(self, book: RuleBook, roster: Roster, saved: dict[str, Edges] | None = None) -> None:
        """Take in a changed rule book or roster. Everything is judged again at the next instant.

        The conditions of a rule that is switched off, or of somebody who has left, end now (`pop_ended`).
        """
        before, self.book, self.roster = self.roster, book, roster
        self._has_withdrawn = bool(roster.resident_withdrawn.any())
        known = saved if saved is not None else self.edges
        self._variant = {axis: book.find_variants(roster, axis) for axis in Axis}
        self._end_gone(known, before)
        timetables = {}
        for code in book.codes:
            axis = RULES[code].axis
            rows = count_rows(roster, axis)
            edges = known[code].with_rows(rows) if code in known else Edges.make_blank(rows)
            holds = any(rule.hold_for for _, rule in book.list_variants(code))
            rule = RULES[code]
            blocks = np.full(-(-rows // BLOCK), NEVER)
            timetables[code] = _Timetable(axis, edges, blocks, holds, int(rule.triggers), rule.fires_by_time_only)
        self._timetables = timetables
        self.blind.follow(book.codes)

    def adopt(self, code: str, subject: Subject, rows: RowLookup, *, since: int, opened_at: int) -> None:
        """Take over an alert that another record (the store) says is firing; a condition that stands already stays as it is.

        Where the rule is off or the subject has left, nothing would ever end the alert: its condition is over at once.
        """
        row = rows.find_row(RULES[code].axis, subject)
        gone = LEFT if row is None else self._find_why_gone(code, row)
        if row is None or gone:
            self._end_condition(code, subject, RowCondition(since, onset=since), gone)
        elif row not in (edges := self._timetables[code].edges).conditions:
            edges.set_standing(row, RowCondition(since, onset=since, opened_at=opened_at, news_at=opened_at))

    def end(self, edge: Edge) -> None:
        """Keep the end of an alert that nothing else will ever end, for the next `pop_ended`."""
        self._ended[edge.rule, edge.subject.key] = edge

    def pop_ended(self, now: int) -> list[Edge]:
        """Return the ends, at `now` (epoch ms), of the alerts whose subject has left or whose rule is off, and forget them."""
        gone, self._ended = self._ended, {}
        return [replace(edge, at=now) for edge in gone.values()]

    def _end_gone(self, known: dict[str, Edges], before: Roster) -> None:
        """Drop the conditions of rows that no rule watches any more; `before`: the roster by which they opened."""
        for code, edges in known.items():
            for row in list(edges.conditions):
                gone = self._find_why_gone(code, row)
                if gone:
                    held, is_open = edges.conditions[row], edges.phase[row] >= Phase.STANDING
                    edges.drop(row)
                    if is_open:
                        self._end_condition(code, _make_subject(before, RULES[code], row), held, gone)

    def _find_why_gone(self, code: str, row: int) -> str:
        """Find why a rule does not watch a row any more, as the code of a reason; empty where it still does."""
        roster, axis = self.roster, RULES[code].axis
        if axis is Axis.RESIDENT:
            is_enrolled = roster.resident_active[row]
        else:
            is_enrolled = roster.device_active[roster.meter_device[row] if axis is Axis.METER else row]
        if not is_enrolled:
            return LEFT
        rule = self.book.variants[int(self._variant[axis][row])].get(code)
        if rule is None:
            return SWITCHED_OFF
        withheld = self._find_withheld(rule, slice(row, row + 1))
        return WITHDRAWN if withheld is not None and withheld[0] else ""

    def _find_withheld(self, rule: Rule, rows: slice) -> Bool | None:
        """Find the rows, bool[n], whose residents withdrew consent to all that the rule judges by; None for none of them."""
        needed = np.uint8(combine_bits(rule.list_purposes()))
        if not (self._has_withdrawn and needed):
            return None
        if rule.axis is Axis.RESIDENT:
            withdrawn = self.roster.resident_withdrawn[rows]
        else:
            devices = self.roster.meter_device[rows] if rule.axis is Axis.METER else rows
            withdrawn = self.roster.device_withdrawn[devices]
        withheld: Bool = (withdrawn & needed) == needed
        return withheld if withheld.any() else None

    def _end_condition(self, code: str, subject: Subject, held: RowCondition, gone: str) -> None:
        rule = RULES[code]
        reason = Reason(gone, {"rule": code})
        self.end(Edge(NEVER, code, subject, TransitionKind.CLEARED, rule.priority, rule.desk, held.since, reason, held.onset))

    def forget_alarms_over(self, alarms: Alarms, now: int) -> None:
        """Forget the alarms whose condition is over at `now` (epoch ms), before the clock steps back.

        By a clock that is set back they would be young again, and open an alert that nobody has called for.
        """
        for code, timetable in self._timetables.items():
            rules = [rule for _, rule in self.book.list_variants(code) if isinstance(rule, DeviceAlarm)]
            if rules:
                longest = max(to_ms(rule.lasts) for rule in rules)
                alarms.forget(rules[0].alarm, now - longest, timetable.edges.is_idle(alarms.device))

    def find_due(self) -> int:
        """Find the earliest instant at which something may change without readings, epoch ms."""
        return min((timetable.soonest for timetable in self._timetables.values() if len(timetable.due)), default=FAR)

    def find_urgent_due(self) -> int:
        """The same for the rules over device alarms only."""
        urgent = (timetable.soonest for code, timetable in self._timetables.items() if len(timetable.due) and RULES[code].urgent)
        return min(urgent, default=FAR)

    def run(self, state: State, touched: dict[Axis, U8], now: int, listening_at: int, away: Bool) -> Iterator[Edge]:
        """Judge what has news or is due, and yield the edges in rule order, then row order.

        Args:
            state: Features as folded up to `now`.
            touched: By axis: uint8[blocks], `Evidence` bits of what came for rows of the block.
            now: The engine's instant, epoch ms.
            listening_at: Since when homebeat listens without a break, epoch ms.
            away: bool[residents], known or declared to be away.
        """
        for code, timetable in self._timetables.items():
            seen = (state, now, listening_at, away)
            for first, count in timetable.group_blocks(timetable.find_blocks(touched[timetable.axis], now)):
                timetable.due[first : first + count] = FAR
                if self._is_idle(code, timetable, first, count, seen):
                    timetable.at_once = min(timetable.at_once + 1, _MOST_AT_ONCE)
                    continue
                timetable.at_once = max(timetable.at_once // 2, 1)
                for block in range(first, first + count):
                    if count == 1 or not self._is_idle(code, timetable, block, 1, seen):
                        yield from self._judge_rows(code, timetable, timetable.slice_rows(block), None, seen)

    def _is_idle(self, code: str, timetable: _Timetable, first: int, count: int, seen: tuple[State, int, int, Bool]) -> bool:
        """Whether nothing in the blocks can open or end now; if so, notes when time alone may change that."""
        rows = timetable.slice_rows(first, count)
        if timetable.edges.conditions and timetable.edges.phase[rows].any():
            return False
        state, now, listening_at, away = seen
        try:
            frame = Frame(
                timetable.axis, rows.start, rows.stop, now, listening_at, state, timetable.edges.list_standing_since(rows), away
            )
            until = min(rule.find_idle_until(frame) for _, rule in self.book.list_variants(code))
        except Exception as error:  # noqa: BLE001 -- the fence round a rule: if it cannot say that it is idle, it is judged
            self.blind.count_failure(code, error)
            return False
        if code in self.blind.rows:
            until = min(until, self.blind.find_next_retry(code, rows))
        if until <= now:
            return False
        timetable.due[first : first + count] = until
        timetable.soonest = int(timetable.due.min())
        return True

    def run_between(self, state: State, readings: Batch, now: int, listening_at: int, away: Bool) -> Iterator[Edge]:
        """For the devices of these readings only, judge the rules that wait for a condition to hold; arguments as `run`."""
        devices = readings.device
        for code, timetable in self._timetables.items():
            if timetable.holds and timetable.axis is Axis.DEVICE and self._may_change(code, timetable, readings).any():
                only = np.zeros(len(timetable.edges.phase), np.bool_)
                only[devices] = True
                for block in np.unique(devices // BLOCK).tolist():
                    rows = timetable.slice_rows(block)
                    yield from self._judge_rows(code, timetable, rows, only[rows], (state, now, listening_at, away))

    def find_order_sensitive(self, batch: Batch) -> Bool:
        """bool[devices]: a rule that holds needs this device's readings one after the other, not only the newest."""
        out = np.zeros(len(self.roster.device_ids), np.bool_)
        for code, timetable in self._timetables.items():
            if timetable.holds and timetable.axis is Axis.DEVICE:
                out[batch.device[self._may_change(code, timetable, batch)]] = True
        return out

    def _may_change(self, code: str, timetable: _Timetable, readings: Batch) -> Bool:
        """bool[n]: readings that can change anything: a condition may begin to hold, or one holds on the device."""
        may_change = np.zeros(len(readings), np.bool_)
        for _, rule in self.book.list_variants(code):
            try:
                may_change |= rule.may_change_on(readings)
            except Exception as error:  # noqa: BLE001 -- the fence round a rule: judge once too often rather than not at all
                self.blind.count_failure(code, error)
                may_change[:] = True
        if timetable.edges.conditions:
            may_change |= timetable.edges.phase[readings.device] != 0
        return may_change

    def run_alarms(self, state: State, devices: Sequence[int], now: int, listening_at: int, away: Bool) -> Iterator[Edge]:
        """Judge the rules over device alarms for these devices only; arguments as `run`."""
        for code, timetable in self._timetables.items():
            if RULES[code].urgent:
                for row in devices:
                    yield from self._judge_rows(code, timetable, slice(row, row + 1), None, (state, now, listening_at, away))

    def _judge_rows(
        self, code: str, timetable: _Timetable, rows: slice, only: Bool | None, seen: tuple[State, int, int, Bool]
    ) -> list[Edge]:
        """Judge a range of rows of one block, and give the edges of what changed (of `only`, if given). Never raises.

        Rows at which the rule fails are found by halves, and left as they are. All others are judged as without them.
        """
        edges: list[Edge] = []
        if code not in self.blind.rows:
            self._judge_fenced(code, timetable, rows, only, seen, edges)
            return edges
        # an alarm is judged for its one device at once, even if that row is blind and not due
        is_alone = rows.stop - rows.start == 1
        for part, is_due in self.blind.split_at_blind(code, rows, seen[1]):
            if is_due or is_alone:
                self._judge_fenced(code, timetable, part, _cut_mask(only, rows, part), seen, edges)
        block = rows.start // BLOCK
        timetable.due[block] = min(int(timetable.due[block]), self.blind.find_next_retry(code, rows))
        timetable.soonest = int(timetable.due.min())
        return edges

    def _judge_fenced(
        self,
        code: str,
        timetable: _Timetable,
        rows: slice,
        only: Bool | None,
        seen: tuple[State, int, int, Bool],
        edges: list[Edge],
    ) -> None:
        try:
            for edge in self._judge_unfenced(code, timetable, rows, only, seen):
                edges.append(edge)  # noqa: PERF402 -- one by one: what came before a failure has been taken in, and stays
        except Exception as error:  # noqa: BLE001 -- the fence round a rule and a home: narrowed down, kept in `blind`
            if rows.stop - rows.start > 1 and self.blind.may_try(code):
                half = (rows.start + rows.stop) // 2
                for part in (slice(rows.start, half), slice(half, rows.stop)):
                    self._judge_fenced(code, timetable, part, _cut_mask(only, rows, part), seen, edges)
                return
            self.blind.fail(code, range(rows.start, rows.stop), seen[1], error)
            block = rows.start // BLOCK
            timetable.due[block] = min(int(timetable.due[block]), self.blind.find_next_retry(code, rows))
            timetable.soonest = int(timetable.due.min())
            return
        if code in self.blind.rows:
            self.blind.heal(code, rows)

    def _judge_unfenced(
        self, code: str, timetable: _Timetable, rows: slice, only: Bool | None, seen: tuple[State, int, int, Bool]
    ) -> Iterator[Edge]:
        block = rows.start // BLOCK
        state, now, listening_at, away = seen
        frame = Frame(
            timetable.axis, rows.start, rows.stop, now, listening_at, state, timetable.edges.list_standing_since(rows), away
        )
        for rule, judged, mine in self._judge_variants(code, frame):
            # rows of other areas are left alone: this variant knows nothing of them, and that is no news about them
            where = mine if only is None else only if mine is None else only & mine
            for change in timetable.edges.step(rule, rows.start, judged, now, where):
                if rule.answer_wait:
                    self._wait_for_answer(state, rule, change, now)
                yield self._make_edge(rule, frame, change)
            timetable.due[block] = min(int(timetable.due[block]), timetable.edges.find_due(rule, rows.start, judged, now))
        timetable.soonest = int(timetable.due.min())

    def _wait_for_answer(self, state: State, rule: Rule, change: RowChange, now: int) -> None:
        """Note that a resident was asked, or has answered; when an answer is overdue, all rules over residents are judged."""
        if change.kind is not TransitionKind.OPENED:
            state.questions.ask(change.row, NEVER, NEVER)
            return
        resident, until = change.row, now + to_ms(rule.answer_wait)
        state.questions.ask(resident, now, until)
        for timetable in self._timetables.values():
            if timetable.axis is Axis.RESIDENT:
                timetable.due[resident // BLOCK] = min(int(timetable.due[resident // BLOCK]), until)
                timetable.soonest = min(timetable.soonest, until)

    def _judge_variants(self, code: str, frame: Frame) -> Iterator[tuple[Rule, Judgement, Bool | None]]:
        """Judge each variant of the rule in the frame; yield it with its judgement and bool[n] of its rows (None: all).

        Rows whose residents did not agree to what the rule judges by are none of its rows.
        """
        is_same = self.book.is_same_everywhere(code)
        for index, rule in [(0, self.book.variants[0][code])] if is_same else self.book.list_variants(code):
            mine = None if is_same else is_variant(self._variant[frame.axis][frame.rows], index)
            withheld = self._find_withheld(rule, frame.rows)
            if withheld is not None:
                mine = ~withheld if mine is None else mine & ~withheld
            if mine is None:
                yield rule, rule.judge(frame), None
            elif mine.any():
                judged = rule.judge(frame)
                verdict, due = np.where(mine, judged.verdict, np.int8(Verdict.UNKNOWN)), np.where(mine, judged.due, FAR)
                yield rule, judged._replace(verdict=verdict, due=due), mine

    def _make_edge(self, rule: Rule, frame: Frame, change: RowChange) -> Edge:
        held = change.condition
        try:
            kind, reason, priority = self._explain(rule, frame, change)
        except Exception as error:  # noqa: BLE001 -- the fence round a reason: better an alert without a reason than no alert
            self.blind.count_failure(rule.code, error)
            kind, reason, priority = change.kind, Reason("reason_lost", {"rule": rule.code}), rule.priority
        return Edge(
            at=frame.now,
            rule=rule.code,
            subject=_make_subject(self.roster, type(rule), change.row),
            kind=kind,
            priority=priority,
            desk=rule.desk,
            since=held.since,
            reason=reason,
            onset=held.onset,
            digest=rule.digest,
        )

    def _explain(self, rule: Rule, frame: Frame, change: RowChange) -> tuple[TransitionKind, Reason, Priority]:
        """What a change means to people: what happened, why, and how urgent it is."""
        row, held = change.row, change.condition
        i = row - frame.start
        # a reason needs one row only: in an outage thousands of rows of the block need one each
        alone = replace(frame, start=row, stop=row + 1, standing_since=frame.standing_since[i : i + 1])
        if change.kind is not TransitionKind.CLEARED:
            return change.kind, rule.make_reason(alone, 0, held.since), rule.find_priority(alone, 0)
        shown_at, reason = rule.explain_clearing(alone, 0)
        if shown_at < held.opened_at:
            # a total that was taken back is the reason itself
            because = reason if reason.code == "meter_back" else Reason("late_data", dict(reason.params))
            return TransitionKind.CONTRADICTED, because, rule.priority
        return TransitionKind.CLEARED, reason, rule.priority


def _make_subject(roster: Roster, rule: type[Rule], row: int) -> Subject:
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


def _cut_mask(only: Bool | None, rows: slice, part: slice) -> Bool | None:
    """The share of a mask over `rows` that belongs to `part`."""
    return None if only is None else only[part.start - rows.start : part.stop - rows.start]


def count_rows(roster: Roster, axis: Axis) -> int:
    """Count the rows of an axis."""
    return {Axis.DEVICE: len(roster.device_ids), Axis.METER: roster.meters, Axis.RESIDENT: len(roster.resident_ids)}[axis]
