"""A drip: a leak so slow that its pulses lie hours apart, and each pulse looks like somebody drawing a single litre.

A steady leak under a third of a litre an hour shows no base flow (`habits.leak.compute_base_flow`): every night has three hours
without a pulse. Two other signs show it. Its pulses come at even intervals while nobody draws water. And on no day is a pause
between two uses longer than the interval of its pulses.

The constants were chosen on the 38 well-read homes of the DAIAD trial's open half; docs/detection.md has the figures.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from homebeat.habits.policy import B1, F64

#: How many days the longest pauses are kept for.
DAYS: Final = 10
#: A use that follows another within this time belongs to it. Pulses that are nearer show as base flow.
NEAR_H: Final = 2.2
#: In a long reporting interval, a drip may add at most so many counts; more counts are taken for use.
MOST_COUNTS: Final = 2.0
#: Two intervals are even when they differ by at most this, or by a little more than the meter's own reporting interval.
EVEN_H: Final = 1.3
EVEN_BEYOND_INTERVAL_H: Final = 0.3
#: So many days must have a pause of the drip's own length, from one lone pulse to the next.
LEAST_DAYS: Final = 3
#: These days may differ from the longest of them by at most this.
SPREAD_H: Final = 1.2
#: A home with no longer pause than this leaks, whatever its pulses look like.
NEVER_STILL_H: Final = 3.3
#: A pause must be known for so many of the days that are kept.
KNOWN_DAYS: Final = 8
#: So many lone pulses in a row at even intervals are a drip, not somebody's use.
EVEN_PULSES: Final = 3


def find_drip_interval_h(longest_h: F64, lone_h: F64) -> F64:
    """Find the hours between the pulses of a drip, float64[m]; 0 where the meter shows none, or too few days are known.

    Args:
        longest_h: float64[10, m], the longest pause without use that ended on each of the last days; 0 where none is known.
        lone_h: float64[10, m], the longest pause that began and ended with a lone pulse; 0 for none.
    """
    longest, drip = longest_h.max(axis=0), lone_h.max(axis=0)
    near = (lone_h >= drip - SPREAD_H) & (lone_h > 0)
    near_days, other_days = near.sum(axis=0), ((lone_h > 0) & ~near).sum(axis=0)
    even = (near_days >= LEAST_DAYS) & (near_days >= other_days) & (longest <= drip + SPREAD_H)
    every = np.where(even, drip, np.where(longest <= NEVER_STILL_H, longest, 0.0))
    return np.where(are_days_known(longest_h), every, 0.0)


def are_days_known(longest_h: F64) -> B1:
    """bool[m]: a pause is known for enough of the last days. `longest_h`: float64[10, m], as in `find_drip_interval_h`."""
    return np.asarray((longest_h > 0).sum(axis=0) >= KNOWN_DAYS)


def compute_even_tolerance_h(interval_h: F64) -> F64:
    """Compute by how much two intervals between pulses may differ, hours, float64[n].

    Args:
        interval_h: float64[n], hours between two reports of the meter.
    """
    return np.asarray(np.maximum(EVEN_H, interval_h + EVEN_BEYOND_INTERVAL_H))


def is_lone(litres: F64, resolution: NDArray[np.integer], interval_h: F64, pause_h: F64) -> B1:
    """bool[n]: the rise is a lone pulse: one count (in a long interval up to two), and no use in the two hours before.

    Args:
        litres: float64[n], the rise.
        resolution: int[n], litres per count.
        interval_h: float64[n], hours between the two totals.
        pause_h: float64[n], hours from the use before to the later of the two totals.
    """
    counts = np.clip(interval_h / NEAR_H, 1.0, MOST_COUNTS) + 0.5
    return np.asarray((litres < counts * resolution) & (pause_h > NEAR_H))
