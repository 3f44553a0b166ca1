"""Firings as they come, a timer's and a person's: what is kept of them, and what is unsaid."""

from __future__ import annotations

import random
from datetime import timedelta
from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from homebeat.domain.fleet import Device, DeviceKind, Fleet, Household, Resident
from homebeat.domain.ids import AreaId, DeviceId, HouseholdId, ResidentId
from homebeat.domain.metric import Metric
from homebeat.engine.engine import Engine
from homebeat.engine.rulebook import RuleBook
from homebeat.stream.batch import EMPTY, NEVER, Batch, Bool
from homebeat.stream.features.beats import Beats
from homebeat.stream.rewind import rewind
from homebeat.stream.roster import Roster
from homebeat.stream.state import State
from homebeat.watch.states import StateChanges

T0 = 1_772_352_000_000
MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
EVERY = np.array([DAY, DAY, HOUR])
MOTION, DOOR = 0, 1
HOME = Household(
    HouseholdId("h"), AreaId("a"), "UTC", residents=(Resident(ResidentId("r"), ""),),
    devices=(
        Device(DeviceId("mo"), DeviceKind.MOTION, reports_every=timedelta(days=1)),
        Device(DeviceId("d"), DeviceKind.DOOR, reports_every=timedelta(days=1)),
    ),
)  # fmt: skip


