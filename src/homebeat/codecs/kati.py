"""Opens messages of Kati watches, and of others of the iMEDE make: 4G watches that speak MQTT themselves.

All watches share one topic for each kind of message, so the watch is named in the body (`IMEI`). Times are written day first and
without a zone: `limits.zone` says whose clock it is. Calls for help come on topics of their own. One that cannot be read is a
call for help all the same: where no number can be found in it, it stands for a watch that nobody knows.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from homebeat.codecs.envelope import Format, Report
from homebeat.codecs.plain import NOTHING, SHOWN, Names, Plain, describe_number, take_plainly
from homebeat.codecs.reports import decode_object, hear, place_moment, put, read_moment, read_text, show, take_number
from homebeat.codecs.times import place_time
from homebeat.codecs.values import add_fault, add_heartbeat, format_value, take
from homebeat.codecs.wire import Limits, Mark, Readings, Unreadable
from homebeat.domain.inbound import QuarantineReason
from homebeat.domain.metric import Metric

NAME: Final = "kati"
TOPICS: Final = ("iMEDE_watch/+",)

#: The watch of a message that names none: no device can be called so.
NO_WATCH: Final = "?"
_CALLS: Final = {"sos": Metric.ALARM_SOS, "falldown": Metric.ALARM_FALL}
_IMEI: Final = re.compile(rb"(?<!\d)\d{15}(?!\d)")
_DAY_FIRST: Final = re.compile(r"\d\d/\d\d/\d{4} \d\d:\d\d:\d\d", re.ASCII)
_CONNECTED: Final = {"online": 1.0, "offline": 0.0}
_NUMBERS: Final = {
    "step": Metric.STEPS,
    "battery": Metric.BATTERY_PCT,
    "heartRate": Metric.HEART_RATE_BPM,
    "spO2": Metric.SPO2_PCT,
    "bodyTemperature": Metric.BODY_TEMPERATURE_C,
}
_PRESSURES: Final = {"bp_sys": "systolic_mmhg", "bp_dia": "diastolic_mmhg"}
_SIGNAL: Final = "gsm_signal"
_SILENT: Final = frozenset({"IMEI", "timeStamps", "timestamp", "workingMode", "satellites", "location", "num_datas"})
_NAMES: Final = Names(
    {
        **{name: describe_number(metric) for name, metric in _NUMBERS.items()},
        "signalGSM": Plain(SHOWN, _SIGNAL),
        **dict.fromkeys(_SILENT, NOTHING),
    }.get
)


def make_format() -> Format:
    """Make the format."""
    return Format(NAME, TOPICS, open_message, looks_like)


def looks_like(found: object) -> bool:
    """Whether decoded JSON looks like a message of such a watch."""
    return (
        isinstance(found, dict) and "IMEI" in found and not {"signalGSM", "timeStamps", "num_datas", "status"}.isdisjoint(found)
    )


def open_message(topic: str, payload: bytes, received_at: int, limits: Limits) -> Sequence[Report]:
    """Open a message; arguments and errors as `codecs.envelope.Open`."""
    kind = topic.rpartition("/")[2].lower()
    call = _CALLS.get(kind)
    if call is not None:
        return [_open_call(call, payload, received_at, limits)]
    found = decode_object(payload, limits)
    readings = Readings()
    if kind == "onlinetrigger":
        connected = _CONNECTED.get(read_text(found.get("status")).lower())
        if connected is None:
            add_fault(readings, QuarantineReason.WRONG_TYPE, "status", format_value(found.get("status")))
        else:
            put(readings, Metric.ONLINE, connected, received_at, Mark.UNTIMED)
    else:
        _take_all(readings, found, received_at, limits)
    return [Report(_read_watch(found), readings)]


def _read_watch(found: dict[str, object]) -> str:
    return read_text(found.get("IMEI")) or NO_WATCH


def _open_call(call: Metric, payload: bytes, received_at: int, limits: Limits) -> Report:
    """Open what came on a topic for calls. Whatever it says, it is one; it stands at its arrival."""
    readings = Readings()
    put(readings, call, 1.0, received_at, Mark.UNTIMED)
    try:
        watch = _read_watch(decode_object(payload, limits))
    except Unreadable as unreadable:
        number = _IMEI.search(payload)
        watch = NO_WATCH if number is None else number[0].decode()
        add_fault(readings, unreadable.reason, "call for help", format_value(unreadable.detail))
    return Report(watch, readings)


def _take_all(readings: Readings, found: dict[str, object], received_at: int, limits: Limits) -> None:
    """Take what the watch measured now, and in `data` what it had measured before."""
    at, mark = place_moment(readings, "timeStamps", _turn_round(found.get("timeStamps")), received_at, limits)
    _take_entry(readings, found, at, mark, received_at, limits)
    listed = found.get("data")
    for entry in listed if isinstance(listed, list) else []:
        if not isinstance(entry, dict):
            add_fault(readings, QuarantineReason.WRONG_SHAPE, "data", format_value(entry))
            continue
        given = entry.get("timestamp")
        then = read_moment(given, limits)
        place = None if then is None else place_time(then, received_at, limits, listed=True)
        if place is None:
            reason = QuarantineReason.WRONG_TYPE if then is None else QuarantineReason.ABSURD_TIME
            add_fault(readings, reason, "timestamp", format_value(given))
            hear(readings, {key: value for key, value in entry.items() if key not in _NUMBERS}, received_at)
        else:
            _take_entry(readings, entry, *place, received_at, limits)
    if not readings.metric and not readings.faults:
        add_heartbeat(readings, at, mark)


def _turn_round(value: object) -> object:
    """Write a time that begins with its day as ISO 8601 does."""
    if not isinstance(value, str) or _DAY_FIRST.fullmatch(value) is None:
        return value
    return f"{value[6:10]}-{value[3:5]}-{value[:2]}T{value[11:]}"


def _take_entry(readings: Readings, found: dict[str, object], at: int, mark: Mark, received_at: int, limits: Limits) -> None:
    has_room = len(readings.extras) + len(found) <= limits.max_extras
    rest = take_plainly(readings, found, _NAMES, at, mark) if has_room else found
    left = _take_values(readings, rest, at, mark, limits) if rest else rest
    if "location" in found:
        _take_position(readings, found["location"], at, mark, limits)
    hear(readings, left, received_at)


def _take_values(readings: Readings, found: dict[str, object], at: int, mark: Mark, limits: Limits) -> dict[str, object]:
    """Take what needs care, as far as it is explained; returns the rest."""
    left: dict[str, object] = {}
    for key, value in found.items():
        metric = _NUMBERS.get(key)
        if metric is not None:
            take_number(readings, metric, value, at, mark, limits)
        elif key == "bloodPressure" and isinstance(value, dict):
            for part, name in _PRESSURES.items():
                if value.get(part):
                    show(readings, name, value[part], at, limits)
        elif key == "signalGSM":
            show(readings, _SIGNAL, value, at, limits)
        elif key not in _SILENT and not (key == "data" and isinstance(value, list)):
            left[key] = value
    return left


def _take_position(readings: Readings, location: object, at: int, mark: Mark, limits: Limits) -> None:
    """Take a position, where the watch has one: 0, 0 lies in the sea, and means that it has none."""
    gps = location.get("GPS") if isinstance(location, dict) else None
    if not isinstance(gps, dict):
        return
    lat, lon = gps.get("latitude"), gps.get("longitude")
    if lat and lon:
        take(readings, Metric.LAT.wire_name, lat, at, mark, limits)
        take(readings, Metric.LON.wire_name, lon, at, mark, limits)
