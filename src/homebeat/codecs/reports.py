"""What the codecs of makers share: JSON as it comes, times as makers write them, values, and hearing what nobody explained."""

from __future__ import annotations

import json
import re
from datetime import datetime
from functools import lru_cache
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

import msgspec

from homebeat.codecs.need import find_need, may_show
from homebeat.codecs.times import convert_to_ms, parse_iso_ms, place_time
from homebeat.codecs.tolerant import Repeated, decode_tolerantly
from homebeat.codecs.values import add_fault, format_value, take, take_extra
from homebeat.codecs.wire import Limits, Mark, Raw, Readings, Unreadable
from homebeat.domain.inbound import QuarantineReason
from homebeat.domain.metric import PLAUSIBLE, Metric, Shape

T = TypeVar("T")

_JSON: Final = msgspec.json.Decoder()
#: Until then no clock of a device was right that is read here: such times are placeholders (`1111-11-11`, 1970, 2000).
_FIRST_TIME_MS: Final = 1_262_304_000_000
_LARGEST: Final = 1e15
#: A run of so many digits shows in every `_STEP`-th byte as three digits in a row. Ids and times hardly ever do.
_LONG: Final = 300
_STEP: Final = 100
_DIGITS: Final = re.compile(rb"[0-9]{3}")
_ENDLESS: Final = re.compile(rb"[0-9]{300}")
#: Nanoseconds in some thousand years.
_LATEST: Final = 1e20
#: Of an address, in characters.
_LONGEST_NAME: Final = 128
#: Nearly every time without a zone is written as a minute, and seconds without a fraction: in ms, by how they are written.
_MINUTE: Final = len("2026-03-01T08:00")
_TO_THE_SECOND: Final = len("2026-03-01T08:00:00")
_SECONDS: Final = {f":{second:02d}": second * 1000 for second in range(60)}
_NAIVE: Final = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?", re.ASCII)
#: Numbers from here on count milliseconds, microseconds and nanoseconds since 1970; smaller ones count seconds.
_UNITS: Final = ((1e17, 1e-9), (1e14, 1e-6), (1e11, 1e-3), (0.0, 1.0))
_PLAIN: Final = frozenset({int, float, bool})
#: What the values of a number can be, by the number of its metric: to look up a member of an enumeration takes long.
_NUMBERS: Final = {
    int(one): (int(one), each.low, each.high, each.unmeasured) for one, each in PLAUSIBLE.items() if each.shape is Shape.NUMBER
}
#: Members of an enumeration are found slowly.
_NO_MARK: Final = Mark.NONE
_UNTIMED: Final = Mark.UNTIMED
_FIRST_ALARM: Final = int(Metric.ALARM_SOS)
_LAST_ALARM: Final = int(Metric.ALARM_GAS)


def check_size(payload: bytes, limits: Limits) -> None:
    """Refuse a message that is too large.

    Raises:
        Unreadable: It is.
    """
    if len(payload) > limits.max_payload_bytes:
        raise Unreadable(QuarantineReason.TOO_LARGE, f"{len(payload)} bytes")


def decode_json(payload: bytes, limits: Limits) -> object:
    """Decode JSON, quickly where it is sound; what is not JSON by the letter has the types of `codecs.tolerant`.

    Raises:
        Unreadable: Too large, not UTF-8, not JSON, or nested too deeply.
    """
    check_size(payload, limits)
    if _may_be_endless(payload):
        return decode_tolerantly(payload)
    try:
        return _JSON.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return decode_tolerantly(payload)


def _may_be_endless(payload: bytes) -> bool:
    """Whether a number may be in it that is too long to become a float (309 digits). Nearly always a few bytes are looked at."""
    return len(payload) > _LONG and _DIGITS.search(payload[::_STEP]) is not None and _ENDLESS.search(payload) is not None


def decode_object(payload: bytes, limits: Limits) -> dict[str, object]:
    """Decode a message that has to be one JSON object with something in it.

    Raises:
        Unreadable: As `decode_json`, or it is no object, or an empty one.
    """
    found = decode_json(payload, limits)
    if not isinstance(found, dict):
        raise Unreadable(QuarantineReason.WRONG_SHAPE, f"not an object: {format_value(found)}")
    if not found:
        raise Unreadable(QuarantineReason.EMPTY)
    return found


def decode_as(payload: bytes, decoder: msgspec.json.Decoder[T], limits: Limits) -> T:
    """Decode a message of which only some places are needed. Give the places of a struct the type `Any`, and look at them.

    A whole number of hundreds of digits stays one: compare it with a limit before you reckon with it.

    Raises:
        Unreadable: As `decode_json`, or an object or a list stands where the struct has none.
    """
    check_size(payload, limits)
    try:
        return decoder.decode(payload)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        found = decode_tolerantly(payload)
    try:
        return msgspec.convert(found, decoder.type)
    except (msgspec.ValidationError, ValueError) as error:
        raise Unreadable(QuarantineReason.WRONG_SHAPE, format_value(str(error))) from None


def read_text(value: object) -> str:
    """Read a name or an id: a text, or a whole number as one; empty where it is neither, or cannot be shown."""
    if value.__class__ is int:
        value = str(value)
    return value if isinstance(value, str) and value.isprintable() and len(value) <= _LONGEST_NAME else ""


