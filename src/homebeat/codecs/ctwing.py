"""CTWing (China Telecom's AEP): `dataReport`, `eventReport`, `deviceOnlineOfflineReport`, `commandResponse`.

The envelope is the platform's; `payload` is each product's own. What needs the decoder of its maker (ASCII lines, `APPdata` in
base64) is kept with its bytes and not guessed: a map of fields on the topic `intake/NAME` reads it where it is JSON.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from homebeat.codecs.cloud_values import (
    COMMON,
    CloudReport,
    check_count,
    flatten,
    is_absent,
    is_number,
    keep_as,
    pass_over,
    read_epoch_ms,
    read_messages,
    read_number,
    require_names,
    take_named,
)
from homebeat.codecs.envelope import Format, Report
from homebeat.codecs.wire import Limits
from homebeat.domain.metric import Metric

NAME: Final = "ctwing"
_KINDS: Final = frozenset({"dataReport", "eventReport", "deviceOnlineOfflineReport", "commandResponse"})
#: Of `eventReport`: 1 info, 2 warning, 3 fault.
_INFO, _WARNING = 1, 2
#: `Alarm_Status` of smoke detectors with the service `notification`.
_SMOKE: Final[Mapping[float, tuple[Metric | None, str]]] = {
    1: (Metric.ALARM_SMOKE, "alarm"),
    2: (None, "muted"),  # somebody silenced an alarm: neither smoke now nor all clear
    4: (Metric.BATTERY_LOW, "low_voltage"),
    5: (None, "fault"),
    6: (None, "bad_values"),
    7: (Metric.ALARM_OK, "normal"),
    8: (None, "told_to_mute_once"),
    9: (None, "told_to_mute"),
    10: (Metric.ALARM_TAMPER, "tamper"),
    11: (None, "tamper_over"),
    12: (None, "online"),
    13: (None, "abnormal"),
    14: (Metric.ALARM_SMOKE, "simulated_alarm"),
}
_SIMULATED: Final = 14


def open_ctwing(topic: str, payload: bytes, received_at: int, limits: Limits) -> Sequence[Report]:
    """Open a push of CTWing; see `codecs.envelope.Open`."""
    del topic
    reports = [report for message in read_messages(payload, limits) for report in _open_message(message, received_at, limits)]
    return check_count(reports, limits)


def recognise_ctwing(found: object) -> bool:
    """Whether decoded JSON looks like a push of CTWing."""
    return isinstance(found, dict) and found.get("messageType") in _KINDS and "tenantId" in found


def make_format() -> Format:
    """Make the format."""
    return Format(NAME, ("intake/ctwing",), open_ctwing, recognise_ctwing)


def _open_message(message: Mapping[str, Any], received_at: int, limits: Limits) -> list[Report]:
    kind, sent_at = message.get("messageType"), read_epoch_ms(message.get("timestamp"))
    if kind == "commandResponse":
        return []  # the platform's word on a command; no measurement, and no proof of anything
    names = require_names(message, "deviceId", "IMEI", "imei", "deviceSn")
    if kind == "deviceOnlineOfflineReport":
        report = CloudReport(names, sent_at, received_at, limits)
        state = read_number(message.get("eventType"))
        if state in {0.0, 1.0}:
            report.take_flag(Metric.ONLINE, is_set=state == 1)
        else:
            report.set_aside("eventType", message.get("eventType"))
        return [report.finish()]
    name = "eventContent" if kind == "eventReport" else "payload"
    found = message.get(name)
    fields = found if isinstance(found, dict) else {}
    inner = fields.get("serviceData")
    at = next((ms for one in ("time", "utc") if (ms := read_epoch_ms(fields.get(one))) is not None), sent_at)
    report = CloudReport(names, at, received_at, limits)
    if kind == "eventReport":
        _take_event(report, message.get("eventType"), fields)
    elif isinstance(inner, dict):
        _take_values(report, inner)
    elif fields:
        _take_values(report, fields)
    else:
        report.set_aside(name, found)
        report.look_for_need(found)
    return [report.finish()]


def _take_event(report: CloudReport, kind: object, fields: Mapping[str, Any]) -> None:
    """Take an event of the product. A warning that nobody explains may be a call for help."""
    report.keep("vendor_event", kind)
    number = read_number(kind)
    left = take_named(report, fields, _MEANINGS)
    is_heard = report.look_for_need({name: fields[name] for name in left})
    if number == _WARNING and not left and report.readings.metric:
        return  # all of it is known, such as a low battery: nobody calls
    if number == _WARNING and not is_heard:
        report.set_aside("eventContent", dict(fields))
        report.raise_alarm(Metric.ALARM_UNREADABLE)
    elif number != _INFO and not is_heard:
        report.set_aside("eventContent", dict(fields))


def _take_values(report: CloudReport, fields: Mapping[str, Any]) -> None:
    """Take what a product reports, by the names that are the same everywhere; the rest is looked through for a call for help."""
    fields = flatten(fields)
    if "latitude" in fields and "longitude" in fields:
        report.take_position(fields["latitude"], fields["longitude"])
    error = read_number(fields.get("error_code"))
    left = take_named(report, fields, _MEANINGS)
    if error:
        report.keep("device_fault", fields["error_code"])
    unknown = {name: fields[name] for name in left}
    report.look_for_need(unknown)
    opaque = [
        name
        for name, value in unknown.items()
        if not is_absent(value) and not is_number(value) and isinstance(value, str | list | dict)
    ]
    if opaque:
        report.set_aside(f"payload/{opaque[0]}", unknown[opaque[0]])
    for name, value in unknown.items():
        if is_number(value) or isinstance(value, bool):
            report.keep(name, value)


def _take_smoke(report: CloudReport, value: object) -> None:
    """Take the state of a smoke detector; one that is not in its maker's table may be an alarm."""
    number = read_number(value)
    found = None if number is None else _SMOKE.get(number)
    if found is None:
        report.set_aside("Alarm_Status", value)
        report.raise_alarm(Metric.ALARM_UNREADABLE)
        return
    metric, word = found
    report.keep("smoke_state", word)
    if metric is Metric.BATTERY_LOW:
        report.take_flag(metric, is_set=True)
    elif metric is not None:
        report.raise_alarm(metric, is_test=number == _SIMULATED)


def _take_gas(report: CloudReport, value: object) -> None:
    """Take the state of a gas detector: 0 is calm; 1 is gas; what else there may be nobody explained."""
    number = read_number(value)
    if number == 1:
        report.raise_alarm(Metric.ALARM_GAS)
    elif number:
        report.set_aside("gas_sensor_state", value)
        report.raise_alarm(Metric.ALARM_UNREADABLE)


def _take_battery_state(report: CloudReport, value: object) -> None:
    """Take the state of a battery: 0 is fine, 1 low; what else there may be is shown."""
    number = read_number(value)
    if number in {0.0, 1.0}:
        report.take_flag(Metric.BATTERY_LOW, is_set=number == 1)
    else:
        report.keep("battery_state", value)


_MEANINGS: Final[Mapping[str, Callable[[CloudReport, Any], None]]] = {
    **COMMON,
    "alarmstatus": _take_smoke,
    "gassensorstate": _take_gas,
    "batterystate": _take_battery_state,
    "alarmlevel": keep_as("alarm_level"),
    # of a detector 0 may be no sensor, so only other values are kept
    "temperature": lambda report, value: report.keep("temperature_c", value if read_number(value) else None, -60, 120),
    **dict.fromkeys(("time", "utc", "latitude", "longitude", "errorcode", "projectcode", "functioncode", "eventnb"), pass_over),
}
