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

from typing import Final

import msgspec

from homebeat.codecs.times import device_ms, iso_ms, placed
from homebeat.codecs.tolerant import tolerant
from homebeat.codecs.values import ALARM, beat, refuse, shown, take, take_alarms
from homebeat.codecs.wire import Limits, Mark, Readings, Unreadable
from homebeat.domain.inbound import QuarantineReason
from homebeat.domain.metric import ALARMS, PLAUSIBLE, Shape

_JSON: Final = msgspec.json.Decoder()
_DEFAULT: Final = Limits()
_NUMBER_TYPES: Final = frozenset({int, float})
_FLAG_TYPES: Final = frozenset({bool})

#: name -> (metric, low, high, types that need no second look, whether zero means unmeasured)
_PLAIN: Final[dict[str, tuple[int, float, float, frozenset[type], bool]]] = {
    metric.wire_name: (
        int(metric),
        p.low,
        p.high,
        _FLAG_TYPES if p.shape is Shape.BOOLEAN else _NUMBER_TYPES,
        p.zero_means_unmeasured,
    )
    for metric, p in PLAUSIBLE.items()
    if p.shape is not Shape.STATUS
}
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
    readings = Readings([], [], [], [], [], [], 0)
    # Every name has one colon outside of texts: fewer names than colons means that one was given twice.
    colons = payload.count(b":")
    if found.__class__ is dict:
        used = _taken_plainly(readings, found, received_at, limits.behind_ms, limits, listed=False)
        if used == colons and found:
            return readings
    elif found.__class__ is list and found and _list_taken_plainly(readings, found, received_at, limits) == colons:
        return readings
    return _tolerated(payload, received_at, limits)


def _list_taken_plainly(readings: Readings, entries: list[object], received_at: int, limits: Limits) -> int:
    """Colons accounted for, or -1 when some entry needs a second look."""
    total = 0
    for entry in entries:
        if not isinstance(entry, dict) or not entry:
            return -1
        used = _taken_plainly(readings, entry, received_at, limits.backfill_ms, limits, listed=True)
        if used < 0 or len(readings.metric) > limits.max_readings:
            return -1
        total += used
    return total


def _taken_plainly(
    readings: Readings, entry: dict[str, object], received_at: int, behind_ms: int, limits: Limits, *, listed: bool
) -> int:
    """Take one flat entry of known metrics in range; the colons it accounts for, or -1 when it needs a second look."""
    when = entry.get("at")
    at, mark = _placed_plainly(when, received_at, behind_ms, limits, listed=listed)
    if mark < 0:
        return -1
    metrics, values = readings.metric, readings.value
    before = len(metrics)
    for name, value in entry.items():
        plain = _PLAIN.get(name)
        if plain is not None:
            metric, low, high, types, zero_is_unmeasured = plain
            if value.__class__ not in types:
                return -1
            if zero_is_unmeasured and not value:
                readings.unmeasured += 1
                continue
            if not low <= value <= high:  # type: ignore[operator]
                return -1
            metrics.append(metric)
            values.append(value)  # type: ignore[arg-type]
        elif name == ALARM and isinstance(value, str) and value in _ALARM_NUMBERS:
            metrics.append(_ALARM_NUMBERS[value])
            values.append(1.0)
        elif name != "at":
            return -1
    count = len(metrics) - before
    if not count:
        beat(readings, at, Mark(mark))
        return len(entry) + (when.count(":") if isinstance(when, str) else 0)
    readings.at += [at] * count
    readings.mark += [mark] * count
    return len(entry) + (when.count(":") if isinstance(when, str) else 0)


def _placed_plainly(when: object, received_at: int, behind_ms: int, limits: Limits, *, listed: bool) -> tuple[int, int]:
    """(Event time, mark); a mark below zero means that the time needs a second look."""
    if when.__class__ is int:
        at: int | None = when
    elif isinstance(when, str):
        at = iso_ms(when)
    elif when is None and not listed:
        return received_at, 1
    else:
        at = None
    if at is None:
        return 0, -1
    if received_at - behind_ms <= at <= received_at + limits.future_ms:
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
