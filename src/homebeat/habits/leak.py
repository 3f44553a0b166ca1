"""Water that never stops: a leak or a tap left on. What is usual in a home separates it from much use.

Published practice is "no hour without use in 24 h" (or 36, or 48). A home's own longest run of hours with use says which of these
fits it. A leak also shows its own flow whenever nobody draws water: some hours in a row near the lowest rate.

The engine judges by these numbers (`stream.features.hours`, `rules.water_running`), and `benchmarks.detection` measures them.
Hours are whole hours by UTC. An hour without readings neither adds to a run nor ends it.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from homebeat.habits.policy import B1, F64, I64

#: How many hours are kept.
MEMORY_H: Final = 48
#: How many weeks the longest run is kept for.
WEEKS: Final = 8
#: An hour with less is an hour without use. A litre whose pulse fell to the neighbouring hour still counts in this one.
LEAST_LITRES: Final = 0.7
#: The pulses of a leak of one litre an hour may fall on the minute of the reading. It is then read as 0 and, hours later, 2 L. So
#: once in so many hours of a run, a count may be missing, in one hour or in two in a row.
SPLIT_EVERY_H: Final = 12
#: Such an hour is accepted where the hour before holds at most one count (plus what making totals linear adds), or where both
#: hold two counts together, give or take a rounding. Somebody who stops drawing water has mostly drawn more, not whole counts.
SPLIT_AFTER_LITRES: Final = 1.25
SPLIT_BOTH_LITRES: Final = (1.85, 2.15)
#: Two such hours in a row hold at least this together: one count less than two, and a rounding.
SPLIT_TWO_LITRES: Final = 0.95
#: A run ends, and is not learned from, when so many hours in a row have no readings: nobody knows whether the water stopped.
SILENCE_H: Final = 12
#: Added to a home's own longest run.
MARGIN_H: Final = 4
#: With fewer hours heard in eight weeks than this, the home's own longest run is not known yet.
LEARNED_FROM_H: Final = 14 * 24
#: A leak shows in so many hours in a row within a band above the lowest hour (`SteadyFlow.in_a_row` is written for three), and in
#: this share of all hours waited for.
STEADY_H: Final = 3
NEAR_SHARE: Final = 0.18
BAND_SHARE: Final = 0.15
#: A run of at least `LEAK_RUN_H` hours was a leak where this share lies in the band. It is not learned from.
LEAK_SHARE: Final = 0.4
LEAK_RUN_H: Final = 24
#: An hour with a strong flow: ten litres, give or take what making totals linear takes off.
STRONG_LITRES: Final = 9.5
#: A leak is reported before the night where so many of them come in a row, half of them near the lowest, and the spell is half
#: as long again as the home's own longest.
STRONG_RUN_H: Final = 10
STRONG_SHARE: Final = 0.5
STRONG_TIMES: Final = 1.5
PAUSE_H: Final = 3
LEAST_PAUSES: Final = 36


class SteadyFlow(NamedTuple):
    """What runs without a pause on m meters.

    Attributes:
        lowest_lph: float64[m], litres in the smallest hour with use: the flow of the leak, if it is one; NaN for none.
        in_a_row: bool[m], three hours in a row (or all, if fewer were looked at) are near the lowest.
        near_h: int64[m], how many hours are near the lowest.
        looked_at_h: int64[m], how many hours were looked at.
    """

    lowest_lph: F64
    in_a_row: B1
    near_h: I64
    looked_at_h: I64

    @property
    def is_steady(self) -> B1:
        """bool[m]: near the lowest for long enough, and often enough."""
        return self.is_near_for(NEAR_SHARE)

    def is_near_for(self, share: float) -> B1:
        """bool[m]: near the lowest for three hours in a row, and for this share of all."""
        return self.in_a_row & (self.near_h >= share * self.looked_at_h) & (self.looked_at_h > 0)


def find_steady_flow(litres: F64, counted: NDArray[np.integer], resolution: NDArray[np.integer] | int = 1) -> SteadyFlow:
    """Look at the newest hours for a flow that is always there.

    An hour without use is looked at and is not near the lowest. A run may hold one where a pulse was split (`is_split`).

    Args:
        litres: float64[48, m], use of each of the last whole hours, oldest first; NaN where the meter was not heard.
        counted: int[m], how many of the newest heard hours to look at.
        resolution: int[m], litres per count of the meter: the band is never narrower than one count.
    """
    known = np.isfinite(litres)
    newer = np.cumsum(known[::-1], axis=0)[::-1]
    looked_at = known & (newer <= counted)
    used = looked_at & (litres >= LEAST_LITRES)
    lowest = np.where(used, litres, np.inf).min(axis=0)
    band = np.where(np.isfinite(lowest), lowest + np.maximum(resolution, BAND_SHARE * lowest), 0.0)
    near = used & (np.where(known, litres, np.inf) <= band)
    near_h, looked_at_h = near.sum(axis=0), looked_at.sum(axis=0)
    in_a_row = (near[:-2] & near[1:-1] & near[2:]).any(axis=0) | ((looked_at_h < STEADY_H) & (near_h == looked_at_h))
    return SteadyFlow(np.where(np.isfinite(lowest), lowest, np.nan), in_a_row, near_h, looked_at_h)


def was_leak(flow: SteadyFlow) -> B1:
    """bool[m]: a run that has ended was a leak and not a habit: two in five of its hours were near its lowest."""
    return (flow.looked_at_h >= LEAK_RUN_H) & (flow.near_h >= LEAK_SHARE * flow.looked_at_h)


def is_split(litres: F64) -> B1:
    """Whether an hour without use in a run is only a pulse that fell to another hour.

    Readings keep their minute for hours and then move by seconds. Where the pulse of a leak falls on that minute, one hour misses
    a count, and the count comes back hours later, mostly not in the neighbouring hour. So three things are required: at most one
    count is missing, it happens seldom, and nobody drew water just before.

    Args:
        litres: float64[12, m], the newest hours of a run, oldest first, the hour in question last; NaN where not known, and where
            the run had not begun.

    Returns:
        bool[m].
    """
    dry = litres < LEAST_LITRES
    both = litres[-2:].sum(axis=0)
    least, most = SPLIT_BOTH_LITRES
    after = (litres[-2] <= SPLIT_AFTER_LITRES) | ((least <= both) & (both <= most))
    one = (litres[-2] >= LEAST_LITRES) & after & ~dry[:-1].any(axis=0)
    two = dry[-2] & (litres[-3] <= SPLIT_AFTER_LITRES) & (both >= SPLIT_TWO_LITRES) & ~dry[:-2].any(axis=0)
    return np.asarray(dry[-1] & (one | two))


def compute_strong_waits(longest_h: NDArray[np.integer], heard_h: NDArray[np.integer]) -> I64:
    """Compute how many hours with a strong flow in a row to wait for, int64[m].

    Where the home is not known yet, that is more than the hours that are kept, so it never fires.

    Args:
        longest_h: int[m], longest spell of such hours.
        heard_h: int[8, m], hours heard in each of the last weeks.
    """
    own = np.maximum(np.ceil(longest_h * STRONG_TIMES).astype(np.int64), STRONG_RUN_H)
    return np.where(is_learned(heard_h), own, MEMORY_H + 1)


def compute_waits(
    longest_h: NDArray[np.integer],
    heard_h: NDArray[np.integer],
    *,
    unlearned_h: int = 36,
    shortest_h: int = 24,
    most_h: int = MEMORY_H,
) -> I64:
    """Compute how many hours of use without a pause to wait for, int64[m]: own longest run plus four hours, within bounds.

    Args:
        longest_h: int[8, m], longest run that ended in each of the last weeks.
        heard_h: int[8, m], hours heard in each of them.
        unlearned_h: The wait where less than two weeks were heard.
        shortest_h: The least to wait for.
        most_h: The most.
    """
    own = np.clip(longest_h.max(axis=0).astype(np.int64) + MARGIN_H, shortest_h, most_h)
    return np.asarray(np.where(is_learned(heard_h), own, unlearned_h), np.int64)


def is_learned(heard_h: NDArray[np.integer]) -> B1:
    """bool[m]: enough hours were heard in the last weeks (int[8, m]) to know the home's longest run."""
    return np.asarray(heard_h.sum(axis=0, dtype=np.int64) >= LEARNED_FROM_H)


