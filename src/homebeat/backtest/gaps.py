"""Reads the gaps between signs of life of many residents off the timeline, once late readings have arrived.

Times are counted in the timeline's slots of ten minutes: a slot knows only that a sign of life fell into it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from homebeat.stream.batch import I32, I64, NEVER, Bool
from homebeat.stream.features.timeline import SLOTS, U64, Timeline


@dataclass(frozen=True, slots=True)
class Gaps:
    """Gaps that ended, n of them, ordered by resident and then by time.

    Attributes:
        row: int32[n], the resident's row.
        start, end: int64[n], slots (epoch ms // 600,000) of the sign of life before and after.
        quiet: int64[n], slots between them in which the quiet clock ran.
    """

    row: I32
    start: I64
    end: I64
    quiet: I64

    def __len__(self) -> int:
        return len(self.row)


class GapTracker:
    """Follows the gaps of `rows` residents from call to call."""

    def __init__(self, rows: int) -> None:
        self._last = np.full(rows, NEVER)
        self._clock_at_last = np.zeros(rows, np.int64)
        self._clock = np.zeros(rows, np.int64)
        self._done: int | None = None

    def pop_ended(self, timeline: Timeline, upto: int) -> Gaps:
        """The gaps that ended since the last call, up to slot `upto`. Slots that the timeline no longer holds are left out."""
        oldest = timeline.head - SLOTS + 1
        first = oldest if self._done is None else max(self._done + 1, oldest)
        upto = min(upto, timeline.head)
        if upto < first:
            return _NONE
        self._done = upto
        ages = range(timeline.head - first, timeline.head - upto - 1, -1)
        lived = _unpack_slots(timeline.lived, ages)
        runs = _unpack_slots(timeline.covered & ~timeline.away & ~timeline.declared, ages)
        passed = np.cumsum(runs, axis=1, dtype=np.int64)
        rows, place = np.nonzero(lived)
        at, clock = first + place, self._clock[rows] + passed[rows, place] - runs[rows, place]
        self._clock += passed[:, -1]
        return self._pair_ends(rows.astype(np.int32), at.astype(np.int64), clock)

    def count_open_slots(self) -> I64:
        """Quiet slots of the gap that each resident is in, int64[rows]; 0 before any sign of life."""
        return np.where(self._last > NEVER, self._clock - self._clock_at_last, 0)

    def _pair_ends(self, rows: I32, at: I64, clock: I64) -> Gaps:
        if not len(rows):
            return _NONE
        begins = np.concatenate([[True], rows[1:] != rows[:-1]])
        before, clock_before = np.roll(at, 1), np.roll(clock, 1)
        before[begins], clock_before[begins] = self._last[rows[begins]], self._clock_at_last[rows[begins]]
        ends = np.concatenate([begins[1:], [True]])
        self._last[rows[ends]], self._clock_at_last[rows[ends]] = at[ends], clock[ends]
        known = before > NEVER
        return Gaps(rows[known], before[known], at[known], (clock - clock_before)[known])


def _unpack_slots(words: U64, ages: range) -> Bool:
    """bool[residents, len(ages)]: the bits of these ages (in slots before the head)."""
    out = np.empty((words.shape[1], len(ages)), np.bool_)
    for i, age in enumerate(ages):
        out[:, i] = (words[age // 64] >> np.uint64(age % 64)) & np.uint64(1)
    return out


def _make_empty(kind: Any) -> NDArray[Any]:
    return np.empty(0, kind)


_NONE = Gaps(_make_empty(np.int32), _make_empty(np.int64), _make_empty(np.int64), _make_empty(np.int64))
