"""Slow change: night use and first uses on real homes with a change injected, and resting heart rate on made-up sleepers.

No real series of resting heart rates is at hand.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.detection.homes import Meter
from benchmarks.detection.signs import PROVEN_FOR_S
from homebeat.habits.drift import FIRST_USE_LATER_H, NIGHT_USE, DriftRule, advance, compute_baseline

F64 = NDArray[np.float64]
B1 = NDArray[np.bool_]
FIRST_NIGHT = 60
WITHIN = 14
REPEAT_NIGHTS = 14
NIGHT_HOURS = 5
MORNING_S = 4 * 3600


@dataclass(frozen=True, slots=True)
class DriftTally:
    """One rule on one home."""

    home: str
    nights: int
    notices: int
    injected: int
    found_after: NDArray[np.int64]


def compute_active_hours(meter: Meter) -> F64:
    """Hours from 00 to 05 with use, one value a night; NaN where under four of the five were heard."""
    rise = np.diff(meter.litres, prepend=meter.litres[0])
    lasted = np.diff(meter.at, prepend=meter.at[0])
    day = meter.local // 86400 - meter.local[0] // 86400
    hour = meter.local // 3600 % 24
    heard = np.zeros((int(day[-1]) + 1, NIGHT_HOURS), bool)
    active = heard.copy()
    night = hour < NIGHT_HOURS
    heard[day[night], hour[night]] = True
    used = night & (rise >= 1) & (lasted <= PROVEN_FOR_S)
    active[day[used], hour[used]] = True
    return np.where(heard.sum(axis=1) >= NIGHT_HOURS - 1, active.sum(axis=1), np.nan)


def compute_first_uses(meter: Meter) -> F64:
    """Hour of the day of the first use from four on, by half hours, one value a day.

    NaN where more than an hour before it was not heard.
    """
    rise = np.diff(meter.litres, prepend=meter.litres[0])
    lasted = np.diff(meter.at, prepend=meter.at[0])
    day, second = meter.local // 86400 - meter.local[0] // 86400, meter.local % 86400
    first = np.full(int(day[-1]) + 1, np.nan)
    for i in np.flatnonzero((rise >= 1) & (lasted <= PROVEN_FOR_S) & (second >= MORNING_S))[::-1].tolist():
        first[day[i]] = second[i]
    for number in np.flatnonzero(np.isfinite(first)).tolist():
        till = (day == number) & (second >= MORNING_S) & (second <= first[number])
        unheard_s = np.maximum(np.minimum(lasted[till], second[till] - MORNING_S) - PROVEN_FOR_S, 0).sum()
        first[number] = np.nan if unheard_s > 3600 else first[number] // 1800 / 2
    return first


def judge_mornings(meter: Meter, later_h: float = 2.0, rule: DriftRule = FIRST_USE_LATER_H) -> DriftTally:
    """Notices on the real year, and days until first uses that come so much later each day are noticed."""
    return _judge(meter.home, compute_first_uses(meter), lambda days, _: days + later_h, rule)


def judge_nights(meter: Meter, added: float = 1.5, rule: DriftRule = NIGHT_USE) -> DriftTally:
    """Notices on the real year, and nights until `added` active hours a night (at most five in all) are noticed."""

    def more(nights: F64, chance: np.random.Generator) -> F64:
        return np.minimum(nights + int(added) + (chance.random(WITHIN) < added % 1), NIGHT_HOURS)

    return _judge(meter.home, compute_active_hours(meter), more, rule)


def _judge(home: str, days: F64, change: Callable[[F64, np.random.Generator], F64], rule: DriftRule) -> DriftTally:
    n = len(days)
    known = [compute_baseline(days[None, : t + 1]) for t in range(n)]
    mean = np.array([m[0] for m, _ in known])
    spread = np.array([s[0] for _, s in known])
    heights, fired = _walk(rule, days, mean, spread, 0.0)
    notices, last = 0, -REPEAT_NIGHTS
    for t in np.flatnonzero(fired).tolist():
        if t - last >= REPEAT_NIGHTS:
            notices, last = notices + 1, t
    rng = np.random.default_rng(int(home[1:]))
    found, injected = [], 0
    for start in range(FIRST_NIGHT, n - WITHIN, 5):
        if not np.isfinite(mean[start]):
            continue
        span = slice(start, start + WITHIN)
        _, hit = _walk(rule, change(days[span], rng), mean[span], spread[span], heights[start - 1])
        injected += 1
        found.extend((np.flatnonzero(hit)[:1] + 1).tolist())
    judged = int((np.isfinite(days) & np.isfinite(mean)).sum())
    return DriftTally(home, judged, notices, injected, np.array(found, np.int64))


def _walk(rule: DriftRule, days: F64, mean: F64, spread: F64, height: float) -> tuple[F64, NDArray[np.bool_]]:
    heights, fired = np.zeros(len(days)), np.zeros(len(days), bool)
    state = np.array([height])
    for t in range(len(days)):
        state, now = advance(rule, state, days[t : t + 1], mean[t : t + 1], spread[t : t + 1])
        heights[t], fired[t] = state[0], now[0]
    return heights, fired


def make_sleepers(people: int, nights: int, seed: int = 0) -> F64:
    """Made-up resting heart rates: level 55-77 bpm, own spread 2.1-5.3, half of it slow (weeks), float64[people, nights]."""
    rng = np.random.default_rng(seed)
    level, spread = rng.uniform(55, 77, (people, 1)), rng.uniform(2.1, 5.3, (people, 1))
    slow = np.zeros((people, nights))
    for t in range(1, nights):
        slow[:, t] = 0.85 * slow[:, t - 1] + np.sqrt(1 - 0.85**2) * rng.standard_normal(people)
    return np.asarray(level + spread * np.sqrt(0.5) * (slow + rng.standard_normal((people, nights))))


def make_two_nights_rule(bpm: float) -> Callable[[F64], B1]:
    """NightSignal's rule: both of the last two nights at least so far over the median of the 28 before."""
    return lambda nights: (nights[:, -2:] - np.median(nights[:, -30:-2], axis=1)[:, None]).min(axis=1) >= bpm


def judge_pulse(raised: Callable[[F64], B1], rise_bpm: float, nights_ill: int = 5, seed: int = 0) -> tuple[float, float]:
    """Alarms in 30 days of health, and the share of illnesses noticed within their first three nights."""
    healthy = make_sleepers(400, 120, seed)
    alarms = np.stack([raised(healthy[:, : t + 1]) for t in range(31, 120)], axis=1)
    fresh = alarms & ~np.concatenate([np.zeros((len(alarms), 1), bool), alarms[:, :-1]], axis=1)
    ill = healthy[:, :60].copy()
    ill[:, 60 - nights_ill :] += rise_bpm
    first = 60 - nights_ill
    seen = np.stack([raised(ill[:, : first + k + 1]) for k in range(3)], axis=1)
    return float(fresh.sum() / alarms.size * 30), float(seen.any(axis=1).mean())
