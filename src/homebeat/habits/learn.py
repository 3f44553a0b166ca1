"""From gaps to the limits in force, and to the curve of budgets among which a carer may choose; many residents at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from homebeat.habits.allocate import choose_tables, choose_tables_by_price, compute_exposure, count_alarms, count_starts_a_month
from homebeat.habits.area_price import compute_shares, compute_worth
from homebeat.habits.backtest import compute_delays_h, count_gaps_a_month, spread_collapses
from homebeat.habits.habit import Habit
from homebeat.habits.hazard import count_gaps, estimate_survival
from homebeat.habits.policy import B1, F32, F64, SLOTS, U16, Policy
from homebeat.habits.quiet import QuietGaps

_LEAST_GAPS = 40
_LEAST_DAYS = 7.0
_FORETOLD_SHARE = 0.75


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """False alarms against delay, on this resident's own last weeks: k points, by rising budget.

    Attributes:
        budget: float64[k], false alarms in 30 days that may be spent.
        limit_minutes: uint16[k, 48], the table of limits for that budget.
        counted: float64[k], false alarms in 30 days that this table would have raised in the back-test span.
        delay_mean_h, delay_p95_h: float64[k], hours that an injected collapse would have waited there.
    """

    budget: F64
    limit_minutes: U16
    counted: F64
    delay_mean_h: F64
    delay_p95_h: F64


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """What was learned about one resident.

    Attributes:
        limit_minutes: uint16[48], how long quiet is allowed after a last sign of life in each local half hour of the day.
        budget: false alarms in 30 days that it was chosen for: the own budget, or the own share of the area's.
        worth_h: what the own budget is worth, hours (`area_price`); 0 where the resident cannot take part in an area's price.
        at_home_known: whether being at home was proven.
        low_observability: limits may exceed the ceiling, or signs are few; callers must show it.
        days: days on the quiet clock that were learned from.
        own_share: 0 to 1, the weight of the own data against the prior.
        curve: the choices; empty (k = 0) while only the prior is in force.
        habit: the numbers that explain the limits.
    """

    limit_minutes: U16
    budget: float
    worth_h: float
    at_home_known: bool
    low_observability: bool
    days: float
    own_share: float
    curve: Curve
    habit: Habit


@dataclass(frozen=True, slots=True, eq=False)
class Bounds:
    """What the operator set, for m residents.

    Attributes:
        floor, longest, prior: int64[m], int64[m], float64[m], minutes.
        budget: float64[m], false alarms in 30 days.
        area_worth: float64[m], hours, the worth in the resident's area (`area_price`); NaN where the own budget is spent.
        curve_budgets: float64[m, k], points of the curve beside the one in force; a point may stand twice.
        half_life_days, backtest_days, warm_up_days: float64[m].
    """

    floor: np.ndarray
    longest: np.ndarray
    prior: F64
    budget: F64
    area_worth: F64
    curve_budgets: F64
    half_life_days: F64
    backtest_days: F64
    warm_up_days: F64


def collect_bounds(policies: Sequence[Policy], at_home_known: B1, area_worth: F64 | None = None) -> Bounds:
    """Collect policies as columns.

    Args:
        policies: m of them.
        at_home_known: bool[m].
        area_worth: float64[m], as in `Bounds`; applied only to residents who are proven to be at home.
    """
    budget = np.array([one.get_budget(at_home_known=known) for one, known in zip(policies, at_home_known.tolist(), strict=True)])
    longest = [one.get_longest_minutes(at_home_known=known) for one, known in zip(policies, at_home_known.tolist(), strict=True)]
    points = max(len(one.curve_budgets) for one in policies)
    curves = [(*one.curve_budgets, *[one.curve_budgets[-1]] * (points - len(one.curve_budgets))) for one in policies]
    floor = np.array([one.floor_minutes for one in policies])
    prior = np.clip(np.array([one.prior_minutes for one in policies]), floor, longest)
    worth = np.full(len(budget), np.nan) if area_worth is None else np.where(at_home_known, area_worth, np.nan)
    return Bounds(
        floor, np.array(longest), prior.astype(np.float64), budget, worth, np.array(curves),
        *(np.array([getattr(one, name) for one in policies], np.float64)
          for name in ("half_life_days", "backtest_days", "warm_up_days")),
    )  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Choices:
    """The curves of m residents with k points each.

    Attributes:
        budget, worth_h: float64[m], as in `Profile`; `worth_h` here also of residents who are not proven to be at home.
        budgets: float64[m, k], points of the curve in rising order, `budget` among them; a point may stand twice.
        limit_minutes: uint16[m, k, 48].
        counted, delay_mean_h, delay_p95_h: float32[m, k], as in `Curve`.
        days, own_share: float64[m], as in `Profile`.
    """

    budget: F64
    worth_h: F64
    budgets: F64
    limit_minutes: U16
    counted: F32
    delay_mean_h: F32
    delay_p95_h: F32
    days: F64
    own_share: F64


def _weigh(gaps: QuietGaps, half_life_days: F64) -> F64:
    """Weigh each gap by its age: 1 today, half after the half-life; float64[n]."""
    lives, whose = np.unique(half_life_days, return_inverse=True)
    ages = np.arange(gaps.age.max(initial=0) + 1)
    by_age = np.exp2(-ages / (SLOTS * lives[:, None]))
    return np.take(by_age, gaps.age if len(lives) == 1 else whose[gaps.row] * len(ages) + gaps.age)


def choose(gaps: QuietGaps, bounds: Bounds) -> Choices:
    """Choose the table for each point of the curve: a pure function of its arguments, resident by resident.

    A resident with under a week, or with under 40 gaps, gets the prior. The own data then takes over evenly until `warm_up_days`.
    From then on the budget is the resident's share of the area's, where the area has one price.
    """
    m = len(bounds.floor)
    days = np.bincount(gaps.row, gaps.length, m) / SLOTS
    share = np.minimum(days / bounds.warm_up_days, 1.0)
    share[(days < _LEAST_DAYS) | (np.bincount(gaps.row, minlength=m) < _LEAST_GAPS)] = 0.0
    recent = gaps.age < np.take(SLOTS * bounds.backtest_days, gaps.row)
    counts = count_gaps(gaps, _weigh(gaps, bounds.half_life_days), recent, m)
    left = estimate_survival(counts)
    # a gap of a whole day is an absence at any limit: only what it adds over the last column is a false alarm
    foretold = count_starts_a_month(counts.begun)[:, :, None] * (left - left[:, :, -1:])
    seen = count_gaps_a_month(counts.recent)
    tables = choose_tables_by_price(compute_exposure(counts.begun), foretold, bounds.floor, bounds.longest)
    # the model is cautious about what has not been seen yet, the count does not see it at all: a mixture of both is used
    spent = count_alarms(_FORETOLD_SHARE * foretold + (1 - _FORETOLD_SHARE) * seen, tables)
    worth = np.where(share == 1.0, compute_worth(bounds.budget, spent), 0.0)
    budget = compute_shares(np.where(worth > 0, bounds.area_worth, np.nan), bounds.budget, spent)
    budgets = np.sort(np.column_stack([bounds.curve_budgets, budget]), axis=1)
    own = choose_tables(budgets, tables, spent)
    shrunk = (share[:, None, None] * own + ((1 - share) * bounds.prior)[:, None, None]).astype(np.float32)
    mean, high = compute_delays_h(spread_collapses(counts.recent), shrunk)
    limits = np.rint(shrunk).astype(np.uint16)
    return Choices(budget, worth, budgets, limits, count_alarms(seen, shrunk), mean, high, days, share)
