"""Messages that devices and platforms really send, read as whoever collected them says (`expected.json` beside them)."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import pytest

from homebeat.codecs.catalogue import FORMAT_MAKERS
from homebeat.codecs.envelope import Report
from homebeat.codecs.times import parse_iso_ms
from homebeat.codecs.wire import Limits, Unreadable
from homebeat.domain.metric import Metric, read_meter_status
from tests.unit.codecs.fixtures import NOW, list_readings

#: Where they are: the folder that holds `expected.json`.
VARIABLE: Final = "HOMEBEAT_PAYLOADS"
#: The format that reads the files whose names begin so. Objects of decoders are put into an uplink of ChirpStack.
READ_BY: Final = {"wmbusmeters": "wmbusmeters", "chirpstack": "chirpstack", "tts": "the_things_stack", "milesight": "chirpstack"}
#: Their names for what we measure, and for what we only show.
OURS: Final = {
    "water_total": "volume_m3",
    "water_flow": "flow_m3h",
    "battery": "battery_pct",
    "contact_open": "door_open",
    "pulse_count": "pulses",
    "button": "press",
    "smoke_alarm": "alarm_smoke",
    "leak": "meter_status",
    "rssi": "rssi_dbm",
}
SHOWN: Final = {
    "temperature": "temperature_c",
    "humidity": "humidity_pct",
    "water_temperature": "water_temperature_c",
    "battery_voltage": "battery_voltage_v",
    "water_backflow_total": "backflow_m3",
    "minutes_since_test": "minutes_since_test",
    "dark": "daylight",
}
#: What says that a device is there, and nothing else; no sample lists it.
ALIVE: Final = {"heartbeat", "online", "rssi_dbm"}


def _read_expected() -> tuple[Path | None, dict[str, Any]]:
    given = os.environ.get(VARIABLE)
    if not given:
        return None, {}
    folder = Path(given)
    return folder, json.loads((folder / "expected.json").read_text(encoding="utf-8"))


FOLDER, EXPECTED = _read_expected()
FILES: Final = [name for name in EXPECTED if any(name.startswith(prefix) for prefix in READ_BY)]


def _open(name: str, expected: dict[str, Any]) -> tuple[list[Report], int]:
    """Open a sample as if it had come within a minute of the latest time that it gives."""
    assert FOLDER is not None
    payload = (FOLDER / name).read_bytes()
    form = FORMAT_MAKERS[next(form for prefix, form in READ_BY.items() if name.startswith(prefix))]()
    topic = expected["address"].split(" -> ")[-1].split(" (")[0]
    told = [parse_iso_ms(one["time"]) for one in [*expected["readings"], expected.get("state") or {}] if one.get("time")]
    received_at = max([at for at in told if at is not None], default=NOW) + 1
    if name.startswith("milesight"):
        payload = json.dumps({"deviceInfo": {"devEui": "@envelope"}, "object": json.loads(payload)}).encode()
        topic = "application/a/device/b/event/up"
    zone = ZoneInfo(expected["zone"]) if "zone" in expected else None
    assert form.covers(topic), topic
    return list(form.open(topic, payload, received_at, Limits(zone=zone))), received_at


def _value_of(metric: str, value: object) -> object:
    if metric == "meter_status":
        return float(read_meter_status(str(value)))
    if metric == "button":
        return 1.0
    return float(value) if isinstance(value, bool | int | float) else value


@pytest.mark.outside_input
@pytest.mark.skipif(not FILES, reason=f"no samples here: set {VARIABLE} to the folder that holds expected.json")
@pytest.mark.parametrize("name", FILES)
def test_a_sample_is_read_as_it_must_be(name: str) -> None:
    expected = EXPECTED[name]
    if "must_be_rejected" in expected["flags"]:
        with pytest.raises(Unreadable):
            _open(name, expected)
        return
    reports, received_at = _open(name, expected)
    found = {
        (report.device, metric, float(value), at) for report in reports for metric, value, at, _ in list_readings(report.readings)
    }
    shown = {(report.device, metric, at): text for report in reports for metric, at, text in report.readings.extras}
    wanted = set(ALIVE)
    for one in (*expected["readings"], *expected.get("optional", ())):
        device, metric, is_optional = one["device"], one["metric"], one in expected.get("optional", ())
        at = received_at if one["time"] is None else parse_iso_ms(one["time"])
        assert at is not None
        if metric == "location":
            wanted |= {"lat", "lon"}
            assert {(device, "lat", one["value"]["lat"], at), (device, "lon", one["value"]["lon"], at)} <= found
            continue
        ours = OURS.get(metric, metric)
        wanted.add(ours)
        if ours in {each.wire_name for each in Metric} | {"pulses", "press"}:
            assert is_optional or (device, ours, _value_of(metric, one["value"]), at) in found, one
        elif not is_optional:
            text = shown[device, SHOWN.get(metric, metric), at]
            assert metric == "dark" or text == str(one["value"])
    assert {metric for _, metric, _, _ in found} <= wanted, "and nothing else"
    if "diagnostic" in expected:
        assert expected["diagnostic"]["value"] in shown.values()
        assert not found
    if "state" in expected:
        assert {metric for _, metric, _, _ in found} == {"online"}
    if "probable_test" in expected["flags"]:
        assert "TEST" in next(mark for report in reports for _, _, _, mark in list_readings(report.readings))
    if "needs_codec" in expected["flags"]:
        assert any("decoder" in detail for report in reports for _, detail in report.readings.faults)
    for one in expected.get("device_alternatives", ()):
        assert any(one in report.names for report in reports)


FRAMES: Final = "cjt188_frames.json"


@pytest.mark.outside_input
@pytest.mark.skipif(FRAMES not in EXPECTED, reason=f"no samples here: set {VARIABLE} to the folder that holds expected.json")
def test_frames_of_meters_are_read_as_they_must_be() -> None:
    assert FOLDER is not None
    known, form = EXPECTED[FRAMES]["frames"], FORMAT_MAKERS["cjt188"]()
    samples = json.loads((FOLDER / FRAMES).read_text(encoding="utf-8"))
    assert {one["name"] for one in samples} == set(known)
    for one in samples:
        expected, payload = known[one["name"]], bytes.fromhex(one["hex"])
        if "must_be_rejected" in expected["flags"]:
            with pytest.raises(Unreadable):
                form.open("cjt188/dtu", payload, NOW, Limits())
            continue
        found = [
            (report.device, metric, value)
            for report in form.open("cjt188/dtu", payload, NOW, Limits())
            for metric, value, _, _ in list_readings(report.readings)
            if metric not in ALIVE | {"pulses"}  # of litres only the registry knows how they are written
        ]
        assert found == [(each["device"], OURS[each["metric"]], each["value"]) for each in expected["readings"]], one["name"]
        if {"request", "command"} & set(expected["flags"]):
            assert not form.open("cjt188/dtu", payload, NOW, Limits())
