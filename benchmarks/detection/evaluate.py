"""Judge a method on a home, causally: learn on the past, count what outlives its limit, time injected collapses.

False alarm: a gap that outlives its limit though nobody collapsed; a gap of 24 h and more is an undeclared absence, counted
apart. Collapse: 12 a day, spread evenly over the time between the day's first use after 04:00 and its last before 02:00, not
inside gaps longer than 5 h (probably out); all later signs vanish, so the delay is the limit of the gap it falls into, less the
age of that gap.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.detection.signs import Gaps

DAY_S = 86400
LEARN_DAYS = 56
COLD_DAYS = 28
REFIT_DAYS = 7
ABSENCE_S = 24 * 3600
OUT_S = 5 * 3600
A_DAY = 12
F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

# A method sees the gaps of the past and the moment it learns at, and returns the limits of the gaps to come, seconds.
Limits = Callable[[Gaps], F64]
Method = Callable[[Gaps, int], Limits]


@dataclass(frozen=True, slots=True)
class Tally:
    """What one method did on one home.

    Attributes:
        days: days scored.
        false_alarms: gaps under 24 h that outlived their limit.
        absences: gaps of 24 h and more.
        delays_h: float64[k], hours from each injected collapse to the alarm.
        night_h: float64[j], the same after a use between 00 and 05.
    """

    days: float
    false_alarms: int
    absences: int
    delays_h: F64
    night_h: F64

    @property
    def per_month(self) -> float:
        """False alarms in 30 days."""
        return self.false_alarms / self.days * 30


def pool_tallies(tallies: list[Tally]) -> Tally:
    """Several homes as one."""
    return Tally(
        sum(t.days for t in tallies),
        sum(t.false_alarms for t in tallies),
        sum(t.absences for t in tallies),
        np.concatenate([t.delays_h for t in tallies]),
        np.concatenate([t.night_h for t in tallies]),
    )


def place_collapses(gaps: Gaps) -> tuple[I64, I64]:
    """Where the injected collapses fall: index of the gap, int64[k], and age of that gap in seconds, int64[k]."""
    day = (gaps.local - 4 * 3600) // DAY_S
    of_day = (gaps.local - 4 * 3600) - day * DAY_S
    length = gaps.end - gaps.start
    # The last gap before 02:00 is kept only where it ends before 02:00, so that a collapse lies between two uses of a day.
    open_ = (length <= OUT_S) & (gaps.quiet_s > 0) & (of_day + length <= 22 * 3600)
    index, age = [], []
    for one in np.unique(day):
        here = np.flatnonzero((day == one) & open_)
        if not len(here):
            continue
        edge = np.concatenate([[0], np.cumsum(length[here])])
        at = (np.arange(A_DAY) + 0.5) / A_DAY * edge[-1]
        which = np.searchsorted(edge, at, side="right") - 1
        index.append(here[which])
        age.append((at - edge[which]).astype(np.int64))
    if not index:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    return np.concatenate(index), np.concatenate(age)


def compute_limits_over_time(gaps: Gaps, method: Method, learn_days: int = LEARN_DAYS, refit_days: int = REFIT_DAYS) -> F64:
    """The limit in force when each gap began, seconds, float64[n]; refitted on the past alone."""
    first = int(gaps.start[0])
    limit = np.empty(len(gaps))
    for moment in range(first, int(gaps.start[-1]) + 1, refit_days * DAY_S):
        now = (gaps.start >= moment) & (gaps.start < moment + refit_days * DAY_S)
        past = (gaps.end <= moment) & (gaps.start >= moment - learn_days * DAY_S)
        limit[now] = method(gaps.pick(past), moment)(gaps.pick(now))
    return limit


def score_limits(gaps: Gaps, limit: F64, since_day: float = COLD_DAYS, until_day: float = np.inf) -> Tally:
    """Score the limits on the gaps that began from `since_day` to `until_day` of the home's record."""
    age_days = (gaps.start - gaps.start[0]) / DAY_S
    scored = (age_days >= since_day) & (age_days < until_day)
    length = gaps.end - gaps.start
    absent = length >= ABSENCE_S
    false = scored & ~absent & (gaps.quiet_s > limit)
    unheard = np.where(scored, length - gaps.quiet_s, 0).sum() / DAY_S
    days = float(length[scored].sum() / DAY_S - unheard)
    index, age = place_collapses(gaps)
    keep = scored[index]
    index, age = index[keep], age[keep]
    delay = np.maximum(limit[index] - age, 0.0) / 3600
    hour = gaps.local[index] // 3600 % 24
    return Tally(days, int(false.sum()), int((scored & absent).sum()), delay, delay[hour < 5])
