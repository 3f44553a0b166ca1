"""What the learner does with pasts that are not as they should be: each a stated behaviour."""

from __future__ import annotations

import numpy as np
import pytest

from homebeat.habits.policy import DAY_S, Policy
from tests.unit.habits.people import I64, learn, past_of, regular

HOME = regular(84, every_h=0.8)


def limits(life: I64, **how: object) -> I64:
    return learn(past_of(life, **how)).limit_minutes.astype(np.int64)  # type: ignore[arg-type]


def without(life: I64, first: float, last: float) -> I64:
    return life[(life < first * DAY_S) | (life >= last * DAY_S)]


@pytest.mark.parametrize("days", [1, 3, 6])
def test_three_days_of_history_change_nothing(days: int) -> None:
    profile = learn(past_of(regular(days)))
    assert (profile.limit_minutes == 720).all()
    assert profile.own_share == 0.0
    assert len(profile.curve.budget) == 0


def test_weeks_of_missing_data_teach_nothing_and_unlearn_nothing() -> None:
    """Limits become a little more patient, as of somebody known for less long."""
    missing = learn(past_of(without(HOME, 40, 61), off=[(40.0, 61.0)]))
    change = missing.limit_minutes.astype(int) - limits(HOME)
    assert 0 <= change.mean() < 60
    assert missing.days == pytest.approx(63, abs=1.5)


def test_weeks_of_missing_data_after_a_few_days_leave_the_prior_in_force() -> None:
    profile = learn(past_of(without(regular(40), 6, 40), until_day=40, off=[(6.0, 40.0)]))
    assert (profile.limit_minutes == 720).all()


def test_silence_that_ends_in_a_hole_counts_as_at_least_that_long() -> None:
    """Every night the meter falls silent from 02:00 to 08:00: nights are not taken for shorter than they are."""
    seen = HOME[((HOME % DAY_S) < 2 * 3600) | ((HOME % DAY_S) >= 8 * 3600)]
    nightly = [(day + 2 / 24, day + 8 / 24) for day in range(84)]
    late = slice(44, 48)
    assert limits(seen, off=nightly)[late].min() >= limits(HOME)[late].min() - 90


def test_an_undeclared_absence_of_days_is_left_out() -> None:
    assert np.abs(limits(without(HOME, 40, 47)) - limits(HOME)).mean() < 30


def test_a_declared_holiday_leaves_the_limits_as_they_were() -> None:
    assert np.abs(limits(without(HOME, 40.5, 54.5), off=[(40.5, 54.5)]) - limits(HOME)).mean() < 30


def test_two_people_in_the_home_get_the_limits_of_both_together() -> None:
    """Life of either resets the clock, so limits are shorter; that one lies still while the other is up is not seen."""
    both = np.unique(np.concatenate([HOME, regular(84, seed=9, every_h=0.8)]))
    assert limits(both).mean() < limits(HOME).mean()


def test_a_visitor_week_moves_the_limits_by_less_than_half_an_hour() -> None:
    visitor = regular(7, seed=5, every_h=0.3) + 70 * DAY_S
    visited = limits(np.unique(np.concatenate([HOME, visitor])))
    assert np.abs(visited - limits(HOME)).mean() < 30


def test_one_collapse_that_is_disregarded_does_not_lengthen_limits() -> None:
    found = without(HOME, 60.4, 61.3)
    assert np.abs(limits(found, off=[(60.4, 61.3)]) - limits(HOME)).mean() < 15
    assert (limits(found, off=[(60.4, 61.3)]) <= limits(found)).mean() > 0.9


def test_habits_follow_the_local_clock_over_a_change_of_summer_time() -> None:
    changed = past_of(HOME, summer_from_day=70.04)
    assert np.abs(learn(changed).limit_minutes.astype(int) - limits(HOME)).mean() < 5
    habit = learn(changed).habit
    assert habit.first_from >= 300
    assert habit.first_to <= 480


def test_a_moved_home_starts_anew() -> None:
    elsewhere = regular(60, seed=3, every_h=4.0)
    moved = np.concatenate([elsewhere, HOME + 60 * DAY_S])
    since_move = learn(past_of(moved, since_day=60))
    only_here = learn(past_of(HOME + 60 * DAY_S, since_day=60))
    assert (since_move.limit_minutes == only_here.limit_minutes).all()
    assert since_move.habit.signs_a_day == only_here.habit.signs_a_day


def test_three_days_after_a_move_the_prior_is_in_force() -> None:
    profile = learn(past_of(regular(63), since_day=60))
    assert (profile.limit_minutes == 720).all()


def test_a_clock_that_never_ran_teaches_nothing() -> None:
    profile = learn(past_of(HOME, off=[(-200.0, 200.0)]), Policy())
    assert (profile.limit_minutes == 720).all()
    assert profile.days == 0.0


def test_life_in_every_half_hour_gives_limits_near_the_floor() -> None:
    """A band that takes everything for movement: the limits go towards the floor and no further."""
    always = limits(np.arange(60 * 48) * 1800)
    assert always.min() >= 120
    assert always.max() <= 180
