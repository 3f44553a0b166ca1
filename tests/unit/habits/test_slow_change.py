"""Drift: found when there, silent when not, unknown when not seen."""

from __future__ import annotations

import numpy as np
import pytest

from homebeat.habits.drift import NIGHT_USE, VOLUME_FALLS, NightPulse, advance, compute_baseline, is_pulse_raised


def nights_until_fired(nights: np.ndarray, added: float) -> int | None:
    height = np.zeros(1)
    for day in range(60, len(nights)):
        mean, spread = compute_baseline(nights[None, : day + 1])
        height, fired = advance(NIGHT_USE, height, nights[day : day + 1] + added, mean, spread)
        if fired[0]:
            return day - 59
    return None


def test_two_more_uses_a_night_are_noticed_within_a_week() -> None:
    nights = np.random.default_rng(4).integers(0, 3, 100).astype(float)
    assert (nights_until_fired(nights, 2.0) or 99) <= 7


def test_usual_nights_are_not() -> None:
    assert nights_until_fired(np.random.default_rng(4).integers(0, 3, 150).astype(float), 0.0) is None


def test_one_wild_night_is_no_drift() -> None:
    height, fired = advance(NIGHT_USE, np.zeros(1), np.array([40.0]), np.array([1.0]), np.array([0.8]))
    assert not fired[0]
    assert height[0] == pytest.approx(NIGHT_USE.most_a_day - NIGHT_USE.allowance)


def test_a_night_not_seen_leaves_the_height() -> None:
    height, fired = advance(NIGHT_USE, np.array([2.5]), np.array([np.nan]), np.array([1.0]), np.array([0.8]))
    assert (height[0], fired[0]) == (2.5, False)


def test_a_short_history_has_no_baseline() -> None:
    mean, spread = compute_baseline(np.ones((2, 20)))
    assert np.isnan(mean).all()
    assert np.isnan(spread).all()


def test_a_fall_is_looked_for_downwards() -> None:
    height = np.zeros(2)
    height, fired = advance(VOLUME_FALLS, height, np.array([0.4, 1.6]), np.ones(2), np.full(2, 0.2))
    assert height.tolist() == pytest.approx([2.6, 0.0])
    height, fired = advance(VOLUME_FALLS, height, np.array([0.4, 1.6]), np.ones(2), np.full(2, 0.2))
    assert fired.tolist() == [True, False], "two days of three standard deviations each, less what is forgiven"


def test_pulse_needs_two_nights_and_a_baseline() -> None:
    calm = np.tile([60.0, 61.0, 59.0], 12)
    once, twice, unworn = calm.copy(), calm.copy(), calm.copy()
    once[-1] += 9
    twice[-2:] += 9
    unworn[-2:] = [70.0, np.nan]
    raised = is_pulse_raised(NightPulse(), np.stack([calm, once, twice, unworn]))
    assert raised.tolist() == [False, False, True, False]
    assert not is_pulse_raised(NightPulse(), np.full((1, 30), np.nan)).any()


def test_a_lesser_rise_counts_on_the_third_night() -> None:
    nights = np.tile([60.0, 61.0, 59.0], 12)
    nights[-3:] = 66.5
    assert not is_pulse_raised(NightPulse(), nights[None, :-1]).any()
    assert is_pulse_raised(NightPulse(), nights[None]).all()


def test_a_heart_rate_that_has_wandered_up_for_weeks_is_no_illness() -> None:
    nights = np.concatenate([np.tile([60.0, 61.0, 59.0], 7), np.linspace(61, 69, 15)])
    assert not is_pulse_raised(NightPulse(), nights[None]).any()
