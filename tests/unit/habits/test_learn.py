"""What the learner promises whatever the past: bounds, prior, order, size."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from homebeat.habits.learn import Profile
from homebeat.habits.past import HalfHours, learn_all
from homebeat.habits.policy import SLOTS, Policy
from tests.unit.habits.people import learn, past_of, regular


def arrays_of(profile: Profile) -> list[np.ndarray]:
    curve, habit = profile.curve, profile.habit
    return [
        profile.limit_minutes, curve.budget, curve.limit_minutes, curve.counted, curve.delay_mean_h, curve.delay_p95_h,
        habit.longest_usual, habit.gaps_near, habit.outlived,
    ]  # fmt: skip


def equal(one: Profile, two: Profile) -> bool:
    return all((a == b).all() for a, b in zip(arrays_of(one), arrays_of(two), strict=True)) and one.days == two.days


def test_a_regular_resident_at_home_gets_limits_well_under_the_prior() -> None:
    profile = learn(past_of(regular(84, every_h=0.6), at_home_known=True))
    assert profile.own_share == 1.0
    assert not profile.low_observability
    by_day = profile.limit_minutes[18:36]
    assert by_day.max() < 600
    assert profile.limit_minutes[44:].min() > by_day.mean(), "the night is allowed more quiet than the day"


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 99), days=st.integers(1, 70), known=st.booleans(), every_h=st.floats(0.3, 9))
def test_limits_stay_within_the_operators_bounds(seed: int, days: int, known: bool, every_h: float) -> None:
    policy = Policy()
    profile = learn(past_of(regular(days, seed=seed, every_h=every_h), at_home_known=known))
    for table in (profile.limit_minutes, *profile.curve.limit_minutes):
        assert table.min() >= policy.floor_minutes
        assert table.max() <= (policy.ceiling_minutes if known else policy.cap_minutes)


def test_everybody_has_bounds_and_budget_of_their_own() -> None:
    past = past_of(*[regular(84, seed=2, every_h=0.6)] * 3)
    policies = [Policy(), Policy(floor_minutes=300, cap_minutes=480, ceiling_minutes=480), Policy(budget_unknown=0.2)]
    usual, tight, calm = learn_all(past, policies)
    assert tight.limit_minutes.min() >= 300
    assert tight.limit_minutes.max() <= 480
    assert calm.limit_minutes.mean() > usual.limit_minutes.mean()
    assert len(usual.curve.budget) == 6, "1.0 is a point of the curve anyhow"
    assert len(calm.curve.budget) == 7


def test_nobody_ever_seen_gets_the_prior() -> None:
    profile = learn(past_of(np.zeros(0, np.int64), until_day=90))
    assert (profile.limit_minutes == 720).all()
    assert profile.habit.first_from == -1
    assert profile.low_observability


def test_nobody_to_learn_about_is_no_error() -> None:
    past = past_of(regular(10))
    none = np.zeros(0, np.int64)
    empty = HalfHours(past.life[:, :0], past.clock[:, :0], past.newest, none, past.utc_offset_s, none.astype(np.bool_))
    assert learn_all(empty, []) == []


def test_curves_of_different_length_are_kept_apart() -> None:
    short, long = learn_all(past_of(*[regular(84)] * 2), [Policy(curve_budgets=(0.5, 1.0)), Policy()])
    assert short.curve.budget.tolist() == [0.5, 1.0]
    assert long.curve.budget.tolist() == [0.125, 0.25, 0.5, 1.0, 2.0, 4.0]
    assert (short.limit_minutes == long.limit_minutes).all()


def test_own_data_takes_over_evenly() -> None:
    shares = [learn(past_of(regular(days))).own_share for days in (8, 11, 14, 40)]
    assert shares == sorted(shares)
    assert 0.5 < shares[0] < 0.6
    assert 0.7 < shares[1] < 0.8
    assert shares[-1] == 1.0


def test_more_budget_never_means_a_longer_wait() -> None:
    curve = learn(past_of(regular(84))).curve
    assert (np.diff(curve.delay_mean_h) <= 1e-9).all()
    assert (np.diff(curve.counted) >= -1e-9).all()


def test_the_budget_of_the_operator_is_on_the_curve() -> None:
    profile = learn(past_of(regular(84)), Policy(budget_unknown=0.7))
    here = int(np.flatnonzero(profile.curve.budget == 0.7)[0])
    assert (profile.curve.limit_minutes[here] == profile.limit_minutes).all()


def test_old_habits_are_forgotten() -> None:
    busy, sparse = regular(100, every_h=0.5), regular(100, seed=3, every_h=4.0)
    later = 100 * 86400
    moved = np.concatenate([busy, sparse + later])
    after, sparse_only = (learn(past_of(one)).limit_minutes.astype(int) for one in (moved, sparse))
    assert np.abs(after - sparse_only).mean() < 45


def test_a_meter_that_hardly_tells_is_called_low_observability_even_at_home() -> None:
    assert learn(past_of(regular(60)[::9], at_home_known=True)).low_observability
    assert learn(past_of(regular(60))).low_observability, "at home is not proven"


def test_what_is_learned_fits_two_kibibytes() -> None:
    assert sum(array.nbytes for array in arrays_of(learn(past_of(regular(84)), Policy(budget_unknown=0.7)))) + 128 <= 2048


@pytest.fixture(scope="module")
def street() -> HalfHours:
    lives = [regular(84 - 10 * i, seed=i, every_h=0.4 + 0.3 * i) for i in range(7)]
    return past_of(*lives, until_day=84, off=[(40.0, 40.4)], at_home_known=True)


def test_learning_twice_is_equal(street: HalfHours) -> None:
    one, two = (learn_all(street, [Policy()] * 7) for _ in range(2))
    assert all(equal(a, b) for a, b in zip(one, two, strict=True))


def test_nobodys_limits_depend_on_whom_they_were_learned_with(street: HalfHours) -> None:
    together = learn_all(street, [Policy()] * 7)
    for i, profile in enumerate(together):
        some = slice(i, i + 1)
        alone = HalfHours(
            street.life[:, some], street.clock[:, some], street.newest, street.since[some], street.utc_offset_s,
            street.at_home_known[some],
        )  # fmt: skip
        assert equal(learn(alone), profile)


def test_the_explanation_counts_what_outlived_the_limit() -> None:
    habit = learn(past_of(regular(84))).habit
    assert 300 <= habit.first_from < habit.first_to <= 480
    assert habit.first_from % 30 == habit.first_to % 30 == 0
    assert 24 <= habit.first_days <= habit.days_seen == 30
    assert (habit.outlived <= habit.gaps_near).all()
    assert habit.gaps_near[20] > 100
    assert 60 <= habit.longest_usual[20] <= 300
    assert len(habit.longest_usual) == SLOTS
