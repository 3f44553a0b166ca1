"""Water that never stops: a tap left on or a leak, told from a busy home by what is usual there.

Published practice is "no hour without use in 24 h" (or 36, or 48). A home's own longest run of hours with use tells which of
these fits it, and a leak shows its own flow whenever nobody draws: some hours in a row near the lowest rate.

These are the numbers that the engine judges by (`stream.features.hours`, `rules.water_running`) and that `benchmarks.detection`
measures. Hours are whole hours by UTC; an hour that was not heard of neither adds to a run nor ends it.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from homebeat.habits.policy import B1, F64, I64

#: Hours that are remembered.
MEMORY_H: Final = 48
#: Weeks of which the longest run is remembered.
WEEKS: Final = 8
#: An hour with less than this is an hour without use: a litre whose pulse fell to the neighbouring hour is still this hour's.
LEAST_LITRES: Final = 0.7
#: A leak of a litre an hour whose pulses fall on the minute of the reading is read as 0 and, hours later, 2 L: once in so many
#: hours of a run it may be a count short, in one hour or in two in a row.
SPLIT_EVERY_H: Final = 12
#: The hour before holds no more than a count, and what making totals linear adds, or both hold two counts together, give or take
#: a rounding. Somebody who stops drawing water has mostly drawn more, and not by whole counts.
SPLIT_AFTER_LITRES: Final = 1.25
SPLIT_BOTH_LITRES: Final = (1.85, 2.15)
#: Two hours without use in a row hold at least this together: a count less than two, and a rounding.
SPLIT_TWO_LITRES: Final = 0.95
#: A run ends, and teaches nothing, when so many hours in a row were not heard of: nobody knows whether water stopped.
SILENCE_H: Final = 12
#: Added to a home's own longest run.
MARGIN_H: Final = 4
#: Less than so many hours heard in eight weeks: the home's own longest run is not known yet.
LEARNED_FROM_H: Final = 14 * 24
#: A leak shows for so many hours in a row within a band over the lowest hour (`Flow.in_a_row` is written for three), and for this
#: share of all hours waited for.
STEADY_H: Final = 3
NEAR_SHARE: Final = 0.18
BAND_SHARE: Final = 0.15
#: A run of at least `LEAK_RUN_H` hours of which this share lies in the band was a leak, and teaches nothing.
LEAK_SHARE: Final = 0.4
LEAK_RUN_H: Final = 24
#: An hour with a strong flow: ten litres, give or take what making totals linear takes off.
STRONG_LITRES: Final = 9.5
#: So many of them in a row, half of them near the lowest, and half as many again as the home's own longest spell of them: nobody
#: waits for the night to call that a leak.
STRONG_RUN_H: Final = 10
STRONG_SHARE: Final = 0.5
STRONG_TIMES: Final = 1.5
PAUSE_H: Final = 3
LEAST_PAUSES: Final = 36


class Flow(NamedTuple):
    """What runs without a pause on m meters.

    Attributes:
        lowest_lph: float64[m], smallest hour with use of those looked at, litres: the flow of the leak, if it is one; NaN for
            none.
        in_a_row: bool[m], three of them in a row (or all, if fewer were looked at) are near the lowest.
        near_h: int64[m], how many of them are near the lowest. looked_at_h: int64[m], how many were looked at.
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


def steady_flow(litres: F64, counted: NDArray[np.integer], resolution: NDArray[np.integer] | int = 1) -> Flow:
    """Look at the newest hours for a flow that is always there.

    An hour without use, which a run may hold where a pulse was split (`is_split`), is looked at and is not near the lowest.

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
    return Flow(np.where(np.isfinite(lowest), lowest, np.nan), in_a_row, near_h, looked_at_h)


def was_leak(flow: Flow) -> B1:
    """bool[m]: a run that has ended was a leak rather than a habit: two in five of its hours were near its lowest."""
    return (flow.looked_at_h >= LEAK_RUN_H) & (flow.near_h >= LEAK_SHARE * flow.looked_at_h)


def is_split(litres: F64) -> B1:
    """Whether an hour without use in a run is but a pulse that fell to another hour.

    Readings keep their minute for hours and then move by seconds. Where the pulse of a leak falls on that minute, the count that
    is missing in one hour comes back hours later, mostly not in the neighbouring hour. So what is asked is that no more than a
    count is missing, seldom, and where nobody drew water just before.

    Args:
        litres: float64[12, m], the newest hours of a run, oldest first, the hour in question last; NaN where not known and where
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


