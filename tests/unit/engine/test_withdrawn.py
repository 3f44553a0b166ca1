"""Where consent was withdrawn homebeat does not judge; what a device raises itself is heard all the same."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import numpy as np
import pytest

from homebeat.domain.alert import Edge
from homebeat.domain.consent import Purpose
from homebeat.domain.fleet import Device, DeviceKind, Fleet, Household, Resident
from homebeat.domain.ids import AreaId, DeviceId, HouseholdId, ResidentId
from homebeat.domain.metric import Metric
from homebeat.engine import checkpoint
from homebeat.engine.engine import Engine
from homebeat.engine.judge import WITHDRAWN
from homebeat.engine.rulebook import RuleBook
from homebeat.rules.catalogue import RULES
from homebeat.rules.device_silent import DeviceSilent
from homebeat.rules.fall import Fall
from homebeat.rules.heart_rate import HeartRate
from homebeat.rules.no_sign_of_life import NoSignOfLife
from homebeat.rules.no_water import NoWater
from homebeat.rules.not_worn import NotWorn
from homebeat.rules.rule import Rule
from homebeat.rules.sos import Sos
from homebeat.rules.threshold import Threshold
from homebeat.rules.unknown_too_long import UnknownTooLong
from homebeat.stream.batch import EMPTY, FAR, Batch
from homebeat.stream.registry import Registry, combine_bits
from homebeat.stream.roster import ALL_WITHDRAWN, Roster
from homebeat.watch.states import StateChanges
from tests.unit.engine.test_engine import HOUR, MINUTE, T0

ANN, BEN = ResidentId("ann"), ResidentId("ben")
WATER, BAND = frozenset({Purpose.WATER}), frozenset({Purpose.BAND})
BOTH = WATER | BAND
METER, BANDS, DOOR = 0, {ANN: 1, BEN: 2}, 3
COUPLE = Household(
    HouseholdId("x"),
    AreaId("a"),
    "UTC",
    residents=(Resident(ANN, ""), Resident(BEN, "")),
    devices=(
        Device(DeviceId("meter"), DeviceKind.WATER_METER),
        Device(DeviceId("band-ann"), DeviceKind.WRISTBAND, ANN, None, timedelta(minutes=5)),
        Device(DeviceId("band-ben"), DeviceKind.WRISTBAND, BEN, None, timedelta(minutes=5)),
        Device(DeviceId("door"), DeviceKind.DOOR),
    ),
)
NEIGHBOUR = Household(
    HouseholdId("y"),
    AreaId("a"),
    "UTC",
    residents=(Resident(ResidentId("eve"), ""),),
    devices=(Device(DeviceId("band-eve"), DeviceKind.WRISTBAND, None, None, timedelta(minutes=5)),),
)
FLEET = Fleet((), (COUPLE, NEIGHBOUR))


def registry(withdrawn: Mapping[ResidentId, frozenset[Purpose]] | None = None) -> Registry:
    return Registry.of(FLEET).with_withdrawn(withdrawn or {})


def engine_of(*rules: Rule, withdrawn: Mapping[ResidentId, frozenset[Purpose]] | None = None) -> Engine:
    engine = Engine(Roster().with_registry(registry(withdrawn), T0), RuleBook([{rule.code: rule for rule in rules}]))
    engine.resume(T0)
    return engine


def withdraw(engine: Engine, withdrawn: Mapping[ResidentId, frozenset[Purpose]]) -> None:
    engine.follow(engine.roster.with_registry(registry(withdrawn), engine.now), engine.book)


def send(engine: Engine, device: int, metric: Metric, value: float, at: int, until: int) -> list[Edge]:
    return engine.advance(Batch.of([device], [metric], [T0 + at], [T0 + at], [value]), T0 + until)


def tell(edges: list[Edge]) -> list[tuple[str, str, str | None]]:
    return [(edge.rule, edge.kind.value, edge.subject.resident) for edge in edges]


@pytest.mark.parametrize(
    ("withdrawn", "of_devices", "of_residents", "every_h"),
    [
        ({}, [0, 0, 0, 0], [0, 0], [1 / 12, 1 / 12]),
        # a meter does not know who draws, and a door not who passes: her word holds for what belongs to the home
        ({ANN: WATER}, [1, 1, 1, 1], [1, 1], [1 / 12, 1 / 12]),
        ({ANN: BAND}, [2, 2, 0, 2], [2, 0], [1, 1 / 12]),
        ({ANN: BOTH}, [3, 3, 1, 3], ["all", 1], [FAR, 1 / 12]),
        # what the family sees is something else
        ({ANN: frozenset({Purpose.FAMILY_VALUES})}, [0, 0, 0, 0], [0, 0], [1 / 12, 1 / 12]),
        ({ResidentId("who-left"): BOTH}, [0, 0, 0, 0], [0, 0], [1 / 12, 1 / 12]),
    ],
)
def test_what_is_withdrawn_by_device_and_resident(
    withdrawn: dict[ResidentId, frozenset[Purpose]], of_devices: list[int], of_residents: list[int | str], every_h: list[float]
) -> None:
    bits = {1: combine_bits(WATER), 2: combine_bits(BAND)}
    roster = Roster().with_registry(registry(withdrawn), T0)
    assert roster.device_withdrawn[:4].tolist() == [sum(b for n, b in bits.items() if n & one) for one in of_devices]
    expected = [ALL_WITHDRAWN if one == "all" else sum(b for n, b in bits.items() if n & int(one)) for one in of_residents]
    assert roster.resident_withdrawn[:2].tolist() == expected
    assert roster.resident_every[:2].tolist() == [FAR if h == FAR else round(h * HOUR) for h in every_h]
    # the neighbours have nothing to do with it
    assert (roster.device_withdrawn[4], roster.resident_withdrawn[2], roster.resident_every[2]) == (0, 0, 5 * MINUTE)


def test_who_withdrew_everything_is_never_missed_and_the_others_are() -> None:
    engine = engine_of(NoSignOfLife(), UnknownTooLong(), withdrawn={ANN: BOTH})
    edges = engine.advance(EMPTY, T0 + 72 * HOUR)
    assert tell(edges) == [("unknown_too_long", "opened", BEN), ("unknown_too_long", "opened", "eve")]


def test_who_withdrew_everything_is_shown_as_unknown_at_once_however_recent_the_last_sign_of_life_is() -> None:
    engine, states = engine_of(NoSignOfLife()), StateChanges()
    send(engine, BANDS[ANN], Metric.STEPS, 10, 0, MINUTE)
    send(engine, BANDS[ANN], Metric.STEPS, 90, 5 * MINUTE, 10 * MINUTE)
    engine.advance(EMPTY, T0 + 20 * MINUTE)

    def show() -> dict[str, str]:
        return {state.resident: state.state for state in states.find_changes(engine, engine.now)[0]}

    assert show()[ANN] == "active"
    withdraw(engine, {ANN: BOTH})
    assert show() == {ANN: "unknown"}


def test_a_call_for_help_is_heard_whatever_was_withdrawn() -> None:
    engine = engine_of(Sos(), withdrawn={ANN: BOTH, BEN: BOTH})
    edges = send(engine, BANDS[ANN], Metric.ALARM_SOS, 1, HOUR, HOUR)
    assert tell(edges) == [("sos", "opened", ANN)]


def test_what_stands_is_over_for_that_reason_when_consent_is_withdrawn_and_does_not_come_back() -> None:
    engine = engine_of(HeartRate(), Sos())
    for minute in range(0, 40, 5):
        send(engine, BANDS[ANN], Metric.HEART_RATE_BPM, 190, minute * MINUTE, (minute + 5) * MINUTE)
    send(engine, BANDS[ANN], Metric.ALARM_SOS, 1, 41 * MINUTE, 41 * MINUTE)
    assert {rule for rule, held in engine.judge.edges.items() if held.conditions} == {"heart_rate", "sos"}
    withdraw(engine, {ANN: BAND})
    edges = engine.advance(EMPTY, T0 + 42 * MINUTE)
    assert [(*one, edge.reason.code) for one, edge in zip(tell(edges), edges, strict=True)] == [
        ("heart_rate", "cleared", ANN, WITHDRAWN)
    ]
    assert "heart_rate" not in {edge.rule for edge in engine.advance(EMPTY, T0 + 3 * HOUR)}


def test_who_agrees_again_is_expected_from_then_on_also_after_a_restart() -> None:
    engine = engine_of(UnknownTooLong(), withdrawn={ANN: BOTH})
    engine.advance(EMPTY, T0 + 100 * HOUR)
    saved = checkpoint.save(engine)
    again = checkpoint.restore(saved, registry({ANN: BOTH}), engine.book, engine.pace)
    for one in (engine, again):
        withdraw(one, {})
        # of whom something was watched all the time, the alert stands
        assert tell(one.advance(EMPTY, T0 + 123 * HOUR)) == []
        assert tell(one.advance(EMPTY, T0 + 125 * HOUR)) == [("unknown_too_long", "opened", ANN)]


@pytest.mark.parametrize(("withdrawn", "proves"), [({}, True), ({ANN: WATER}, True), ({ANN: BAND}, False), ({ANN: BOTH}, False)])
def test_a_heartbeat_of_a_door_proves_something_where_the_door_may_be_watched(
    withdrawn: dict[ResidentId, frozenset[Purpose]], proves: bool
) -> None:
    engine = engine_of(NoSignOfLife(), withdrawn=withdrawn)
    send(engine, DOOR, Metric.HEARTBEAT, 1, HOUR, 2 * HOUR)
    assert (engine.state.timeline.proven_at[:2] == T0 + HOUR).tolist() == [proves, proves]


def test_the_device_itself_is_looked_after_but_not_how_it_is_worn() -> None:
    engine = engine_of(DeviceSilent(), NotWorn(), withdrawn={ANN: BAND})
    edges = []
    for device in BANDS.values():
        # as if the value had come through: the rule does not look at it where it is withdrawn
        edges += send(engine, device, Metric.WORN, 0, MINUTE + device, MINUTE + device)
    edges += send(engine, BANDS[BEN], Metric.WORN, 0, 13 * HOUR, 20 * HOUR)
    devices = [(edge.rule, edge.subject.device) for edge in edges]
    assert {("device_silent", "band-ann"), ("device_silent", "band-ben"), ("not_worn", "band-ben")} <= set(devices)
    assert ("not_worn", "band-ann") not in devices


@pytest.mark.parametrize("when", ["folded", "waiting", "in a checkpoint"])
def test_who_was_out_when_they_withdrew_is_missed_by_what_may_still_be_watched(when: str) -> None:
    engine = engine_of(UnknownTooLong())
    send(engine, BANDS[ANN], Metric.AT_HOME, 0, HOUR, HOUR + (0 if when == "waiting" else MINUTE * 5))
    assert bool(engine.find_away(engine.now)[0]) is (when != "waiting")
    if when == "in a checkpoint":
        engine = checkpoint.restore(checkpoint.save(engine), registry({ANN: BAND}), engine.book, engine.pace)
    else:
        withdraw(engine, {ANN: BAND})
    assert (ANN, "opened") in {(who, kind) for _, kind, who in tell(engine.advance(EMPTY, T0 + 72 * HOUR))}
    assert not engine.find_away(engine.now)[0]


def test_who_reports_their_presence_by_a_band_of_their_own_is_out_whatever_another_withdrew() -> None:
    engine = engine_of(UnknownTooLong())
    send(engine, BANDS[BEN], Metric.AT_HOME, 0, HOUR, HOUR + 5 * MINUTE)
    withdraw(engine, {ANN: BOTH})
    assert engine.find_away(engine.now)[:2].tolist() == [False, True]


def test_a_fall_is_believed_of_a_band_that_was_not_worn_when_consent_was_withdrawn() -> None:
    engine = engine_of(Fall())
    send(engine, BANDS[ANN], Metric.WORN, 1, 0, MINUTE)
    send(engine, BANDS[ANN], Metric.WORN, 0, HOUR, 2 * HOUR)
    withdraw(engine, {ANN: BAND})
    edges = send(engine, BANDS[ANN], Metric.ALARM_FALL, 1, 5 * HOUR, 5 * HOUR + 10 * MINUTE)
    assert [(edge.kind.value, edge.priority.value) for edge in edges] == [("opened", "high"), ("reopened", "critical")]


@pytest.mark.parametrize(
    ("withdrawn", "every_ms"),
    [({}, [5 * MINUTE, 5 * MINUTE]), ({ANN: BAND}, [24 * HOUR, 5 * MINUTE]), ({ANN: BOTH}, [FAR, 5 * MINUTE])],
)
def test_how_often_somebody_may_show_life_goes_by_what_may_be_watched_also_beside_a_meter_that_repeats_its_total(
    withdrawn: dict[ResidentId, frozenset[Purpose]], every_ms: list[int]
) -> None:
    rhythm = engine_of(UnknownTooLong(), withdrawn=withdrawn).state.rhythm
    rhythm._slow = np.array([24 * 60])
    rhythm._renew(Roster().with_registry(registry(withdrawn), T0))
    assert rhythm.resident_every[:2].tolist() == every_ms


def test_a_threshold_rests_on_what_it_measures() -> None:
    assert Threshold().list_purposes() == BAND
    assert Threshold(metric="flow_m3h", above=1.0).list_purposes() == WATER
    assert Threshold(metric="battery_pct", below=10.0, above=200.0).list_purposes() == frozenset()


def test_each_rule_says_what_it_rests_on() -> None:
    """What a device raises itself or says of itself needs nobody's consent; everything else names the purposes it needs."""
    free = {code for code, rule in RULES.items() if not rule.judges_by}
    assert free == {
        "sos", "fall", "smoke", "gas", "unreadable_alarm", "device_tamper", "device_silent", "device_battery_low",
        "meter_fault", "meter_leak", "threshold",
    }  # fmt: skip


def test_a_rule_over_meters_goes_by_the_meter() -> None:
    engine = engine_of(NoWater(), withdrawn={ANN: WATER})
    withheld = engine.judge._find_withheld(NoWater(), slice(0, 1))
    assert withheld is not None
    assert withheld.tolist() == [True]
    assert engine.judge._find_withheld(Sos(), slice(0, 5)) is None
    assert engine_of(NoWater()).judge._find_withheld(NoWater(), slice(0, 1)) is None
    assert np.array_equal(engine.roster.meter_device, [METER])
