"""The native form: one JSON object of metrics, or a list of them for back-fill.

Nearly every message is one small flat object of known metrics, in range; those take the fast path. Whatever is odd (a name
given twice, `NaN`, a text for a number, an absurd time) makes the whole message be read again by the tolerant path, which
takes what can be used and names what cannot.

Times. Without `at`, arrival time is used (UNTIMED). A single object is live: a clock ahead or days behind is corrected to
arrival (CLOCK_CORRECTED). In a list such an entry is refused, and of several entries without a time only the first reading
of each metric is used. A time that cannot be read (no zone, a text, twice) refuses the entry. An alarm is never refused for
its time: it is placed at arrival and marked. An entry with nothing but a readable time is a heartbeat.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from homebeat.codecs.times import device_ms, iso_ms, placed
from homebeat.codecs.tolerant import tolerant
from homebeat.codecs.values import ALARM, beat, refuse, shown, take, take_alarms
from homebeat.codecs.wire import Limits, Mark, Readings, Unreadable
from homebeat.domain.inbound import QuarantineReason
from homebeat.domain.metric import ALARMS, PLAUSIBLE, Metric, Shape

_JSON: Final = msgspec.json.Decoder()
_DEFAULT: Final = Limits()
_NUMBER_TYPES: Final = frozenset({int, float})
_FLAG_TYPES: Final = frozenset({bool})

#: name -> (metric, low, high, types that need no second look, what means unmeasured)
_PLAIN: Final[dict[str, tuple[int, float, float, frozenset[type], frozenset[float]]]] = {
    metric.wire_name: (int(metric), p.low, p.high, _FLAG_TYPES if p.shape is Shape.BOOLEAN else _NUMBER_TYPES, p.unmeasured)
    for metric, p in PLAUSIBLE.items()
    if p.shape is not Shape.STATUS
}
_HEARTBEAT: Final = int(Metric.HEARTBEAT)
_ALARM_NUMBERS: Final = {text: int(metric) for text, metric in ALARMS.items()}


def decode(payload: bytes, received_at: int, limits: Limits = _DEFAULT) -> Readings:
    """Readings of one message.

    Args:
        payload: The bytes as they came.
        received_at: Arrival, epoch ms.
        limits: Sizes and times beyond which things are refused.

    Raises:
        Unreadable: Nothing of it can be used.
    """
    if len(payload) > limits.max_payload_bytes:
        raise Unreadable(QuarantineReason.TOO_LARGE, f"{len(payload)} bytes")
    try:
        found = _JSON.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _tolerated(payload, received_at, limits)
    listed = found.__class__ is list
    readings = Readings([], [], [], [], [], [], 0)
    colons = 0
    for entry in found if listed else (found,):
        before = len(readings.metric)
        plain = _plain(entry, received_at, limits, readings.metric, readings.value, listed=listed)
        if plain is None or len(readings.metric) > limits.max_readings:
            return _tolerated(payload, received_at, limits)
        at, mark, used, unmeasured = plain
        count = len(readings.metric) - before
        readings.at += [at] * count
        readings.mark += [mark] * count
        readings.unmeasured += unmeasured
        colons += used
    return readings if colons == payload.count(b":") and colons else _tolerated(payload, received_at, limits)


def decode_plainly(
    payload: bytes, received_at: int, limits: Limits, metrics: list[int], values: list[float]
) -> tuple[int, int, int] | None:
    """The hot path of bulk reading: one flat object of known metrics in range goes straight into the caller's columns.

    Returns:
        (event time, mark, unmeasured), after the readings were appended to `metrics` and `values`; or None, with nothing
        appended, for anything that `decode` must look at.
    """
    try:
        found = _JSON.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    before = len(metrics)
    plain = _plain(found, received_at, limits, metrics, values, listed=False)
    # Every name has one colon outside of texts: more colons than names means that one was given twice.
    if plain is not None and plain[2] == payload.count(b":") and len(payload) <= limits.max_payload_bytes:
        return plain[0], plain[1], plain[3]
    del metrics[before:], values[before:]
    return None


def _plain(
    entry: object, received_at: int, limits: Limits, metrics: list[int], values: list[float], *, listed: bool
) -> tuple[int, int, int, int] | None:
    """Append one flat entry of known metrics in range: (event time, mark, colons accounted for, unmeasured).

    None means that the entry needs a second look; what was appended until then is the caller's to drop.
    """
    if not isinstance(entry, dict) or not entry:
        return None
    named: dict[str, Any] = entry
    when = named.get("at")
    at, mark = _placed_plainly(when, received_at, limits, listed=listed)
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


def _placed_plainly(when: Any, received_at: int, limits: Limits, *, listed: bool) -> tuple[int, int]:
    """(Event time, mark); a mark below zero means that the time needs a second look."""
    if when.__class__ is int:
        at: int | None = when
    elif when.__class__ is str:
        at = iso_ms(when)
    elif when is None and not listed:
        return received_at, 1
    else:
        return 0, -1
    if at is None:
        return 0, -1
    if received_at - (limits.backfill_ms if listed else limits.behind_ms) <= at <= received_at + limits.future_ms:
        return at, 0
    return received_at, -1 if listed else 2


def _tolerated(payload: bytes, received_at: int, limits: Limits) -> Readings:
    found = tolerant(payload)
    if isinstance(found, list):
        entries, listed = found, True
    elif isinstance(found, dict):
        entries, listed = [found], False
    else:
        raise Unreadable(QuarantineReason.WRONG_SHAPE, f"neither an object nor a list: {shown(found)}")
    if not any(entries):
        raise Unreadable(QuarantineReason.EMPTY)
    readings = Readings()
    untimed: set[str] = set()
    for entry in entries:
        if not isinstance(entry, dict):
            refuse(readings, QuarantineReason.WRONG_SHAPE, "entry", shown(entry))
        elif entry:
            _take_entry(readings, entry, received_at, limits, untimed, listed=listed)
    return readings


def _take_entry(
    readings: Readings, entry: dict[str, object], received_at: int, limits: Limits, untimed: set[str], *, listed: bool
) -> None:
    given = entry.get("at")
    place: tuple[int, Mark] | None = (received_at, Mark.UNTIMED)
    if given is not None:
        at = device_ms(given)
        place = None if at is None else placed(at, received_at, limits, listed=listed)
        if at is None:
            refuse(readings, QuarantineReason.WRONG_TYPE, "at", shown(given))
        elif place is None:
            refuse(readings, QuarantineReason.ABSURD_TIME, "at", shown(given))
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
                refuse(readings, QuarantineReason.ABSURD_TIME, name, "several entries without a time of their own")
                continue
            untimed.add(name)
        take(readings, name, value, *place, limits)
    says_something = len(readings.extras) + readings.unmeasured > said or list(entry) == ["at"]
    if says_something and len(readings.metric) == before:
        beat(readings, *place)
