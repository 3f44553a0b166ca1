"""Huawei's OceanConnect (`deviceDataChanged` and its batch form) and IoTDA (`device.property`), and watches that use them.

The platform may send one reading twice, alone and in a batch: both have the same device and time, so it is stored once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from homebeat.codecs.cloud_values import (
    COMMON,
    CloudReport,
    check_count,
    flatten,
    is_absent,
    is_number,
    pass_over,
    read_id,
    read_messages,
    read_number,
    require_names,
    take_named,
    tidy_name,
)
from homebeat.codecs.envelope import Format, Report
from homebeat.codecs.times import parse_iso_ms
from homebeat.codecs.wire import Limits, Unreadable
from homebeat.domain.inbound import QuarantineReason
from homebeat.domain.metric import Metric

NAME: Final = "huawei"
#: What a watch writes where it measured nothing: a pulse of 000, and with it steps of 000000.
_ALARMS: Final[Mapping[str, Metric]] = {"sos": Metric.ALARM_SOS, "fall": Metric.ALARM_FALL, "falldown": Metric.ALARM_FALL}
_CALM: Final = frozenset({"upload", "heartbeat", "register", "report", "data"})
#: `devState` of a smoke detector (Wanlin NB306). Heat is an alarm as smoke is.
_STATES_OF_A_DETECTOR: Final[Mapping[float, tuple[Metric | None, str]]] = {
    0: (None, "heartbeat"),
    1: (Metric.ALARM_SMOKE, "fire"),
    2: (Metric.ALARM_SMOKE, "heat"),
    3: (Metric.ALARM_TAMPER, "removed"),
    4: (Metric.BATTERY_LOW, "low_voltage"),
    5: (Metric.ALARM_SMOKE, "self_test"),
}
_OF_A_DETECTOR: Final = frozenset({"devId", "devState", "electricQuantity", "smokescope", "signal", "cmdValue", "temperature"})
_SMOKE_TEXT: Final = re.compile(r"NBSMOKE:[0-9]{1,12},([A-Z]{1,16})")
_STATES: Final = {"online": True, "offline": False}


def open_huawei(topic: str, payload: bytes, received_at: int, limits: Limits) -> Sequence[Report]:
    """Open a push of Huawei's platforms; see `codecs.envelope.Open`."""
    del topic
    reports = [report for one in read_messages(payload, limits) for report in _open_message(one, received_at, limits)]
    return check_count(reports, limits)


def recognise_huawei(found: object) -> bool:
    """Whether decoded JSON looks like a push of Huawei."""
    return isinstance(found, dict) and (
        ("notifyType" in found and "gatewayId" in found) or ("notify_data" in found and "resource" in found)
    )


def make_format() -> Format:
    """Make the format."""
    return Format(NAME, ("intake/huawei",), open_huawei, recognise_huawei)


def _open_message(message: Mapping[str, Any], received_at: int, limits: Limits) -> list[Report]:
    if "notify_data" in message:
        return _open_iotda(message, received_at, limits)
    kind = message.get("notifyType")
    if not isinstance(kind, str):
        raise Unreadable(QuarantineReason.WRONG_SHAPE, "neither notifyType nor notify_data")
    service, services = message.get("service"), message.get("services")
    found = [service] if isinstance(service, dict) else services if isinstance(services, list) else []
    if found:
        names = require_names(message, "deviceId")
        return [
            _read_service(names, one.get("data"), one.get("eventTime"), received_at, limits)
            for one in found
            if isinstance(one, dict)
        ]
    if kind in {"deviceDataChanged", "deviceDatasChanged"}:
        raise Unreadable(QuarantineReason.WRONG_SHAPE, "no service")
    info = message.get("deviceInfo")
    return _read_state(message, info.get("status") if isinstance(info, dict) else None, None, received_at, limits)


def _open_iotda(message: Mapping[str, Any], received_at: int, limits: Limits) -> list[Report]:
    inner = message["notify_data"]
    head, body = (inner.get("header"), inner.get("body")) if isinstance(inner, dict) else (None, None)
    if not isinstance(head, dict) or not isinstance(body, dict):
        raise Unreadable(QuarantineReason.WRONG_SHAPE, "no header and body in notify_data")
    at = message.get("event_time")
    services = body.get("services")
    if isinstance(services, list):
        names = require_names(head, "device_id", "node_id")
        return [
            _read_service(names, one.get("properties"), one.get("event_time") or at, received_at, limits)
            for one in services
            if isinstance(one, dict)
        ]
    return _read_state(head, body.get("status"), at, received_at, limits)


