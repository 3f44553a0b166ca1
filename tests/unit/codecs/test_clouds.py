"""What the formats of suppliers' clouds read of samples of the makers, where those are at hand."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import pytest

from homebeat.codecs.catalogue import FORMAT_MAKERS
from homebeat.codecs.wire import Limits
from homebeat.domain.metric import Metric

#: A folder with samples of makers, and what has to be read from each (`expected.json`).
VARIABLE: Final = "HOMEBEAT_PAYLOADS"
KINDS: Final = {"ctwing": "ctwing", "onenet": "onenet", "huawei": "huawei", "watch_cloud": "tianshu"}
METRICS: Final = {
    "battery": "battery_pct",
    "heart_rate": "heart_rate_bpm",
    "steps": "steps",
    "online": "online",
    "smoke_state": "smoke_state",
    "device_fault": "device_fault",
    "temperature": "temperature_c",
    "air_pressure": "air_pressure_hpa",
    "alarm": "alarm",
}


def read_ms(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)


def list_wanted(expected: dict[str, Any]) -> Iterator[tuple[str, str, object, int | None]]:
    """What must be read: device, our name, value, and time where there is one."""
    for one in [*expected["readings"], *([expected["state"]] if "state" in expected else [])]:
        at = read_ms(one["time"]) if one["time"] else None
        if one["metric"] == "location":
            yield one["device"], "lat", float(one["value"]["lat"]), at
            yield one["device"], "lon", float(one["value"]["lon"]), at
        else:
            value = one["value"]
            yield one["device"], METRICS[one["metric"]], float(value) if isinstance(value, int | float) else value, at


def find_arrival(expected: dict[str, Any]) -> int:
    times = [one[3] for one in list_wanted(expected) if one[3] is not None]
    times += [read_ms(text) for text in expected.get("other_times", {}).values() if text.endswith("Z")]
    return max(times, default=1_772_352_000_000) + 1_000


@pytest.mark.outside_input
def test_samples_of_the_makers_are_read_as_expected() -> None:
    where = os.environ.get(VARIABLE)
    if not where or not (Path(where) / "expected.json").exists():
        pytest.skip(f"no samples here: set {VARIABLE} to the folder that holds expected.json")
    known = json.loads((Path(where) / "expected.json").read_text(encoding="utf-8"))
    names = [name for name in known if name.startswith(tuple(KINDS))]
    assert len(names) > 10
    for name in names:
        expected, kind = known[name], next(kind for start, kind in KINDS.items() if name.startswith(start))
        payload = json.loads((Path(where) / name).read_text(encoding="utf-8"))
        if "@envelope" in {one["device"] for one in expected["readings"]}:
            payload = {"messageType": "dataReport", "tenantId": "1", "deviceId": "@envelope", "payload": payload}
        limits, at = Limits(zone=ZoneInfo("Asia/Shanghai")), find_arrival(expected)
        found, extras, faults = set(), set(), []
        for report in FORMAT_MAKERS[kind]().open(f"intake/{kind}", json.dumps(payload).encode(), at, limits):
            one = report.readings
            found |= {
                (report.device, Metric(metric).wire_name, value, when)
                for metric, value, when in zip(one.metric, one.value, one.at, strict=True)
            }
            extras |= {(report.device, key, _read_value(text), when) for key, when, text in one.extras}
            faults += one.faults
        wanted = {(device, metric, value, when or at) for device, metric, value, when in list_wanted(expected)}
        assert wanted <= found | extras, name
        quiet = {"heartbeat", "alarm_unreadable"}  # the device is there; an alarm of unknown kind is heard as one
        assert {one for one in found if one[1] not in quiet} <= wanted, name
        assert any(one[1] == "alarm_unreadable" for one in found) == ("alarm" in {one[1] for one in wanted}), name
        assert bool(faults) == ("opaque_vendor_payload" in expected["flags"] and "event" not in expected), name


def _read_value(text: str) -> object:
    try:
        return float(text)
    except ValueError:
        return text
