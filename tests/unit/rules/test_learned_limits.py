"""How long people may be quiet: learned limits within their bounds, behind a door, after lone pulses; and when they are asked."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from homebeat.domain.fleet import Device, DeviceKind, Fleet, Household, Resident
from homebeat.domain.ids import AreaId, DeviceId, HouseholdId, ResidentId
from homebeat.domain.metric import Metric
from homebeat.engine.engine import Engine
from homebeat.engine.rulebook import RuleBook
from homebeat.rules.asked import Asked
from homebeat.rules.frame import Axis, Frame
from homebeat.rules.no_sign_of_life import NoSignOfLife
from homebeat.stream.batch import EMPTY, NEVER, Batch
from homebeat.stream.roster import Roster

T0 = 1_772_323_200_000  # midnight in UTC
MINUTE, HOUR = 60_000, 3_600_000
METER, DOOR, BAND = range(3)


def home(*, ask_first: bool = True) -> Engine:
    """Somebody alone with a meter, a door and a band; all were heard at midnight."""
    devices = (
        Device(DeviceId("m"), DeviceKind.WATER_METER, ResidentId("r")),
        Device(DeviceId("d"), DeviceKind.DOOR, None, None, timedelta(hours=4)),
        Device(DeviceId("b"), DeviceKind.WRISTBAND, ResidentId("r"), None, timedelta(minutes=10)),
    )
    residents = (Resident(ResidentId("r"), ""),)
    house = Household(HouseholdId("h"), AreaId("a"), "UTC", residents=residents, devices=devices, ask_first=ask_first)
    rules = RuleBook([{"no_sign_of_life": NoSignOfLife(), "asked": Asked()}])
    engine = Engine(Roster().with_registry(Fleet((), (house,)), T0 - HOUR), rules)
    engine.resume(T0 - HOUR)
    say(engine, T0 - HOUR, (METER, Metric.VOLUME_M3, 50.0), (DOOR, Metric.DOOR_OPEN, 0.0), (BAND, Metric.STEPS, 10.0))
    say(engine, T0, (METER, Metric.VOLUME_M3, 50.02), (BAND, Metric.STEPS, 90.0), (BAND, Metric.WORN, 1.0))
    engine.advance(EMPTY, T0 + 2 * MINUTE)
    return engine


def say(engine: Engine, at: int, *said: tuple[int, Metric, float]) -> None:
    devices, metrics, values = zip(*said, strict=True)
    engine.advance(Batch.of(devices, metrics, [at] * len(said), [at] * len(said), values), at)


def learn(engine: Engine, limit: int, ask: int = 0, *, known: bool = True) -> None:
    """Minutes, for every half hour of the day."""
    learned = engine.state.learned
    learned.limit_minutes[:], learned.ask_minutes[:], learned.at_home_known[:] = limit, ask, known
    engine.state.look_up_limits(np.array([0]))


def frame(engine: Engine, now: int | None = None) -> Frame:
    now = engine.now if now is None else now
    return Frame(Axis.RESIDENT, 0, 1, now, T0, engine.state, np.full(1, NEVER), engine.find_away(now))


def minutes(engine: Engine, rule: NoSignOfLife | Asked) -> int:
    limit = int(rule.compute_limits_ms(frame(engine))[0])
    assert limit % MINUTE == 0
    return limit // MINUTE


def leaves(engine: Engine, at: int) -> None:
    say(engine, at, (DOOR, Metric.DOOR_OPEN, 1.0))
    say(engine, at + 20_000, (DOOR, Metric.DOOR_OPEN, 0.0))
    engine.advance(EMPTY, at + 2 * MINUTE)


@pytest.mark.parametrize(
    ("learned", "known", "wanted"),
    [
        (0, True, 720),
        (300, True, 300),
        (60, True, 120),
        (900, True, 720),
        (900, False, 900),
        (2000, False, 1440),
        (0, False, 720),
    ],
)
def test_a_learned_limit_holds_within_its_bounds(learned: int, known: bool, wanted: int) -> None:
    engine = home()
    learn(engine, learned, known=known)
    assert minutes(engine, NoSignOfLife()) == wanted
    assert minutes(engine, NoSignOfLife(learned=False)) == 720
    # a limit that was chosen lower holds at once, also as the floor
    assert minutes(engine, NoSignOfLife(limit=timedelta(hours=1))) == (60 if known or not learned else wanted)


@pytest.mark.parametrize(
    ("learned", "known", "wanted"), [(300, True, 600), (500, True, 720), (500, False, 1000), (800, False, 1440), (0, True, 720)]
)
def test_who_has_left_by_the_door_is_waited_for_twice_as_long(learned: int, known: bool, wanted: int) -> None:
    engine = home()
    learn(engine, learned, known=known)
    leaves(engine, T0 + HOUR)
    assert int(frame(engine).doors_passed[0]) == 1
    assert minutes(engine, NoSignOfLife()) == wanted
    assert minutes(engine, NoSignOfLife(learned=False)) == 720


def test_who_came_back_by_the_door_waits_for_the_limit_at_the_longest() -> None:
    engine = home()
    learn(engine, 900, known=False)
    leaves(engine, T0 + HOUR)
    leaves(engine, T0 + 3 * HOUR)
    assert int(frame(engine).doors_passed[0]) == 2
    assert minutes(engine, NoSignOfLife()) == 720


@pytest.mark.parametrize(("limit_h", "waits_h"), [(2, 18.0), (12, 18.0), (14, 21.0), (16, 22.0), (23, 23.0)])
def test_lone_pulses_answer_for_half_as_long_again_within_bounds(limit_h: int, waits_h: float) -> None:
    limit = np.array([limit_h * HOUR], np.int64)
    assert NoSignOfLife()._compute_pulse_limits_ms(limit).tolist() == [round(waits_h * HOUR)]
    assert NoSignOfLife(limit_pulses=timedelta(hours=1))._compute_pulse_limits_ms(limit).tolist() == [
        max(limit_h, min(limit_h * 1.5, 22)) * HOUR
    ]


@pytest.mark.parametrize(("learned", "wanted"), [(0, 600), (240, 240), (60, 120)])
def test_somebody_is_asked_after_what_was_learned_and_never_too_soon(learned: int, wanted: int) -> None:
    engine = home()
    learn(engine, 700, learned)
    assert minutes(engine, Asked()) == wanted
    assert minutes(engine, Asked(learned=False)) == 600
    leaves(engine, T0 + HOUR)
    assert minutes(engine, Asked()) == {0: 600, 240: 480, 60: 120}[learned]


def test_a_question_goes_to_a_band_that_was_heard_lately_or_to_nobody() -> None:
    engine, rule = home(), Asked(heard_within=timedelta(minutes=15))
    learn(engine, 700, 120)
    for k in range(1, 13):
        say(engine, T0 + k * 10 * MINUTE, (BAND, Metric.WORN, 1.0))
    at = T0 + 2 * HOUR
    engine.advance(EMPTY, at + 2 * MINUTE)
    verdict = [int(rule.judge(frame(engine, at + late)).verdict[0]) for late in (2 * MINUTE, 15 * MINUTE, 15 * MINUTE + 1)]
    assert verdict == [2, 2, 0]
    reason = rule.make_reason(frame(engine), 0, T0)
    assert reason.params == {"quiet_s": 7200, "limit_s": 7200, "life_at": T0, "ask_s": 900, "asked_on": "b"}
    assert int(rule.judge(frame(engine)).due[0]) == at + 15 * MINUTE + 1
    unasked = home(ask_first=False)
    assert rule.find_idle_until(frame(unasked)) > T0 + 1000 * HOUR


@pytest.mark.parametrize("broken", [
    {"limit": timedelta(0)}, {"floor": timedelta(0)}, {"limit_unproven": timedelta(0)}, {"limit_pulses": timedelta(0)},
    {"false_alarms_a_month": 0.0}, {"false_alarms_a_month_unproven": 0.0},
])  # fmt: skip
def test_what_cannot_be_meant_is_refused(broken: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="above 0"):
        NoSignOfLife(**broken)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["ask_after", "floor", "heard_within", "answer_within"])
def test_a_question_takes_time(name: str) -> None:
    with pytest.raises(ValueError, match="above 0"):
        Asked(**{name: timedelta(0)})  # type: ignore[arg-type]
    assert getattr(Asked(**{name: timedelta(seconds=1)}), name) == timedelta(seconds=1)  # type: ignore[arg-type]
