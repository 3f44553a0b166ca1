"""Tasmota as Home Assistant reads it (the package hatasmota): what it finds in a message is what our codec finds there."""

from __future__ import annotations

import json
from typing import Any, Final

import pytest
from hatasmota.discovery import TasmotaDiscoveryMsg
from hatasmota.sensor import get_sensor_entities
from hatasmota.utils import (
    config_get_state_offline,
    config_get_state_online,
    get_topic_tele_sensor,
    get_topic_tele_state,
    get_topic_tele_will,
    get_value_by_path,
)

from homebeat.codecs.envelope import Report
from homebeat.codecs.tasmota import make_format, open_message
from homebeat.codecs.wire import Limits, Raw
from homebeat.domain.metric import Metric
from simulators.makes.make import METER
from simulators.makes.tasmota import MAKE
from tests.unit.codecs.fixtures import NOW, list_readings

#: What a board says of itself to Home Assistant.
BOARD: Final = {
    "ip": "127.0.0.1", "dn": "Flat 1", "fn": ["Flat 1"], "hn": "flat1", "mac": "0000DEADBEEF", "md": "Generic", "ty": 0, "if": 0,
    "ofln": "Offline", "onln": "Online", "state": ["OFF", "ON", "TOGGLE", "HOLD"], "sw": "14.1.0", "t": "flat1",
    "ft": "%prefix%/%topic%/", "tp": ["cmnd", "stat", "tele"], "rl": [0], "swc": [1], "swn": [None], "btn": [0],
    "so": {"4": 0, "11": 0, "13": 0, "17": 0, "20": 0, "30": 0, "68": 0, "73": 0, "82": 0, "114": 0, "117": 0},
    "lk": 0, "lt_st": 0, "sho": [], "ver": 1,
}  # fmt: skip
SAID: Final = {
    "Time": "2026-03-01T08:00:00",
    "COUNTER": {"C1": 866_335, "C2": 5},
    "ATC-a1b2c3": {"mac": "a4c138a1b2c3", "Temperature": 21.5, "Humidity": 40.1, "DewPoint": 7.4, "Battery": 88, "RSSI": -70},
    "SI7021": {"Temperature": 68.9, "Humidity": 51.2},
    "TempUnit": "F",
}


@pytest.fixture
def board() -> Any:
    return TasmotaDiscoveryMsg(BOARD)


def list_theirs(board: Any, said: dict[str, Any]) -> dict[tuple[str, str], object]:
    """The values that it finds, by sensor and quantity."""
    entities = [entity for entity, _ in get_sensor_entities({"sn": said, "ver": 1}, board)]
    return {(one.value_path[0], one.value_path[1]): get_value_by_path(said, one.value_path) for one in entities}


def list_ours(reports: list[Report]) -> dict[tuple[str, str], float]:
    return {(report.device, name): value for report in reports for name, value, _, _ in list_readings(report.readings)}


def test_its_topics_are_those_that_are_read(board: Any) -> None:
    form = make_format()
    assert all(form.covers(one(board)) for one in (get_topic_tele_sensor, get_topic_tele_state, get_topic_tele_will))
    for text, connected in ((config_get_state_online(board), 1.0), (config_get_state_offline(board), 0.0)):
        (report,) = open_message(get_topic_tele_will(board), text.encode(), NOW, Limits())
        assert (report.device, list(report.readings.metric), list(report.readings.value)) == (
            "flat1",
            [Metric.ONLINE],
            [connected],
        )


def test_every_value_of_a_board_is_found_where_it_finds_it(board: Any) -> None:
    theirs = list_theirs(board, SAID)
    reports = list(open_message(get_topic_tele_sensor(board), json.dumps(SAID).encode(), NOW, Limits()))
    ours = list_ours(reports)
    shown = {(report.device, name): text for report in reports for name, _, text in report.readings.extras}
    assert {name: value for (sensor, name), value in theirs.items() if sensor == "COUNTER"} == {
        device.partition("/")[2]: value for (device, name), value in ours.items() if name == Raw.PULSES.name.lower()
    }
    sensor = theirs["ATC-a1b2c3", "mac"]
    assert ours[str(sensor), "battery_pct"] == theirs["ATC-a1b2c3", "Battery"]
    assert ours[str(sensor), "rssi_dbm"] == theirs["ATC-a1b2c3", "RSSI"]
    assert shown[str(sensor), "humidity_pct"] == str(theirs["ATC-a1b2c3", "Humidity"])
    assert shown["flat1", "humidity_pct"] == str(theirs["SI7021", "Humidity"])
    assert shown["flat1", "temperature_c"] == "20.5", "and degrees Fahrenheit are said in Celsius"


def test_it_reads_our_simulated_meter(board: Any) -> None:
    ((topic, payload),) = MAKE.write("flat1/C1", METER, [{"volume_m3": 866.335, "at": NOW}], NOW)
    assert topic == get_topic_tele_sensor(board)
    assert list_theirs(board, json.loads(payload)) == {("COUNTER", "C1"): 866_335}
    assert list_ours(list(open_message(topic, payload, NOW, Limits()))) == {
        ("flat1/C1", "pulses"): 866_335,
        ("flat1", "online"): 1.0,
    }
