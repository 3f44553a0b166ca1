"""Shares of few, and lives that are not over yet."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homebeat.evidence.survival import ENOUGH_LIVES, Life, estimate_life, find_share_bounds

LIVES = st.builds(Life, st.floats(0.1, 1_000), st.booleans())


@pytest.mark.parametrize(
    ("part", "whole", "low", "high"),
    [(0, 10, 0.0, 0.2775), (1, 10, 0.0179, 0.4042), (46, 61, 0.6332, 0.8451), (10, 10, 0.7225, 1.0)],
)
def test_wilsons_bounds(part: int, whole: int, low: float, high: float) -> None:
    bounds = find_share_bounds(part, whole)
    assert bounds is not None
    assert bounds[0] == pytest.approx(low, abs=2e-4)
    assert bounds[1] == pytest.approx(high, abs=2e-4)


def test_a_share_of_nothing_lies_nowhere() -> None:
    assert find_share_bounds(0, 0) is None


def test_kaplan_and_meier_by_hand() -> None:
    # at 6: 3 of 7 end (4/7); at 10: 1 of 4 (3/7): half are over by then. The one cut off at 9 counts until 9.
    lives = [Life(6, True), Life(6, True), Life(6, True), Life(9, False), Life(10, True), Life(11, False), Life(12, False)]
    estimate = estimate_life(lives)
    assert (estimate.median, estimate.at_least) == (10, None)


def test_where_few_have_ended_it_lasts_at_least_as_long_as_five_did() -> None:
    lives = [Life(days, False) for days in range(1, 11)] + [Life(2, True)]
    estimate = estimate_life(lives)
    assert (estimate.median, estimate.at_least) == (None, 6)


def test_of_few_lives_nothing_is_said() -> None:
    estimate = estimate_life([Life(100, False)] * (ENOUGH_LIVES - 1))
    assert (estimate.median, estimate.at_least) == (None, None)


@given(st.lists(LIVES, max_size=60))
def test_one_or_the_other_and_never_longer_than_the_longest(lives: list[Life]) -> None:
    estimate = estimate_life(lives)
    said = [days for days in (estimate.median, estimate.at_least) if days is not None]
    assert len(said) <= 1
    assert all(days <= max(one.days for one in lives) for days in said)


@given(st.lists(LIVES, min_size=1, max_size=60))
def test_without_cut_off_lives_it_is_the_median(lives: list[Life]) -> None:
    ended = sorted(one.days for one in lives)
    estimate = estimate_life([Life(days, True) for days in ended])
    assert estimate.median == ended[(len(ended) - 1) // 2]
