"""Which hours of the day are a timer's: days told one by one."""

from __future__ import annotations

import numpy as np
import pytest

from homebeat.habits.timer import HOURS, compute_draw, compute_most_drawn, find_timer_hours, get_period_days, update_word

ONE = np.ones(1, np.int64)


def learned(days: list[dict[int, float]], resolution: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """(words, known hours) after these days, each the litres of some of its hours."""
    words, known = np.zeros((HOURS, 1), np.uint16), np.zeros((HOURS, 1), np.bool_)
    for number, day in enumerate(days):
        for hour in range(HOURS):
            litres = np.array([day.get(hour, 0.0)])
            words[hour] = update_word(words[hour], litres, np.array([number]), resolution * ONE)
        words, known = find_timer_hours(words, resolution * ONE, known)
    return words, known


def timers(days: list[dict[int, float]], resolution: int = 1) -> list[int]:
    return np.flatnonzero(learned(days, resolution)[1][:, 0]).tolist()


def test_forty_litres_at_six_are_a_valves_from_the_eighth_day_on() -> None:
    assert timers([{6: 40.0}] * 7) == []
    assert timers([{6: 40.0}] * 8) == [6]


def test_what_a_person_draws_in_the_same_hour_only_delays_it() -> None:
    mixed = [{6: 40.0 + (9.0 if day % 2 else 0.0)} for day in range(14)]
    assert timers(mixed[:10]) == []
    words, known = learned(mixed)
    assert known[6, 0]
    assert compute_draw(words[6], np.array([14]))[0] == pytest.approx(40, abs=2)


def test_what_is_more_than_a_tenth_over_is_somebodys() -> None:
    assert compute_most_drawn(np.array([40.0, 5.0]), np.array([1, 1])).tolist() == pytest.approx([44.1, 6.1])


def test_a_softener_of_every_third_night_is_found_with_its_fifth_rinse() -> None:
    nights = [{2: 150.0} if day % 3 == 0 else {2: 6.0} if day % 5 == 1 else {} for day in range(14)]
    assert timers(nights[:12]) == []
    words, known = learned(nights)
    assert (np.flatnonzero(known[:, 0]).tolist(), get_period_days(words[2]).tolist()) == ([2], [3])
    expected = [float(compute_draw(words[2], np.array([day]))[0]) for day in (15, 16, 17)]
    assert expected == pytest.approx([150, 0, 0], abs=5)


def test_five_litres_every_four_hours_are_a_timers_on_the_third_day() -> None:
    day = dict.fromkeys(range(1, 24, 4), 5.0)
    assert timers([day] * 2) == []
    assert timers([day] * 3) == [1, 5, 9, 13, 17, 21]


def test_in_two_of_its_six_hours_a_person_may_draw_each_day() -> None:
    day = dict.fromkeys(range(1, 24, 4), 5.0) | {9: 13.0, 21: 11.0}
    words, known = learned([day] * 6)
    assert np.flatnonzero(known[:, 0]).tolist() == [1, 5, 9, 13, 17, 21]
    assert compute_draw(words[9], np.array([6]))[0] == pytest.approx(5, abs=0.5)


def test_where_water_runs_at_all_hours_no_timer_can_be_told() -> None:
    assert timers([dict.fromkeys(range(24), 5.0)] * 20) == []


def test_flushes_at_the_same_hours_every_day_are_habits() -> None:
    assert timers([{3: 6.0, 7: 6.0, 13: 6.0, 22: 6.0}] * 60) == []


@pytest.mark.parametrize("seed", range(8))
def test_showers_that_differ_by_a_fifth_are_habits(seed: int) -> None:
    rng = np.random.default_rng(seed)
    assert timers([{7: round(40 * rng.normal(1, 0.2))} for _ in range(120)]) == []


def test_a_valve_that_is_shut_is_forgotten_within_a_week() -> None:
    days = [{6: 40.0}] * 30
    assert timers([*days, *[{}] * 4]) == [6]
    assert timers([*days, *[{}] * 6]) == []


def test_a_valve_that_is_set_anew_is_learned_anew() -> None:
    words, known = learned([*[{6: 40.0}] * 20, *[{6: 60.0}] * 45])
    assert known[6, 0]
    assert compute_draw(words[6], np.array([65]))[0] == pytest.approx(60, abs=2)


def test_a_meter_of_ten_litres_tells_no_small_timer() -> None:
    assert timers([{6: 40.0}] * 20, resolution=10) == []
    assert timers([{6: 120.0}] * 20, resolution=10) == [6]
