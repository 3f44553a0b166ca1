"""Injects collapses into the history, and measures how long each would have waited under each variant.

There are twelve a day and resident, evenly over waking time. Nothing is run again for them: all later signs of life vanish while
the devices stay alive. So the alert opens when the quiet clock reaches the limit that was in force for the gap. The delay is that
limit, less the age of the gap.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from homebeat.backtest.gaps import Gaps
from homebeat.stream.batch import F64, I32, I64
from homebeat.stream.features.timeline import SLOT_MS

A_DAY: Final = 12
SLOT_MINUTES: Final = SLOT_MS // 60_000
_DAY: Final = 1440
#: A day begins at 04:00; collapses fall before 02:00, and not into gaps that are longer than this: sleep, or an outing.
_BEGINS: Final = 4 * 60
_LASTS: Final = 22 * 60
_OUT: Final = 5 * 60
#: Delays are counted by the minute up to two days, gaps by the slot.
BINS: Final = 2 * _DAY + 1
GAP_BINS: Final = BINS // SLOT_MINUTES + 1
OFF: Final = np.inf


@dataclass(slots=True)
class Delays:
    """What injected collapses came to under one variant; minutes.

    Attributes:
        minutes: int64[2881], collapses by whole minutes of delay, the last for two days and more.
        total, found: float64[residents], int64[residents]: sum of delays, and how many.
        missed: Collapses under no limit at all: the rule is off.
        longest: The longest delay.
    """

    total: F64
    found: I64
    minutes: I64 = field(default_factory=lambda: np.zeros(BINS, np.int64))
    missed: int = 0
    longest: float = 0.0

    @classmethod
    def make_empty(cls, rows: int) -> Delays:
        """Delays of `rows` residents, none counted yet."""
        return cls(np.zeros(rows), np.zeros(rows, np.int64))

    def add(self, rows: I32, delay: F64) -> None:
        """Count collapses.

        Args:
            rows: int32[n], rows of the residents.
            delay: float64[n], minutes; inf for a collapse that no alert would have found.
        """
        found = np.isfinite(delay)
        self.missed += int((~found).sum())
        rows, delay = rows[found], delay[found]
        if not len(rows):
            return
        self.total += np.bincount(rows, delay, len(self.total))
        self.found += np.bincount(rows, minlength=len(self.found))
        self.minutes += np.bincount(np.minimum(np.ceil(delay), BINS - 1).astype(np.int64), minlength=BINS)
        self.longest = max(self.longest, float(delay.max()))


@dataclass(slots=True)
class FixedLimitCounts:
    """Counts from which the effect of one limit for everybody is computed, whatever that limit is.

    Attributes:
        gaps: int64[], gaps by quiet slots, open ones at the end among them.
        ages: int64[], injected collapses by how old the gap was, in slots.
    """

    gaps: I64 = field(default_factory=lambda: np.zeros(GAP_BINS, np.int64))
    ages: I64 = field(default_factory=lambda: np.zeros(GAP_BINS, np.int64))

    def add_gaps(self, quiet: I64) -> None:
        """Count gaps. `quiet`: int64[n], their quiet slots."""
        self.gaps += np.bincount(np.minimum(quiet, GAP_BINS - 1), minlength=GAP_BINS)


class Collapses:
    """Collects gaps as they end, and injects collapses when a day is over. `rows` residents, one `Delays` for each variant."""

    def __init__(self, rows: int, variants: int) -> None:
        self.delays = [Delays.make_empty(rows) for _ in range(variants)]
        self.fixed = FixedLimitCounts()
        self.injected = 0
        self._held = _DayGaps.make_empty(variants)

    def add(self, gaps: Gaps, unproven: I64, local: I64, limits: F64) -> None:
        """Collect gaps that have ended, n of them.

        Args:
            gaps: The gaps.
            unproven: int64[n], slots at the end of each gap that no device had proven before the gap ended.
            local: int64[n], local minutes (epoch as if the wall clock were UTC) at which each began.
            limits: float64[variants, n], minutes; inf where the rule is off.
        """
        self.fixed.add_gaps(np.maximum(gaps.quiet - unproven, 0))
        length = (gaps.end - gaps.start) * SLOT_MINUTES
        day, of_day = np.divmod(local - _BEGINS, _DAY)
        # kept only where the collapse lies between two uses of one day
        kept = (length <= _OUT) & (of_day + length <= _LASTS) & (gaps.quiet > 0)
        fresh = _DayGaps(gaps.row[kept], day[kept], gaps.start[kept], gaps.quiet[kept] * SLOT_MINUTES, limits[:, kept])
        self._held = self._held.join(fresh)

    def inject_finished_days(self, today: I64) -> None:
        """Inject into the days that have ended. `today`: int64[residents], the local day (from 04:00) that has not ended yet."""
        over = self._held.day < today[self._held.row]
        if over.any():
            done, self._held = self._held.pick(over), self._held.pick(~over)
            self._inject(done)

    def _inject(self, held: _DayGaps) -> None:
        held = held.pick(np.lexsort((held.start, held.day, held.row)))
        begins = np.concatenate([[True], (held.row[1:] != held.row[:-1]) | (held.day[1:] != held.day[:-1])])
        ends_at = np.cumsum(held.minutes)
        first = np.flatnonzero(begins)
        base = ends_at[first] - held.minutes[first]
        total = np.diff(np.append(base, ends_at[-1]))
        at = (base[:, None] + (np.arange(A_DAY) + 0.5) / A_DAY * total[:, None]).ravel()
        gap = np.searchsorted(ends_at, at, side="right")
        age = at - (ends_at[gap] - held.minutes[gap])
        self.injected += len(gap)
        self.fixed.ages += np.bincount((age // SLOT_MINUTES).astype(np.int64), minlength=GAP_BINS)
        for delays, limit in zip(self.delays, held.limits, strict=True):
            delays.add(held.row[gap], np.maximum(limit[gap] - age, 0.0))


@dataclass(frozen=True, slots=True)
class _DayGaps:
    """Gaps of days that have not ended: row, local day, start slot, minutes on the quiet clock, float64[variants, n] limits."""

    row: I32
    day: I64
    start: I64
    minutes: I64
    limits: F64

    @classmethod
    def make_empty(cls, variants: int) -> _DayGaps:
        empty = np.empty(0, np.int64)
        return cls(np.empty(0, np.int32), empty, empty, empty, np.empty((variants, 0)))

    def pick(self, which: NDArray[np.generic]) -> _DayGaps:
        return _DayGaps(self.row[which], self.day[which], self.start[which], self.minutes[which], self.limits[:, which])

    def join(self, more: _DayGaps) -> _DayGaps:
        return _DayGaps(
            np.concatenate([self.row, more.row]),
            np.concatenate([self.day, more.day]),
            np.concatenate([self.start, more.start]),
            np.concatenate([self.minutes, more.minutes]),
            np.concatenate([self.limits, more.limits], axis=1),
        )


def compute_days(local: I64) -> I64:
    """int64[n]: the local day, counted from 04:00, of these local minutes (int64[n])."""
    return np.asarray((local - _BEGINS) // _DAY)