def ghost(days: int, every_h: int = 4) -> list[int]:
    return [T0 + k * every_h * HOUR for k in range(days * 24 // every_h)]


def person(days: int, seed: int = 1) -> list[int]:
    chance = random.Random(seed)
    return [T0 + day * DAY + 7 * HOUR + chance.randrange(15 * HOUR) for day in range(days) for _ in range(30)]


def told(beats: Beats, at: list[int], device: int = 0, value: float = 1.0) -> Bool:
    n = len(at)
    return beats.fold(Metric.MOTION, np.full(n, device), np.array(at, np.int64), np.full(n, value), EVERY)


def state_of_home() -> State:
    return State(Roster().with_registry(Fleet((), (HOME,)), T0))


def fold(state: State, device: int, metric: Metric, at: list[int]) -> None:
    state.advance(at[-1])
    values = [float((k + 1) % 2) if metric is not Metric.MOTION else 1.0 for k in range(len(at))]
    state.fold(Batch.of([device] * len(at), [metric] * len(at), at, at, values))


def test_what_comes_by_the_clock_is_nobodys_and_the_rest_is_somebodys() -> None:
    beats = Beats()
    told(beats, sorted(ghost(9) + person(9)))
    assert beats.list_intervals_s(3).tolist() == [4 * 3_600, 0, 0]
    later = T0 + 9 * DAY
    assert told(beats, [later, later + HOUR, later + 4 * HOUR + MINUTE]).tolist() == [False, True, False]
    assert told(beats, [later + 8 * HOUR], value=9.0).tolist() == [True]


def test_a_timer_that_stops_is_forgotten() -> None:
    beats = Beats()
    told(beats, sorted(ghost(9) + person(9)))
    told(beats, [at + 9 * DAY for at in sorted(person(9, seed=2))])
    assert not beats.list_intervals_s(3).any()


@settings(max_examples=20)
@given(st.integers(0, 10**6), st.lists(st.integers(0, 400), max_size=8))
def test_how_firings_are_cut_and_what_is_delivered_twice_changes_nothing(seed: int, cuts: list[int]) -> None:
    at = sorted({*ghost(9), *person(9, seed)})
    whole, parts = Beats(), Beats()
    told(whole, at)
    edges = [0, *sorted(min(cut, len(at)) for cut in cuts), len(at)]
    for first, last in pairwise(edges):
        told(parts, at[first:last])
        told(parts, at[max(first - 3, 0) : last])
    for name, array in whole.list_arrays().items():
        np.testing.assert_array_equal(array, parts.list_arrays()[name], err_msg=name)
    restored = Beats()
    restored.load(whole.list_arrays())
    more = [at[-1] + k * HOUR for k in range(1, 9)]
    assert told(restored, more).tolist() == told(whole, more).tolist()


def test_devices_do_not_disturb_each_other() -> None:
    at, alone = sorted(ghost(9) + person(9)), Beats()
    told(alone, at)
    both, steady = Beats(), ghost(9, every_h=1)
    device, when = np.repeat([0, 2], [len(at), len(steady)]), np.array(at + steady)
    both.fold(Metric.MOTION, device, when, np.ones(len(when)), EVERY)
    assert both.list_intervals_s(3).tolist() == [*alone.list_intervals_s(2).tolist(), 3_600]


def test_the_beats_since_the_last_real_movement_are_unsaid_when_they_are_found() -> None:
    state = state_of_home()
    real = [T0 - 3 * HOUR, T0 + HOUR + 7 * MINUTE]
    fold(state, MOTION, Metric.MOTION, sorted(real + ghost(3)))
    assert state.beats.list_intervals_s(2).tolist() == [4 * 3_600, 0]
    assert state.timeline.life_at[0] == real[-1]
    assert state.signs.at[MOTION] == real[-1]


def test_what_another_device_showed_stands() -> None:
    state = state_of_home()
    fold(state, DOOR, Metric.DOOR_OPEN, [T0 - HOUR, T0 + 7 * HOUR, T0 + 9 * HOUR + 5 * MINUTE])
    fold(state, MOTION, Metric.MOTION, ghost(3))
    assert state.timeline.life_at[0] == T0 + 9 * HOUR + 5 * MINUTE
    assert state.signs.at[MOTION] == NEVER


def test_a_sensor_that_beats_may_have_another_that_somebody_moves() -> None:
    """One device reports movement and a door: by the clock the one, and by a person the other, which counts."""
    own_at = T0 + 9 * HOUR + 5 * MINUTE
    for metric, other in ((Metric.MOTION, Metric.DOOR_OPEN), (Metric.DOOR_OPEN, Metric.BED_OCCUPIED)):
        beats, ones, clock = Beats(), np.full(2, 1), np.array(ghost(3))
        beats.fold(other, ones, np.array([T0 + HOUR, own_at]), np.ones(2), EVERY)
        # what another device showed is not its own
        beats.fold(other, np.array([2]), np.array([own_at + HOUR]), np.ones(1), EVERY)
        beats.fold(metric, np.full(len(clock), 1), clock, np.ones(len(clock)), EVERY)
        assert [(found.device, found.own_at) for found in beats.found] == [(1, own_at)]


def test_a_door_on_a_timer_is_nobody_either() -> None:
    state = state_of_home()
    fold(state, DOOR, Metric.DOOR_OPEN, [T0 - HOUR, *ghost(3)])
    assert state.beats.list_intervals_s(2).tolist() == [0, 4 * 3_600]
    assert state.timeline.life_at[0] == NEVER


def test_no_firing_is_later_than_the_clock_that_went_back() -> None:
    state = state_of_home()
    fold(state, MOTION, Metric.MOTION, ghost(3))
    back = T0 + DAY
    rewind(state, back)
    assert state.beats.start.max() == back // 1000
    assert max(state.beats.fired_at.max(), state.beats.beat_at.max()) == back


def test_pages_are_told_of_a_beat_once() -> None:
    engine = Engine(Roster().with_registry(Fleet((), (HOME,)), T0), RuleBook([{}]))
    states = StateChanges()
    states.find_changes(engine, T0)
    fold(engine.state, MOTION, Metric.MOTION, ghost(3))
    _, devices = states.find_changes(engine, T0 + 3 * DAY)
    assert [(d.device, d.beats_every_s) for d in devices] == [("mo", 4 * 3_600)]
    assert not states.find_changes(engine, T0 + 3 * DAY)[1]


def test_pages_show_the_battery_that_came_with_the_last_message() -> None:
    """A device counts as heard at once; what it said is folded a step of the grid later."""
    engine = Engine(Roster().with_registry(Fleet((), (HOME,)), T0), RuleBook([{}]))
    engine.resume(T0)
    states = StateChanges()
    shown: list[list[float | None]] = []
    for minutes, charge in ((11, 90.0), (22, 50.0), (33, 49.8)):
        at = [T0 + minutes * MINUTE]
        engine.advance(Batch.of([DOOR], [Metric.BATTERY_PCT], at, at, [charge]), T0 + minutes * MINUTE)
        shown.append([])
        for later in (0, 1, 1):
            engine.advance(EMPTY, engine.now + later * MINUTE)
            shown[-1] += [one.battery_pct for one in states.find_changes(engine, engine.now)[1] if one.device == "d"]
    assert [written[-1] for written in shown[:2]] == [90.0, 50.0]
    assert len(shown[2]) == 1, "a charge that hardly moved is not written once more"


def test_a_state_says_when_there_were_signs_of_life_since_the_last_look() -> None:
    engine = Engine(Roster().with_registry(Fleet((), (HOME,)), T0), RuleBook([{}]))
    states, zero = StateChanges(), np.zeros(1, np.int32)
    seen = []
    for minutes in (0, 60):
        engine.state.timeline.advance(T0 + minutes * MINUTE)
        engine.state.timeline.add_life(zero, np.array([T0 + minutes * MINUTE]))
        (resident,), _ = states.find_changes(engine, T0 + minutes * MINUTE)
        assert resident.signs is not None
        seen.append((resident.signs.newest - T0, resident.signs.before, resident.signs.bits))
    assert seen == [(0, None, 1), (HOUR, T0, 1 | 1 << 6)]


def test_firings_close_together_are_one_burst_with_its_length() -> None:
    """The check needs the end of each burst: the pause after it is counted from there."""
    beats = Beats()
    told(beats, [T0, T0 + 20_000, T0 + 50_000, T0 + HOUR, T0 + 2 * HOUR, T0 + 2 * HOUR + 9_000])
    lasted = beats.lasted_s[:3, 0].tolist()
    assert (lasted, int(beats.bursts[0])) == ([50, 0, 9], 3)
