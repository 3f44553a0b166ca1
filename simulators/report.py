"""Statistics of simulated residents beside those of real ones.

Two tables. The first counts what the simulator knows of its people and what was published of real ones. The second counts what an
hourly meter shows, by the same code for simulated and for real homes (where their readings are at hand).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from simulators import chance, hourly
from simulators.bands import compute_worn_share
from simulators.chance import F64, I64
from simulators.life import NEVER_MS, SLOTS, draw_nights_away, live_day
from simulators.localdays import DAY, HOUR
from simulators.personas import Cohort, Personas, make_personas

#: Draws that begin within this span of each other are one use, as a person would count.
ONE_USE_MS: Final = 5 * 60_000


@dataclass(frozen=True, slots=True)
class Figure:
    """One line: a name, the simulated value by cohort, and the value measured or published of real homes."""

    name: str
    simulated: dict[str, float]
    real: str


@dataclass(frozen=True)
class _Life:
    """n homes over d days: every draw in time order, ms since the first local midnight; `NEVER_MS` fills the rows."""

    start: F64
    litres: F64
    out_hours: F64
    outings: F64
    night: F64
    away: I64
    worn: F64


def _live(people: Personas, keys: chance.U64, first: int, days: int) -> _Life:
    n = len(people)
    start, litres = np.full((n, days * SLOTS), NEVER_MS), np.zeros((n, days * SLOTS))
    hours, outings, night, worn = [], np.zeros(n), np.zeros(n), np.zeros(n)
    for i in range(days):
        life = live_day(people, keys, first + i)
        made = life.litres > 0
        where = slice(i * SLOTS, (i + 1) * SLOTS)
        start[:, where] = np.where(made, life.start + i * DAY, NEVER_MS)
        litres[:, where] = life.litres
        in_bed = (life.start < life.wake[:, None]) | (life.start >= life.sleep[:, None])
        night += (made & in_bed).sum(axis=1)
        worn += compute_worn_share(people, keys, life, first + i) / days
        gone = life.out_from < NEVER_MS
        outings += gone.sum(axis=1)
        hours.append(((life.out_to - life.out_from)[gone]) / HOUR)
    order = np.argsort(start, axis=1, kind="stable")
    away = draw_nights_away(people, keys, np.arange(first, first + days))
    return _Life(
        np.take_along_axis(start, order, 1),
        np.take_along_axis(litres, order, 1),
        np.concatenate(hours),
        outings,
        night,
        away.sum(axis=1),
        worn,
    )


def _compute_figures(lived: _Life, days: int) -> dict[str, float]:
    n = len(lived.start)
    there = lived.start < NEVER_MS
    gap = np.diff(lived.start, axis=1)
    gap[~there[:, 1:]] = 0.0
    begins = there[:, :-1]
    wall = lived.start[:, :-1] % DAY
    new_use = gap > ONE_USE_MS
    hour = np.where(there, lived.start % DAY, 0) / HOUR
    uses = np.concatenate([there[:, :1], new_use & there[:, 1:]], axis=1)
    deep = uses & (hour < 5)
    present = max(n * days - float(lived.away.sum()), 1.0)
    longest = _find_longest(lived.start, days)
    per_month = 30 / (n * days)
    litres = np.concatenate([lived.litres.sum(axis=1)]) / days
    out = {
        "litres a day, mean of homes": float(litres.mean()),
        "litres a day, 5 % of homes": float(np.quantile(litres, 0.05)),
        "litres a day, 95 % of homes": float(np.quantile(litres, 0.95)),
        "draws a day": float(there.sum() / present),
        "uses a day (5 min merged)": float(uses.sum() / present),
        "uses a night, bed to rising": float(lived.night.sum() / present),
        "uses a night, 00-05": float(deep.sum() / present),
        "longest gap 18-12 h, median": float(np.quantile(longest, 0.5)),
        "longest gap 18-12 h, 95 %": float(np.quantile(longest, 0.95)),
        "gaps of 12-24 h in 30 days": float((begins & (gap >= 12 * HOUR) & (gap < DAY)).sum() * per_month),
        "gaps of 24 h and more in 30 days": float((begins & (gap >= DAY)).sum() * per_month),
        "outings a day": float(lived.outings.sum() / present),
        "nights away in 30 days": float(lived.away.sum()) * per_month,
        "band worn, share of the time": float(lived.worn.mean()),
    }
    if len(lived.out_hours):
        out["hours out, median"] = float(np.median(lived.out_hours))
        out["hours out, 90 %"] = float(np.quantile(lived.out_hours, 0.9))
        out["hours out, longest"] = float(lived.out_hours.max())
    out["gaps that begin 20-24 h, median h"] = float(np.median(gap[begins & (wall >= 20 * HOUR) & new_use]) / HOUR)
    return out


def _find_longest(start: F64, days: int) -> F64:
    """Find the longest gap in hours within each night's window 18:00-12:00, over all homes and nights with a use in it."""
    out = []
    for day in range(days - 1):
        low, high = day * DAY + 18 * HOUR, (day + 1) * DAY + 12 * HOUR
        for row in start:
            inside = row[np.searchsorted(row, low) : np.searchsorted(row, high)]
            if len(inside):
                out.append(np.diff(np.concatenate([[low], inside, [high]])).max() / HOUR)
    return np.array(out)


