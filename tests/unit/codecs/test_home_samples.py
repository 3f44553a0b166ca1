"""Samples of what makers' devices at home really send, where they are at hand, against what must be read from each."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import pytest

from homebeat.codecs.catalogue import FORMAT_MAKERS
from homebeat.codecs.envelope import Format, Report
from homebeat.codecs.wire import Limits, Mark, Unreadable
from simulators.makes.sparkplug import encode_payload
from tests.unit.codecs.fixtures import NOW, list_readings

VARIABLE: Final = "HOMEBEAT_PAYLOADS"
KINDS: Final = {
    "zigbee2mqtt": "zigbee2mqtt",
    "tasmota": "tasmota",
    "theengs": "theengs",
    "openmqttgateway": "theengs",
    "homeassistant": "home_assistant",
    "sparkplug": "sparkplug",
    "kati": "kati",
}
#: What the samples' words are here: a metric, or the name under which it is shown.
WORDS: Final = {
    "online": "online", "motion": "motion", "button": "press", "battery": "battery_pct", "steps": "steps", "sos": "alarm_sos",
    "heart_rate": "heart_rate_bpm", "temperature": "temperature_c", "humidity": "humidity_pct", "contact_open": "door_open",
    "illuminance": "illuminance_lx", "switch_on": "contact", "supply_voltage": "supply_voltage", "inputs_a": "inputs_a",
    "inputs_c": "inputs_c",
}  # fmt: skip


def read_ms(text: str | None) -> int | None:
    return None if text is None else round(datetime.fromisoformat(text).timestamp() * 1000)


def get_topic(kind: str, expected: dict[str, Any]) -> str:
    topic = str(expected["address"]).partition(" (")[0]
    return "zigbee2mqtt/FRIENDLY_NAME" if topic.endswith("FRIENDLY_NAME") else topic


def get_payload(path: Path, kind: str) -> bytes:
    return encode_payload(json.loads(path.read_text(encoding="utf-8"))) if kind == "sparkplug" else path.read_bytes()


def send_before(form: Format, name: str, folder: Path, known: dict[str, Any], at: int, limits: Limits) -> None:
    """Send what a sample needs before it: configurations, and births."""
    for other in known[name].get("needs", ()):
        form.open(known[other]["address"], (folder / other).read_bytes(), at, limits)
    if name == "sparkplug_b_ddata_json_view.json":
        view = json.loads((folder / name).read_text(encoding="utf-8"))
        form.open(known[name]["address"].replace("DDATA", "DBIRTH"), encode_payload(view), at, limits)


def spell(reports: Sequence[Report], at: int) -> dict[tuple[str, str], tuple[object, int | None]]:
    """By device and word: the value, and its time where the device gave one."""
    found: dict[tuple[str, str], tuple[object, int | None]] = {}
    for report in reports:
        for metric, value, when, mark in list_readings(report.readings):
            found[report.device, metric] = value, (None if str(Mark.UNTIMED.name) in mark else when)
        for name, when, text in report.readings.extras:
            found[report.device, name] = {"true": 1.0, "false": 0.0}.get(text, text), (None if when == at else when)
    return found


def check(name: str, expected: dict[str, Any], found: dict[tuple[str, str], tuple[object, int | None]]) -> None:
    for one in [*expected["readings"], *([expected["state"]] if "state" in expected else [])]:
        device, word, value = one["device"], one["metric"], one["value"]
        if word == "presence":
            gone = found.get((device, "online"), (1.0, None))[0] == 0.0
            assert any(each == device for each, _ in found), name
            assert gone == (not value), name
            continue
        got, when = found[device, WORDS[word]]
        assert float(str(got)) == pytest.approx(1.0 if word == "button" else float(value)), (name, word)
        assert when == read_ms(one["time"]), (name, word)
    judged = {metric for _, metric in found} & {"steps", "heart_rate_bpm", "motion", "door_open", "press", "contact", "alarm_sos"}
    assert judged <= {WORDS.get(one["metric"]) for one in expected["readings"]}, name


@pytest.mark.outside_input
def test_samples_of_devices_at_home_are_read_as_expected() -> None:
    where = os.environ.get(VARIABLE)
    if not where or not (Path(where) / "expected.json").exists():
        pytest.skip(f"no samples here: set {VARIABLE} to the folder that holds expected.json")
    folder = Path(where)
    known = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    names = [name for name in known if name.startswith(tuple(KINDS))]
    assert len(names) >= 20
    for name in names:
        expected, kind = known[name], KINDS[name.split("_")[0]]
        times = [at for one in [*expected["readings"], expected.get("state", {})] if (at := read_ms(one.get("time"))) is not None]
        at = max(times, default=NOW) + 1000
        zone = expected.get("zone")
        limits, form = Limits(zone=ZoneInfo(zone) if zone else None), FORMAT_MAKERS[kind]()
        send_before(form, name, folder, known, at, limits)
        topic, payload = get_topic(kind, expected), get_payload(folder / name, kind)
        if "must_be_rejected" in expected["flags"] and "sos" not in expected["flags"]:
            with pytest.raises(Unreadable):
                form.open(topic, payload, at, limits)
            continue
        assert form.covers(topic), (name, topic)
        reports = form.open(topic, payload, at, limits)
        if "sos" in expected["flags"]:
            (report,) = reports
            assert (report.device, list(report.readings.value), len(report.readings.faults)) == ("001017000000088", [1.0], 1)
            continue
        check(name, expected, spell(reports, at))
        if zone and times:
            without = form.open(topic, payload, at, Limits())
            assert all(mark == Mark.UNTIMED for one in without for mark in one.readings.mark), name
