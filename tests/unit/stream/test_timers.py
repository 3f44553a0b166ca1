"""Rises of a meter that a timer draws: intervals of an hour and of minutes, holes, and what is shown."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from homebeat.stream.features.timers import Timers
from homebeat.stream.features.water import Flow

MINUTE = 60_000
DAY = 1_440
FIRST = 490_008 * 60  # a midnight UTC, minutes


def flow_of(until: list[int], litres: list[float], minutes: int) -> Flow:
    """Intervals of meter 0 that end at these minutes after midnight."""
    end = (np.array(until, np.int64) + FIRST) * MINUTE
    n = len(until)
    span = np.full(n, minutes * MINUTE)
    return Flow(np.zeros(n, np.int32), end - span, end, np.array(litres), span, np.zeros(n, np.int32), np.zeros(n, np.int64))


def drawn(timers: Timers, days: range, uses: dict[int, float], *, minutes: int = 60, off: int = 0) -> list[tuple[int, bool]]:
    """(day, somebody's) of each interval with use; `uses`: litres by minute of the day."""
    until = [day * DAY + at + off for day in days for at in range(minutes, DAY + 1, minutes)]
    litres = [sum(used for when, used in uses.items() if 0 <= (end - off) % DAY - when < minutes) for end in until]
    own = timers.fold(flow_of(until, litres, minutes), np.ones(len(until), np.int64))
    return [((end - 1) // DAY, bool(mine)) for end, used, mine in zip(until, litres, own, strict=True) if used]


@pytest.mark.parametrize(("minutes", "off"), [(60, 0), (60, 7), (60, 31), (10, 0), (15, 3)])
def test_a_valve_is_nobody_once_it_is_known_and_what_exceeds_it_is_somebody(minutes: int, off: int) -> None:
    timers = Timers(1)
    assert all(own for _, own in drawn(timers, range(8), {360: 40.0}, minutes=minutes, off=off))
    assert not any(own for _, own in drawn(timers, range(9, 14), {360: 40.0}, minutes=minutes, off=off))
    assert [own for _, own in drawn(timers, range(14, 15), {360: 40.0, 375: 9.0}, minutes=minutes, off=off)][-1]
    assert all(own for _, own in drawn(timers, range(15, 16), {540: 40.0}, minutes=minutes, off=off))


def test_after_a_hole_the_draws_within_it_are_taken_off() -> None:
    timers = Timers(1)
    drawn(timers, range(10), {360: 40.0})
    for litres, own in ((42.0, False), (55.0, True)):
        assert timers.fold(flow_of([10 * DAY + 600], [litres], 600), np.ones(1, np.int64)).tolist() == [own]


def test_a_total_that_came_late_changes_nothing() -> None:
    timers = Timers(1)
    drawn(timers, range(10), {360: 40.0})
    late = flow_of([9 * DAY + 400], [40.0], 60)
    late = Flow(late.meter, late.until - 1, late.until, late.litres, late.span, late.index, late.known)
    before = {name: array.copy() for name, array in timers.list_arrays().items()}
    assert timers.fold(late, np.ones(1, np.int64)).all()
    assert all(np.array_equal(before[name], array) for name, array in timers.list_arrays().items())


def test_what_was_taken_back_teaches_nothing() -> None:
    timers = Timers(1)
    drawn(timers, range(1), {})
    until = DAY + 420
    timers.fold(flow_of([until], [40.0], 60), np.ones(1, np.int64))
    timers.retract(0)
    timers.fold(flow_of([until + 60], [0.0], 60), np.ones(1, np.int64))
    assert not timers.words.any()


def test_what_is_shown() -> None:
    timers = Timers(3)
    assert [column.tolist() for column in timers.list_timers(3)] == [[0, 0, 0], [0, 0, 0]]
    drawn(timers, range(10), {360: 40.0})
    assert [column.tolist() for column in timers.list_timers(3)] == [[86_400, 0, 0], [40, 0, 0]]
    pipe = Timers(1)
    drawn(pipe, range(5), dict.fromkeys(range(80, DAY, 240), 5.0))
    assert [column.tolist() for column in pipe.list_timers(1)] == [[14_400], [5]]
    rinse = Timers(1)
    drawn(rinse, range(10), {130: 100.0, 190: 50.0})
    assert [column.tolist() for column in rinse.list_timers(1)] == [[86_400], [150]]


def test_a_clock_that_ran_ahead_is_turned_back() -> None:
    timers = Timers(1)
    drawn(timers, range(3), {360: 40.0})
    back = (FIRST + DAY) * MINUTE
    timers.rewind(back)
    assert int(timers.hour[0]) * 60 * MINUTE <= back
    assert timers.used[0] == 65_535


@pytest.mark.slow
@given(st.lists(st.integers(1, 400), min_size=1, max_size=20), st.integers(0, 2**32 - 1))
def test_ticks_of_any_length_tell_the_same(cuts: list[int], seed: int) -> None:
    rng = np.random.default_rng(seed)
    until = [60 * (hour + 1) for hour in range(12 * 24)]
    litres = [40.0 * (hour % 24 == 6) + float(rng.integers(1, 20)) * (rng.random() < 0.3) for hour in range(12 * 24)]
    whole, parts = Timers(1), Timers(1)
    expected = whole.fold(flow_of(until, litres, 60), np.ones(len(until), np.int64)).tolist()
    found, start = [], 0
    for size in [*cuts, len(until)]:
        some = slice(start, start + size)
        if until[some]:
            found += parts.fold(flow_of(until[some], litres[some], 60), np.ones(len(until[some]), np.int64)).tolist()
        start += size
    assert found == expected
    assert all(np.array_equal(array, whole.list_arrays()[name]) for name, array in parts.list_arrays().items())


def test_no_more_than_sixty_bytes_a_meter() -> None:
    assert Timers(1_000).nbytes <= 60 * 1_000
