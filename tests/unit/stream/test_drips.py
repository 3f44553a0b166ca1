"""Pulses of a meter against a slow program that keeps every rise."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from homebeat.domain.durations import HOUR_MS
from homebeat.habits.drip import EVEN_H, NEAR_H
from homebeat.stream.features.drips import Drips
from homebeat.stream.features.water import Flow

DAY = 24
FIRST_H = 490_008  # an hour at midnight UTC


def flow_of(rows: list[int], hours: list[int], litres: list[float], *, span_h: float = 1.0) -> Flow:
    """Intervals of an hour that end at these hours after midnight."""
    until = (np.array(hours, np.int64) + FIRST_H) * HOUR_MS
    n = len(rows)
    span = np.full(n, round(span_h * HOUR_MS))
    return Flow(
        np.array(rows, np.int32), until - span, until, np.array(litres), span, np.zeros(n, np.int32), np.zeros(n, np.int64)
    )


def drawn(drips: Drips, hours: list[int], litres: list[float], *, span_h: float = 1.0) -> list[tuple[bool, bool]]:
    """(life, firm) of each rise of meter 0."""
    flow = flow_of([0] * len(hours), hours, litres, span_h=span_h)
    found = drips.fold(flow, np.array(litres) > 0, np.ones(len(hours), np.int64))
    return list(zip(found.life.tolist(), found.firm.tolist(), strict=True))


SURE, PERHAPS, NOBODY = (True, True), (True, False), (False, False)


def test_the_third_even_pulse_and_what_follows_are_nobodys() -> None:
    assert drawn(Drips(1), [7, 10, 14, 18, 22], [6, 1, 1, 1, 1]) == [SURE, PERHAPS, PERHAPS, NOBODY, NOBODY]


def test_a_pulse_out_of_step_may_be_somebodys() -> None:
    assert drawn(Drips(1), [7, 10, 14, 20, 26], [6, 1, 1, 1, 1]) == [SURE, PERHAPS, PERHAPS, PERHAPS, NOBODY]


def test_a_litre_beside_other_use_is_somebodys() -> None:
    assert drawn(Drips(1), [7, 9, 11], [6, 1, 1]) == [SURE, SURE, SURE]


def test_a_pulse_after_a_silence_begins_a_row_anew_and_answers_for_nobody() -> None:
    drips = Drips(1)
    assert drawn(drips, [7], [6]) == [SURE]
    drawn(drips, [17], [0], span_h=10)
    assert drawn(drips, [18, 22, 26], [1, 1, 1]) == [PERHAPS, PERHAPS, NOBODY]


def test_a_pulse_soon_after_one_of_a_long_interval_is_still_lone() -> None:
    drips = Drips(1)
    assert drawn(drips, [7, 10], [6, 1]) == [SURE, PERHAPS]
    assert drawn(drips, [16], [1], span_h=5) == [PERHAPS]  # some time from 11 to 16 o'clock
    assert drawn(drips, [17], [1])[0][1] is False
    # nobody knows that of a use, which may have been at its end
    assert drawn(drips, [23], [4], span_h=5) == [SURE]
    assert drawn(drips, [24], [1]) == [SURE]


def test_what_is_between_two_pulses_ends_their_row() -> None:
    assert drawn(Drips(1), [7, 10, 14, 16, 20, 24], [6, 1, 1, 9, 1, 1]) == [SURE, PERHAPS, PERHAPS, SURE, PERHAPS, PERHAPS]


def test_while_a_drip_shows_no_lone_pulse_is_life() -> None:
    drips = Drips(1)
    for day in range(11):
        # up from seven to nine in the evening, a drip of a litre in five hours at night
        at = [h + DAY * day for h in (2, 7, 8, 10, 12, 14, 16, 18, 20, 21)]
        drawn(drips, at, [1, 1, 9, 7, 5, 8, 6, 7, 9, 6])
    assert drips.get_interval_h(slice(0, 1)).tolist() == [5.0]
    assert drips.is_known(slice(0, 1)).tolist() == [True]
    assert drawn(drips, [2 + DAY * 11], [1]) == [NOBODY]
    assert drawn(drips, [7 + DAY * 11, 8 + DAY * 11], [1, 6]) == [NOBODY, SURE]


def test_a_still_night_ends_the_drip() -> None:
    drips = Drips(1)
    drips.every[:], drips.day[:], drips.rose[:] = 30, FIRST_H // DAY, FIRST_H * 60
    drips.longest[:] = drips.between[:] = 30
    drips.firm[:] = FIRST_H * 60
    drawn(drips, [12, 13], [5, 5])
    drawn(drips, [7 + DAY, 7 + 2 * DAY], [5, 5])
    assert drips.get_interval_h(slice(0, 1)).tolist() == [0.0]


def test_of_a_span_that_was_not_heard_nothing_is_learned() -> None:
    drips = Drips(1)
    drawn(drips, [1, 2], [5, 5])
    drawn(drips, [9], [0], span_h=7)
    drawn(drips, [12], [5])
    assert drips.longest.max() == 6, "an hour"


@given(
    st.lists(st.tuples(st.integers(1, 9), st.sampled_from([1.0, 1.0, 1.0, 6.0])), min_size=1, max_size=30),
    st.lists(st.integers(1, 29), max_size=3),
)
def test_it_is_what_a_slow_program_finds_however_it_is_cut(rises: list[tuple[int, float]], cuts: list[int]) -> None:
    hours = np.cumsum([gap for gap, _ in rises]).tolist()
    litres = [one for _, one in rises]
    expected = slowly(hours, litres)
    drips, found = Drips(1), []
    edges = sorted({0, len(hours), *(c for c in cuts if c < len(hours))})
    for begin, end in pairwise(edges):
        found += drawn(drips, hours[begin:end], litres[begin:end])
    assert found == expected


def slowly(hours: list[int], litres: list[float]) -> list[tuple[bool, bool]]:
    out: list[tuple[bool, bool]] = []
    firm: int | None = None
    pulses: list[int] = []
    for at, drawn_l in zip(hours, litres, strict=True):
        last = max([h for h in (firm, *pulses) if h is not None], default=None)
        lone = last is not None and drawn_l < 2 and at - last > NEAR_H
        gaps = [b - a for a, b in pairwise(pulses)]
        if lone:
            even = bool(gaps) and abs(at - pulses[-1] - gaps[-1]) <= EVEN_H
            pulses.append(at)
            out.append(NOBODY if even else PERHAPS)
        else:
            firm, pulses = at, []
            out.append(SURE)
    return out


def test_two_meters_are_told_apart() -> None:
    drips = Drips(2)
    flow = flow_of([0, 0, 0, 1, 1], [7, 11, 15, 7, 8], [6, 1, 1, 6, 1])
    found = drips.fold(flow, np.ones(5, np.bool_), np.ones(5, np.int64))
    assert found.firm.tolist() == [True, False, False, True, True]


@pytest.mark.parametrize("late", [1, 6])
def test_a_total_that_comes_late_changes_nothing_of_what_is_known(late: int) -> None:
    drips = Drips(1)
    drawn(drips, [7, 10], [6, 1])
    before = {name: array.copy() for name, array in drips.list_arrays().items()}
    assert drawn(drips, [late], [1]) == [SURE], "it is taken for life: nobody knows what lay about it"
    for name, array in drips.list_arrays().items():
        np.testing.assert_array_equal(array, before[name])