def _read_state(message: Mapping[str, Any], state: object, at: object, received_at: int, limits: Limits) -> list[Report]:
    """Read that a device came or went; other news of the platform is about no device that anybody wears."""
    is_online = _STATES.get(state.lower()) if isinstance(state, str) else None
    if is_online is None:
        return []
    report = CloudReport(require_names(message, "deviceId", "device_id"), _read_time(at), received_at, limits)
    report.take_flag(Metric.ONLINE, is_set=is_online)
    return [report.finish()]


def _read_service(names: Sequence[str], found: object, at: object, received_at: int, limits: Limits) -> Report:
    inner = [text for name in ("DeviceID", "IMEI") if isinstance(found, dict) and (text := read_id(found.get(name)))]
    report = CloudReport([*names, *dict.fromkeys(inner)], _read_time(at), received_at, limits)
    if not isinstance(found, dict):
        report.set_aside("data", found)
        report.look_for_need(found)
        return report.finish()
    kind = found.get("MessageType")
    _take_kind(report, kind)
    nothing_measured = read_number(found.get("HeartRate")) == 0
    fields = {
        name: value for name, value in found.items() if not (nothing_measured and name == "Steps" and not read_number(value))
    }
    fields = flatten(fields)
    if {"devState", "smokescope"} <= fields.keys():
        _take_detector(report, fields)
        fields = {name: value for name, value in fields.items() if name not in _OF_A_DETECTOR}
    left = take_named(report, fields, _MEANINGS)
    unknown = {name: fields[name] for name in left}
    report.look_for_need(unknown)
    for name, value in unknown.items():
        if is_number(value) or isinstance(value, bool):
            report.keep(name, value)
        elif not is_absent(value):
            report.set_aside(name, value)
    return report.finish()


def _take_detector(report: CloudReport, fields: Mapping[str, Any]) -> None:
    """Take what a smoke detector says that reports `devState` beside `smokescope` (Wanlin NB306); its temperature has no unit."""
    report.take(Metric.BATTERY_PCT, fields.get("electricQuantity"))
    for name in ("smokescope", "signal"):
        report.keep(name, fields.get(name))
    number = read_number(fields["devState"])
    alarm, word = (None, "") if number is None else _STATES_OF_A_DETECTOR.get(number, (None, ""))
    if not word:
        report.set_aside("devState", fields["devState"])
        report.raise_alarm(Metric.ALARM_UNREADABLE)
        return
    report.keep("smoke_state", word)
    if alarm is Metric.BATTERY_LOW:
        report.take_flag(alarm, is_set=True)
    elif alarm is not None:
        report.raise_alarm(alarm, is_test=word == "self_test")


def _take_text(report: CloudReport, value: object) -> None:
    """Take the text of a smoke detector, such as `NBSMOKE:17,ALARM`; another text is looked through for a call for help."""
    found = _SMOKE_TEXT.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        report.set_aside("valuestring", value)
        report.look_for_need({"text": value})
        return
    word = found[1].lower()
    report.keep("smoke_state", word)
    if word in {"alarm", "keytest"}:
        report.raise_alarm(Metric.ALARM_SMOKE, is_test=word == "keytest")
    elif word == "batfault":
        report.take_flag(Metric.BATTERY_LOW, is_set=True)


def _take_kind(report: CloudReport, kind: object) -> None:
    """Take what a watch says that its message is. One that nobody explains may be a call for help."""
    if not isinstance(kind, str) or tidy_name(kind) in _CALM:
        return
    alarm = _ALARMS.get(tidy_name(kind))
    if alarm is None:
        report.set_aside("MessageType", kind)
    report.raise_alarm(alarm or Metric.ALARM_UNREADABLE)


def _read_time(at: object) -> int | None:
    return parse_iso_ms(at) if isinstance(at, str) else None


_MEANINGS: Final[Mapping[str, Callable[[CloudReport, Any], None]]] = {
    **COMMON,
    # a watch writes its position as two numbers of unknown scale, and an overflow where it has none
    **dict.fromkeys(("messagetype", "location", "devicetime"), pass_over),
    "valuestring": _take_text,
}