def read_moment(value: object, limits: Limits) -> int | None:
    """Read a time, to epoch ms: ISO 8601, or a number since 1970 in seconds, ms, us or ns, told by its size.

    A text without a zone is read by the clock of the site (`limits.zone`).

    Returns:
        None where it is none, or has no zone and the site names none.
    """
    if isinstance(value, str):
        zone = limits.zone
        if len(value) == _TO_THE_SECOND and zone is not None and (second := _SECONDS.get(value[_MINUTE:])) is not None:
            minute = _find_minute(value[:_MINUTE], zone)
            if minute is not None:
                return minute + second
        if "Z" in value or "+" in value or _NAIVE.fullmatch(value) is None:
            return parse_iso_ms(value)
        return None if zone is None else _find_instant(value, zone)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _LATEST:
        return None
    return convert_to_ms(value * next(factor for size, factor in _UNITS if value >= size))


@lru_cache(maxsize=1_000)
def _find_minute(text: str, zone: ZoneInfo) -> int | None:
    """Find when a minute begins by the clock of a zone. Since 1972 no clock was changed within one."""
    return None if _NAIVE.fullmatch(text) is None else _find_instant(text, zone)


def _find_instant(text: str, zone: ZoneInfo) -> int | None:
    try:
        return round(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp() * 1000)
    except (ValueError, OverflowError):
        return None


def place_moment(readings: Readings, name: str, value: object, received_at: int, limits: Limits) -> tuple[int, Mark]:
    """Place what a message says of now on the time axis: (event time in epoch ms, mark). No reading is lost over its time.

    Args:
        readings: Takes the fault of a time that cannot be read.
        name: Of the field.
        value: As the message has it; without one, or with a placeholder, arrival counts.
        received_at: Arrival, epoch ms.
        limits: How far a clock may be off, and the zone of texts without one.
    """
    if value is None or value == "":
        return received_at, _UNTIMED
    at = read_moment(value, limits)
    if at is not None and received_at - limits.behind_ms <= at <= received_at + limits.future_ms:
        return at, _NO_MARK  # nearly always
    if at is None:
        if not (isinstance(value, str) and _NAIVE.fullmatch(value)):
            add_fault(readings, QuarantineReason.WRONG_TYPE, name, format_value(value))
        return received_at, Mark.UNTIMED
    if at < _FIRST_TIME_MS:
        return received_at, Mark.UNTIMED
    return place_time(at, received_at, limits, listed=False) or (received_at, Mark.CLOCK_CORRECTED)


def put(readings: Readings, metric: Metric | Raw, value: float, at: int, mark: Mark) -> None:
    """Add a reading that is known to be good."""
    readings.metric.append(+metric)  # a plain number, made faster than by `int`
    readings.at.append(at)
    readings.value.append(value)
    readings.mark.append(+mark)


def take_number(readings: Readings, metric: Metric, value: object, at: int, mark: Mark, limits: Limits) -> None:
    """Add a number if it is one and can be true; otherwise it is a fault, or was not measured."""
    known = _NUMBERS.get(+metric)
    kind = value.__class__
    if known is None or (kind is not float and kind is not int):
        take(readings, metric.wire_name, value, at, mark, limits)
    elif known[1] <= value <= known[2] and value not in known[3]:  # type: ignore[operator]
        readings.metric.append(known[0])
        readings.at.append(at)
        readings.value.append(value)  # type: ignore[arg-type]
        readings.mark.append(+mark)
    else:
        take(readings, metric.wire_name, value, at, mark, limits)


def show(readings: Readings, name: str, value: object, at: int, limits: Limits) -> None:
    """Keep a value that nothing judges and somebody may want to see; nothing where it is empty."""
    if (value.__class__ is int or value.__class__ is float) and -_LARGEST <= value <= _LARGEST:
        if len(readings.extras) < limits.max_extras:
            readings.extras.append((name, at, repr(value)))
            return
    elif value is None or value == "":
        return
    take_extra(readings, name, value, at, limits)


def _is_plain_value(value: object) -> bool:
    return value.__class__ in _PLAIN or (isinstance(value, str) and is_plain_text(value))


def is_plain_text(text: str) -> bool:
    """Whether a name or a short text says nothing of an alarm."""
    return len(text) < _LONGEST_NAME and _is_plain(text)


@lru_cache(maxsize=10_000)
def _is_plain(text: str) -> bool:
    return not may_show(f'"{text}"'.encode(errors="replace"))


def hear(readings: Readings, left: object, received_at: int) -> None:
    """Look through what a codec did not explain for a call for help. What is found stands at its arrival, with a fault beside it.

    Args:
        readings: What the codec explained. Where it raises an alarm of a person or for fire, nothing is looked for.
        left: The rest of the message, best under its own names: an object, a list or a text.
        received_at: Arrival, epoch ms.

    Raises:
        Unreadable: It is nested too deeply.
    """
    if not left:
        return
    for metric in readings.metric:
        if _FIRST_ALARM <= metric <= _LAST_ALARM:
            return
    if isinstance(left, dict) and all(_is_plain_value(one) and is_plain_text(name) for name, one in left.items()):
        return  # nearly always: names and values that say nothing of an alarm
    try:
        written = json.dumps(left, default=_write_odd, ensure_ascii=False).encode(errors="replace")
    except RecursionError:
        raise Unreadable(QuarantineReason.WRONG_SHAPE, "nested too deep") from None
    if not may_show(written):
        return
    need = find_need(written, is_readable=not readings.faults)
    alarms = list(need.alarms) or ([Metric.ALARM_UNREADABLE] if need.words else [])
    for alarm in alarms:
        if alarm not in readings.metric:
            put(readings, alarm, 1.0, received_at, Mark.UNTIMED)
    if alarms:
        said = ", ".join(need.words or [alarm.wire_name for alarm in need.alarms])
        readings.faults.append((QuarantineReason.WRONG_SHAPE, ascii(f"taken for a call for help: {said}")[1:-1]))


def _write_odd(value: object) -> object:
    return list(value.values) if isinstance(value, Repeated) else str(value)
