"""Reads what a Zigbee bridge with Tasmota says of the devices behind it: `{"ZbReceived": {"0x5ADF": {...}}}`.

A short address is given by the bridge, and a friendly name by its owner: another bridge may have both. So a device is known by
`BRIDGE/0x5ADF` or `BRIDGE/NAME`, or by its IEEE address alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from homebeat.codecs.envelope import Report
from homebeat.codecs.reports import hear, put, read_text, show, take_number
from homebeat.codecs.values import add_fault, add_heartbeat, format_value
from homebeat.codecs.wire import Limits, Mark, Raw, Readings
from homebeat.domain.inbound import QuarantineReason
from homebeat.domain.metric import MeterStatus, Metric

RECEIVED: Final = "ZbReceived"

_SHORT: Final = re.compile(r"(?:0x)?([0-9A-F]{4})", re.ASCII | re.IGNORECASE)
#: What is 1 while it lasts: the zone types of alarm systems, and the cluster of occupancy.
_FLAGS: Final = {"Occupancy": Metric.MOTION, "PIR": Metric.MOTION, "Movement": Metric.MOTION, "Vibration": Metric.MOTION}
_ALARMS: Final = {
    "Fire": Metric.ALARM_SMOKE,
    "Smoke": Metric.ALARM_SMOKE,
    "CO": Metric.ALARM_GAS,
    "Gas": Metric.ALARM_GAS,
    "Panic": Metric.ALARM_SOS,
    "Emergency": Metric.ALARM_SOS,
    "SOS": Metric.ALARM_SOS,
}
#: Commands of the cluster of alarm systems: emergency, fire, panic.
_CALLS: Final = re.compile(r"0501[!<]0([234])", re.ASCII)
_CALLED: Final = {"2": Metric.ALARM_SOS, "3": Metric.ALARM_SMOKE, "4": Metric.ALARM_SOS}
_ZONE: Final = "ZoneStatusChange"
#: Its bits.
_TAMPER: Final = 0x04
_BATTERY: Final = 0x08
_SHOWN: Final = {
    "Temperature": "temperature_c",
    "Humidity": "humidity_pct",
    "Illuminance": "illuminance_lx",
    "LinkQuality": "linkquality_lqi",
    "BatteryVoltage": "battery_voltage_v",
}
#: What describes the device, or how the frame came.
_SILENT: Final = re.compile(
    r"Device|Name|IEEEAddr|ModelId|Manufacturer|Endpoint|Group|Power|Dimmer|DimmerMove|DimmerStep|Pressure|PressureUnit|SeaPressure"
    r"|ZoneStatusChangeZone|ZoneStatus|ZoneType|CIE|AqaraTemperature|Xiaomi_.*|[0-9A-F]{4}[/?!<].*",
    re.ASCII,
)


def is_device(found: object) -> bool:
    """Whether this is what a bridge says of one device, with or without `ZbReceived` around it."""
    return isinstance(found, dict) and "LinkQuality" in found and not {"Device", "Endpoint", "Name"}.isdisjoint(found)


def open_received(
    bridge: str, received: Mapping[str, object], at: int, mark: Mark, received_at: int, limits: Limits
) -> Iterator[Report]:
    """Open what a bridge received of its devices; a report of each.

    Args:
        bridge: Its name in the topic.
        received: By short address or name, what each device said.
        at: When, epoch ms.
        mark: How that is known.
        received_at: Arrival, epoch ms.
        limits: Sizes and times beyond which parts are refused.
    """
    for key, found in received.items():
        if isinstance(found, dict):
            readings = Readings()
            _take_device(readings, found, at, mark, received_at, limits)
            names = _list_names(bridge, key, found)
            # lamps and plugs speak here, too: nobody has to register them
            is_optional = not (readings.faults or set(readings.metric) - {int(Metric.HEARTBEAT)})
            yield Report(names[0], readings, is_optional, tuple(names[1:]))


def _list_names(bridge: str, key: str, found: Mapping[str, object]) -> list[str]:
    """List the names of a device, each once: its own name, its short address, and its IEEE address."""
    name, short, own = (read_text(found.get(part)) for part in ("Name", "Device", "IEEEAddr"))
    listed = [f"{bridge}/{one.strip()}" for one in (name, key, short) if one and one.strip()]
    for one in (key, short):
        match = _SHORT.fullmatch(one)
        listed += [f"{bridge}/0x{match[1].upper()}"] if match else []
    return list(dict.fromkeys([*listed, *([own] if own else [])]))


def _take_device(readings: Readings, found: dict[str, object], at: int, mark: Mark, received_at: int, limits: Limits) -> None:
    left = {
        key: value
        for key, value in found.items()
        if value is not None and key != _ZONE and not _take_value(readings, key, value, at, mark, limits)
    }
    _take_zone(readings, found.get(_ZONE), at, mark)
    unexplained = {key: value for key, value in left.items() if not _SILENT.fullmatch(key)}
    if unexplained:
        hear(readings, unexplained, received_at)
    if not readings.metric:
        add_heartbeat(readings, at, mark)


def _take_value(readings: Readings, key: str, value: object, at: int, mark: Mark, limits: Limits) -> bool:
    """Take one value; returns whether that explains it."""
    if key in _SHOWN:
        show(readings, _SHOWN[key], value, at, limits)
    elif key == "BatteryPercentage":
        take_number(readings, Metric.BATTERY_PCT, value, at, mark, limits)
    elif key in _FLAGS or key in _ALARMS or key in {"Contact", "Water"}:
        return _take_flag(readings, key, value, at, mark)
    elif key in {"Click", "Action"} and isinstance(value, str | int):
        if str(value).lower() not in {"", "release", "none"}:
            put(readings, Raw.PRESS, 1.0, at, mark)
    elif called := _CALLS.fullmatch(key):
        put(readings, _CALLED[called[1]], 1.0, at, mark)
    else:
        return False
    return True


def _take_flag(readings: Readings, key: str, value: object, at: int, mark: Mark) -> bool:
    """Take what is 1 while it lasts; of a contact that is: open."""
    if value not in (0, 1):
        add_fault(readings, QuarantineReason.WRONG_TYPE, key, format_value(value))
        return key not in _ALARMS
    number = float(bool(value))
    if key == "Contact":
        put(readings, Metric.DOOR_OPEN, number, at, mark)
    elif key == "Water":
        put(readings, Metric.METER_STATUS, float(MeterStatus.LEAK if value else MeterStatus.OK), at, mark)
    elif key in _FLAGS:
        put(readings, _FLAGS[key], number, at, mark)
    elif value:
        put(readings, _ALARMS[key], 1.0, at, mark)
    return True


def _take_zone(readings: Readings, status: object, at: int, mark: Mark) -> None:
    """Take the bits beside the alarm itself: somebody opened the case, or the battery is low."""
    if isinstance(status, int) and not isinstance(status, bool):
        if status & _TAMPER:
            put(readings, Metric.ALARM_TAMPER, 1.0, at, mark)
        put(readings, Metric.BATTERY_LOW, float(bool(status & _BATTERY)), at, mark)
