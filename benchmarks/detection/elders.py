"""Made-up elders with a band and a water meter, at home known: the learner's other half.

No real home with a band and labels is at hand; what is assumed is stated here, and `__main__` prints the published rules on these
elders beside what they do on one real elder's labelled home (reported: 29 acts a day, at-home clock), to show that they are no
easier.

- Up at 06:45 and in bed at 22:45, an hour more or less by the person, 0.3 to 0.7 h by the day; one day in 30 up to three
  hours late.
- A band on the wrist sees movement: bouts of 2 to 20 minutes, between them sitting still for a median of 8 to 25 minutes by the
  person with a long tail (one in twenty sits for 4.4 medians and more), a nap of 40 to 150 minutes on four days in five. One day
  in 40 is spent resting: everything takes twice as long.
- It is on the wrist for 60 to 80 % of waking time: charged an hour or two every day at a time of the person's own, left off for
  spells of one to three days.
- Water is drawn 12 to 20 times a day, two thirds of it in five hours round the meals; whatever the band sees, and all there is
  without it.
- One to three trips to the toilet a night, each left out with a chance of 0.3, drawn from one more.
- Outings, one to two a day, median 1.5 h, one in ten over 3.8 h: the door is seen, the quiet clock stands.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from benchmarks.detection.evaluate import DAY_S
from benchmarks.detection.signs import Gaps

B1 = NDArray[np.bool_]
F64 = NDArray[np.float64]
#: Midnight of the first day, epoch seconds.
FIRST_S = 4 * DAY_S
_DAY_MINUTES = DAY_S // 60
_MEALS_H = ((7.0, 9.0), (11.5, 13.0), (18.0, 19.5))


@dataclass(frozen=True, slots=True)
class Person:
    """What does not change from day to day; hours."""

    up: float
    bed: float
    scatter: float
    sits: float
    draws: float
    trips: int
    charges_at: float
    charges_for: float
    leaves_off: float
    goes_out: float


def make_elder(seed: int, days: int = 240) -> Gaps:
    """One elder's gaps, local time standing in for UTC."""
    return make_elder_with_wear(seed, days)[0]


def make_elder_with_wear(seed: int, days: int = 240, *, is_always_worn: bool = False) -> tuple[Gaps, B1]:
    """The same, and bool[minutes]: in which minutes since `FIRST_S` the band was on no wrist."""
    rng = np.random.default_rng(seed)
    person = Person(
        up=6.75 + rng.uniform(-1, 1), bed=22.75 + rng.uniform(-1, 1), scatter=rng.uniform(0.3, 0.7),
        sits=rng.uniform(8, 25) / 60, draws=rng.uniform(12, 20), trips=int(rng.integers(1, 4)),
        charges_at=rng.uniform(8, 20), charges_for=rng.uniform(1, 2), leaves_off=rng.uniform(0.06, 0.16),
        goes_out=rng.uniform(1, 2),
    )  # fmt: skip
    if is_always_worn:
        person = replace(person, charges_for=0.0, leaves_off=0.0)
    life, out, unworn = [], [], 0
    off = np.zeros((days + 2) * _DAY_MINUTES, np.bool_)
    for day in range(days):
        if unworn == 0 and rng.random() < person.leaves_off:
            unworn = int(rng.integers(1, 4))
        off[day * _DAY_MINUTES : (day + 1) * _DAY_MINUTES] |= unworn > 0
        charges = round((day * 24 + person.charges_at) * 60)
        off[charges : charges + round(person.charges_for * 60)] = True
        signs, trips = _make_day(person, rng, worn=unworn == 0)
        unworn = max(unworn - 1, 0)
        life.append(day * 24 + signs)
        out.append(day * 24 + trips)
    return _make_gaps(np.concatenate(life), np.concatenate(out)), off


def _make_day(person: Person, rng: np.random.Generator, *, worn: bool) -> tuple[F64, F64]:
    """Hours from midnight: signs of life, float64[n], and outings, float64[k, 2]."""
    pace = 2.0 if rng.random() < 1 / 40 else 1.0
    up = person.up + rng.normal(0, person.scatter) + (rng.uniform(1, 3) if rng.random() < 1 / 30 else 0.0)
    bed = max(person.bed + rng.normal(0, person.scatter), up + 8)
    nap_at, nap_for = rng.uniform(12.5, 15.5), rng.uniform(0.66, 2.5) * (rng.random() < 0.8)
    water = _make_water(person, rng, up, bed, pace)
    moves = _make_movement(person, rng, up, bed, pace)
    if not worn:
        moves = moves[:0]
    moves = moves[(moves < person.charges_at) | (moves >= person.charges_at + person.charges_for)]
    awake = np.concatenate([[up, bed], water, moves])
    awake = awake[(awake <= nap_at) | (awake >= nap_at + nap_for)]
    outings = _make_outings(person, rng, up, bed, pace)
    for leaves, comes in outings:
        awake = awake[(awake <= leaves) | (awake >= comes)]
    night = bed + rng.uniform(0, 24 + person.up - person.bed, rng.binomial(person.trips + 1, 0.7))
    return np.concatenate([awake, outings.ravel(), night]), outings


def _make_movement(person: Person, rng: np.random.Generator, up: float, bed: float, pace: float) -> F64:
    sits = pace * person.sits * np.exp(0.9 * rng.standard_normal(120))
    moves = rng.uniform(2, 20, 120) / 60
    begins = up + np.cumsum(sits + moves) - moves
    signs = np.concatenate([begins, begins + moves])
    return signs[signs < bed]


def _make_water(person: Person, rng: np.random.Generator, up: float, bed: float, pace: float) -> F64:
    draws = rng.poisson(person.draws / pace)
    meals = [rng.uniform(*_MEALS_H[i]) for i in rng.integers(0, 3, rng.binomial(draws, 0.6))]
    all_day = rng.uniform(up, bed, draws - len(meals))
    at = np.concatenate([meals, all_day])
    return at[(at > up) & (at < bed)]


def _make_outings(person: Person, rng: np.random.Generator, up: float, bed: float, pace: float) -> F64:
    """None overlap: of two that would, the later is not made."""
    leaves = np.sort(rng.uniform(up + 1, bed - 2, rng.poisson(person.goes_out / pace)))
    lasts = 1.5 * np.exp(0.72 * rng.standard_normal(len(leaves)))
    kept: list[tuple[float, float]] = []
    for at, long in zip(leaves.tolist(), lasts.tolist(), strict=True):
        if not kept or at > kept[-1][1]:
            kept.append((at, min(at + long, bed - 0.1)))
    return np.array(kept).reshape(-1, 2)


def _make_gaps(life_h: F64, outings_h: F64) -> Gaps:
    at = np.unique((life_h * 3600).astype(np.int64)) + FIRST_S
    leaves = np.sort((outings_h[:, 0] * 3600).astype(np.int64)) + FIRST_S
    start, end = at[:-1], at[1:]
    out = np.isin(start, leaves)
    return Gaps(start, end, start, np.where(out, 0, end - start), ~out)
