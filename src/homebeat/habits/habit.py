"""Numbers that explain a limit: what a resident usually does, for one sentence on the card."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from homebeat.habits.outings import Spans, find_usual_outings
from homebeat.habits.policy import B1, I32, I64, SLOTS, STEPS, U16

_MORNING = 8
_NIGHT_UNTIL = 10
_LAST_DAYS = 30
_SLOT_MINUTES = 30
_NEVER = 99
_NEAR = 2


@dataclass(frozen=True, slots=True, eq=False)
class Habit:
    """What is usual for this resident in the last 30 days. Minutes are of the local day, to the half hour; -1 where unknown.

    Attributes:
        first_from, first_to: the first sign after 04:00 falls between these two on most days (10th to 90th percentile).
        first_days: how many of `days_seen` it did so.
        days_seen: days of the last 30 with a sign of life.
        signs_a_day: half hours with a sign of life, mean over those days.
        night_signs: those between 00 and 05, mean a night.
        longest_usual: uint16[48], minutes; 95th percentile of the gaps that begin within an hour of each slot, over the memory.
        gaps_near: uint16[48], how many gaps that is.
        outlived: uint16[48], how many of these gaps were longer than the limit in force.
        outings: spans (from, to) of the day in which the resident is usually out; probably out where being at home is not proven.
    """

    first_from: int
    first_to: int
    first_days: int
    days_seen: int
    signs_a_day: float
    night_signs: float
    longest_usual: U16
    gaps_near: U16
    outlived: U16
    outings: Spans = ()


def describe(life: B1, clock: B1, local: I64, by_length: I32, limit_minutes: U16, at_home_known: B1) -> list[Habit]:
    """Compute the numbers for the sentence, for each of m residents.

    Args:
        life: bool[m, n], a sign fell into the half hour, newest first.
        clock: bool[m, n], the quiet clock ran in it.
        local: int64[n], local half-hour number of each (half hours since 1970 by the wall clock).
        by_length: int32[m, 48, 48], gaps under a day by start slot and length in half hours.
        limit_minutes: uint16[m, 48], the tables of limits in force.
        at_home_known: bool[m].
    """
    morning = (local - _MORNING) // SLOTS
    recent = int(np.searchsorted(-morning, -(morning[0] - _LAST_DAYS)))
    life, local, morning = life[:, :recent], local[:recent], morning[:recent]
    starts = np.flatnonzero(np.diff(morning, prepend=morning[0] + 1))
    first = np.minimum.reduceat(np.where(life, (local - morning * SLOTS).astype(np.int8), np.int8(_NEVER)), starts, axis=1)
    first.sort(axis=1)
    seen = (first < _NEVER).sum(axis=1)
    low, high = (_take_rank(first, seen, share) for share in (0.1, 0.9))
    within = ((first >= low[:, None]) & (first <= high[:, None])).sum(axis=1)
    days = np.maximum(seen, 1)
    a_day = np.count_nonzero(life, axis=1) / days
    nightly = np.count_nonzero(life & (local % SLOTS < _NIGHT_UNTIL), axis=1) / days
    usual, near, outlived = _count_around_each_slot(by_length, limit_minutes)
    outings = find_usual_outings(life, clock[:, :recent], local, seen, at_home_known)
    return [
        Habit(
            int(low[i]) * _SLOT_MINUTES, (int(high[i]) + 1) * _SLOT_MINUTES, int(within[i]), int(seen[i]),
            float(a_day[i]), float(nightly[i]), usual[i], near[i], outlived[i], outings[i],
        ) if seen[i] else Habit(-1, -1, 0, 0, 0.0, 0.0, usual[i], near[i], outlived[i])
        for i in range(len(life))
    ]  # fmt: skip


def _take_rank(ordered: np.ndarray, count: I64, share: float) -> np.ndarray:
    rank = np.rint(share * np.maximum(count - 1, 0)).astype(np.int64)
    return np.take_along_axis(ordered, rank[:, None], axis=1)[:, 0]


def _count_around_each_slot(by_length: I32, limit_minutes: U16) -> tuple[U16, U16, U16]:
    wrapped = np.concatenate([by_length[:, -_NEAR:], by_length, by_length[:, :_NEAR]], axis=1)
    around = wrapped[:, :SLOTS].copy()
    for shift in range(1, 2 * _NEAR + 1):
        around += wrapped[:, shift : shift + SLOTS]
    upto = np.cumsum(around, axis=2, dtype=np.int32)
    total = upto[:, :, -1]
    usual = np.count_nonzero(upto * 20 < total[:, :, None] * 19, axis=2) * _SLOT_MINUTES
    within = np.minimum(limit_minutes // _SLOT_MINUTES, STEPS - 1).astype(np.int64)[:, :, None]
    outlived = total - np.take_along_axis(upto, within, axis=2)[:, :, 0]
    return _clip_to_uint16(usual), _clip_to_uint16(total), _clip_to_uint16(outlived)


def _clip_to_uint16(values: NDArray[np.integer]) -> U16:
    return np.asarray(np.minimum(values, np.iinfo(np.uint16).max), np.uint16)
