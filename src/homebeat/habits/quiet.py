"""Gaps between signs of life, measured on the clock that runs only while the resident is covered and at home."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from homebeat.habits.policy import B1, I64


@dataclass(frozen=True, slots=True, eq=False)
class QuietGaps:
    """Gaps of m residents, n of them in all; lengths and ages in half hours.

    Attributes:
        row: int64[n], the resident's row.
        start: int64[n], local half hour of the day in which each gap began, 0 to 47.
        length: int64[n], half hours on the quiet clock, at least 1.
        age: int64[n], half hours from the sign that ended it to the end of the past.
        ended: bool[n], a sign of life was seen to end it. False where the quiet clock had stopped before: the gap lasted *at
            least* so long.
    """

    row: I64
    start: I64
    length: I64
    age: I64
    ended: B1


def find_quiet_gaps(life: B1, clock: B1, local_slot: I64) -> QuietGaps:
    """Find the gaps between signs of life.

    Args:
        life: bool[m, n], a sign fell into the half hour, newest first.
        clock: bool[m, n], the quiet clock ran in it.
        local_slot: int64[n], local half hour of the day of each.
    """
    residents, width = life.shape
    sign = np.flatnonzero(life)
    signs = np.count_nonzero(life, axis=1)
    row = np.repeat(np.arange(residents), signs)
    age = sign - row * width
    length = np.diff(np.take(np.cumsum(clock, axis=1, dtype=np.int32), sign))
    # an outing leaves no quiet at all, so it says nothing about quiet; nor does what lies between one resident and the next
    counts = length > 0
    last = np.cumsum(signs)[:-1] - 1
    counts[last[(last >= 0) & (last < len(counts))]] = False
    newer = np.flatnonzero(counts)
    ended = _has_run_up_to(clock, np.take(sign, newer), np.take(sign, newer + 1))
    slot = np.take(local_slot, np.take(age, newer + 1))
    return QuietGaps(np.take(row, newer), slot, np.take(length, newer).astype(np.int64), np.take(age, newer), ended)


def _has_run_up_to(clock: B1, newer: I64, older: I64) -> B1:
    """bool[n]: the clock ran until the newer sign. One half hour may be missing: quiet that began with a door counts half."""
    flat = clock.ravel()
    ran: B1 = np.take(flat, newer + 1) | np.take(flat, np.minimum(newer + 2, older))
    return ran
