"""Tencent IoT Hub and IoT Explorer: reports of properties and events, and devices that come and go.

The platform wraps what the device sent: an object, a JSON text, or that in base64.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from homebeat.codecs.cloud_values import (
    COMMON,
    CloudReport,
    check_count,
    flatten,
    is_absent,
    is_number,
    read_base64,
    read_epoch_ms,
    read_messages,
    read_number,
    require_names,
    take_named,
    tidy_name,
)
from homebeat.codecs.envelope import Format, Report
from homebeat.codecs.times import convert_to_ms
from homebeat.codecs.tolerant import decode_tolerantly
from homebeat.codecs.wire import Limits, Unreadable
from homebeat.domain.metric import Metric

NAME: Final = "tencent"
_STATES: Final = {"online": True, "offline": False}
#: Epoch seconds are smaller, and milliseconds larger.
_SECONDS: Final = 1e11


def open_tencent(topic: str, payload: bytes, received_at: int, limits: Limits) -> Sequence[Report]:
    """Open a push of Tencent; see `codecs.envelope.Open`."""
    del topic
    reports = [_open_message(message, received_at, limits) for message in read_messages(payload, limits)]
    return check_count(reports, limits)


def recognise_tencent(found: object) -> bool:
    """Whether decoded JSON looks like a push of Tencent."""
    names = {tidy_name(name) for name in found} if isinstance(found, dict) else set[str]()
    return {"devicename", "productid"} <= names and bool({"payload", "event"} & names)


def make_format() -> Format:
    """Make the format."""
    return Format(NAME, ("intake/tencent",), open_tencent, recognise_tencent)


def _open_message(message: Mapping[str, Any], received_at: int, limits: Limits) -> Report:
    outer = {tidy_name(name): value for name, value in message.items()}
    names = require_names(outer, "devicename")
    event = outer.get("event")
    is_online = _STATES.get(event.lower()) if isinstance(event, str) else None
    inner = _unwrap(outer.get("payload"))
    fields = inner if isinstance(inner, dict) else {}
    params = fields.get("params", fields)
    sent_at = next(
        (at for one in (fields.get("timestamp"), outer.get("timestamp"), outer.get("time")) if (at := _read_time(one))), None
    )
    report = CloudReport(names, sent_at, received_at, limits)
    if is_online is not None:
        report.take_flag(Metric.ONLINE, is_set=is_online)
        return report.finish()
    if not isinstance(params, dict) or not params:
        report.look_for_need(message)
        report.set_aside("payload", inner)
        return report.finish()
    params = flatten(params)
    left = take_named(report, params, COMMON)
    unknown = {name: params[name] for name in left}
    report.look_for_need(unknown | ({"eventId": fields["eventId"]} if "eventId" in fields else {}))
    for name, value in unknown.items():
        if is_number(value) or isinstance(value, bool):
            report.keep(name, value)
        elif not is_absent(value) and name not in {"method", "clientToken", "version"}:
            report.set_aside(name, value)
    return report.finish()


def _unwrap(payload: object) -> object:
    """Unwrap what the device sent; bytes that are no JSON stay the text that they came as."""
    if not isinstance(payload, str):
        return payload
    for raw in (payload.encode(errors="replace"), read_base64(payload)):
        try:
            return decode_tolerantly(raw)
        except Unreadable:
            continue
    return payload


def _read_time(value: object) -> int | None:
    number = read_number(value)
    if number is not None and 0 < number < _SECONDS:
        return read_epoch_ms(convert_to_ms(number))
    return read_epoch_ms(value)
