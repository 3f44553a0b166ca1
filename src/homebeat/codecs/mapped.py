"""Decodes messages of a supplier by a map of fields (`domain.field_map`).

What the map explains is read as it says. What it does not explain is looked through for a call for help, as in every other form:
an event in a field of alarms whose value nobody explained may be one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta, timezone
from functools import partial
from itertools import islice
from typing import Any, Final

from homebeat.codecs.catalogue import DEVICE_ID
from homebeat.codecs.envelope import Format, Report
from homebeat.codecs.reports import hear, put
from homebeat.codecs.times import convert_to_ms, parse_iso_ms, place_time, read_device_ms
from homebeat.codecs.tolerant import NotFinite, Repeated, decode_tolerantly
from homebeat.codecs.values import add_fault, add_heartbeat, format_value, take
from homebeat.codecs.wire import Limits, Mark, Readings, Unreadable
from homebeat.domain.field_map import DEEPEST, LEVEL, NOTHING, MappedField, MapSpec, TimeForm
from homebeat.domain.http_template import read_pointer
from homebeat.domain.inbound import QuarantineReason
from homebeat.domain.metric import ALARMS, PLAUSIBLE, Metric

#: The device of a record that names none: no device can be called so.
NO_DEVICE: Final = "?"
#: Of a list inside a record, so many entries have places that are listed.
_SHOWN_ENTRIES: Final = 3
_NUMBER: Final = re.compile(r"-?[0-9]{1,18}(?:\.[0-9]{1,18})?")
_CHINA: Final = timezone(timedelta(hours=8))
#: What says in every field of alarms that there is none.
_CALM: Final = frozenset({"", "0", "0.0", "false", "none", "null", "normal", "ok", "no"})


def make_format(name: str, spec: MapSpec) -> Format:
    """Make the format that a map describes."""
    return Format(f"map:{name}", (spec.topic,), partial(open_mapped, spec))


def open_mapped(spec: MapSpec, topic: str, payload: bytes, received_at: int, limits: Limits) -> Sequence[Report]:
    """Open a message by a map.

    Args:
        spec: The map.
        topic: On which it came.
        payload: The bytes as they came.
        received_at: Arrival, epoch ms.
        limits: Sizes and times beyond which parts are refused.

    Raises:
        Unreadable: Nothing of the message can be used.
    """
    if len(payload) > limits.max_payload_bytes:
        raise Unreadable(QuarantineReason.TOO_LARGE, f"{len(payload)} bytes")
    found = decode_tolerantly(payload)
    records = read_records(found, spec.records)
    if not records:
        raise Unreadable(QuarantineReason.EMPTY)
    if len(records) > limits.max_reports:
        raise Unreadable(QuarantineReason.TOO_LARGE, f"{len(records)} records")
    listed = len(records) > 1
    return [_make_report(spec, topic, record, received_at, limits, listed=listed) for record in records]


def read_records(found: object, pointer: str) -> list[Any]:
    """Read what is about one device each: the entries of the list at a place, or of the message; else the message itself.

    Raises:
        Unreadable: There is neither an object nor a list.
    """
    part = read_pointer(found, pointer) if pointer else found
    if isinstance(part, list):
        return part
    if not isinstance(part, dict):
        raise Unreadable(QuarantineReason.WRONG_SHAPE, f"neither an object nor a list: {format_value(part)}")
    return [part]


def list_places(record: object, most: int) -> list[tuple[str, object]]:
    """List the places of a record with their values, in its order: `most` of them, to the depth that a map may have."""
    found: list[tuple[str, object]] = []
    _walk(record, "", found, most)
    return found


def _walk(value: object, pointer: str, found: list[tuple[str, object]], most: int) -> None:
    if not isinstance(value, dict | list):
        found += [(pointer, value)] if pointer and len(found) < most else []
    elif pointer.count("/") < DEEPEST:
        for name, each in islice(_list_parts(value), None if isinstance(value, dict) else _SHOWN_ENTRIES):
            _walk(each, f"{pointer}/{name}", found, most)


def _make_report(spec: MapSpec, topic: str, record: object, received_at: int, limits: Limits, *, listed: bool) -> Report:
    readings = Readings()
    at, mark, is_refused = received_at, Mark.UNTIMED, False
    given = read_pointer(record, spec.at) if spec.at else None
    if given is not None:
        when = _read_time(given, spec.time_form)
        place = None if when is None else place_time(when, received_at, limits, listed=listed)
        if place is None:
            reason = QuarantineReason.WRONG_TYPE if when is None else QuarantineReason.ABSURD_TIME
            add_fault(readings, reason, spec.at, format_value(given))
            # no alarm is refused for its time
            mark, is_refused = Mark.CLOCK_CORRECTED, True
        else:
            at, mark = place
    explained = {spec.at, spec.device}
    for pointer in dict.fromkeys(one.pointer for one in spec.fields):
        those = [one for one in spec.fields if one.pointer == pointer]
        if _take_place(readings, those, read_pointer(record, pointer), at, mark, limits, is_refused=is_refused):
            explained.add(pointer)
    hear(readings, _leave_out(record, "", explained), received_at)
    if not readings.metric and not is_refused:
        add_heartbeat(readings, at, mark)
    return Report(_read_device(spec, topic, record), readings)


def _read_device(spec: MapSpec, topic: str, record: object) -> str:
    level = LEVEL.fullmatch(spec.device)
    if level is not None:
        levels = topic.split("/")
        found: object = levels[int(level[1]) - 1] if int(level[1]) <= len(levels) else None
    else:
        found = read_pointer(record, spec.device)
    text = str(found) if isinstance(found, str) or (isinstance(found, int) and not isinstance(found, bool)) else ""
    return text if DEVICE_ID.fullmatch(text) else NO_DEVICE


def _read_time(given: object, form: TimeForm) -> int | None:
    """Read a time in the form of the supplier, to epoch ms; None where it is none."""
    if form is TimeForm.ISO:
        return parse_iso_ms(given) if isinstance(given, str) else None
    if form is TimeForm.CHINA:
        try:
            return round(datetime.fromisoformat(str(given)[:40]).replace(tzinfo=_CHINA).astimezone(UTC).timestamp() * 1000)
        except (ValueError, OverflowError):
            return None
    number = _read_number(given)
    if number is None:
        return None
    return convert_to_ms(number) if form is TimeForm.SECONDS else read_device_ms(number)


def _read_number(value: object) -> float | None:
    """Read a number, also one in quotes: whoever made the map has seen it on a sample."""
    if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
        return float(value)
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _list_texts(value: object) -> list[str]:
    """List what a value says, each as a text in small letters: the values of one given twice, and the entries of a list."""
    if isinstance(value, Repeated):
        return [text for one in value.values for text in _list_texts(one)]
    if isinstance(value, list):
        return [text for one in value[:100] for text in _list_texts(one)]
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return [] if value is None or isinstance(value, dict | NotFinite) else [str(value).strip().lower()]


def _take_place(
    readings: Readings, fields: Sequence[MappedField], value: object, at: int, mark: Mark, limits: Limits, *, is_refused: bool
) -> bool:
    """Take what stands at one place by all that is said of it; returns whether that explains it."""
    alarms = [one for one in fields if one.is_alarm]
    if alarms and not _take_alarms(readings, alarms, value, at, mark):
        return False
    for one in fields:
        metric = one.metric
        if metric is not None and value is not None and not is_refused:
            _take_value(readings, one, metric, value, at, mark, limits)
    return True


def _take_alarms(readings: Readings, fields: Sequence[MappedField], value: object, at: int, mark: Mark) -> bool:
    """Take the alarms that a value raises. What is neither one of them nor calm may be a call for help that nobody explained."""
    texts = _list_texts(value)
    known = {text.strip().lower(): one.target for one in fields for text in one.when}
    raised = dict.fromkeys(known[text] for text in texts if text in known)
    for target in raised:
        if target != NOTHING:
            put(readings, ALARMS[target], 1.0, at, mark)
    strange = [text for text in texts if text not in known and text not in _CALM]
    if strange or (not texts and value is not None and value != []):
        add_fault(readings, QuarantineReason.WRONG_TYPE, fields[0].pointer, format_value(value))
        if set(raised) <= {NOTHING}:
            put(readings, Metric.ALARM_UNREADABLE, 1.0, at, mark)
        return False
    return True


def _take_value(readings: Readings, one: MappedField, metric: Metric, value: object, at: int, mark: Mark, limits: Limits) -> None:
    if one.when:
        texts = _list_texts(value)
        chosen = {text.strip().lower() for text in one.when}
        take(readings, metric.wire_name, any(text in chosen for text in texts), at, mark, limits)
        return
    number = _read_number(value)
    if number is None or one.is_flag or metric is Metric.METER_STATUS:
        take(readings, metric.wire_name, value, at, mark, limits)
        return
    scaled, plausible = number * one.factor + one.offset, PLAUSIBLE[metric]
    if number in plausible.unmeasured and not plausible.low <= scaled <= plausible.high:
        readings.unmeasured += 1
    else:
        take(readings, metric.wire_name, scaled, at, mark, limits)


def _leave_out(value: object, pointer: str, explained: set[str]) -> object:
    """Copy a value without the places that are explained; what lies deeper than a map looks stays as it is."""
    if pointer.count("/") > DEEPEST:
        return value
    pairs = [(f"{pointer}/{name}", name, each) for name, each in _list_parts(value)]
    kept = [(name, _leave_out(each, place, explained)) for place, name, each in pairs if place not in explained]
    if isinstance(value, dict):
        return {name.replace("~1", "/").replace("~0", "~"): each for name, each in kept}
    return [each for _, each in kept] if isinstance(value, list) else value


def _list_parts(value: object) -> Iterator[tuple[str, object]]:
    """List what is in an object or a list, each with its name as a pointer has it."""
    if isinstance(value, dict):
        yield from ((name.replace("~", "~0").replace("/", "~1"), each) for name, each in value.items())
    elif isinstance(value, list):
        yield from ((str(at), each) for at, each in enumerate(value))
