"""Decodes the native form: one JSON object of metrics, or a list of them for back-fill.

Nearly every message is one small flat object of known metrics, in range. Those take the fast path. A message with anything odd
(a name given twice, `NaN`, a text for a number, an absurd time) is read again by the tolerant path, which uses what it can and
names the rest as faults.

Times. Without `at`, arrival time is used (UNTIMED). A single object is live: if its clock is ahead or days behind, arrival time
is used (CLOCK_CORRECTED). In a list such an entry is refused. Of several entries without a time only the first reading of each
metric is used. A time that cannot be read (no zone, a text, twice) refuses the entry. An alarm is never refused for its time:
it gets arrival time and a mark. An entry with nothing but a readable time is a heartbeat.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from homebeat.codecs.times import parse_iso_ms, place_time, read_device_ms
from homebeat.codecs.tolerant import decode_tolerantly
from homebeat.codecs.values import ALARM, add_fault, add_heartbeat, format_value, take, take_alarms
from homebeat.codecs.wire import Limits, Mark, Readings, Unreadable
from homebeat.domain.inbound import QuarantineReason
from homebeat.domain.metric import ALARMS, PLAUSIBLE, Metric, Shape

_JSON: Final = msgspec.json.Decoder()
_DEFAULT: Final = Limits()
_NUMBER_TYPES: Final = frozenset({int, float})
_FLAG_TYPES: Final = frozenset({bool})

#: name -> (metric, low, high, types that the fast path reads, values that mean "not measured")
_PLAIN: Final[dict[str, tuple[int, float, float, frozenset[type], frozenset[float]]]] = {
    metric.wire_name: (int(metric), p.low, p.high, _FLAG_TYPES if p.shape is Shape.BOOLEAN else _NUMBER_TYPES, p.unmeasured)
    for metric, p in PLAUSIBLE.items()
    if p.shape is not Shape.STATUS
}
_HEARTBEAT: Final = int(Metric.HEARTBEAT)
_ALARM_NUMBERS: Final = {text: int(metric) for text, metric in ALARMS.items()}


def decode(payload: bytes, received_at: int, limits: Limits = _DEFAULT) -> Readings:
    """Decode one message.

    Args:
        payload: The bytes as they came.
        received_at: Arrival, epoch ms.
        limits: Sizes and times beyond which parts are refused.

    Raises:
        Unreadable: Nothing of the message can be used.
    """
    if len(payload) > limits.max_payload_bytes:
        raise Unreadable(QuarantineReason.TOO_LARGE, f"{len(payload)} bytes")
    try:
        found = _JSON.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _decode_tolerantly(payload, received_at, limits)
    listed = found.__class__ is list
    readings = Readings()
    colons = 0
    for entry in found if listed else (found,):
        before = len(readings.metric)
        plain = _read_plainly(entry, received_at, limits, readings.metric, readings.value, listed=listed)
        if plain is None or len(readings.metric) > limits.max_readings:
            return _decode_tolerantly(payload, received_at, limits)
        at, mark, used, unmeasured = plain
        count = len(readings.metric) - before
        readings.at += [at] * count
        readings.mark += [mark] * count
        readings.unmeasured += unmeasured
        colons += used
    return readings if colons == payload.count(b":") and colons else _decode_tolerantly(payload, received_at, limits)


def decode_plainly(
    payload: bytes, received_at: int, limits: Limits, metrics: list[int], values: list[float]
) -> tuple[int, int, int] | None:
    """Decode one flat object of known metrics in range straight into the caller's columns: the hot path of bulk reading.

    Returns:
        (event time in epoch ms, mark, unmeasured), after the readings were appended to `metrics` and `values`. None, with
        nothing appended, for any message that needs `decode`.
    """
    try:
        found = _JSON.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    before = len(metrics)
    plain = _read_plainly(found, received_at, limits, metrics, values, listed=False)
    # Outside of texts every name has one colon. More colons than names mean that a name was given twice.
    if plain is not None and plain[2] == payload.count(b":") and len(payload) <= limits.max_payload_bytes:
        return plain[0], plain[1], plain[3]
    del metrics[before:], values[before:]
    return None


def _read_plainly(
    entry: object, received_at: int, limits: Limits, metrics: list[int], values: list[float], *, listed: bool
) -> tuple[int, int, int, int] | None:
    """Append one flat entry of known metrics in range; returns (event time, mark, colons counted, unmeasured).

    None means that the entry needs the tolerant path. The caller then drops what was appended.
    """
    if not isinstance(entry, dict) or not entry:
        return None
    named: dict[str, Any] = entry
    when = named.get("at")
    at, mark = _place_plainly(when, received_at, limits, listed=listed)
    if mark < 0:
        return None
    before = len(metrics)
    unmeasured = 0
    for name, value in named.items():
        known = _PLAIN.get(name)
        if known is not None:
            metric, low, high, types, no_value = known
            kind: type = value.__class__
            if kind not in types:
                return None
            if no_value and value in no_value:
                unmeasured += 1
            elif low <= value <= high:
                metrics.append(metric)
                values.append(value)
            else:
                return None
        elif name == ALARM and value.__class__ is str and value in _ALARM_NUMBERS:
            metrics.append(_ALARM_NUMBERS[value])
            values.append(1.0)
        elif name != "at":
            return None
    if len(metrics) == before:
        metrics.append(_HEARTBEAT)
        values.append(1.0)
    return at, mark, len(named) + (when.count(":") if when.__class__ is str else 0), unmeasured


def _place_plainly(when: Any, received_at: int, limits: Limits, *, listed: bool) -> tuple[int, int]:
    """Return (event time, mark). A mark below zero means that the time needs the tolerant path."""
    if when.__class__ is int:
        at: int | None = when
    elif when.__class__ is str:
        at = parse_iso_ms(when)
    elif when is None and not listed:
        return received_at, 1
    else:
        return 0, -1
    if at is None:
        return 0, -1
    if received_at - (limits.backfill_ms if listed else limits.behind_ms) <= at <= received_at + limits.future_ms:
        return at, 0
    return received_at, -1 if listed else 2


def _decode_tolerantly(payload: bytes, received_at: int, limits: Limits) -> Readings:
    found = decode_tolerantly(payload)
    if isinstance(found, list):
        entries, listed = found, True
    elif isinstance(found, dict):
        entries, listed = [found], False
    else:
        raise Unreadable(QuarantineReason.WRONG_SHAPE, f"neither an object nor a list: {format_value(found)}")
    if not any(entries):
        raise Unreadable(QuarantineReason.EMPTY)
    readings = Readings()
    untimed: set[str] = set()
    for entry in entries:
        if not isinstance(entry, dict):
            add_fault(readings, QuarantineReason.WRONG_SHAPE, "entry", format_value(entry))
        elif entry:
            _take_entry(readings, entry, received_at, limits, untimed, listed=listed)
    return readings


def _take_entry(
    readings: Readings, entry: dict[str, object], received_at: int, limits: Limits, untimed: set[str], *, listed: bool
) -> None:
    given = entry.get("at")
    place: tuple[int, Mark] | None = (received_at, Mark.UNTIMED)
    if given is not None:
        at = read_device_ms(given)
        place = None if at is None else place_time(at, received_at, limits, listed=listed)
        if at is None:
            add_fault(readings, QuarantineReason.WRONG_TYPE, "at", format_value(given))
        elif place is None:
            add_fault(readings, QuarantineReason.ABSURD_TIME, "at", format_value(given))
    if place is None:
        for name, value in entry.items():
            take_alarms(readings, name, value, received_at, Mark.CLOCK_CORRECTED)
        return
    before = len(readings.metric)
    said = len(readings.extras) + readings.unmeasured
    for name, value in entry.items():
        if name == "at":
            continue
        if listed and given is None and name != ALARM:
            if name in untimed:
                add_fault(readings, QuarantineReason.ABSURD_TIME, name, "several entries without a time of their own")
                continue
            untimed.add(name)
        take(readings, name, value, *place, limits)
    says_something = len(readings.extras) + readings.unmeasured > said or list(entry) == ["at"]
    if says_something and len(readings.metric) == before:
        add_heartbeat(readings, *place)