def compute_base_flow(litres: F64) -> F64:
    """Compute the litres an hour that run day and night. They are taken off before a rise counts as a sign of life.

    It is the smallest use over any three hours in a row of the last 48. Somebody sleeps or goes out for three hours once in two
    days; a leak does not stop. Shorter memories and longer pauses took real small uses for a leak and cost an hour of delay.
    The engine keeps the same number up hour by hour. After a hole in the readings it uses the value from before the hole, until
    a stretch with less is heard.

    Args:
        litres: float64[48, m], as for `find_steady_flow`.

    Returns:
        float64[m]; 0 where fewer than 36 such stretches were heard.
    """
    stretches = np.lib.stride_tricks.sliding_window_view(litres, PAUSE_H, axis=0).mean(axis=2)
    heard = np.isfinite(stretches)
    lowest = np.where(heard, stretches, np.inf).min(axis=0)
    return np.asarray(np.where(heard.sum(axis=0) >= LEAST_PAUSES, lowest, 0.0))


def is_life(litres: F64, base_lph: F64, hours: F64, resolution: NDArray[np.integer]) -> B1:
    """bool[n]: a rise of a meter shows that somebody drew water.

    Where there is a base flow, a rise must exceed what the leak alone can show. That is one count more than flowed (its pulses
    fall where they fall), and one count in three hours, because the base flow was measured over three hours and may be too low.

    Args:
        litres: float64[n], the rise.
        hours: float64[n], hours in which it rose.
        base_lph: float64[n], the base flow, 0 for none.
        resolution: int[n], litres per count.
    """
    # totals are floats of m3: a litre may come out as 0.9999...
    plain = litres > resolution - 0.05
    over = litres - base_lph * hours >= resolution * (1.0 + hours / PAUSE_H)
    return np.asarray(plain & (over | (base_lph <= 0)))
