"""OneNET (China Mobile): data points (type 1), online and offline (type 2), results of commands (type 7), and the things model.

Data points of NB-IoT devices are mostly frames of their makers, as text in hex: they are kept with their bytes and not guessed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from homebeat.codecs.cloud_values import (
    COMMON,
    CloudReport,
    check_count,
    read_epoch_ms,
    read_id,
    read_messages,
    read_number,
    require_names,
    take_metric,
    tidy_name,
)
from homebeat.codecs.envelope import Format, Report
from homebeat.codecs.wire import Limits, Unreadable
from homebeat.domain.inbound import QuarantineReason
from homebeat.domain.metric import Metric

NAME: Final = "onenet"
_DATA, _ONLINE, _COMMAND = 1, 2, 7
#: Resources of LwM2M objects, by object, instance and resource.
_RESOURCES: Final = {
    "3_0_9": take_metric(Metric.BATTERY_PCT),
    "3424_0_1": take_metric(Metric.VOLUME_M3),  # of the water meter of uCIFI, in the registry of OMA
}


def open_onenet(topic: str, payload: bytes, received_at: int, limits: Limits) -> Sequence[Report]:
    """Open a push of OneNET, as the intake unwrapped it; see `codecs.envelope.Open`."""
    del topic
    reports = [report for one in read_messages(payload, limits) for report in _open_wrapped(one, received_at, limits)]
    return check_count(reports, limits)


def recognise_onenet(found: object) -> bool:
    """Whether decoded JSON looks like a push of OneNET."""
    inner = found.get("msg", found) if isinstance(found, dict) else None
    if not isinstance(inner, dict):
        return False
    is_point = "dev_id" in inner and inner.get("type") in {_DATA, _ONLINE, _COMMAND}
    return is_point or {"notifyType", "messageType", "deviceName", "productId"} <= inner.keys()


def make_format() -> Format:
    """Make the format."""
    return Format(NAME, ("intake/onenet",), open_onenet, recognise_onenet)


def _open_wrapped(message: Mapping[str, Any], received_at: int, limits: Limits) -> list[Report]:
    inner = message.get("msg", message)
    messages = inner if isinstance(inner, list) else [inner]
    return [report for one in messages if isinstance(one, dict) for report in _open_message(one, received_at, limits)]


def _open_message(message: Mapping[str, Any], received_at: int, limits: Limits) -> list[Report]:
    if "notifyType" in message:
        return _open_things(message, received_at, limits)
    kind = read_number(message.get("type"))
    if kind == _COMMAND:
        return []  # the result of a command; no measurement
    report = CloudReport(require_names(message, "dev_id", "imei"), read_epoch_ms(message.get("at")), received_at, limits)
    if kind == _ONLINE:
        state = read_number(message.get("status"))
        if state in {0.0, 1.0}:
            report.take_flag(Metric.ONLINE, is_set=state == 1)
        else:
            report.set_aside("status", message.get("status"))
    elif kind == _DATA:
        _take_point(report, read_id(message.get("ds_id")), message.get("value"))
    else:
        raise Unreadable(QuarantineReason.WRONG_SHAPE, "type is none of 1, 2 and 7")
    return [report.finish()]


def _take_point(report: CloudReport, name: str, value: object) -> None:
    """Take one data point by the name of its stream; a stream that nobody explains is looked through for a call for help."""
    meant = _RESOURCES.get(name) or COMMON.get(tidy_name(name))
    if meant is not None and not isinstance(value, dict | list):
        meant(report, value)
        return
    if not report.look_for_need({name: value}):
        report.set_aside(f"value of {name}", value)


def _open_things(message: Mapping[str, Any], received_at: int, limits: Limits) -> list[Report]:
    """Open a message of the things model: properties or an event, each with its own time."""
    inner = message.get("data")
    params = inner.get("params") if isinstance(inner, dict) else None
    if not isinstance(params, dict) or not params:
        raise Unreadable(QuarantineReason.WRONG_SHAPE, "no data with params")
    names, found = require_names(message, "deviceId", "deviceName"), list[Report]()
    for name, one in params.items():
        value = one.get("value") if isinstance(one, dict) else one
        at = read_epoch_ms(one.get("time")) if isinstance(one, dict) else None
        report = CloudReport(names, at, received_at, limits)
        _take_point(report, name, value)
        found.append(report.finish())
    return found
