"""Opens messages of Tasmota: `tele/{device}/SENSOR`, `STATE` and `LWT`.

A SENSOR message of a gateway holds many Bluetooth sensors, each under its own name, and no word of the gateway itself. Times have
no zone unless somebody has set that (`SetOption52`); `limits.zone` says whose clock it is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from homebeat.codecs.envelope import Format, Report
from homebeat.codecs.question import BLINK, Asking, Command, NotAskable, Question, check_name
from homebeat.codecs.reports import decode_object, hear, place_moment, put, read_text, show, take_number
from homebeat.codecs.tasmota_zigbee import RECEIVED, is_device, open_received
from homebeat.codecs.values import add_fault, add_heartbeat, format_value
from homebeat.codecs.wire import Limits, Mark, Raw, Readings, Unreadable
from homebeat.domain.inbound import QuarantineReason
from homebeat.domain.metric import Metric

NAME: Final = "tasmota"
TOPICS: Final = ("tele/+/+", "tele/+/+/SENSOR")

_PREFIX: Final = "tele"
_DEFAULT: Final = Limits()
_CONNECTED: Final = {b"online": 1.0, b"offline": 0.0}
_SWITCH: Final = re.compile(r"Switch\d{1,2}", re.ASCII)
_COUNTERS: Final = frozenset(f"C{number:0{width}d}" for number in range(100) for width in (1, 2))
#: A Bluetooth sensor is called by its model and the end of its address.
_BLUETOOTH: Final = re.compile(r".+-[0-9a-f]{6}", re.ASCII)
_MOST_PULSES: Final = 2**53
#: Members of an enumeration are found slowly.
_PULSES: Final = Raw.PULSES
_ONLINE: Final = Metric.ONLINE
_POSITIONS: Final = {"ON": 1.0, "OFF": 0.0}
#: What a sensor says and nobody judges: its field, the name under which it is shown, and whether it is a temperature.
_SHOWN: Final = {
    "Temperature": ("temperature_c", True),
    "Humidity": ("humidity_pct", False),
    "Illuminance": ("illuminance_lx", False),
}
_SILENT: Final = frozenset({"DewPoint", "Id", "mac", "TempUnit", "Time"})
_STATE: Final = frozenset({"Time", "Uptime", "UptimeSec", "Vcc", "Heap", "SleepMode", "Sleep", "LoadAvg", "MqttCount", "Wifi"})


def make_format() -> Format:
    """Make the format."""
    return Format(NAME, TOPICS, open_message, looks_like)


def looks_like(found: object) -> bool:
    """Whether decoded JSON looks like a message of Tasmota."""
    return isinstance(found, dict) and "Time" in found and not {"Uptime", "TempUnit", "COUNTER"}.isdisjoint(found)


def ask_on_lamp(question: Question) -> Asking:
    """Let a lamp on a switch blink (`POWER` with 3). The switch says that it does, and ends as it was.

    Source: tasmota.github.io/docs/Commands (`Power`, `BlinkCount`, `BlinkTime`). With `SetOption4` it answers on another topic.
    """
    if question.topics != TOPICS:
        raise NotAskable("mqtt.formats has other topics for Tasmota than its own: where it hears commands is not known")
    name = check_name(question.address)
    if "/" in name:
        raise NotAskable("the address is that of a sensor or of a switch on a Tasmota device, and not of the device")
    return Asking((Command(f"cmnd/{name}/POWER", BLINK),), (f"stat/{name}/RESULT", f"stat/{name}/POWER"), _is_blinking)


def _is_blinking(payload: bytes) -> bool:
    try:
        found = decode_object(payload, _DEFAULT)
    except Unreadable:
        return False
    return "Blink ON" in {found.get("POWER"), found.get("POWER1")}


def open_message(topic: str, payload: bytes, received_at: int, limits: Limits) -> Sequence[Report]:
    """Open a message; arguments and errors as `codecs.envelope.Open`."""
    name, kind = _read_topic(topic)
    if kind == "LWT":
        connected = _CONNECTED.get(payload.strip().lower())
        if connected is None:
            raise Unreadable(QuarantineReason.WRONG_TYPE, "neither Online nor Offline")
        readings = Readings()
        put(readings, Metric.ONLINE, connected, received_at, Mark.UNTIMED)
        return [Report(name, readings, is_optional=True)]
    if kind == "SENSOR":
        return _open_sensors(name, decode_object(payload, limits), received_at, limits)
    if kind == RECEIVED:
        return _open_sensors(name, {RECEIVED: decode_object(payload, limits)}, received_at, limits)
    return [_open_state(name, decode_object(payload, limits), received_at, limits)]


@lru_cache(maxsize=10_000)
def _read_topic(topic: str) -> tuple[str, str]:
    """Read the name of a device, and the kind of its message. A setting there may put the prefix elsewhere."""
    *levels, kind = topic.split("/")
    if levels[0] == _PREFIX and levels[-1] != _PREFIX:
        return levels[1], kind
    return next((level for level in reversed(levels) if level != _PREFIX), ""), kind


def _open_state(name: str, found: dict[str, object], received_at: int, limits: Limits) -> Report:
    """Open what a device says of itself: it shows that the device works."""
    readings = Readings()
    at, mark = place_moment(readings, "Time", found.get("Time"), received_at, limits)
    put(readings, Metric.ONLINE, 1.0, at, mark)
    wifi = found.get("Wifi")
    if isinstance(wifi, dict) and isinstance(wifi.get("RSSI"), int):
        show(readings, "wifi_quality_pct", wifi["RSSI"], at, limits)
    if "Vcc" in found:
        show(readings, "supply_voltage_v", found["Vcc"], at, limits)
    hear(readings, {key: value for key, value in found.items() if key not in _STATE}, received_at)
    return Report(name, readings, is_optional=True)


def _open_sensors(name: str, found: dict[str, object], received_at: int, limits: Limits) -> Sequence[Report]:
    timed = Readings()  # takes the fault of a time; what the device itself says comes into it, too
    at, mark = place_moment(timed, "Time", found.get("Time"), received_at, limits)
    is_fahrenheit = found.get("TempUnit") == "F"
    others: list[Report] = []
    left: dict[str, object] = {}
    for key, value in found.items():
        if key in _SILENT:
            continue
        if isinstance(value, dict):
            if key == "IBEACON":
                others.append(_open_beacon(value, at, mark, limits))
            elif key == "COUNTER":
                others += _open_counters(name, value, at, mark)
            elif key == RECEIVED or is_device(value):
                received = value if key == RECEIVED else {key: value}
                others += open_received(name, received, at, mark, received_at, limits)
            elif "mac" in value or _BLUETOOTH.fullmatch(key):
                readings = Readings()
                _take_sensor(readings, value, at, mark, received_at, limits, is_fahrenheit=is_fahrenheit)
                mac = read_text(value.get("mac"))
                others.append(Report(mac or key, readings, is_optional=True, names=(key,) if mac else ()))
            else:
                _take_sensor(timed, value, at, mark, received_at, limits, is_fahrenheit=is_fahrenheit)
        elif _SWITCH.fullmatch(key):
            others.append(_open_switch(f"{name}/{key}", value, at, mark))
        else:
            left[key] = value
    hear(timed, left, received_at)
    if not timed.metric:
        put(timed, _ONLINE, 1.0, at, mark)
    _check_size(others, limits)
    return [*others, Report(name, timed, is_optional=not timed.faults)]


def _check_size(reports: Sequence[Report], limits: Limits) -> None:
    if len(reports) >= limits.max_reports:
        raise Unreadable(QuarantineReason.TOO_LARGE, f"{len(reports)} sensors")


def _take_sensor(
    readings: Readings, found: dict[str, object], at: int, mark: Mark, received_at: int, limits: Limits, *, is_fahrenheit: bool
) -> None:
    left: dict[str, object] = {}
    for key, value in found.items():
        shown = _SHOWN.get(key)
        if value is None or key in _SILENT:
            continue
        if shown is not None:
            name, is_temperature = shown
            show(readings, name, _to_celsius(value) if is_temperature and is_fahrenheit else value, at, limits)
        elif key == "Battery":
            take_number(readings, Metric.BATTERY_PCT, value, at, mark, limits)
        elif key == "RSSI":
            take_number(readings, Metric.RSSI_DBM, value, at, mark, limits)
        elif key == "Btn":
            put(readings, Raw.PRESS, 1.0, at, mark)
        else:
            left[key] = value
    hear(readings, left, received_at)
    if not readings.metric:
        add_heartbeat(readings, at, mark)


def _to_celsius(value: object) -> object:
    return round((value - 32) / 1.8, 1) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _open_beacon(found: dict[str, object], at: int, mark: Mark, limits: Limits) -> Report:
    """Open what a gateway says of a beacon: it is near, or was not heard for a while. Then its signal is an old one."""
    readings = Readings()
    near = _POSITIONS.get(read_text(found.get("STATE")))
    if near is None:
        add_fault(readings, QuarantineReason.WRONG_TYPE, "STATE", format_value(found.get("STATE")))
    else:
        put(readings, Metric.ONLINE, near, at, mark)
        if near and "RSSI" in found:
            take_number(readings, Metric.RSSI_DBM, found["RSSI"], at, mark, limits)
    name = next((text for key in ("MAC", "UID", "NAME") if (text := read_text(found.get(key)))), "?")
    return Report(name, readings, is_optional=True)


def _open_counters(name: str, found: dict[str, object], at: int, mark: Mark) -> list[Report]:
    """Open counters of pulses: a meter with a contact is wired to each of them."""
    reports: list[Report] = []
    for key, value in found.items():
        if key not in _COUNTERS:
            continue
        readings = Readings()
        if isinstance(value, int) and 0 <= value < _MOST_PULSES:
            put(readings, _PULSES, float(value), at, mark)
        else:
            add_fault(readings, QuarantineReason.WRONG_TYPE, key, format_value(value))
        reports.append(Report(f"{name}/{key}", readings, is_optional=not readings.faults))
    return reports


def _open_switch(name: str, value: object, at: int, mark: Mark) -> Report:
    readings = Readings()
    position = _POSITIONS.get(value) if isinstance(value, str) else None
    if position is None:
        add_fault(readings, QuarantineReason.WRONG_TYPE, name, format_value(value))
    else:
        put(readings, Raw.CONTACT, position, at, mark)
    return Report(name, readings)
