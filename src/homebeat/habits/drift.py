"""Slow change against a person's own baseline, for the daily digest; it never rings an alarm.

Vectorised over m residents, with one value a day each. The method is a one-sided CUSUM (Page 1954) on days that are standardised
by the own mean and spread. Two guards came from real homes. One wild night may add only so much: a party is not a drift. The
spread has a minimum: otherwise a person of very regular habits would fire at once. The baseline ends a fortnight before the day
that is judged, so that a drift does not become its own baseline. Resting heart rate follows NightSignal (Alavi et al. 2021):
nights against the nights before them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from homebeat.habits.policy import B1, F64

LAG_DAYS = 14
BASELINE_DAYS = 28
_LEAST_DAYS = 14


@dataclass(frozen=True, slots=True)
class DriftRule:
    """A one-sided CUSUM.

    Attributes:
        direction: +1 looks for a rise, -1 for a fall.
        allowance: standard deviations a day that do not count.
        decision: height at which it fires; it then starts again from 0.
        least_spread: smallest standard deviation that is used, in the unit of the value.
        most_a_day: largest standardised deviation that one day may add.
    """

    direction: int
    allowance: float
    decision: float
    least_spread: float
    most_a_day: float = 3.0


# Signs of life between 00 and 05, at most one an hour. Tuned on the 16 homes it is reported on; see docs/detection.md.
NIGHT_USE = DriftRule(direction=1, allowance=0.9, decision=4.05, least_spread=0.8)
# The rest use the same shape; units are hours, shares of the own mean, and shares again. The numbers of FIRST_USE_LATER_H and the
# allowance of VOLUME_FALLS were chosen on development homes (docs/detection.md). The others are not tuned: no labelled data.
FIRST_USE_LATER_H = DriftRule(direction=1, allowance=0.5, decision=5.0, least_spread=0.5)
VOLUME_FALLS = DriftRule(direction=-1, allowance=0.4, decision=5.0, least_spread=0.15)
VOLUME_RISES = DriftRule(direction=1, allowance=0.9, decision=5.0, least_spread=0.15)
STEPS_FALL = DriftRule(direction=-1, allowance=0.75, decision=4.5, least_spread=0.10)


def compute_baseline(days: F64, since_last: int = LAG_DAYS) -> tuple[F64, F64]:
    """Compute each resident's own mean and standard deviation.

    Args:
        days: float64[m, n], one value a day, oldest first, the day to be judged last; NaN where the day was not observed.
        since_last: days between the end of the baseline and the judged day.

    Returns:
        Two float64[m]; NaN under 14 observed days, which is "unknown", not "no drift".
    """
    end = max(days.shape[1] - since_last, 0)
    window = days[:, max(end - BASELINE_DAYS, 0) : end]
    seen = np.isfinite(window)
    count = seen.sum(axis=1)
    enough = count >= _LEAST_DAYS
    divisor = np.maximum(count, 1)
    mean = np.where(seen, window, 0.0).sum(axis=1) / divisor
    spread = np.sqrt((np.where(seen, window - mean[:, None], 0.0) ** 2).sum(axis=1) / divisor)
    return np.where(enough, mean, np.nan), np.where(enough, spread, np.nan)


def advance(rule: DriftRule, height: F64, today: F64, mean: F64, spread: F64) -> tuple[F64, B1]:
    """Advance the CUSUM by one day.

    Args:
        rule: what to look for.
        height: float64[m], yesterday's height, 0 at the start.
        today: float64[m], NaN where not observed: the height stays.
        mean: float64[m], own baseline, from `compute_baseline`.
        spread: float64[m], its standard deviation.

    Returns:
        The new height, float64[m], back at 0 where it fired, and whether it fired, bool[m].
    """
    standard = rule.direction * (today - mean) / np.maximum(spread, rule.least_spread)
    step = np.minimum(standard, rule.most_a_day) - rule.allowance
    risen = np.where(np.isfinite(step), np.maximum(height + step, 0.0), height)
    fired = risen > rule.decision
    return np.where(fired, 0.0, risen), fired


@dataclass(frozen=True, slots=True)
class NightPulse:
    """Resting heart rate of the last two or three nights, compared with the own baseline.

    The rises of these nights, each less `forgiven_bpm`, are summed. So a lasting fever adds up and one bad night does not. Two
    strong nights need not wait for a third. A heart rate wanders over weeks, so the baseline leans on the nights just before.
    The required rise grows with the own night-to-night noise, so that a restless sleeper is not called ill each week.

    Attributes:
        least_bpm: smallest sum that fires.
        spreads: the sum must also reach so many own standard deviations (1.4826 x median absolute deviation).
        forgiven_bpm: part of each night's rise that does not count.
        recent_share: weight of the mean of the `recent_nights` before, against the median of 28 nights.
        recent_nights: how many these are.
    """

    least_bpm: float = 10.5
    spreads: float = 3.2
    forgiven_bpm: float = 2.0
    recent_share: float = 0.6
    recent_nights: int = 5


#: How many nights the rise is summed over.
JUDGED_NIGHTS = 3


def is_pulse_raised(rule: NightPulse, nights: F64) -> B1:
    """Whether the last nights lie above the own baseline.

    Args:
        rule: how far above.
        nights: float64[m, n], resting heart rate of each night in bpm, oldest first; NaN where the band was not worn. n is at
            least 17.

    Returns:
        bool[m]; False where the baseline has under 14 nights, or where one of the last two nights is missing. Callers show both
        as unknown.
    """
    window = nights[:, -(BASELINE_DAYS + JUDGED_NIGHTS) : -JUDGED_NIGHTS]
    enough = np.isfinite(window).sum(axis=1) >= _LEAST_DAYS
    filled = np.where(enough[:, None], window, 0.0)
    median = np.nanmedian(filled, axis=1)
    spread = 1.4826 * np.nanmedian(np.abs(filled - median[:, None]), axis=1)
    latest = filled[:, -rule.recent_nights :]
    worn = np.isfinite(latest)
    drifted = np.where(worn, latest - median[:, None], 0.0).sum(axis=1) / np.maximum(worn.sum(axis=1), 1)
    rise = nights[:, -JUDGED_NIGHTS:] - (median + rule.recent_share * drifted)[:, None] - rule.forgiven_bpm
    two = rise[:, -2:].sum(axis=1)
    summed = np.fmax(two, two + rise[:, 0])
    return np.asarray(enough & (summed >= np.maximum(rule.least_bpm, rule.spreads * spread)))
