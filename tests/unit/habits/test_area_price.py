"""One price for an area: the shares add up, nobody is left without, and who has no part in it learns as before."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from homebeat.habits.allocate import PRICES_H
from homebeat.habits.area_price import LEAST_SHARE, MOST_SHARE, compute_area_worth, compute_shares, compute_worth
from homebeat.habits.learn import Profile
from homebeat.habits.past import HalfHours, learn_all
from homebeat.habits.policy import Policy
from tests.unit.habits.people import learn, past_of, regular
from tests.unit.habits.test_learn import equal

WORTHS = st.lists(st.floats(0.01, 100), min_size=1, max_size=40)
#: What two residents are foretold at each price: falling as one over the price, and three times steeper.
FORETOLD = np.stack([1 / PRICES_H, 1 / PRICES_H**3]).astype(np.float32)


@given(WORTHS)
def test_the_shares_within_their_bounds_add_up_to_one_for_each(worths: list[float]) -> None:
    worth = np.array(worths)
    area = compute_area_worth(worth)
    assert worth.min() * (1 - 1e-6) <= area <= worth.max() * (1 + 1e-6)
    assert np.clip(worth / area, LEAST_SHARE, MOST_SHARE).sum() == pytest.approx(len(worth), rel=1e-6)


@given(WORTHS, st.randoms())
def test_the_order_of_residents_changes_nothing_to_the_last_bit(worths: list[float], random: object) -> None:
    mixed = list(worths)
    random.shuffle(mixed)  # type: ignore[attr-defined]
    assert compute_area_worth(np.array(mixed)) == compute_area_worth(np.array(worths))


def test_one_who_is_far_off_counts_at_most_twice() -> None:
    assert compute_area_worth(np.array([1.0] * 10 + [1000.0])) == pytest.approx(10 / 9)


def test_the_worth_of_a_budget_is_the_price_that_spends_it_times_the_budget() -> None:
    budget = np.array([0.5, 0.5])
    # between two prices linear: up to one in thirty off where alarms fall steeply
    assert compute_worth(budget, FORETOLD) == pytest.approx([1.0, 0.5 ** (2 / 3)], rel=0.04)
    spent = compute_shares(compute_worth(budget, FORETOLD), budget, FORETOLD)
    assert spent == pytest.approx(budget, abs=0.005), "who is alone in an area spends the own budget"


def test_a_budget_that_even_the_lowest_price_does_not_spend_is_worth_that_price() -> None:
    assert compute_worth(np.array([50.0]), FORETOLD[:1]) == pytest.approx(50 * PRICES_H[0])


def test_who_is_foretold_more_than_the_largest_share_at_any_price_has_no_part() -> None:
    least = 1 / float(PRICES_H[-1])
    worth = compute_worth(np.array([least / 2.1, least / 1.9, least]), np.stack([FORETOLD[0]] * 3))
    assert worth.tolist() == [0.0, pytest.approx(1 / 1.9), pytest.approx(1.0)]


def test_shares_stay_between_half_and_twice_the_own_budget() -> None:
    budget = np.array([0.5, 0.5, 0.5, 1.0])
    foretold = np.stack([FORETOLD[0]] * 4)
    got = compute_shares(np.array([0.01, 100.0, np.nan, 1.25]), budget, foretold)
    assert got[:3].tolist() == [1.0, 0.25, 0.5]
    assert got[3] == pytest.approx(0.8, abs=0.02), "a share is of the own budget: 1.0 / 1.25"


def past() -> HalfHours:
    return past_of(regular(84, every_h=0.7), regular(84, seed=2, every_h=1.0), until_day=84, at_home_known=True)


def at(worth: float, which: int = 0) -> Profile:
    return learn_all(past(), [Policy()] * 2, np.array([worth, worth]))[which]


def test_a_lower_price_is_a_larger_share_and_a_shorter_wait() -> None:
    own = learn_all(past(), [Policy()] * 2)[0]
    assert own.budget == 0.5
    assert own.worth_h > 0
    profiles = [at(own.worth_h * times) for times in (100, 1.4, 1.0, 0.7, 0.01)]
    spent = [one.budget for one in profiles]
    assert spent == sorted(spent)
    assert spent[0] == 0.25
    assert spent[2] == pytest.approx(0.5, abs=0.01)
    assert spent[4] == 1.0
    waits = [one.limit_minutes.sum() for one in profiles]
    assert waits == sorted(waits, reverse=True)
    assert {one.worth_h for one in profiles} == {own.worth_h}, "what is paid does not change what the own budget is worth"


def test_the_share_in_force_is_a_point_of_the_curve() -> None:
    profile = at(1.4 * at(np.nan).worth_h)
    (here,) = np.flatnonzero(profile.curve.budget == profile.budget)
    assert (profile.curve.limit_minutes[here] == profile.limit_minutes).all()
    assert {0.125, 0.25, 0.5, 1.0, 2.0, 4.0} < set(profile.curve.budget.tolist())


def test_of_two_the_one_for_whom_an_alarm_saves_more_spends_more() -> None:
    one, two = (learn_all(past(), [Policy()] * 2)[i] for i in (0, 1))
    area = compute_area_worth(np.array([one.worth_h, two.worth_h]))
    first, second = at(area), at(area, 1)
    assert (first.budget > 0.5 > second.budget) == (one.worth_h > two.worth_h)
    assert first.budget + second.budget == pytest.approx(1.0, abs=0.1)


def test_who_is_not_proven_at_home_or_learned_too_little_keeps_the_own_budget() -> None:
    unknown, young = past_of(regular(84)), past_of(regular(12), at_home_known=True)
    for before, limit in ((unknown, 1.0), (young, 0.5)):
        own = learn(before)
        (paid,) = learn_all(before, [Policy()], np.array([0.2]))
        assert equal(own, paid)
        assert paid.budget == own.budget == limit
        assert own.worth_h == 0, "nor has it a part in what others pay"


def test_given_what_is_paid_nobodys_limits_depend_on_whom_they_were_learned_with() -> None:
    together = learn_all(past(), [Policy()] * 2, np.array([0.9, 1.7]))
    whole = past()
    for i, paid in enumerate((0.9, 1.7)):
        some = slice(i, i + 1)
        alone = HalfHours(
            whole.life[:, some], whole.clock[:, some], whole.newest, whole.since[some], whole.utc_offset_s,
            whole.at_home_known[some],
        )  # fmt: skip
        (profile,) = learn_all(alone, [Policy()], np.array([paid]))
        assert equal(profile, together[i])
        assert profile.budget == together[i].budget
