"""A drip: a leak so slow that its pulses lie hours apart, each of them like somebody drawing a single litre.

A steady leak under a third of a litre an hour shows no base flow (`habits.leak.base_flow`), because every night has three hours
without a pulse. It gives itself away in two other ways. Its pulses come at even intervals while nobody draws water. And no pause
between two uses is ever longer than the interval of its pulses, on any day.

The constants were chosen on the 38 well-read homes of the DAIAD trial's open half; docs/detection.md has the figures.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from homebeat.habits.policy import B1, F64

#: Days of which the longest pauses are remembered.
DAYS: Final = 10
#: A use within this time of the one before it belongs to that one. Pulses that are nearer show as base flow.
NEAR_H: Final = 2.2
#: In a longer interval so many counts may be a drip's; more of them are taken for use, whatever the interval.
MOST_COUNTS: Final = 2.0
#: Two intervals are even when they differ by no more than this, or by a little more than the meter's own reporting interval.
EVEN_H: Final = 1.3
EVEN_BEYOND_INTERVAL_H: Final = 0.3
#: So many days must show a pause of the drip's own length, from one lone pulse to the next.
LEAST_DAYS: Final = 3
#: The days must differ from the longest of them by no more than this.
SPREAD_H: Final = 1.2
#: A home that is never without use for longer than this leaks, whatever its pulses look like.
NEVER_STILL_H: Final = 3.3
#: Of so many of the days remembered a pause must be known.
KNOWN_DAYS: Final = 8
#: From so many lone pulses in a row at even intervals on, they are a drip and nobody's use.
EVEN_PULSES: Final = 3


def dripping_every_h(longest_h: F64, lone_h: F64) -> F64:
    """Hours between the pulses of a drip, float64[m]; 0 where the meter shows none, or too few days are known.

    Args:
        longest_h: float64[10, m], the longest pause without use that ended on each of the last days; 0 where none was heard of.
        lone_h: float64[10, m], the longest of those that began and ended with a lone pulse; 0 for none.
    """
    longest, drip = longest_h.max(axis=0), lone_h.max(axis=0)
    near = (lone_h >= drip - SPREAD_H) & (lone_h > 0)
    near_days, other_days = near.sum(axis=0), ((lone_h > 0) & ~near).sum(axis=0)
    even = (near_days >= LEAST_DAYS) & (near_days >= other_days) & (longest <= drip + SPREAD_H)
    every = np.where(even, drip, np.where(longest <= NEVER_STILL_H, longest, 0.0))
    return np.where(are_days_known(longest_h), every, 0.0)


def are_days_known(longest_h: F64) -> B1:
    """bool[m]: of enough of the last days (float64[10, m], as above) a pause is known."""
    return np.asarray((longest_h > 0).sum(axis=0) >= KNOWN_DAYS)


def even_within_h(interval_h: F64) -> F64:
    """By how much two intervals between pulses may differ, hours, float64[n]; `interval_h`: between two reports of the meter."""
    return np.asarray(np.maximum(EVEN_H, interval_h + EVEN_BEYOND_INTERVAL_H))


def is_lone(litres: F64, resolution: NDArray[np.integer], interval_h: F64, pause_h: F64) -> B1:
    """bool[n]: a rise of one count, or no more than lone counts add up to in a long interval, and no use in the two hours before.

    Args:
        litres: float64[n], the rise.
        resolution: int[n], litres per count.
        interval_h: float64[n], hours between the two totals.
        pause_h: float64[n], hours from the use before to the later of them.
    """
    counts = np.clip(interval_h / NEAR_H, 1.0, MOST_COUNTS) + 0.5
    return np.asarray((litres < counts * resolution) & (pause_h > NEAR_H))