def strong_waits(longest_h: NDArray[np.integer], heard_h: NDArray[np.integer]) -> I64:
    """Hours with a strong flow in a row to wait for, int64[m]; more than are remembered where the home is not known yet.

    Args:
        longest_h: int[m], longest spell of them.
        heard_h: int[8, m], hours heard in each of the last weeks.
    """
    own = np.maximum(np.ceil(longest_h * STRONG_TIMES).astype(np.int64), STRONG_RUN_H)
    return np.where(is_learned(heard_h), own, MEMORY_H + 1)


def waits(
    longest_h: NDArray[np.integer],
    heard_h: NDArray[np.integer],
    *,
    unlearned_h: int = 36,
    shortest_h: int = 24,
    most_h: int = MEMORY_H,
) -> I64:
    """Hours of use without a pause to wait for, int64[m]: own longest run and four hours more, within bounds.

    Args:
        longest_h: int[8, m], longest run that ended in each of the last weeks.
        heard_h: int[8, m], hours heard in each of them.
        unlearned_h: Where less than two weeks were heard.
        shortest_h: The least to wait for.
        most_h: The most.
    """
    own = np.clip(longest_h.max(axis=0).astype(np.int64) + MARGIN_H, shortest_h, most_h)
    return np.asarray(np.where(is_learned(heard_h), own, unlearned_h), np.int64)


def is_learned(heard_h: NDArray[np.integer]) -> B1:
    """bool[m]: enough hours were heard in the last weeks (int[8, m]) to know the home's longest run."""
    return np.asarray(heard_h.sum(axis=0, dtype=np.int64) >= LEARNED_FROM_H)


def base_flow(litres: F64) -> F64:
    """Litres an hour that run day and night, to be taken off before a rise counts as a sign of life.

    The smallest use over any three hours in a row of the last 48: somebody sleeps or goes out for three hours once in two days, a
    leak does not. Shorter memories and longer pauses took real small uses for a leak and cost an hour of delay and more.
    The engine keeps it up hour by hour; this is what it keeps. After a hole in the readings it goes by what was known before the
    hole, until a stretch with less is heard.

    Args:
        litres: float64[48, m], as for `steady_flow`.

    Returns:
        float64[m]; 0 where fewer than 36 such stretches were heard.
    """
    stretches = np.lib.stride_tricks.sliding_window_view(litres, PAUSE_H, axis=0).mean(axis=2)
    heard = np.isfinite(stretches)
    lowest = np.where(heard, stretches, np.inf).min(axis=0)
    return np.asarray(np.where(heard.sum(axis=0) >= LEAST_PAUSES, lowest, 0.0))


def is_life(litres: F64, base_lph: F64, hours: F64, resolution: NDArray[np.integer]) -> B1:
    """bool[n]: a rise of a meter shows that somebody drew water.

    Over a base flow, a rise must exceed it by more than the leak alone can show: a count more than flowed (its pulses fall where
    they fall), and what the base flow, measured over three hours, may have been taken too low (a count in three hours).

    Args:
        litres: float64[n], the rise.
        hours: float64[n], within so many hours.
        base_lph: float64[n], the base flow, 0 for none.
        resolution: int[n], litres per count.
    """
    # totals are floats of m3: a litre may come out as 0.9999...
    plain = litres > resolution - 0.05
    over = litres - base_lph * hours >= resolution * (1.0 + hours / PAUSE_H)
    return np.asarray(plain & (over | (base_lph <= 0)))
