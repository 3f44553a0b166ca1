"""The clock ran ahead and came back: nobody is told of it as of a quiet home, and nobody is missed because of it."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from homebeat.domain.alert import Edge, TransitionKind
from homebeat.domain.fleet import Device, DeviceKind, Fleet, Household, Resident
from homebeat.domain.ids import AreaId, DeviceId, HouseholdId, ResidentId
from homebeat.domain.metric import Metric
from homebeat.engine.blind import PARTS_MS, RETRY_MS
from homebeat.engine.checkpoint import restore, save
from homebeat.engine.engine import DEAF_MS, Engine
from homebeat.engine.rulebook import RuleBook
from homebeat.rules.no_sign_of_life import NoSignOfLife
from homebeat.rules.no_water import NoWater
from homebeat.stream.batch import EMPTY, FAR, NEVER, Batch
from homebeat.stream.roster import Roster
from tests.laws.examples import busy_home
from tests.laws.streets import book

MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
T0 = 1_772_352_000_000
HOME = Household(
    HouseholdId("h"),
    AreaId("a"),
    "UTC",
    residents=(Resident(ResidentId("r"), ""),),
    devices=(
        Device(DeviceId("meter"), DeviceKind.WATER_METER, ResidentId("r")),
        Device(DeviceId("band"), DeviceKind.WRISTBAND, ResidentId("r"), None, timedelta(minutes=30)),
    ),
)
QUIET = NoSignOfLife(limit=timedelta(hours=12), learned=False)


def at_home(*, until: int, collapses: int = FAR) -> Engine:
    """A meter that reports each half hour, and water used until the resident collapses (hours after the beginning)."""
    engine = Engine(Roster().with_registry(Fleet((), (HOME,)), T0), RuleBook([{"no_sign_of_life": QUIET}]))
    engine.resume(T0)
    _lives(engine, 0, until, collapses)
    return engine


def _lives(engine: Engine, since: int, until: int, collapses: int) -> list[Edge]:
    edges: list[Edge] = []
    for half_hour in range(2 * since, 2 * until):
        at = T0 + half_hour * HOUR // 2 + MINUTE
        total = 100 + 0.01 * min(half_hour, 2 * collapses)
        edges += engine.advance(Batch.of([0], [Metric.VOLUME_M3], [at], [at], [total]), at + MINUTE)
    return edges


def _ran_ahead(engine: Engine, by: int, seconds: int = 12) -> list[Edge]:
    """The clock is ahead for some seconds, in which a reading without a time of its own arrives, and comes right again."""
    right = engine.now
    engine.step_clock(right, right + by)
    wrong = right + by + 1000
    edges = engine.advance(Batch.of([1], [Metric.STEPS], [wrong], [wrong], [10]), wrong + seconds * 1000)
    engine.step_clock(engine.now, right + seconds * 1000)
    return edges


@pytest.mark.parametrize("by", [10 * MINUTE, 3 * HOUR, 20 * HOUR, 2 * DAY, 100 * DAY])
def test_a_collapse_before_the_clock_ran_ahead_is_told_about_as_if_it_had_not(by: int) -> None:
    undisturbed = at_home(until=24, collapses=15)
    (told,) = _lives(undisturbed, 24, 40, 15)
    engine = at_home(until=24, collapses=15)
    assert _ran_ahead(engine, by) == []
    # the one reading of the wrong time counts no steps: it is the band's first
    (edge,) = _lives(engine, 24, 40, 15)
    assert (edge.rule, edge.kind, edge.subject) == (told.rule, told.kind, told.subject)
    assert abs(edge.at - told.at) <= HOUR


def test_steps_counted_while_the_clock_ran_ahead_are_no_sign_of_life_from_the_future() -> None:
    engine = at_home(until=24, collapses=15)
    engine.advance(Batch.of([1], [Metric.STEPS], [engine.now - MINUTE], [engine.now], [5]), engine.now + 5 * MINUTE)
    _ran_ahead(engine, 2 * DAY, seconds=120)
    assert engine.state.timeline.life_at[0] <= engine.now
    (edge,) = _lives(engine, 25, 42, 15)
    assert edge.rule == "no_sign_of_life"


@pytest.mark.parametrize("by", [DEAF_MS, 10 * MINUTE, 3 * HOUR, 2 * DAY, 400 * DAY])
def test_a_clock_that_leaps_ahead_and_stays_there_is_no_quiet_home(by: int) -> None:
    engine = at_home(until=24)
    engine.step_clock(engine.now, engine.now + by)
    assert [edge.rule for edge in engine.advance(EMPTY, engine.now + 10 * MINUTE)] == []


@pytest.mark.parametrize("by", [6_000, 10 * MINUTE, 5 * HOUR, 2 * DAY, 20 * DAY])
def test_nothing_that_is_known_lies_in_the_future_and_all_rules_go_on(by: int) -> None:
    engine, _ = busy_home(3)
    back = engine.now - by
    engine.step_clock(engine.now, back)
    for name, feature in engine.state.features.items():
        for column, array in feature.list_arrays().items():
            if array.dtype == np.int64:
                assert array.max(initial=NEVER) <= back + 25 * HOUR * (column in feature.deadlines), (name, column)
    for edges in engine.judge.edges.values():
        assert all(max(held.since, held.opened_at, held.over_at, held.news_at) <= back for held in edges.conditions.values())
    drips = engine.state.drips
    assert max(drips.rose.max(), drips.firm.max(), drips.lone.max()) <= back // MINUTE
    assert drips.day.max() <= back // DAY
    assert max(engine.now, engine.listening_at, engine.state.learned.upto, engine.state.days.upto) <= back
    sos = Batch.of([2], [Metric.ALARM_SOS], [back + 5000], [back + 5000], [1])
    assert "sos" in [edge.rule for edge in engine.advance(sos, back + 5000)]
    engine.advance(EMPTY, back + 3 * DAY)
    assert engine.now == back + 3 * DAY


def _press(engine: Engine, metric: Metric) -> list[tuple[str, TransitionKind]]:
    at = engine.now + 1000
    return _list_alarms(engine.advance(Batch.of([2], [metric], [at], [at], [1]), at))


def _list_alarms(edges: list[Edge]) -> list[tuple[str, TransitionKind]]:
    return [(edge.rule, edge.kind) for edge in edges if edge.rule in {"sos", "smoke"}]


@pytest.mark.parametrize("metric", [Metric.ALARM_SOS, Metric.ALARM_SMOKE])
@pytest.mark.parametrize("is_ahead", [False, True])
def test_a_call_that_is_over_is_no_new_one_when_the_clock_steps_back(metric: Metric, *, is_ahead: bool) -> None:
    engine, _ = busy_home(2)
    right = engine.now
    if is_ahead:
        engine.step_clock(engine.now, engine.now + 2 * HOUR)
    (opened,) = _press(engine, metric)
    if not is_ahead:
        engine.step_clock(engine.now, engine.now + 2 * HOUR)
    assert _list_alarms(engine.advance(EMPTY, engine.now + 30 * MINUTE)) == [(opened[0], TransitionKind.CLEARED)]
    engine.step_clock(engine.now, right + MINUTE)
    assert _list_alarms(engine.advance(EMPTY, engine.now + 2 * HOUR)) == []
    assert _press(engine, metric) == [opened]


def test_a_call_that_still_stands_goes_on_when_the_clock_steps_back() -> None:
    engine, _ = busy_home(2)
    engine.step_clock(engine.now, engine.now + 2 * HOUR)
    (opened,) = _press(engine, Metric.ALARM_SOS)
    engine.advance(EMPTY, engine.now + 5 * MINUTE)
    engine.step_clock(engine.now, engine.now - 2 * HOUR)
    assert engine.judge.edges["sos"].list_standing_since(slice(2, 3))[0] <= engine.now
    assert _list_alarms(engine.advance(EMPTY, engine.now + HOUR)) == [(opened[0], TransitionKind.CLEARED)]


def test_a_call_that_nobody_has_judged_yet_is_one_after_the_step_too() -> None:
    engine, _ = busy_home(2)
    at = engine.now + 2 * HOUR
    engine.state.fold_alarms(Batch.of([2], [Metric.ALARM_SOS], [at], [at], [1]))
    engine.step_clock(engine.now, engine.now - HOUR)
    assert _list_alarms(engine.advance(EMPTY, engine.now + 10 * MINUTE))[:1] == [("sos", TransitionKind.OPENED)]


def test_a_home_is_not_called_dry_because_its_half_hours_were_pushed_out() -> None:
    engine = at_home(until=24)
    engine.follow(engine.roster, RuleBook([{"no_water": NoWater(window=timedelta(hours=12))}]))
    assert _ran_ahead(engine, 2 * DAY) == []
    assert _lives(engine, 24, 40, FAR) == []


def test_a_step_is_part_of_the_state_that_is_kept() -> None:
    engine, _ = busy_home(2)
    engine.step_clock(engine.now, engine.now - HOUR)
    again = restore(save(engine), Fleet((), ()), book())
    assert (again.clock_steps, again.now) == (1, engine.now)


def test_a_home_that_failed_while_the_clock_ran_ahead_is_tried_again_as_soon_as_any_other() -> None:
    engine, _ = busy_home(2)
    engine.blind.fail("sos", range(2, 3), engine.now, ValueError())
    engine.blind.fail_at("folding", 1, engine.now, "ValueError")
    back = engine.now - 2 * DAY
    engine.step_clock(engine.now, back)
    assert engine.blind.rows["sos"][2] == (back, back + RETRY_MS)
    assert engine.blind.homes["folding"][1] == (back, back + PARTS_MS["folding"])
