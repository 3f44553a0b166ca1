"""States of meters in decoded objects: each trouble by name, the worst of all, none fine beside what nobody explains."""

from __future__ import annotations

from typing import Any

import pytest

from homebeat.codecs.objects import drop_repeated, take_normalized, take_object
from homebeat.codecs.wire import Limits, Mark, Readings
from homebeat.domain.metric import MeterStatus, Metric

NOW = 1_772_352_000_000
S = MeterStatus


def take(found: dict[str, Any], normalized: dict[str, Any] | None = None) -> Readings:
    readings = Readings()
    if normalized is not None:
        take_normalized(readings, normalized, NOW, Mark.NONE, NOW, Limits())
    before = len(readings.metric)
    take_object(readings, found, NOW, Mark.NONE, NOW, Limits())
    if before:
        drop_repeated(readings, before)
    return readings


def list_states(readings: Readings) -> list[MeterStatus]:
    return [S(int(v)) for m, v in zip(readings.metric, readings.value, strict=True) if m == Metric.METER_STATUS]


@pytest.mark.parametrize(
    ("found", "state"),
    [
        ({"leakage": False, "burst": True}, S.BURST),
        ({"burst": True, "leakage": False}, S.BURST),
        ({"leakage": False, "backflow": 1}, S.BACKFLOW),
        ({"leak": 0, "burstAlarm": 0, "reverse_flow": "on", "total_m3": 5.0}, S.BACKFLOW),
        ({"leak_status": "normal", "pipe_burst": "detected"}, S.BURST),
        ({"leak": True, "burst": True, "reverse": True}, S.BURST),
        ({"leak": True, "reverse": True}, S.LEAK),
        ({"LEAK": False, "BURST": False, "REVERSE": False, "DRY": True}, S.DRY),
        ({"leak": 0, "empty_pipe": 1}, S.DRY),
        ({"leak": 0, "meterBlocked": "yes"}, S.BLOCKED),
        ({"leak": False, "burst": False, "backflow": False, "volume_m3": 1.5}, S.OK),
        ({"burst": "no burst"}, S.OK),
        ({"burst_status": "burst"}, S.BURST),
        ({"leak_status": "leak_flow_high"}, S.LEAK),
        ({"leak_status": "dry"}, S.OK),
        ({"waterLeakStatus": "leak"}, S.LEAK),
        ({"leak": 2}, S.LEAK),
        ({"meter_status": "reverse"}, S.BACKFLOW),
        ({"meterStatus": "Q3 overload"}, S.OTHER),
        ({"meter_status": "ok"}, S.OK),
        ({"leak_alarm": "suspected leakage"}, S.LEAK),
        ({"leak_alarm": "suspected"}, S.OTHER),
    ],
)
def test_the_worst_of_an_object_holds(found: dict[str, Any], state: MeterStatus) -> None:
    assert list_states(take(found)) == [state]


@pytest.mark.parametrize(
    "beside",
    [
        {"meter_fault": True},
        {"sensorError": 1},
        {"error_code": 12},
        {"fault": 0x20},
        {"burst_suspected": "true"},
        {"burst_state": "suspected"},
        {"errors": ["sensor failure"]},
        {"status": {"tamper_seen": True}},
        {"frost_warning": "on"},
    ],
)
def test_no_state_is_fine_beside_what_is_raised_and_not_explained(beside: dict[str, Any]) -> None:
    assert list_states(take({"leakage": False} | beside)) == [S.OTHER]
    assert list_states(take({"leakage": True} | beside)) == [S.LEAK]


def test_a_raised_flag_that_is_not_explained_is_no_state_by_itself() -> None:
    assert list_states(take({"volume_m3": 1.0, "meter_fault": True})) == []


@pytest.mark.parametrize(
    "beside",
    [
        {"meter_fault": False},
        {"error": 0},
        {"WATER_LEAK_TIMES": 1, "LAST_WATER_LEAK_DURATION": 1},
        {"error_count": 1},
        {"alarm_enabled": True},
        {"leak_threshold": 1},
        {"backflow": 12.5},
        {"burst": None},
        {"fault": "none"},
        {"fault": "no fault"},
        {"errors": []},
        {"dry": True},
        {"humidity": 1, "valve": "open", "occupied_room": True},
    ],
)
def test_what_is_calm_or_counts_leaves_a_state_fine(beside: dict[str, Any]) -> None:
    assert list_states(take({"leakage": False} | beside)) == [S.OK]


def test_a_number_that_is_no_flag_is_shown_and_no_state() -> None:
    found = take({"backflow": 12.5, "volume_m3": 3.0})
    assert list_states(found) == []
    assert ("backflow", NOW, "12.5") in found.extras


def test_states_of_other_times_stand_by_themselves() -> None:
    found = take({"leak": False, "history": [{"time": NOW - 60_000, "leak": True, "burst": True}]})
    assert sorted(zip(found.at, found.value, strict=True)) == [(NOW - 60_000, S.BURST), (NOW, S.OK)]


@pytest.mark.parametrize(
    ("found", "state"), [({"burst": True}, S.BURST), ({"leak": False}, S.OK), ({"pipe_fault": True}, S.OTHER)]
)
def test_measurements_of_a_network_and_the_decoded_object_are_one_state(found: dict[str, Any], state: MeterStatus) -> None:
    readings = take(found | {"volume_m3": 2.0}, {"water": {"leak": False}})
    assert list_states(readings) == [state]
    assert readings.metric.count(Metric.VOLUME_M3) == 1
