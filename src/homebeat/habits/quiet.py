"""Gaps between signs of life, measured on the clock that runs only while the resident is covered and at home."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from homebeat.habits.policy import B1, I64


@dataclass(frozen=True, slots=True, eq=False)
class QuietGaps:
    """Gaps of m residents, n of them in all; lengths and ages in half hours.

    Attributes:
        row: int64[n], whose.
        start: int64[n], local half hour of the day in which each began, 0 to 47.
        length: int64[n], half hours on the quiet clock, 1 and more.
        age: int64[n], half hours from the sign that ended it to the end of the past.
        ended: bool[n], a sign of life was seen to end it; false where the clock had stopped before, so it only lasted *at
            least* so long.
    """

    row: I64
    start: I64
    length: I64
    age: I64
    ended: B1


def quiet_gaps(life: B1, clock: B1, local_slot: I64) -> QuietGaps:
    """The gaps between signs of life.

    Args:
        life: bool[m, n], a sign fell into the half hour, newest first.
        clock: bool[m, n], the quiet clock ran in it.
        local_slot: int64[n], local half hour of the day of each.
    """
    width = life.shape[1]
    sign = np.flatnonzero(life)
    row, age = sign // width, sign % width
    same = row[1:] == row[:-1]
    row, ends, begins = row[:-1][same], age[:-1][same], age[1:][same]
    passed = np.cumsum(clock, axis=1, dtype=np.int32)
    at = row * width
    length = passed.ravel()[at + begins] - passed.ravel()[at + ends]
    # An outing leaves no quiet at all: that says nothing about quiet.
    told = length > 0
    row, ends, begins, at = row[told], ends[told], begins[told], at[told]
    return QuietGaps(row, local_slot[begins], length[told].astype(np.int64), ends, clock.ravel()[at + ends + 1])
