"""Active, quiet or unknown: to the minute, by how often the devices of a home report."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from homebeat.domain.fleet import Device, DeviceKind, Fleet, Household, Resident
from homebeat.domain.ids import AreaId, DeviceId, HouseholdId, ResidentId
from homebeat.domain.metric import Metric
from homebeat.engine.engine import Engine
from homebeat.engine.rulebook import RuleBook
from homebeat.rules.coverage import HomeState, compute_grace_ms, find_home_state, is_covered
from homebeat.rules.frame import Axis, Frame
from homebeat.rules.no_sign_of_life import NoSignOfLife
from homebeat.stream.batch import EMPTY, FAR, NEVER, Batch
from homebeat.stream.roster import Roster

T0 = 1_772_323_200_000  # midnight in UTC
MINUTE, HOUR = 60_000, 3_600_000


def at_home(every: timedelta) -> Engine:
    """Somebody alone with a bed sensor that reports so often: it moved at nought and says from then on that it lives."""
    bed = Device(DeviceId("b"), DeviceKind.BED, ResidentId("r"), None, every)
    home = Household(HouseholdId("h"), AreaId("a"), "UTC", residents=(Resident(ResidentId("r"), ""),), devices=(bed,))
    engine = Engine(Roster().with_registry(Fleet((), (home,)), T0 - HOUR), RuleBook([{"no_sign_of_life": NoSignOfLife()}]))
    engine.resume(T0 - HOUR)
    for at, value in ((T0 - HOUR, 0.0), (T0, 1.0)):
        engine.advance(Batch.of([0], [Metric.BED_OCCUPIED], [at], [at], [value]), at)
    return engine


def state(engine: Engine, at: int) -> tuple[HomeState, bool]:
    """What a page would say at that moment, and whether the home counts as watched."""
    frame = Frame(Axis.RESIDENT, 0, 1, at, T0, engine.state, np.full(1, NEVER), engine.find_away(at))
    return HomeState(int(find_home_state(frame)[0])), bool(is_covered(frame)[0])


@pytest.mark.parametrize(("every_h", "watched_min"), [(0.1, 150), (1, 150), (4, 360), (24, 36 * 60)])
def test_a_home_is_watched_for_one_and_a_half_intervals_and_at_least_two_and_a_half_hours(
    every_h: float, watched_min: int
) -> None:
    engine = at_home(timedelta(hours=every_h))
    last = T0 + 6 * HOUR
    engine.advance(Batch.of([0], [Metric.HEARTBEAT], [last], [last], [1.0]), last)
    engine.advance(EMPTY, last + 2 * MINUTE)
    assert state(engine, last + watched_min * MINUTE) == (HomeState.QUIET, True)
    assert state(engine, last + watched_min * MINUTE + 1) == (HomeState.UNKNOWN, False)


def test_a_sign_of_life_makes_active_for_four_hours_whatever_else_is_silent() -> None:
    engine = at_home(timedelta(hours=1))
    engine.advance(EMPTY, T0 + 2 * MINUTE)
    assert state(engine, T0 + 4 * HOUR) == (HomeState.ACTIVE, False)
    assert state(engine, T0 + 4 * HOUR + 1) == (HomeState.UNKNOWN, False)


def test_where_nothing_ever_came_a_resident_is_unknown() -> None:
    engine = at_home(timedelta(hours=1))
    silent = Engine(engine.roster, engine.book)
    silent.resume(T0)
    silent.advance(EMPTY, T0 + HOUR)
    assert state(silent, T0 + HOUR) == (HomeState.UNKNOWN, False)


def test_who_has_no_device_that_shows_life_has_the_least_patience() -> None:
    assert compute_grace_ms(np.array([FAR, HOUR, 24 * HOUR])).tolist() == [150 * MINUTE, 150 * MINUTE, 36 * HOUR]
