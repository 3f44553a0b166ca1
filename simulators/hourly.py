"""Habits as an hourly meter shows them: the same count for simulated and for real homes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from simulators import water_csv
from simulators.chance import F64, I64
from simulators.localdays import HOUR, LocalDays
from simulators.personas import Flags

#: An hour with at least this is an hour of use: one count of a one-litre meter, which rounding may shift a little.
USED_LITRES: Final = 0.7
#: Readings further apart do not tell in which hour water ran.
HEARD_MS: Final = 2 * HOUR
#: Steeper is a corrupt total: no home draws so much.
MOST_LITRES_AN_HOUR: Final = 3000.0
_DAY_H: Final = 24
_NIGHT_H: Final = 5
_MONTH: Final = 30


@dataclass(frozen=True)
class HourlyUse:
    """One home: litres of each local hour, f64[days, 24], NaN where not heard; `monday` is the row of the first Monday."""

    litres: F64
    monday: int


def make_hourly_use(at: I64, litres: F64, zone: str) -> HourlyUse:
    """Whole local days of a meter's totals; times epoch ms, in order. Falls and leaps of the register are left out."""
    rise, span = np.diff(litres), np.diff(at)
    sane = (rise >= 0) & (rise <= MOST_LITRES_AN_HOUR * span / HOUR) & (span > 0)
    # the index without steps that cannot be believed: such a step adds nothing and its hour counts as not heard
    index = np.concatenate([[0.0], np.cumsum(np.where(sane, rise, 0.0))])
    heard = sane & (span <= HEARD_MS)
    days = LocalDays(zone)
    first, last = days.find_number(int(at[0])) + 1, days.find_number(int(at[-1]))
    starts = np.array([days.find_start(day) for day in range(first, last)], np.int64)
    edges = starts[:, None] + np.arange(_DAY_H + 1) * HOUR
    totals = np.interp(edges.astype(np.float64), at.astype(np.float64), index)
    inside = np.clip(np.searchsorted(at, edges[:, :-1] + HOUR // 2) - 1, 0, len(heard) - 1)
    return HourlyUse(np.where(heard[inside], np.diff(totals, axis=1), np.nan), (4 - first) % 7)


def read_real_homes(path: Path, persons: frozenset[int]) -> dict[int, list[HourlyUse]]:
    """The homes of a trial (`home,time,litres`, with `homes.csv` beside it) by number of persons."""
    taken, _, _ = water_csv.read_homes(path)
    people = water_csv.read_people(path)
    out: dict[int, list[HourlyUse]] = {}
    for number, home in enumerate(taken.homes):
        count = people.get(home, (0, None))[0]
        if count in persons:
            here = taken.home == number
            at, litres = taken.at[here], taken.litres[here]
            order = np.argsort(at, kind="stable")
            out.setdefault(count, []).append(make_hourly_use(at[order], litres[order], water_csv.ZONE))
    return out


def compute_figures(homes: Iterable[HourlyUse]) -> dict[str, float]:
    """Compute means over homes, each with the same weight; nights and days with holes are left out where they would mislead."""
    each = [compute_home_figures(home) for home in homes]
    out = {}
    for name in each[0] if each else ():
        known = np.array([one[name] for one in each])
        out[name] = _compute_mean(known[np.isfinite(known)])
    return out


def compute_home_figures(home: HourlyUse) -> dict[str, float]:
    """The figures of one home; NaN where it was not heard for long enough."""
    litres = home.litres
    heard, used = np.isfinite(litres), np.nan_to_num(litres) >= USED_LITRES
    whole = heard.sum(axis=1) == _DAY_H
    there = whole & (used.sum(axis=1) > 0)
    night = used[:, :_NIGHT_H].sum(axis=1)[heard[:, :_NIGHT_H].all(axis=1) & there]
    longest = _find_longest_at_night(used, heard)
    gaps, days = _measure_gaps(used, heard)
    weekday = (np.arange(len(litres)) - home.monday) % 7
    week, weekend = there & (weekday < 5), there & (weekday >= 5)
    a_day, first = np.nansum(litres, axis=1), used[:, 4:12].argmax(axis=1).astype(np.float64) + 4
    rose = there & used[:, 4:12].any(axis=1)
    return {
        "litres a day": _compute_mean(a_day[there]),
        "hours with use a day": _compute_mean(used[there].sum(axis=1)),
        "hours with use 00-05 a night": _compute_mean(night),
        "nights without use 00-05": _compute_mean(night == 0),
        "longest gap 18-12 h, 5 %": _compute_quantile(longest, 0.05),
        "longest gap 18-12 h, median": _compute_quantile(longest, 0.5),
        "longest gap 18-12 h, 95 %": _compute_quantile(longest, 0.95),
        "longest gap 18-12 h, longest": _compute_quantile(longest, 1.0),
        "gaps of 12-24 h in 30 days": _MONTH * float(((gaps >= 12) & (gaps < 24)).sum()) / max(days, 1.0),
        "gaps of 24 h and more in 30 days": _MONTH * float((gaps >= 24).sum()) / max(days, 1.0),
        "days without use": _compute_mean(used[whole].sum(axis=1) == 0),
        "hours heard": float(heard.mean()),
        "first use, day-to-day sd h": float(first[rose & week].std()) if (rose & week).any() else np.nan,
        "weekend: litres, of weekday": _compute_mean(a_day[weekend]) / max(_compute_mean(a_day[week]), 1e-9),
        "weekend: first use later by h": _compute_mean(first[rose & weekend]) - _compute_mean(first[rose & week]),
    }


def _measure_gaps(used: Flags, heard: Flags) -> tuple[F64, float]:
    """Hours from one hour with use to the next, where all between were heard; and days heard."""
    places = np.flatnonzero(used.ravel())
    silent = np.concatenate([[0], np.cumsum(~heard.ravel())])
    unbroken = silent[places[1:]] == silent[places[:-1]]
    return np.diff(places)[unbroken].astype(np.float64), float(heard.sum()) / _DAY_H


def _find_longest_at_night(used: Flags, heard: Flags) -> F64:
    """Of each night, 18 to 12 o'clock, that was heard throughout and has any use: the longest time between uses, hours."""
    line, ears = used.ravel(), heard.ravel()
    out = []
    for begins in range(18, len(line) - _DAY_H, _DAY_H):
        part = line[begins : begins + 18]
        if ears[begins : begins + 18].all() and part.any():
            out.append(np.diff(np.concatenate([[-1], np.flatnonzero(part), [18]])).max())
    return np.array(out, np.float64)


def _compute_mean(values: F64 | Flags) -> float:
    return float(values.mean()) if len(values) else float("nan")


def _compute_quantile(values: F64, share: float) -> float:
    return float(np.quantile(values, share)) if len(values) else float("nan")


def convert_to_hourly(start: F64, litres: F64, days: int, first_day: int) -> list[HourlyUse]:
    """Convert draws (ms since the first midnight, f64[n, k]) into what an hourly one-litre meter shows: one home a row."""
    out = []
    for when, amount in zip(start, litres, strict=True):
        made = amount > 0
        hour = np.clip((when[made] // HOUR).astype(np.int64), 0, days * _DAY_H - 1)
        index = np.floor(np.cumsum(np.bincount(hour, amount[made], days * _DAY_H)))
        out.append(HourlyUse(np.diff(index, prepend=0.0).reshape(days, _DAY_H), (4 - first_day) % 7))
    return out
