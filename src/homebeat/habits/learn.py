"""From a resident's history to the limits in force, and the curve a carer may move along."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from homebeat.habits.allocate import exposure, foretold, starts_a_month, table_for, tables_by_price
from homebeat.habits.backtest import alarms_a_month, delays_h, own_past
from homebeat.habits.habit import Habit, describe
from homebeat.habits.hazard import ended_and_at_risk, fading_weight, outliving
from homebeat.habits.policy import DAY_S, F64, SLOTS, U16, History, Policy
from homebeat.habits.quiet import QuietGaps, quiet_gaps

_LEAST_GAPS = 40
_LEAST_DAYS = 7.0
_FEW_SIGNS_A_DAY = 3.0


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """False alarms against delay on this resident's own last weeks: k points, by rising budget.

    Attributes:
        budget: float64[k], false alarms in 30 days asked for.
        limit_minutes: uint16[k, 48], the table each would put in force.
        counted: float64[k], false alarms in 30 days the table would have raised on the back-test span.
        delay_mean_h, delay_p95_h: float64[k], hours an injected collapse would have waited there.
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
        limit_minutes: uint16[48], quiet allowed after a last sign of life in each local half hour of the day.
        budget: false alarms in 30 days it was chosen for.
        at_home_known: whether being at home was proven.
        low_observability: limits may exceed the ceiling, or signs are few: say so instead of pretending.
        days: days on the quiet clock learned from.
        own_share: 0 to 1, how far own data stands in for the prior.
        curve: the choices; empty (k = 0) while only the prior is in force.
        habit: the numbers that explain it.
    """

    limit_minutes: U16
    budget: float
    at_home_known: bool
    low_observability: bool
    days: float
    own_share: float
    curve: Curve
    habit: Habit


def learn(history: History, policy: Policy) -> Profile:
    """Learn one resident's limits; a pure function of its arguments.

    A resident with under a week or under 40 gaps gets the prior; own data then takes over evenly until `warm_up_days`.
    """
    budget = policy.budget(at_home_known=history.at_home_known)
    since = max(history.observed_from, history.observed_until - policy.memory_days * DAY_S)
    gaps = quiet_gaps(history, since)
    days = float(gaps.quiet_s[~gaps.absent].sum() / DAY_S)
    share = _own_share(days, len(gaps.slot), policy)
    longest = policy.longest_minutes(at_home_known=history.at_home_known)
    prior = np.full(SLOTS, float(min(max(policy.prior_minutes, policy.floor_minutes), longest)))
    if share == 0.0:
        limit, curve = _whole_minutes(prior), _no_curve()
    else:
        limit, curve = _chosen(gaps, prior, share, budget, longest, history, policy)
    first = int(np.searchsorted(history.life_at, since))
    local_life = (history.life_at + history.utc_offset_s)[first:]
    habit = describe(local_life, gaps, limit)
    low = not history.at_home_known or habit.signs_a_day < _FEW_SIGNS_A_DAY
    return Profile(limit, budget, history.at_home_known, low, days, share, curve, habit)


def _own_share(days: float, gaps: int, policy: Policy) -> float:
    if days < _LEAST_DAYS or gaps < _LEAST_GAPS:
        return 0.0
    return min(1.0, days / policy.warm_up_days)


def _chosen(
    gaps: QuietGaps, prior: F64, share: float, budget: float, longest: int, history: History, policy: Policy
) -> tuple[U16, Curve]:
    """The table in force and the curve round it."""
    weight = fading_weight(gaps, history.observed_until, policy.half_life_days)
    left = outliving(*ended_and_at_risk(gaps, weight))
    a_month = starts_a_month(gaps, weight)
    tables = tables_by_price(exposure(gaps, weight), a_month, left, policy.floor_minutes, longest)
    past = own_past(gaps, history.observed_until, policy.backtest_days)
    alarms = spent(foretold(tables, a_month, left), alarms_a_month(past, tables))
    budgets = np.unique([*policy.curve_budgets, budget])
    own = np.stack([table_for(one, tables, alarms) for one in budgets.tolist()])
    shrunk = share * own + (1 - share) * prior
    mean, high = delays_h(past, shrunk)
    curve = Curve(budgets, _whole_minutes(shrunk), alarms_a_month(past, shrunk), mean, high)
    return curve.limit_minutes[int(np.searchsorted(budgets, budget))], curve


def spent(foretold_a_month: F64, counted_a_month: F64) -> F64:
    """False alarms a month to expect: three parts what the model foretells, one part what the own last weeks would have raised.

    The model is cautious about what has not been seen yet, the count is blind to it (it is taken on the days the table was
    fitted to).
    """
    return (3 * foretold_a_month + counted_a_month) / 4


def _whole_minutes(table: F64) -> U16:
    return np.rint(table).astype(np.uint16)


def _no_curve() -> Curve:
    none = np.zeros(0)
    return Curve(none, np.zeros((0, SLOTS), np.uint16), none, none, none)