REAL: Final[dict[str, str]] = {
    "litres a day, mean of homes": "47-207 by home, 85 (one person)",
    "litres a day, 5 % of homes": "44",
    "litres a day, 95 % of homes": "233",
    "draws a day": "15-24",
    "uses a day (5 min merged)": "17.8 (one home, mostly in)",
    "uses a night, bed to rising": "1.7 (toilet, one home)",
    "uses a night, 00-05": "1.25 (0.1-2.6)",
    "longest gap 18-12 h, median": "under 6 (mostly in); 7.7 in a model known to be too long",
    "longest gap 18-12 h, 95 %": "6.05 the longest of 30 days (one home)",
    "gaps of 12-24 h in 30 days": "0 mostly in; 0.2-2.1 couples 60+; 0.6-5.9 workers",
    "gaps of 24 h and more in 30 days": "0.36-0.43",
    "outings a day": "1.94 (one home)",
    "hours out, median": "1.56",
    "hours out, 90 %": "3.75",
    "hours out, longest": "11.0 (one home, 219 days)",
    "nights away in 30 days": "-",
    "band worn, share of the time": "0.6-0.8",
    "gaps that begin 20-24 h, median h": "-",
}


def compute_figures(seed: int, homes: int = 300, days: int = 60, first_day: int = 20_500) -> list[Figure]:
    """Live `days` days in `homes` homes and count; about a tenth of a second for a thousand home-days."""
    by_cohort = {cohort: _compute_figures(lived, days) for cohort, lived in _live_cohorts(seed, homes, days, first_day).items()}
    return [
        Figure(name, {cohort: by_name.get(name, float("nan")) for cohort, by_name in by_cohort.items()}, real)
        for name, real in REAL.items()
    ]


def _live_cohorts(seed: int, homes: int, days: int, first_day: int) -> dict[str, _Life]:
    keys = chance.make_home_keys(seed, np.arange(homes))
    people = make_personas(keys)
    rows = {cohort.name.lower(): np.flatnonzero(people.cohort == cohort) for cohort in Cohort}
    return {name: _live(people.take(here), keys[here], first_day, days) for name, here in rows.items() if len(here)}


def compute_hourly_figures(
    seed: int, homes: int = 300, days: int = 60, first_day: int = 20_500, readings: Path | None = None
) -> dict[str, dict[str, float]]:
    """Compute what an hourly meter shows, by column: each cohort, then real homes of one and of two, if `readings` are given."""
    out = {
        name: hourly.compute_figures(hourly.convert_to_hourly(lived.start, lived.litres, days, first_day))
        for name, lived in _live_cohorts(seed, homes, days, first_day).items()
    }
    if readings is not None:
        real = hourly.read_real_homes(readings, frozenset({1, 2}))
        out |= {f"real of {count}": hourly.compute_figures(real[count]) for count in sorted(real)}
    return out


def format_hourly_table(columns: Mapping[str, Mapping[str, float]]) -> str:
    """The figures as text."""
    head = f"{'as an hourly meter shows it':36}" + "".join(f"{name:>13}" for name in columns)
    names = next(iter(columns.values()))
    rows = [f"{name:36}" + "".join(f"{by_name[name]:13.2f}" for by_name in columns.values()) for name in names]
    return "\n".join([head, "-" * len(head), *rows])


def format_table(lines: list[Figure]) -> str:
    """The figures as text."""
    cohorts = list(lines[0].simulated)
    head = f"{'figure':36}" + "".join(f"{c:>13}" for c in cohorts) + "  real"
    rows = [f"{f.name:36}" + "".join(f"{f.simulated[c]:13.2f}" for c in cohorts) + f"  {f.real}" for f in lines]
    return "\n".join([head, "-" * len(head), *rows])
