"""What readings say about people."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from homebeat.domain.fleet import Device, DeviceKind, Fleet, Household, Resident
from homebeat.domain.ids import AreaId, DeviceId, HouseholdId, ResidentId
from homebeat.domain.metric import Metric
from homebeat.stream.batch import NEVER, Batch
from homebeat.stream.features.timeline import SLOT_MS, Timeline
from homebeat.stream.roster import Roster
from homebeat.stream.state import State

T0 = 1_772_352_000_000
MINUTE = 60_000
METER, BAND, DOOR = range(3)
HOME = Household(
    HouseholdId("h"), AreaId("a"), "UTC", residents=(Resident(ResidentId("r"), ""),),
    devices=(
        Device(DeviceId("m"), DeviceKind.WATER_METER),
        Device(DeviceId("b"), DeviceKind.WRISTBAND, reports_every=timedelta(minutes=10)),
        Device(DeviceId("d"), DeviceKind.DOOR, reports_every=timedelta(hours=4)),
    ),
)  # fmt: skip


@pytest.fixture
def state() -> State:
    state = State(Roster().with_registry(Fleet((), (HOME,)), T0))
    state.advance(T0 + 300 * MINUTE)
    return state


def fold(state: State, *readings: tuple[int, Metric, int, float]) -> None:
    """(device, metric, minute, value), as one fold."""
    device, metric, minute, value = zip(*sorted(readings, key=lambda r: r[2]), strict=True)
    at = [T0 + m * MINUTE for m in minute]
    state.fold(Batch.of(device, metric, at, at, value))


def life(state: State) -> int | None:
    at = int(state.timeline.life_at[0])
    return None if at == NEVER else (at - T0) // MINUTE


def test_one_litre_is_a_sign_of_life_though_totals_are_floats(state: State) -> None:
    fold(state, (METER, Metric.VOLUME_M3, 0, 1.0))
    fold(state, (METER, Metric.VOLUME_M3, 60, 1.001))  # 1.001 * 1000 - 1.0 * 1000 is 0.9999...
    assert life(state) == 60


@pytest.mark.parametrize(("used", "hours", "slots"), [(0.005, 5, 1), (0.0, 5, 30), (0.005, 1, 6)])
def test_five_hours_with_use_somewhere_in_them_tell_of_no_quiet(state: State, used: float, hours: int, slots: int) -> None:
    fold(state, (METER, Metric.VOLUME_M3, 0, 1.0))
    fold(state, (METER, Metric.VOLUME_M3, 60 * hours, 1.0 + used))
    assert np.bitwise_count(state.timeline.covered).sum() == slots
    assert state.timeline.proven_at[0] == T0 + 60 * hours * MINUTE


@pytest.mark.parametrize("litres", [1, 6])
def test_a_long_interval_with_no_more_than_a_pulse_tells_that_nobody_drew_more(state: State, litres: int) -> None:
    """A drip goes on while its meter is not heard: what is quiet but for lone pulses is proven all the same."""
    total = 1.0
    for hour, drawn in ((0, 0), (1, 6), (2, 0), (3, 0), (4, 0)):
        total += drawn / 1000
        fold(state, (METER, Metric.VOLUME_M3, 60 * hour, total))
    state.advance(T0 + 600 * MINUTE)
    before = int(np.bitwise_count(state.timeline.covered).sum())
    fold(state, (METER, Metric.VOLUME_M3, 60 * 9, total + litres / 1000))
    covered = int(np.bitwise_count(state.timeline.covered).sum()) - before
    assert covered == (30 if litres == 1 else 1)
    firm_at = (int(state.timeline.firm_at[0]) - T0) // (60 * MINUTE)
    assert firm_at == (1 if litres == 1 else 9)


@pytest.mark.parametrize("again", [(30, 1.0), (0, 1.0), (100, 1.0), (150, 1.006)], ids=["twice", "first", "late", "late use"])
def test_a_total_that_comes_late_or_twice_proves_no_more_quiet(state: State, again: tuple[int, float]) -> None:
    for minute, total in ((0, 1.0), (30, 1.0), (240, 1.006)):
        fold(state, (METER, Metric.VOLUME_M3, minute, total))
    before = state.timeline.covered.copy()
    fold(state, (METER, Metric.VOLUME_M3, *again))
    assert np.array_equal(state.timeline.covered, before)


def test_steps_that_were_known_are_not_walked_again(state: State) -> None:
    fold(state, (BAND, Metric.STEPS, 100, 500))
    fold(state, (BAND, Metric.STEPS, 50, 400), (BAND, Metric.STEPS, 120, 500))
    assert life(state) is None


def test_a_door_that_did_not_move_since_is_not_moved_by_a_late_reading(state: State) -> None:
    fold(state, (DOOR, Metric.DOOR_OPEN, 100, 1))
    fold(state, (DOOR, Metric.DOOR_OPEN, 50, 0), (DOOR, Metric.DOOR_OPEN, 120, 1))
    assert life(state) is None


@pytest.mark.parametrize(("before", "after", "walks"), [(500, 500, False), (500, 510, True), (500, 0, False), (500, 12, True)])
def test_a_count_that_starts_again(state: State, before: float, after: float, walks: bool) -> None:
    fold(state, (BAND, Metric.STEPS, 10, before), (BAND, Metric.STEPS, 20, after))
    assert (life(state) == 20) is walks


def test_of_two_values_for_one_time_the_first_counts(state: State) -> None:
    fold(state, (BAND, Metric.HEART_RATE_BPM, 10, 70), (BAND, Metric.HEART_RATE_BPM, 10, 170))
    fold(state, (BAND, Metric.HEART_RATE_BPM, 10, 180))
    assert state.latest.value[state.latest.line[Metric.HEART_RATE_BPM], BAND] == 70


def test_who_left_and_came_back_in_one_list_was_away_in_between(state: State) -> None:
    fold(state, (BAND, Metric.AT_HOME, 0, 1))
    fold(state, (BAND, Metric.AT_HOME, 30, 0), (BAND, Metric.AT_HOME, 150, 1))
    bits = sum(int(word).bit_count() for word in state.timeline.away[:, 0])
    assert bits == 12, "the slots after the one in which she left, to the one in which she came back"
    assert state.timeline.home[0] == 1


def test_each_value_of_a_list_can_be_seen_between(state: State) -> None:
    seen: list[float] = []

    def look(_wave: Batch) -> None:
        seen.append(float(state.latest.value[state.latest.line[Metric.HEART_RATE_BPM], BAND]))

    pulses = [(m, v) for m, v in zip((10, 11, 12, 13), (150, 80, 150, 90), strict=True)]
    at = [T0 + m * MINUTE for m, _ in pulses]
    state.fold(Batch.of([BAND] * 4, [Metric.HEART_RATE_BPM] * 4, at, at, [v for _, v in pulses]), look)
    assert seen == [150, 80, 150]
    assert state.latest.value[state.latest.line[Metric.HEART_RATE_BPM], BAND] == 90


def test_the_first_sign_of_life_after_a_moment_is_never_said_too_early() -> None:
    timeline = Timeline(1)
    timeline.advance(T0 + 100 * SLOT_MS)
    for slot in (10, 40, 90):
        at = T0 + slot * SLOT_MS + 1_000
        timeline.add_life(*_one(at))
    assert timeline.find_first_life(0, T0 + 20 * SLOT_MS) == T0 + 41 * SLOT_MS - 1
    assert timeline.find_first_life(0, T0 + 50 * SLOT_MS) == T0 + 90 * SLOT_MS + 1_000
    assert timeline.find_first_life(0, T0 + 95 * SLOT_MS) == NEVER


def test_a_walk_that_cannot_be_kept_is_told_of_though_its_readings_are_taken(
    state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The steps are counted already when it fails: taken once more, the readings show no walk, and nothing would fail again."""

    def fails(*_: object) -> None:
        raise OverflowError

    monkeypatch.setattr(state.days, "add_steps", fails)
    fold(state, *((BAND, Metric.STEPS, minute, 500.0 + minute) for minute in (0, 10, 20)))
    assert state.failed
    assert set(state.failed) == {(BAND, "OverflowError")}
    assert life(state) == 20


def _one(at: int):  # type: ignore[no-untyped-def]
    batch = Batch.of([0], [0], [at], [at], [0])
    return batch.device, batch.observed_at
