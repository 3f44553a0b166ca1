"""Reads what decoders of LoRaWAN devices make of a frame: the `object` of ChirpStack, the `decoded_payload` of others.

Each maker's decoder has names of its own. `fields.FIELDS` says what a name means, whatever its case and underscores;
`OF_MAKERS` says it where only that maker means this by it. A value that nothing explains is kept as an extra, and is looked
through for a call for help. What a device kept and sends later (`history`, `DATALOG`) is back-fill: it never shows how things are
now.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, Protocol

from homebeat.codecs.devices import (
    MOST_VOLTS,
    take_battery,
    take_code,
    take_flow,
    take_happening,
    take_memory,
    take_press,
    take_state,
)
from homebeat.codecs.fields import FIELDS, NORMALIZED, OF_MAKERS, NamedValue, find_numbered
from homebeat.codecs.frames import ObjectFrame, read_number, read_word
from homebeat.codecs.groups import group_named, needs_unfolding, tidy, unfold
from homebeat.codecs.happenings import is_raised_need
from homebeat.codecs.meter_states import read_state_words, settle_states
from homebeat.codecs.plain import NOTHING, SHOWN, Names, Plain, describe_number, take_plainly
from homebeat.codecs.reports import hear, is_plain_text, put, read_moment, take_number
from homebeat.codecs.times import place_time
from homebeat.codecs.tolerant import NotFinite
from homebeat.codecs.values import ALARM, add_fault, add_heartbeat, format_value, take_extra
from homebeat.codecs.wire import Limits, Mark, Raw, Readings
from homebeat.domain.inbound import QuarantineReason
from homebeat.domain.metric import ALARMS, PLAUSIBLE, MeterStatus, Metric, Shape

_NOTHING_MEASURED: Final = frozenset({"undefined", "unknown", "null", "nan", "none", "n/a", "invalid", "error"})
_RSSI: Final = Metric.RSSI_DBM
_STATUS: Final = int(Metric.METER_STATUS)
#: Levels of what nothing explains that are shown; deeper ones are settings.
_DEEPEST: Final = 2
_LONGEST_NAME: Final = 64
#: A receiver without a fix is at 0, 0.
_NO_FIX: Final = frozenset({Metric.LAT, Metric.LON})
#: Where no maker says otherwise, whole numbers are per cent; all others are read with care.
_BATTERY: Final = NamedValue(Metric.BATTERY_PCT, low=MOST_VOLTS, high=100)
_NONE_OF_THEM: Final[Mapping[str, NamedValue]] = {}
_EVERY_MARK: Final = frozenset[str]().union(*(marks for marks, _ in OF_MAKERS))
#: Lists of what was kept, and the time of an entry.
_LISTS: Final = frozenset({"history", "History", "measurements", "Measurements", "Measurement"})
_TIMES: Final = ("timestamp", "time", "Timestamp", "Time", "date", "DateTime", "dateTime")
#: What takes more than a factor and words.
_BATTERIES: Final = frozenset({"battery", "bat"})
_FLOWS: Final = frozenset({"waterflowvalue", "totalpulse"})
_BUTTONS: Final = re.compile(r"(?:button[0-9]{0,2}|press)(?:ed|event|press|pressed|status|state)?")
_EVENTS: Final = frozenset({"event", "eventtype", "eventname", "devstatus", "type"})
_STATES: Final = frozenset({"statuscode", "detectionstatus", "targetstatus", "events", "alarmtype", "alarmstatus"})
_SPECIAL: Final = _BATTERIES | _FLOWS | _STATES | _EVENTS | {ALARM, "datalog"}
_DETECTED: Final = frozenset({Metric.ALARM_SMOKE, Metric.ALARM_GAS})
#: Of several doors one is open, or none.
_JOINED: Final = (int(Metric.DOOR_OPEN), int(Metric.MOTION))


def _describe_plain(name: str) -> Plain | None:
    """Describe what a plain value of a name looks like; None where every value needs care."""
    meant = FIELDS.get(_tidy(name)) or (_BATTERY if name == "battery" else None)
    if meant is None:
        return Plain(SHOWN, name, is_flag=True) if _is_unknown(name) else None
    target = meant.target
    if target is None:
        return NOTHING
    if meant.factor != 1 or meant.is_flag or meant.is_words:
        return None
    if isinstance(target, str):
        return Plain(SHOWN, target, meant.low, meant.high)
    if isinstance(target, Raw):
        numbers = Plain(int(target), "", max(meant.low, 0.0), meant.high)
    elif target in _NO_FIX or target is Metric.METER_STATUS or target.is_alarm:
        return None
    else:
        numbers = describe_number(target, meant.low, meant.high)
        if PLAUSIBLE[target].shape is Shape.BOOLEAN and not meant.words:
            return None
    if not meant.words:
        return numbers
    if target is not Metric.MOTION:
        numbers = numbers._replace(low=1.0, high=0.0)
    return numbers._replace(is_flag=True, words=meant.words)


def _is_unknown(name: str) -> bool:
    """Whether nothing explains a name, and it says nothing of an alarm either: its numbers and flags are shown."""
    tidy = _tidy(name)
    if _find_field(name) or tidy in _SPECIAL or name in _LISTS or _BUTTONS.fullmatch(tidy) is not None:
        return False
    return 0 < len(name) <= _LONGEST_NAME and name.isprintable() and is_plain_text(name)


_NAMES: Final = Names(_describe_plain)


def take_object(readings: Readings, found: object, at: int, mark: Mark, received_at: int, limits: Limits) -> None:
    """Take what a decoder made of one frame.

    Args:
        readings: Takes what it says; a heartbeat where that is nothing.
        found: The object.
        at: When the network heard the frame, epoch ms.
        mark: How that time is known.
        received_at: Arrival of the message.
        limits: Sizes and times beyond which parts are refused.
    """
    if not isinstance(found, dict):
        add_fault(readings, QuarantineReason.WRONG_SHAPE, "object", format_value(found))
        hear(readings, [found], received_at)
    else:
        before = len(readings.metric)
        rest, maker = found, _find_maker(found)
        if maker is _NONE_OF_THEM and len(found) <= limits.max_extras:
            rest = take_plainly(readings, found, _NAMES, at, mark)
        if rest or before:  # before: a state that was said may not hold beside what is said here
            if needs_unfolding(rest):
                whole = {name: value for name, value in found.items() if name not in rest}
                rest = unfold(rest, found, lambda name: maker.get(name) or _find_field(name))
                found = whole | rest
            left = _take_fields(ObjectFrame(readings, at, mark, received_at, limits, maker), rest, found)
            if left and rest is not found:  # what is plain may belong to it
                left = {name: value for name, value in found.items() if name in left or _is_unknown(name)}
            hear(readings, left, received_at)
        if found.get("test") is True:
            _mark_tested(readings, before)
        if len(readings.metric) > before:
            return
    add_heartbeat(readings, at, mark)


def _mark_tested(readings: Readings, since: int) -> None:
    """Mark what a detector says as a test. A call or a fall is never one: what a decoder means by `test` is not known there."""
    for number in range(since, len(readings.metric)):
        if readings.metric[number] in _DETECTED:
            readings.mark[number] |= Mark.TEST


def take_normalized(readings: Readings, found: object, at: int, mark: Mark, received_at: int, limits: Limits) -> None:
    """Take measurements in the form of the LoRaWAN Device Repository: groups of values, each in a unit that the form sets.

    What the decoded object beside it says of the same is another spelling of the same frame: take this first.

    Args:
        readings: Takes what they say.
        found: One measurement, or a list of them; one with a `time` of its own holds at that time.
        at: When the network heard the frame, epoch ms.
        mark: How that time is known.
        received_at: Arrival of the message.
        limits: Sizes and times beyond which parts are refused.
    """
    for one in found if isinstance(found, list) else [found]:
        if not isinstance(one, dict):
            add_fault(readings, QuarantineReason.WRONG_SHAPE, "normalized_payload", format_value(one))
            continue
        values = dict(_flatten(one))
        if "time" in one:
            _take_kept(ObjectFrame(readings, at, mark, received_at, limits, NORMALIZED), values | {"time": one["time"]})
        else:
            hear(
                readings,
                _take_fields(ObjectFrame(readings, at, mark, received_at, limits, NORMALIZED), values, values),
                received_at,
            )


def drop_repeated(readings: Readings, since: int) -> None:
    """Drop the readings from the number `since` on that say again, of the same time, what an earlier one has said."""
    said = set(zip(readings.metric[:since], readings.at[:since], strict=True))
    for number in range(len(readings.metric) - 1, since - 1, -1):
        if (readings.metric[number], readings.at[number]) in said:
            del readings.metric[number], readings.at[number], readings.value[number], readings.mark[number]


def _flatten(found: Mapping[str, object], before: str = "", depth: int = 0) -> Iterator[tuple[str, object]]:
    """List the values of nested groups under the names of all the groups around them, as `air.temperature`."""
    for name, value in found.items():
        path = f"{before}{name}"
        if isinstance(value, dict) and depth < _DEEPEST:
            yield from _flatten(value, f"{path}.", depth + 1)
        elif path != "time":
            yield path[:_LONGEST_NAME], value


class Reception(Protocol):
    """How one gateway heard a frame."""

    rssi: Any


def take_signal(readings: Readings, heard: Sequence[Reception], at: int, mark: Mark, limits: Limits) -> None:
    """Take how loud the nearest gateway heard a frame."""
    loudest: float | None = None
    for one in heard:
        rssi = one.rssi
        if (rssi.__class__ is int or rssi.__class__ is float) and (loudest is None or rssi > loudest):
            loudest = rssi
    if loudest is not None:
        take_number(readings, _RSSI, loudest, at, mark, limits)


def note_undecoded(readings: Readings, port: object, frame: object) -> None:
    """Note that nothing read a frame: whoever runs the network has to give the device a decoder."""
    said = f"port {format_value(port)}: the network has no decoder for this frame: {format_value(frame)}"
    add_fault(readings, QuarantineReason.WRONG_SHAPE, "frame", said)


def _find_maker(found: dict[str, object]) -> Mapping[str, NamedValue]:
    if _EVERY_MARK.isdisjoint(found):
        return _NONE_OF_THEM
    return next(fields for marks, fields in OF_MAKERS if not marks.isdisjoint(found))


_tidy: Final = lru_cache(maxsize=2048)(tidy)


@lru_cache(maxsize=2048)
def _find_field(name: str) -> NamedValue | None:
    return FIELDS.get(_tidy(name)) or find_numbered(_tidy(name))


def _take_fields(frame: ObjectFrame, rest: dict[str, object], found: dict[str, object]) -> dict[str, object]:
    """Take names of an object; returns those that nothing explains, with their values. `found` is the whole of it."""
    left: dict[str, object] = {}
    since = len(frame.readings.metric)
    for name, value in rest.items():
        meant = frame.maker.get(name) or _find_field(name)
        if meant is not None:
            explained = meant.target is None or _take_field(frame, meant, value)
        else:
            explained = _take_special(frame, found, name, value)
        if not explained:
            left[name] = value
            _show_unknown(frame, name, value)
            if is_raised_need(_tidy(name), value):
                frame.call(name)
    if _STATUS in frame.readings.metric:
        unexplained = {n: value for n, value in found.items() if n in left or (n not in rest and _is_unknown(n))}
        settle_states(frame.readings, frame.at, unexplained)
    if len(frame.readings.metric) > since + 1:
        _join_several(frame, since)
    return left


def _join_several(frame: ObjectFrame, since: int) -> None:
    """Join what several sensors of one frame say of one time: one that is open, or that saw somebody, is enough."""
    readings = frame.readings
    for metric in _JOINED:
        if readings.metric.count(metric) > 1:
            places = [n for n, one in enumerate(readings.metric) if n >= since and one == metric and readings.at[n] == frame.at]
            for place in reversed(places[1:]):
                readings.value[places[0]] = max(readings.value[places[0]], readings.value[place])
                del readings.metric[place], readings.at[place], readings.value[place], readings.mark[place]


def _take_field(frame: ObjectFrame, meant: NamedValue, value: object) -> bool:
    """Take one value by its field; returns whether that explains it."""
    if meant.is_code:
        return take_code(frame, value)
    if meant.state:
        return _take_state_flag(frame, meant, value)
    if meant.is_words and not isinstance(value, str):
        return False
    target, number = meant.target, read_number(value, meant.words)
    if number is None:
        return _take_text(frame, meant, value)
    if meant.is_flag:
        number = float(number != 0)
    if not meant.low <= number <= meant.high or (not number and target in _NO_FIX):
        frame.readings.unmeasured += 1
    elif target.__class__ is Metric:
        return _take_metric(frame, target, number, meant.factor)
    elif isinstance(target, Raw):
        frame.put(target, number)
    elif isinstance(target, str):
        frame.show(target, number if meant.factor == 1 else round(number * meant.factor, 6))
    return True


def _take_text(frame: ObjectFrame, meant: NamedValue, value: object) -> bool:
    """Take a text that is no number and no word for one."""
    if meant.is_text and isinstance(value, str):
        frame.show(str(meant.target), value)
        return True
    if meant.target in _DETECTED and read_word(value).startswith("test"):
        put(frame.readings, Metric(meant.target), 1.0, frame.at, frame.mark | Mark.TEST)
        return True
    return _count_unmeasured(frame, value)


def _take_state_flag(frame: ObjectFrame, meant: NamedValue, value: object) -> bool:
    """Take the flag of a trouble of the meter: a number, a flag, or words for the state that it is in."""
    number = read_number(value, meant.words)
    if number is None:
        if _count_unmeasured(frame, value):
            return True
        if not isinstance(value, str):
            return False
        status = read_state_words(value)
        frame.put(Metric.METER_STATUS, float(status))
        return status is not MeterStatus.OTHER
    if number not in {0, 1} and meant.state is not MeterStatus.LEAK:
        return False  # a volume, or a count
    frame.put(Metric.METER_STATUS, float(meant.state if number else MeterStatus.OK))
    return True


def _count_unmeasured(frame: ObjectFrame, value: object) -> bool:
    """Count a value that says that nothing was measured; returns whether it does."""
    is_lost = value is None or value == "" or isinstance(value, NotFinite) or read_word(value) in _NOTHING_MEASURED
    frame.readings.unmeasured += is_lost
    return is_lost


def _take_metric(frame: ObjectFrame, metric: Metric, number: float, factor: float) -> bool:
    if metric.is_alarm:
        if number == 1:
            frame.put(metric, 1.0)
        return number in {0, 1}
    if PLAUSIBLE[metric].shape is Shape.BOOLEAN and number not in {0, 1}:
        return False
    scaled = float(number) if factor == 1 else number * factor
    take_number(frame.readings, metric, scaled, frame.at, frame.mark, frame.limits)
    return True


def _take_special(frame: ObjectFrame, found: dict[str, object], name: str, value: object) -> bool:
    """Take what takes more than a factor and words; returns whether it was taken."""
    tidy = _tidy(name)
    if name == ALARM and isinstance(value, str) and value in ALARMS:
        frame.put(ALARMS[value], 1.0)
        return True
    if tidy in _BATTERIES:
        return take_battery(frame, value)
    if name in _LISTS and isinstance(value, list):
        for entry in value:
            _take_kept(frame, entry)
        return True
    if name == "DATALOG" and isinstance(value, str):
        return take_memory(frame, value)
    if tidy in _FLOWS:
        return take_flow(frame, found, tidy, value)
    if tidy in _STATES or (tidy == "alarm" and isinstance(value, dict)):
        return take_state(frame, found, tidy, value)
    if tidy in _EVENTS and isinstance(value, str):
        return take_happening(frame, found, tidy, value)
    if isinstance(value, list) and (groups := group_named(value)) is not None:
        return _take_named(frame, groups)
    return _BUTTONS.fullmatch(tidy) is not None and take_press(frame, value)


def _take_named(frame: ObjectFrame, groups: list[tuple[object, dict[str, object]]]) -> bool:
    """Take named values by their times. Where no time can be read, the newest are of now, and of the others nothing is known."""
    timed = any(read_moment(time, frame.limits) is not None for time, _ in groups)
    for number, (time, values) in enumerate(groups):
        own = frame._replace(maker=_find_maker(values))
        if timed and time is not None:
            _take_kept(own, values | {"time": time})
        elif time is None or not number:
            hear(frame.readings, _take_fields(own, values, values), frame.received_at)
    return True


def _take_kept(frame: ObjectFrame, entry: object) -> None:
    """Take one entry of what the device kept, at its own time; an alarm whose time cannot be used stands at arrival."""
    readings = frame.readings
    if not isinstance(entry, dict):
        add_fault(readings, QuarantineReason.WRONG_SHAPE, "history", format_value(entry))
        return
    if len(readings.metric) >= frame.limits.max_readings:
        add_fault(readings, QuarantineReason.TOO_LARGE, "history", f"more than {frame.limits.max_readings} readings")
        return
    given = next((entry[name] for name in _TIMES if name in entry), None)
    when = read_moment(given, frame.limits)
    place = None if when is None else place_time(when, frame.received_at, frame.limits, listed=True)
    values = {name: value for name, value in entry.items() if name not in _TIMES and name not in _LISTS}
    if place is not None:
        hear(readings, _take_fields(frame._replace(at=place[0], mark=place[1]), values, values), frame.received_at)
        return
    add_fault(readings, QuarantineReason.ABSURD_TIME, "history", format_value(given))
    lost = Readings()
    left = _take_fields(frame._replace(readings=lost, at=frame.received_at, mark=Mark.CLOCK_CORRECTED), values, values)
    for metric in lost.metric:
        if Metric.ALARM_SOS <= metric <= Metric.ALARM_UNREADABLE:
            put(readings, Metric(metric), 1.0, frame.received_at, Mark.CLOCK_CORRECTED)
    hear(readings, left, frame.received_at)


def _show_unknown(frame: ObjectFrame, name: str, value: object, depth: int = 0) -> None:
    """Keep what nothing explains, as far as it can be shown; of lists nothing."""
    if isinstance(value, dict):
        for part, each in value.items() if depth < _DEEPEST else ():
            _show_unknown(frame, f"{name}_{part}", each, depth + 1)
    elif isinstance(value, str | int | float) and len(frame.readings.extras) < frame.limits.max_extras:
        take_extra(frame.readings, name[:_LONGEST_NAME], value, frame.at, frame.limits)
