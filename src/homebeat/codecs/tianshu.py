"""The watch cloud Tianshu: what 4G watches report, by flags.

`AL` is an alarm, `UD` a position, `UD2` positions that are sent later, `LK` a heartbeat with steps and battery; `blood`, `oxygen`
and `temp` are measurements. Times have no zone: they are read by `limits.zone`, or arrival counts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from homebeat.codecs.cloud_values import (
    COMMON,
    CloudReport,
    check_count,
    keep_as,
    pass_over,
    read_messages,
    require_names,
    take_metric,
    take_named,
)
from homebeat.codecs.envelope import Format, Report
from homebeat.codecs.wire import Limits, Unreadable
from homebeat.domain.inbound import QuarantineReason
from homebeat.domain.metric import Metric

NAME: Final = "tianshu"
_ALARM, _LATER = "AL", "UD2"
_LONGEST_TIME: Final = 19
#: Bits of `status` in messages of this family of watches: SOS, and a fall.
_SOS_BIT: Final = 1 << 16
_FALL_BIT: Final = 1 << 21


def open_tianshu(topic: str, payload: bytes, received_at: int, limits: Limits) -> Sequence[Report]:
    """Open a push of Tianshu, or what its interface answers; see `codecs.envelope.Open`."""
    del topic
    records = [record for message in read_messages(payload, limits) for record in _list_records(message)]
    return check_count([_read_record(record, received_at, limits) for record in records], limits)


def recognise_tianshu(found: object) -> bool:
    """Whether decoded JSON looks like a push of Tianshu."""
    return isinstance(found, dict) and {"deviceId", "uid", "flag", "data"} <= found.keys()


def make_format() -> Format:
    """Make the format."""
    return Format(NAME, ("intake/tianshu",), open_tianshu, recognise_tianshu)


def _list_records(message: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    inner = message.get("data")
    listed = inner.get("list") if isinstance(inner, dict) and "flag" not in message else None
    if isinstance(listed, list):
        return [one for one in listed if isinstance(one, dict)]
    return [message]


def _read_record(record: Mapping[str, Any], received_at: int, limits: Limits) -> Report:
    flag = record.get("flag")
    if not isinstance(flag, str):
        raise Unreadable(QuarantineReason.WRONG_SHAPE, "no flag")
    found = record.get("data")
    fields = found if isinstance(found, dict) else {}
    at = _read_naive(fields.get("time"), limits)
    # an alarm is judged by its arrival, and an interface gives old ones again: none of them is live
    report = CloudReport(require_names(record, "deviceId"), at, received_at, limits, is_old=flag == _LATER)
    if flag == _ALARM:
        _take_alarm(report, fields.get("status"))
    if "latitude" in fields and "longitude" in fields:
        report.take_position(fields["latitude"], fields["longitude"])
    left = take_named(report, fields, _MEANINGS)
    report.look_for_need({name: fields[name] for name in left})
    if flag != _ALARM and fields and not report.readings.metric and left:
        report.set_aside(f"data of {flag}", found)
    return report.finish()


def _take_alarm(report: CloudReport, status: object) -> None:
    """Take an alarm. Its kind stands in the bits of its status; one without a known bit may be a call for help."""
    try:
        bits = int(status, 16) if isinstance(status, str) and len(status) == 8 else 0
    except ValueError:
        bits = 0
    known = [metric for bit, metric in ((_SOS_BIT, Metric.ALARM_SOS), (_FALL_BIT, Metric.ALARM_FALL)) if bits & bit]
    for metric in known or [Metric.ALARM_UNREADABLE]:
        report.raise_alarm(metric)
    report.keep("alarm", _ALARM)


def _read_naive(value: object, limits: Limits) -> int | None:
    """Read a time without a zone by the zone of the installation; None where neither is known."""
    if not isinstance(value, str) or len(value) > _LONGEST_TIME or limits.zone is None:
        return None
    try:
        local = datetime.strptime(value, "%Y-%m-%d %H:%M:%S").replace(tzinfo=limits.zone)
        return round(local.astimezone(UTC).timestamp() * 1000)
    except (ValueError, OverflowError):
        return None


_MEANINGS: Final[Mapping[str, Callable[[CloudReport, Any], None]]] = {
    **COMMON,
    **dict.fromkeys(("heart", "hr"), take_metric(Metric.HEART_RATE_BPM)),
    "temp": keep_as("temperature_c", 20, 45),
    **dict.fromkeys(("high", "systolic", "sbp"), keep_as("blood_pressure_high_mmhg", 40, 300)),
    **dict.fromkeys(("low", "diastolic", "dbp"), keep_as("blood_pressure_low_mmhg", 20, 200)),
    "speed": keep_as("speed_m_s", 0, 100),
    "rolls": keep_as("rolls", 0, 1e9),
    **dict.fromkeys(
        ("time", "latitude", "longitude", "altitude", "angle", "stars", "gsm", "status", "sites", "wifis"), pass_over
    ),
}
