"""Plain numbers that explain a limit: what this person usually does, for one sentence on the card."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from homebeat.habits.policy import DAY_S, I64, SLOT_S, SLOTS, U16
from homebeat.habits.quiet import QuietGaps

_MORNING_S = 4 * 3600
_LAST_DAYS = 30
_NEAR_S = 3600


@dataclass(frozen=True, slots=True, eq=False)
class Habit:
    """What is usual for this resident, from the last 30 days with a sign of life; minutes are of the local day, -1 where unknown.

    Attributes:
        first_from, first_to: the first sign after 04:00 falls between these two on most days (10th to 90th percentile).
        first_days: days on which it did, of `days_seen`.
        days_seen: days of the last 30 with a sign of life.
        signs_a_day: mean over those days.
        night_signs: mean signs of life between 00 and 05 a night.
        longest_usual: uint16[48], minutes; 95th percentile of gaps that begin within an hour of each slot, over the memory.
        gaps_near: uint16[48], how many gaps that is.
        outlived: uint16[48], how many of them outlived the limit in force.
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


def describe(local_life: I64, gaps: QuietGaps, limit_minutes: U16) -> Habit:
    """Numbers for the sentence.

    Args:
        local_life: int64[n], sorted local seconds (epoch as if the wall clock were UTC) of the signs of life.
        gaps: the gaps learned from.
        limit_minutes: uint16[48], the table in force.
    """
    morning = (local_life - _MORNING_S) // DAY_S
    first_of_recent = np.searchsorted(morning, morning[-1] - _LAST_DAYS, side="right") if len(morning) else 0
    recent, day = local_life[first_of_recent:], morning[first_of_recent:]
    days, first_index = np.unique(day, return_index=True)
    first = (recent[first_index] - days * DAY_S) // 60
    low, high = (-1, -1) if not len(days) else (int(v) for v in np.quantile(first, [0.1, 0.9], method="nearest"))
    seen = max(len(days), 1)
    night = int(np.count_nonzero(recent % DAY_S < 5 * 3600))
    usual, near, outlived = _around_each_slot(gaps, limit_minutes)
    within = int(np.count_nonzero((first >= low) & (first <= high)))
    return Habit(low, high, within, len(days), len(recent) / seen, night / seen, usual, near, outlived)


def _around_each_slot(gaps: QuietGaps, limit_minutes: U16) -> tuple[U16, U16, U16]:
    kept = ~gaps.absent
    order = np.argsort(gaps.slot[kept], kind="stable")
    slot, minutes = gaps.slot[kept][order], gaps.quiet_s[kept][order] / 60
    reach = _NEAR_S // SLOT_S
    around_slot = np.concatenate([slot - SLOTS, slot, slot + SLOTS])
    around = np.concatenate([minutes, minutes, minutes])
    low = np.searchsorted(around_slot, np.arange(SLOTS) - reach)
    high = np.searchsorted(around_slot, np.arange(SLOTS) + reach, side="right")
    usual, outlived = np.zeros(SLOTS, np.uint16), np.zeros(SLOTS, np.uint16)
    for s in range(SLOTS):
        here = around[low[s] : high[s]]
        if len(here):
            rank = min(int(0.95 * len(here)), len(here) - 1)
            usual[s] = np.partition(here, rank)[rank]
            outlived[s] = np.count_nonzero(here > limit_minutes[s])
    return usual, np.minimum(high - low, np.iinfo(np.uint16).max).astype(np.uint16), outlived
