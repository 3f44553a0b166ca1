"""What the learner promises whatever the history: bounds, prior, order, size."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from homebeat.habits.learn import Profile, learn
from homebeat.habits.policy import DAY_S, SLOTS, History, Policy
from tests.unit.habits.people import MONDAY, regular


def arrays_of(profile: Profile) -> list[np.ndarray]:
    curve, habit = profile.curve, profile.habit
    return [
        profile.limit_minutes, curve.budget, curve.limit_minutes, curve.counted, curve.delay_mean_h, curve.delay_p95_h,
        habit.longest_usual, habit.gaps_near, habit.outlived,
    ]  # fmt: skip


def test_a_regular_resident_at_home_gets_limits_well_under_the_prior() -> None:
    profile = learn(regular(84, at_home_known=True, every_h=0.6), Policy())
    assert profile.own_share == 1.0
    assert not profile.low_observability
    by_day = profile.limit_minutes[18:36]
    assert by_day.max() < 600
    assert profile.limit_minutes[44:].min() > by_day.mean(), "the night is allowed more quiet than the day"


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 99), days=st.integers(0, 70), known=st.booleans(), every_h=st.floats(0.3, 9))
def test_limits_stay_within_the_operators_bounds(seed: int, days: int, known: bool, every_h: float) -> None:
    policy = Policy()
    history = regular(max(days, 1), seed=seed, at_home_known=known, every_h=every_h)
    profile = learn(history, policy)
    for table in (profile.limit_minutes, *profile.curve.limit_minutes):
        assert table.min() >= policy.floor_minutes
        assert table.max() <= (policy.ceiling_minutes if known else policy.cap_minutes)


@pytest.mark.parametrize("days", [1, 3, 6])
def test_three_days_of_history_change_nothing(days: int) -> None:
    profile = learn(regular(days), Policy())
    assert (profile.limit_minutes == 720).all()
    assert profile.own_share == 0.0
    assert len(profile.curve.budget) == 0


def test_nobody_ever_seen_gets_the_prior() -> None:
    none = np.zeros(0, np.int64)
    profile = learn(History(none, none, MONDAY, MONDAY + 90 * DAY_S), Policy())
    assert (profile.limit_minutes == 720).all()
    assert profile.habit.first_from == -1


def test_own_data_takes_over_evenly() -> None:
    shares = [learn(regular(days), Policy()).own_share for days in (8, 14, 21, 40)]
    assert shares == sorted(shares)
    assert 0.2 < shares[0] < 0.4
    assert shares[-1] == 1.0


def test_more_budget_never_means_a_longer_wait() -> None:
    curve = learn(regular(84), Policy()).curve
    assert (np.diff(curve.delay_mean_h) <= 1e-9).all()
    assert (np.diff(curve.counted) >= -1e-9).all()


def test_the_budget_of_the_operator_is_on_the_curve() -> None:
    profile = learn(regular(84), Policy(budget_unknown=0.7))
    here = int(np.flatnonzero(profile.curve.budget == 0.7)[0])
    assert (profile.curve.limit_minutes[here] == profile.limit_minutes).all()


def test_what_comes_after_the_history_is_not_used() -> None:
    whole = regular(84)
    until = MONDAY + 60 * DAY_S
    early = whole.life_at <= until
    cut = replace(whole, life_at=whole.life_at[early], utc_offset_s=whole.utc_offset_s[early], observed_until=until)
    assert (learn(replace(whole, observed_until=until), Policy()).limit_minutes == learn(cut, Policy()).limit_minutes).all()


def test_a_holiday_off_the_clock_leaves_the_limits_as_they_were() -> None:
    home = regular(84)
    away_from, away_to = MONDAY + 50 * DAY_S + 12 * 3600, MONDAY + 64 * DAY_S + 12 * 3600
    there = (home.life_at < away_from) | (home.life_at > away_to)
    runs = np.array([[home.observed_from, away_from], [away_to, home.observed_until]])
    travelled = replace(home, life_at=home.life_at[there], utc_offset_s=home.utc_offset_s[there], clock_runs=runs)
    change = learn(travelled, Policy()).limit_minutes.astype(int) - learn(home, Policy()).limit_minutes.astype(int)
    assert np.abs(change).mean() < 45


def test_habits_follow_the_local_clock_over_a_change_of_summer_time() -> None:
    winter = regular(42)
    summer = regular(42, seed=1, offset_s=3600)
    later = 42 * DAY_S
    both = History(
        np.concatenate([winter.life_at, summer.life_at + later]), np.concatenate([winter.utc_offset_s, summer.utc_offset_s]),
        winter.observed_from, summer.observed_until + later,
    )  # fmt: skip
    habit = learn(both, Policy()).habit
    assert 6.0 * 60 < habit.first_from < habit.first_to < 8.0 * 60


def test_old_habits_are_forgotten() -> None:
    busy, sparse = regular(100, every_h=0.5), regular(100, seed=3, every_h=4.0)
    later = 100 * DAY_S
    moved = History(
        np.concatenate([busy.life_at, sparse.life_at + later]), np.concatenate([busy.utc_offset_s, sparse.utc_offset_s]),
        busy.observed_from, sparse.observed_until + later,
    )  # fmt: skip
    after, sparse_only = (learn(one, Policy()).limit_minutes.astype(int) for one in (moved, sparse))
    assert np.abs(after - sparse_only).mean() < 45


def test_a_meter_that_hardly_tells_is_called_low_observability_even_at_home() -> None:
    rough = regular(60, at_home_known=True)
    few = replace(rough, life_at=rough.life_at[::9], utc_offset_s=rough.utc_offset_s[::9])
    assert learn(few, Policy()).low_observability
    assert learn(regular(60), Policy()).low_observability, "at home is not proven"


def test_what_is_learned_fits_two_kibibytes() -> None:
    assert sum(array.nbytes for array in arrays_of(learn(regular(84), Policy(budget_unknown=0.7)))) + 128 <= 2048


def test_learning_twice_is_equal() -> None:
    one, two = (learn(regular(84), Policy()) for _ in range(2))
    assert all((a == b).all() for a, b in zip(arrays_of(one), arrays_of(two), strict=True))


def test_the_explanation_counts_what_outlived_the_limit() -> None:
    history = regular(84)
    habit = learn(history, Policy()).habit
    assert 24 <= habit.first_days <= habit.days_seen == 30
    assert (habit.outlived <= habit.gaps_near).all()
    assert len(habit.longest_usual) == SLOTS
