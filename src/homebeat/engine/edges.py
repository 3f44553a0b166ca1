"""From level to edge: hold-for, clear-after, repeats, and what stands, for one rule over all rows of its axis.

Only rows on which something holds or stands become Python objects; for all others one byte is kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import IntEnum
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from homebeat.domain.alert import TransitionKind
from homebeat.rules.rule import Judgement, Rule, Verdict, ms
from homebeat.stream.batch import FAR, I64, NEVER, Bool


class Phase(IntEnum):
    """Where a row is with one rule."""

    IDLE = 0
    HOLDING = 1  # fires, not yet for long enough, or too soon after it cleared
    STANDING = 2  # an edge was given
    CLEARING = 3  # over, not yet for long enough


# numpy compares with plain integers several times faster than with members of an enumeration
_IDLE: Final = int(Phase.IDLE)
_HOLDING: Final = int(Phase.HOLDING)
_STANDING: Final = int(Phase.STANDING)
_UNKNOWN: Final = int(Verdict.UNKNOWN)
_CLEAR: Final = int(Verdict.CLEAR)
_FIRING: Final = int(Verdict.FIRING)


@dataclass(frozen=True, slots=True)
class Held:
    """What holds or stands on a row; times epoch ms.

    Attributes:
        since: Start of the condition, by event time; another one when a rule renews.
        onset: The first `since` of what stands: it names the alert.
        opened_at: When the edge was given. over_at: when clearing began.
        news_at: Of a rule that renews: rises with each new occurrence; of device alarms, when the newest arrived.
    """

    since: int
    onset: int = NEVER
    opened_at: int = NEVER
    over_at: int = NEVER
    news_at: int = NEVER

    def is_news_after(self, known: Held) -> bool:
        """Whether it occurred once more (by arrival, for clocks go back), or is a later word on the same occurrence."""
        return (self.news_at, self.since) > (known.news_at, known.since)


#: NEVER for any number of rows, in no memory; cannot be written to.
_NOTHING: Final[I64] = np.broadcast_to(np.int64(NEVER), (1 << 32,))


class Change(NamedTuple):
    """A row whose condition opened, cleared or was renewed."""

    row: int
    kind: TransitionKind
    held: Held


@dataclass(slots=True)
class Edges:
    """State of one rule.

    Attributes:
        phase: uint8[rows].
        held: What is held on the rows that are not idle.
        cleared: When what stood on a row cleared, epoch ms, of rules that stay silent for a time after that.
    """

    phase: NDArray[np.uint8]
    held: dict[int, Held] = field(default_factory=dict)
    cleared: dict[int, int] = field(default_factory=dict)

    @classmethod
    def blank(cls, rows: int) -> Edges:
        """Nothing stands."""
        return cls(np.zeros(rows, np.uint8))

    @classmethod
    def of(cls, rows: int, phases: dict[int, int], held: dict[int, Held], cleared: dict[int, int]) -> Edges:
        """As saved in a checkpoint."""
        edges = cls.blank(rows)
        for row, phase in phases.items():
            edges.phase[row] = phase
        edges.held, edges.cleared = dict(held), dict(cleared)
        return edges

    def grown(self, rows: int) -> Edges:
        """With more rows, on which nothing stands."""
        return Edges(np.concatenate([self.phase, np.zeros(rows - len(self.phase), np.uint8)]), self.held, self.cleared)

    def turn_back(self, to: int) -> None:
        """Nothing began, opened or ended after `to` (epoch ms). The onset stays: it is part of the alert's id."""
        for row, held in self.held.items():
            times = {name: min(getattr(held, name), to) for name in ("since", "opened_at", "over_at", "news_at")}
            self.held[row] = replace(held, **times)
        self.cleared = {row: min(at, to) for row, at in self.cleared.items()}

    def standing_since(self, rows: slice) -> I64:
        """int64[n]: `since` where something stands (or is clearing), else NEVER."""
        phase = self.phase[rows]
        if not self.held:
            return _NOTHING[: len(phase)]
        out = np.full(len(phase), NEVER)
        for i in np.flatnonzero(phase >= Phase.STANDING).tolist():
            out[i] = self.held[rows.start + i].since
        return out

    def step(self, rule: Rule, start: int, judged: Judgement, now: int, only: Bool | None = None) -> Iterator[Change]:
        """Take in a judgement of the rows from `start`; yield what changed. Judging the same twice yields nothing more.

        `only` (bool[n]) leaves all other rows as they are.
        """
        hold, phase = ms(rule.hold_for), self.phase[start : start + len(judged.verdict)]
        for i in self._moved(rule, phase, judged.verdict):
            if only is not None and not only[i]:
                continue
            verdict, seen = judged.verdict[i], now if judged.seen is None else int(judged.seen[i])
            at_once = judged.at_once is not None and bool(judged.at_once[i])
            # a band that lies in a drawer holds for hours: no step to take until it has held for long enough
            if hold and verdict == _FIRING and phase[i] == _HOLDING and seen - self.held[start + i].since < hold:
                continue
            begun = Held(int(judged.since[i]), news_at=NEVER if judged.news_at is None else int(judged.news_at[i]))
            change = self._move(rule, start + i, Verdict(int(verdict)), begun, seen, now, at_once=at_once)
            if change is not None:
                yield change

    def _moved(self, rule: Rule, phase: NDArray[np.uint8], verdict: NDArray[np.int8]) -> list[int]:
        """Rows on which the verdict and what stands differ."""
        fires = verdict == _FIRING
        if self.held:
            moved = fires if rule.renews else fires & (phase != _STANDING)
            moved = moved | ((verdict == _CLEAR) & (phase != _IDLE))
            # a condition that is not known to hold any more was not held
            moved |= (verdict == _UNKNOWN) & (phase == _HOLDING)
            fires = moved
        rows: list[int] = fires.nonzero()[0].tolist()
        return rows

    def _move(self, rule: Rule, row: int, verdict: Verdict, begun: Held, seen: int, now: int, *, at_once: bool) -> Change | None:
        match Phase(int(self.phase[row])), verdict:
            case Phase.IDLE, Verdict.FIRING:
                self._put(row, Phase.HOLDING, begun)
                return self._open(rule, row, seen, now, at_once=at_once)
            case Phase.HOLDING, Verdict.FIRING:
                if not rule.hold_for:
                    # only silent: what fires by the end of that may have begun later
                    self._put(row, Phase.HOLDING, begun)
                return self._open(rule, row, seen, now, at_once=at_once)
            case Phase.HOLDING, _:
                self.drop(row)
            case Phase.STANDING, Verdict.FIRING if begun.is_news_after(self.held[row]):
                self._put(row, Phase.STANDING, replace(self.held[row], since=begun.since, news_at=begun.news_at))
                return Change(row, TransitionKind.REOPENED, self.held[row])
            case Phase.CLEARING, Verdict.FIRING:
                self._put(row, Phase.STANDING, replace(self.held[row], over_at=NEVER))
            case Phase.STANDING, Verdict.CLEAR:
                self._put(row, Phase.CLEARING, replace(self.held[row], over_at=now))
                return self._clear(rule, row, now)
            case Phase.CLEARING, Verdict.CLEAR:
                return self._clear(rule, row, now)
            case _:
                pass
        return None

    def _open(self, rule: Rule, row: int, seen: int, now: int, *, at_once: bool) -> Change | None:
        held = self.held[row]
        since = held.since
        # a device whose clock is ahead of ours is not made to wait for it
        if max(seen - since, 0) < ms(rule.hold_for) or (now < self._silent_until(rule, row) and not at_once):
            return None
        self.cleared.pop(row, None)
        self._put(row, Phase.STANDING, replace(held, onset=since, opened_at=now))
        return Change(row, TransitionKind.OPENED, self.held[row])

    def _clear(self, rule: Rule, row: int, now: int) -> Change | None:
        held = self.held[row]
        if now - held.over_at < ms(rule.clear_after):
            return None
        self.drop(row)
        if rule.repeats_after:
            self.cleared[row] = now
        return Change(row, TransitionKind.CLEARED, held)

    def _silent_until(self, rule: Rule, row: int) -> int:
        return self.cleared[row] + ms(rule.repeats_after) if row in self.cleared else NEVER

    def stand(self, row: int, held: Held) -> None:
        """Let a condition stand on a row, as if it had just opened."""
        self._put(row, Phase.STANDING, held)

    def _put(self, row: int, phase: Phase, held: Held) -> None:
        self.phase[row], self.held[row] = phase, held

    def drop(self, row: int) -> None:
        """Let go of what is held on a row."""
        self.phase[row] = Phase.IDLE
        del self.held[row]

    def due(self, rule: Rule, start: int, judged: Judgement, now: int) -> int:
        """The earliest instant at which time alone may change something for these rows, epoch ms; FAR for never."""
        due = int(judged.due.min(initial=FAR))
        phase = self.phase[start : start + len(judged.verdict)]
        if self.held:
            due = min([due, *self._openings(rule, start, phase, by_time=judged.seen is None)])
            over = np.where(judged.verdict == Verdict.CLEAR, phase, Phase.IDLE)
            due = min([due, *(self.held[start + i].over_at + ms(rule.clear_after) for i in _at(over, Phase.CLEARING))])
        return max(due, now + 1)

    def _openings(self, rule: Rule, start: int, phase: NDArray[np.uint8], *, by_time: bool) -> Iterator[int]:
        """When rows that hold may open by time alone: held for long enough, and silent for long enough."""
        for i in _at(phase, Phase.HOLDING):
            silent = self._silent_until(rule, start + i)
            if by_time or silent > NEVER:
                yield max(silent, self.held[start + i].since + ms(rule.hold_for) if by_time else NEVER)


def _at(phase: NDArray[np.uint8], which: Phase) -> list[int]:
    rows: list[int] = np.flatnonzero(phase == which).tolist()
    return rows
