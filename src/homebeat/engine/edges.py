"""From level to edge: debounce (`hold_for`), hysteresis (`clear_after`) and repeats, for one rule over all rows of its axis.

Only rows on which a condition holds or stands become Python objects. All other rows cost one byte.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import IntEnum
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from homebeat.domain.alert import TransitionKind
from homebeat.rules.rule import Judgement, Rule, Verdict, to_ms
from homebeat.stream.batch import FAR, I64, NEVER, Bool


class Phase(IntEnum):
    """The state of one row under one rule."""

    IDLE = 0
    HOLDING = 1  # the rule fires, but not yet for long enough, or too soon after the last alert cleared
    STANDING = 2  # the edge was given
    CLEARING = 3  # the rule is clear, but not yet for long enough


# numpy compares with plain integers several times faster than with members of an enumeration
_IDLE: Final = int(Phase.IDLE)
_HOLDING: Final = int(Phase.HOLDING)
_STANDING: Final = int(Phase.STANDING)
_UNKNOWN: Final = int(Verdict.UNKNOWN)
_CLEAR: Final = int(Verdict.CLEAR)
_FIRING: Final = int(Verdict.FIRING)
#: A read-only view of one number, longer than any block. A tick needs one for each block and rule. A slice of this one costs
#: 0.1 us, a view made anew 3 us.
_ALL_NEVER: Final = np.broadcast_to(np.int64(NEVER), 2**32)


@dataclass(frozen=True, slots=True)
class RowCondition:
    """The condition that holds or stands on a row; times are epoch ms.

    Attributes:
        since: Start of the condition, event time. A rule that renews moves it to each new occurrence.
        onset: Start of the condition when the edge was given. It is part of the alert's id.
        opened_at: When the edge was given.
        over_at: When clearing began.
        news_at: Only for a rule that renews: rises with each new occurrence. For device alarms: arrival of the newest alarm.
    """

    since: int
    onset: int = NEVER
    opened_at: int = NEVER
    over_at: int = NEVER
    news_at: int = NEVER

    def is_news_after(self, known: RowCondition) -> bool:
        """Whether it occurred once more (by arrival, because device clocks go back), or is later news of the same occurrence."""
        return (self.news_at, self.since) > (known.news_at, known.since)


class RowChange(NamedTuple):
    """A row whose condition opened, cleared or was renewed."""

    row: int
    kind: TransitionKind
    condition: RowCondition


@dataclass(slots=True)
class Edges:
    """The state of one rule.

    Attributes:
        phase: uint8[rows], `Phase` of each row.
        conditions: By row, for the rows that are not idle.
        cleared: By row, when the condition cleared (epoch ms); only for rules that stay silent for a time after that.
    """

    phase: NDArray[np.uint8]
    conditions: dict[int, RowCondition] = field(default_factory=dict)
    cleared: dict[int, int] = field(default_factory=dict)

    @classmethod
    def make_blank(cls, rows: int) -> Edges:
        """State in which nothing holds or stands."""
        return cls(np.zeros(rows, np.uint8))

    @classmethod
    def of(cls, rows: int, phases: dict[int, int], conditions: dict[int, RowCondition], cleared: dict[int, int]) -> Edges:
        """State as saved in a checkpoint."""
        edges = cls.make_blank(rows)
        for row, phase in phases.items():
            edges.phase[row] = phase
        edges.conditions, edges.cleared = dict(conditions), dict(cleared)
        return edges

    def with_rows(self, rows: int) -> Edges:
        """The same state with more rows, on which nothing stands."""
        return Edges(np.concatenate([self.phase, np.zeros(rows - len(self.phase), np.uint8)]), self.conditions, self.cleared)

    def rewind(self, to: int) -> None:
        """Follow a step of the clock back to `to` (epoch ms): no time is later. The onset stays: it is part of the alert's id."""
        for row, held in self.conditions.items():
            times = {name: min(getattr(held, name), to) for name in ("since", "opened_at", "over_at", "news_at")}
            self.conditions[row] = replace(held, **times)
        self.cleared = {row: min(at, to) for row, at in self.cleared.items()}

    def is_idle(self, rows: I64) -> Bool:
        """bool[n]: nothing holds or stands on these rows."""
        idle: Bool = self.phase[rows] == _IDLE
        return idle

    def list_standing_since(self, rows: slice) -> I64:
        """int64[n]: `since` where the condition stands or is clearing, else NEVER; epoch ms. Read-only."""
        phase = self.phase[rows]
        if not self.conditions:
            return _ALL_NEVER[: len(phase)]
        out = np.full(len(phase), NEVER)
        for i in np.flatnonzero(phase >= Phase.STANDING).tolist():
            out[i] = self.conditions[rows.start + i].since
        return out

    def step(self, rule: Rule, start: int, judged: Judgement, now: int, only: Bool | None = None) -> Iterator[RowChange]:
        """Take in a judgement of the rows from `start` and yield what changed. The same judgement again yields nothing more.

        Args:
            rule: With its thresholds.
            start: First row that was judged.
            judged: Of n rows.
            now: Epoch ms.
            only: bool[n], the rows to look at; all where not given.
        """
        hold, phase = to_ms(rule.hold_for), self.phase[start : start + len(judged.verdict)]
        for i in self._find_changed(rule, phase, judged.verdict):
            if only is not None and not only[i]:
                continue
            verdict, seen = judged.verdict[i], now if judged.seen is None else int(judged.seen[i])
            at_once = judged.at_once is not None and bool(judged.at_once[i])
            # a band that lies in a drawer holds for hours: nothing to do until it has held for long enough
            if hold and verdict == _FIRING and phase[i] == _HOLDING and seen - self.conditions[start + i].since < hold:
                continue
            begun = RowCondition(int(judged.since[i]), news_at=NEVER if judged.news_at is None else int(judged.news_at[i]))
            change = self._move(rule, start + i, Verdict(int(verdict)), begun, seen, now, at_once=at_once)
            if change is not None:
                yield change

    def _find_changed(self, rule: Rule, phase: NDArray[np.uint8], verdict: NDArray[np.int8]) -> list[int]:
        """Find the rows on which the verdict and the phase differ."""
        fires = verdict == _FIRING
        if self.conditions:
            moved = fires if rule.renews else fires & (phase != _STANDING)
            moved = moved | ((verdict == _CLEAR) & (phase != _IDLE))
            # a row that held and is now unknown did not hold without a break: drop it
            moved |= (verdict == _UNKNOWN) & (phase == _HOLDING)
            fires = moved
        rows: list[int] = fires.nonzero()[0].tolist()
        return rows

    def _move(
        self, rule: Rule, row: int, verdict: Verdict, begun: RowCondition, seen: int, now: int, *, at_once: bool
    ) -> RowChange | None:
        match Phase(int(self.phase[row])), verdict:
            case Phase.IDLE, Verdict.FIRING:
                self._put(row, Phase.HOLDING, begun)
                return self._open(rule, row, seen, now, at_once=at_once)
            case Phase.HOLDING, Verdict.FIRING:
                if not rule.hold_for:
                    # it waits only because it is still silent: a condition that fires at the end of that may have begun later
                    self._put(row, Phase.HOLDING, begun)
                return self._open(rule, row, seen, now, at_once=at_once)
            case Phase.HOLDING, _:
                self.drop(row)
            case Phase.STANDING, Verdict.FIRING if begun.is_news_after(self.conditions[row]):
                self._put(row, Phase.STANDING, replace(self.conditions[row], since=begun.since, news_at=begun.news_at))
                return RowChange(row, TransitionKind.REOPENED, self.conditions[row])
            case Phase.CLEARING, Verdict.FIRING:
                self._put(row, Phase.STANDING, replace(self.conditions[row], over_at=NEVER))
            case Phase.STANDING, Verdict.CLEAR:
                self._put(row, Phase.CLEARING, replace(self.conditions[row], over_at=now))
                return self._clear(rule, row, now)
            case Phase.CLEARING, Verdict.CLEAR:
                return self._clear(rule, row, now)
            case _:
                pass
        return None

    def _open(self, rule: Rule, row: int, seen: int, now: int, *, at_once: bool) -> RowChange | None:
        held = self.conditions[row]
        since = held.since
        # `since` may lie ahead of us where the device's clock is ahead: do not wait longer for it
        if max(seen - since, 0) < to_ms(rule.hold_for) or (now < self._find_silence_end(rule, row) and not at_once):
            return None
        self.cleared.pop(row, None)
        self._put(row, Phase.STANDING, replace(held, onset=since, opened_at=now))
        return RowChange(row, TransitionKind.OPENED, self.conditions[row])

    def _clear(self, rule: Rule, row: int, now: int) -> RowChange | None:
        held = self.conditions[row]
        if now - held.over_at < to_ms(rule.clear_after):
            return None
        self.drop(row)
        if rule.repeats_after:
            self.cleared[row] = now
        return RowChange(row, TransitionKind.CLEARED, held)

    def _find_silence_end(self, rule: Rule, row: int) -> int:
        return self.cleared[row] + to_ms(rule.repeats_after) if row in self.cleared else NEVER

    def set_standing(self, row: int, held: RowCondition) -> None:
        """Make a condition stand on a row, as if it had just opened."""
        self._put(row, Phase.STANDING, held)

    def _put(self, row: int, phase: Phase, held: RowCondition) -> None:
        self.phase[row], self.conditions[row] = phase, held

    def drop(self, row: int) -> None:
        """Drop the condition of a row."""
        self.phase[row] = Phase.IDLE
        del self.conditions[row]

    def find_due(self, rule: Rule, start: int, judged: Judgement, now: int) -> int:
        """Find the earliest instant at which time alone may change something for these rows, epoch ms; FAR for never."""
        due = int(judged.due.min(initial=FAR))
        phase = self.phase[start : start + len(judged.verdict)]
        if self.conditions:
            due = min([due, *self._list_openings(rule, start, phase, by_time=judged.seen is None)])
            over = np.where(judged.verdict == Verdict.CLEAR, phase, Phase.IDLE)
            due = min(
                [due, *(self.conditions[start + i].over_at + to_ms(rule.clear_after) for i in _find_rows(over, Phase.CLEARING))]
            )
        return max(due, now + 1)

    def _list_openings(self, rule: Rule, start: int, phase: NDArray[np.uint8], *, by_time: bool) -> Iterator[int]:
        """Find when rows that hold may open by time alone: held for long enough, and silent for long enough; epoch ms."""
        for i in _find_rows(phase, Phase.HOLDING):
            silent = self._find_silence_end(rule, start + i)
            if by_time or silent > NEVER:
                yield max(silent, self.conditions[start + i].since + to_ms(rule.hold_for) if by_time else NEVER)


def _find_rows(phase: NDArray[np.uint8], which: Phase) -> list[int]:
    rows: list[int] = np.flatnonzero(phase == which).tolist()
    return rows
