"""A drip shows when no pause is longer than its own, and a quiet home is no drip."""

from __future__ import annotations

import numpy as np

from homebeat.habits.drip import are_days_known, compute_even_tolerance_h, find_drip_interval_h, is_lone


def days(*hours: float) -> np.ndarray:
    """float64[10, 1]."""
    return np.array(hours, np.float64)[:, None]


def test_pauses_of_one_length_on_three_days_and_none_longer_are_a_drip() -> None:
    longest = days(5, 5.2, 4.8, 5, 5.5, 5, 4, 5, 5, 5)
    assert find_drip_interval_h(longest, days(5, 5.2, 4.8, 0, 0, 0, 0, 0, 0, 0)).tolist() == [5.2]
    assert find_drip_interval_h(longest, days(5, 5.2, 0, 0, 0, 0, 0, 0, 0, 0)).tolist() == [0.0], "two days may be chance"


def test_one_longer_pause_shows_that_nothing_drips() -> None:
    longest = days(5, 5.2, 4.8, 5, 9, 5, 4, 5, 5, 5)
    assert find_drip_interval_h(longest, days(5, 5.2, 4.8, 5, 0, 5, 4, 5, 5, 5)).tolist() == [0.0]


def test_lone_pulses_at_all_distances_are_a_person() -> None:
    assert find_drip_interval_h(days(*[8.0] * 10), days(8, 3, 4, 5.5, 8, 2.5, 6, 4, 7.5, 3)).tolist() == [0.0]


def test_a_home_that_is_never_still_leaks() -> None:
    assert find_drip_interval_h(days(*[3.0] * 10), days(*[0.0] * 10)).tolist() == [3.0]
    assert find_drip_interval_h(days(*[3.0] * 9, 3.5), days(*[0.0] * 10)).tolist() == [0.0]


def test_too_few_days_are_not_known() -> None:
    longest = days(*[3.0] * 7, 0, 0, 0)
    assert not are_days_known(longest)[0]
    assert find_drip_interval_h(longest, longest).tolist() == [0.0]


def test_a_lone_pulse_is_one_count_with_nothing_before_it() -> None:
    litres, pause = np.array([1.0, 2.0, 1.0, 10.0, 2.0]), np.array([3.0, 3.0, 2.0, 3.0, 6.0])
    interval = np.array([1.0, 1.0, 1.0, 1.0, 5.0])
    assert is_lone(litres, np.array([1, 1, 1, 10, 1]), interval, pause).tolist() == [True, False, False, True, True]
    assert compute_even_tolerance_h(np.array([0.25, 1.0, 3.0])).tolist() == [1.3, 1.3, 3.3]
