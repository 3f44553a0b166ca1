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
from typing import Any, Final, NamedTuple, Protocol

from homebeat.codecs.fields import FIELDS, NORMALIZED, OF_MAKERS, NamedValue
from homebeat.codecs.meter_states import read_state_bits, read_state_words, settle_states
from homebeat.codecs.plain import LARGEST, NOTHING, SHOWN, Names, Plain, describe_number, take_plainly
from homebeat.codecs.reports import hear, is_plain_text, put, read_moment, show, take_number
from homebeat.codecs.times import place_time
from homebeat.codecs.tolerant import NotFinite
from homebeat.codecs.values import ALARM, add_fault, add_heartbeat, format_value, take_extra
from homebeat.codecs.wire import Limits, Mark, Raw, Readings
from homebeat.domain.inbound import QuarantineReason
from homebeat.domain.metric import ALARMS, PLAUSIBLE, MeterStatus, Metric, Shape

#: A press of any length counts; these say that there was none.
_NOT_PRESSED: Final = frozenset({"", "0", "false", "none", "idle", "normal", "release", "released", "no", "off", "unknown"})
_NOTHING_MEASURED: Final = frozenset({"undefined", "unknown", "null", "nan", "none", "n/a", "invalid", "error"})
_NUMBER: Final = re.compile(r"-?[0-9]{1,18}(?:\.[0-9]{1,18})?")
_RSSI: Final = Metric.RSSI_DBM
_STATUS: Final = int(Metric.METER_STATUS)
_NO_WORDS: Final[Mapping[str, float]] = {}
_BYTE: Final = 256
#: Parts of an entry of the memory of a flow sensor, at least.
_FEWEST_PARTS: Final = 6
#: Levels of what nothing explains that are shown; deeper ones are settings.
_DEEPEST: Final = 2
_LONGEST_NAME: Final = 64
#: A receiver without a fix is at 0, 0.
_NO_FIX: Final = frozenset({Metric.LAT, Metric.LON})
#: A battery of fewer volts than this says volts: no percentage has digits behind the point down there.
_MOST_VOLTS: Final = 4.5
_MILLIVOLTS: Final = (1_000, 5_000)
#: Where no maker says otherwise, whole numbers are per cent; all others are read with care.
_BATTERY: Final = NamedValue(Metric.BATTERY_PCT, low=_MOST_VOLTS, high=100)
_NONE_OF_THEM: Final[Mapping[str, NamedValue]] = {}
_EVERY_MARK: Final = frozenset[str]().union(*(marks for marks, _ in OF_MAKERS))
#: Lists of what was kept, and the time of an entry.
_LISTS: Final = frozenset({"history", "History", "measurements", "Measurements", "Measurement"})
_TIMES: Final = ("timestamp", "time", "Timestamp", "Time", "date", "DateTime", "dateTime")
#: What takes more than a factor and words.
_BATTERIES: Final = frozenset({"battery", "bat"})
_FLOWS: Final = frozenset({"waterflowvalue", "totalpulse"})
_PULSES_PER_LITRE: Final = {"0": 450, "1": 390, "2": 64, "3": 12}
_BUTTONS: Final = re.compile(r"(?:button|press)(?:ed|event|press|pressed|status|state)?")
_STATES: Final = frozenset({"statuscode", "detectionstatus", "targetstatus", "events", "alarmtype", "alarmstatus"})
_SPECIAL: Final = _BATTERIES | _FLOWS | _STATES | {ALARM, "datalog"}
#: What a radar's state of the room is (Milesight VS373). That somebody is there is no act: it says so for hours.
_ROOM: Final = {"fall": (Metric.ALARM_FALL, 1.0), "in_bed": (Metric.BED_OCCUPIED, 1.0), "out_of_bed": (Metric.BED_OCCUPIED, 0.0)}
_ROOM_CALM: Final = frozenset({"normal", "vacant", "in_bed", "out_of_bed", "fall"})
_CALM: Final = frozenset({"normal", "motionless", "lying_down"})
#: Events of a radar that need nobody by themselves: the state beside them says the same.
_EVENT_CALM: Final = frozenset({"occupied", "vacant", "out_of_bed"})
#: One entry of a Dragino's memory: [flag, ..., time].
_ENTRY: Final = re.compile(r"\[([^\[\]]{1,200})\]")


def _describe_plain(name: str) -> Plain | None:
    """Describe what a plain value of a name looks like; None where every value needs care."""
    meant = FIELDS.get(_tidy(name)) or (_BATTERY if name == "battery" else None)
    if meant is None:
        return Plain(SHOWN, name, is_flag=True) if _is_unknown(name) else None
    target = meant.target
    if target is None:
        return NOTHING
    if meant.factor != 1:
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
    if tidy in FIELDS or tidy in _SPECIAL or name in _LISTS or _BUTTONS.fullmatch(tidy) is not None:
        return False
    return 0 < len(name) <= _LONGEST_NAME and name.isprintable() and is_plain_text(name)


_NAMES: Final = Names(_describe_plain)


class _Frame(NamedTuple):
    """One object on its way into readings: where they go to, when they hold, and what else reading needs."""

    readings: Readings
    at: int
    mark: Mark
    received_at: int
    limits: Limits
    maker: Mapping[str, NamedValue]

    def put(self, metric: Metric | Raw, value: float) -> None:
        """Add a reading that is known to be good."""
        put(self.readings, metric, value, self.at, self.mark)

    def show(self, name: str, value: object) -> None:
        """Keep a value that nothing judges."""
        show(self.readings, name, value, self.at, self.limits)


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
            left = _take_fields(_Frame(readings, at, mark, received_at, limits, maker), rest, found)
            if left and rest is not found:  # what is plain may belong to it
                left = {name: value for name, value in found.items() if name in left or _is_unknown(name)}
            hear(readings, left, received_at)
        if len(readings.metric) > before:
            return
    add_heartbeat(readings, at, mark)


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
            _take_kept(_Frame(readings, at, mark, received_at, limits, NORMALIZED), values | {"time": one["time"]})
        else:
            hear(readings, _take_fields(_Frame(readings, at, mark, received_at, limits, NORMALIZED), values, values), received_at)


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


@lru_cache(maxsize=2048)
def _tidy(name: str) -> str:
    return name.replace("_", "").replace("-", "").replace(" ", "").lower()


def _take_fields(frame: _Frame, rest: dict[str, object], found: dict[str, object]) -> dict[str, object]:
    """Take names of an object; returns those that nothing explains, with their values. `found` is the whole of it."""
    left: dict[str, object] = {}
    for name, value in rest.items():
        meant = frame.maker.get(name) or FIELDS.get(_tidy(name))
        if meant is not None:
            explained = meant.target is None or _take_field(frame, meant, value)
        else:
            explained = _take_special(frame, found, name, value)
        if not explained:
            left[name] = value
            _show_unknown(frame, name, value)
    if _STATUS in frame.readings.metric:
        unexplained = {n: value for n, value in found.items() if n in left or (n not in rest and _is_unknown(n))}
        settle_states(frame.readings, frame.at, unexplained)
    return left


def _take_field(frame: _Frame, meant: NamedValue, value: object) -> bool:
    """Take one value by its field; returns whether that explains it."""
    if meant.is_code:
        return _take_code(frame, value)
    if meant.state:
        return _take_state_flag(frame, meant, value)
    number = _read_number(value, meant.words)
    if number is None:
        if meant.is_text and isinstance(value, str):
            frame.show(str(meant.target), value)
            return True
        return _count_unmeasured(frame, value)
    target = meant.target
    if not meant.low <= number <= meant.high or (not number and target in _NO_FIX):
        frame.readings.unmeasured += 1
    elif target.__class__ is Metric:
        return _take_metric(frame, target, number, meant.factor)
    elif isinstance(target, Raw):
        frame.put(target, number)
    elif isinstance(target, str):
        frame.show(target, number if meant.factor == 1 else round(number * meant.factor, 6))
    return True


def _take_state_flag(frame: _Frame, meant: NamedValue, value: object) -> bool:
    """Take the flag of a trouble of the meter: a number, a flag, or words for the state that it is in."""
    number = _read_number(value, meant.words)
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


def _count_unmeasured(frame: _Frame, value: object) -> bool:
    """Count a value that says that nothing was measured; returns whether it does."""
    is_lost = value is None or value == "" or isinstance(value, NotFinite) or _read_word(value) in _NOTHING_MEASURED
    frame.readings.unmeasured += is_lost
    return is_lost


def _take_metric(frame: _Frame, metric: Metric, number: float, factor: float) -> bool:
    if metric.is_alarm:
        if number == 1:
            frame.put(metric, 1.0)
        return number in {0, 1}
    if PLAUSIBLE[metric].shape is Shape.BOOLEAN and number not in {0, 1}:
        return False
    scaled = float(number) if factor == 1 else number * factor
    take_number(frame.readings, metric, scaled, frame.at, frame.mark, frame.limits)
    return True


def _read_number(value: object, words: Mapping[str, float]) -> float | None:
    if isinstance(value, float | int):
        return value if -LARGEST <= value <= LARGEST else None  # False and True are 0 and 1
    if not isinstance(value, str):
        return None
    text = value.strip().lower()
    if words:
        return words.get(text.replace(" ", "_"))
    return float(text) if _NUMBER.fullmatch(text) else None


def _take_special(frame: _Frame, found: dict[str, object], name: str, value: object) -> bool:
    """Take what takes more than a factor and words; returns whether it was taken."""
    tidy = _tidy(name)
    if name == ALARM and isinstance(value, str) and value in ALARMS:
        frame.put(ALARMS[value], 1.0)
        return True
    if tidy in _BATTERIES:
        return _take_battery(frame, value)
    if name in _LISTS and isinstance(value, list):
        for entry in value:
            _take_kept(frame, entry)
        return True
    if name == "DATALOG" and isinstance(value, str):
        return _take_memory(frame, value)
    if tidy in _FLOWS:
        return _take_flow(frame, found, tidy, value)
    if tidy in _STATES or (tidy == "alarm" and isinstance(value, dict)):
        return _take_state(frame, found, tidy, value)
    return _BUTTONS.fullmatch(tidy) is not None and _take_press(frame, value)


def _take_flow(frame: _Frame, found: dict[str, object], tidy: str, value: object) -> bool:
    """Take the count of a Dragino flow sensor: litres are its pulses over a number that its flag chooses."""
    number = _read_number(value, _NO_WORDS)
    if number is None:
        return False
    if tidy == "waterflowvalue":
        if "Total_pulse" in found:
            take_number(frame.readings, Metric.VOLUME_M3, number / 1000, frame.at, frame.mark, frame.limits)
        else:
            frame.show("litres_since_last", number)
        return True
    pulses_per_litre = _PULSES_PER_LITRE.get(str(found.get("Calculate_flag")))
    if "Water_flow_value" in found:
        return True  # it was made of this
    if pulses_per_litre is None or number < 0:
        frame.put(Raw.PULSES, max(0.0, number))
    else:
        take_number(frame.readings, Metric.VOLUME_M3, number / pulses_per_litre / 1000, frame.at, frame.mark, frame.limits)
    return True


def _take_battery(frame: _Frame, value: object) -> bool:
    number = _read_number(value, _NO_WORDS)
    if number is None:
        return False
    if 0 < number < _MOST_VOLTS and not float(number).is_integer():
        frame.show("battery_voltage_v", number)
    elif _MILLIVOLTS[0] <= number <= _MILLIVOLTS[1]:
        frame.show("battery_voltage_v", number / 1000)
    else:
        take_number(frame.readings, Metric.BATTERY_PCT, float(number), frame.at, frame.mark, frame.limits)
    return True


def _take_press(frame: _Frame, value: object) -> bool:
    """Take a press of a button, however long. What it calls for says the registry."""
    if isinstance(value, dict):
        value = value.get("status", value.get("event"))
    if not isinstance(value, str | int | float):
        return value is None
    if str(value).strip().lower() not in _NOT_PRESSED:
        frame.put(Raw.PRESS, 1.0)
    return True


def _take_state(frame: _Frame, found: dict[str, object], tidy: str, value: object) -> bool:
    """Take the state of a meter, or of a room, or the events of a radar."""
    if tidy == "events":
        taken = [_take_event(frame, one) for one in value] if isinstance(value, list) else [False]
        return all(taken)
    if tidy in {"alarm", "alarmtype"}:
        return _take_event(frame, value if tidy == "alarm" else found)
    if tidy == "alarmstatus":
        return "alarm_type" in found
    if tidy == "statuscode":
        return _take_code(frame, value)
    word = value.strip().lower().replace(" ", "_") if isinstance(value, str) else ""
    if tidy == "detectionstatus" and word in _ROOM:
        frame.put(*_ROOM[word])
    frame.show("target_status" if tidy == "targetstatus" else "detection_status", word)
    return word in _CALM if tidy == "targetstatus" else word in _ROOM_CALM


def _take_code(frame: _Frame, value: object) -> bool:
    """Take the byte of states of a meter."""
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < _BYTE:
        return False
    frame.put(Metric.METER_STATUS, float(read_state_bits(value)))
    return True


def _take_event(frame: _Frame, event: object) -> bool:
    """Take an event of a radar. One that began and is neither a fall nor calm (nobody moved for too long) has to be heard."""
    if not isinstance(event, dict):
        return False
    kind, state = (_read_word(event.get(f"alarm_{part}", event.get(part))) for part in ("type", "status"))
    if kind == "fall" and state == "alarm_triggered":
        frame.put(Metric.ALARM_FALL, 1.0)
        return True
    take_extra(frame.readings, "radar_event", f"{kind}: {state}"[: frame.limits.max_text], frame.at, frame.limits)
    if state == "alarm_triggered" and kind not in _EVENT_CALM:
        frame.put(Metric.ALARM_UNREADABLE, 1.0)
        add_fault(frame.readings, QuarantineReason.WRONG_SHAPE, "events", f"taken for a call for help: {format_value(kind)}")
    return bool(kind and state)


def _read_word(value: object) -> str:
    return value.strip().lower().replace(" ", "_") if isinstance(value, str) and value.isprintable() else ""


def _take_kept(frame: _Frame, entry: object) -> None:
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


def _take_memory(frame: _Frame, text: str) -> bool:
    """Take the memory of a Dragino: of a flow sensor its litres, of a door sensor whether it was open. Times have no zone."""
    readings, limits = frame.readings, frame.limits
    entries = [[part.strip() for part in entry.split(",")] for entry in _ENTRY.findall(text)]
    for entry in entries:
        if len(readings.metric) >= limits.max_readings:
            add_fault(readings, QuarantineReason.TOO_LARGE, "DATALOG", f"more than {limits.max_readings} readings")
            break
        is_door = len(entry) > 1 and entry[1] in {"OPEN", "CLOSE"}
        litres = None if is_door or len(entry) < _FEWEST_PARTS else _read_number(entry[-2], _NO_WORDS)
        if not is_door and litres is None:
            return False
        when = read_moment(entry[-1], limits)
        place = None if when is None else place_time(when, frame.received_at, limits, listed=True)
        if place is None:
            add_fault(readings, QuarantineReason.ABSURD_TIME, "DATALOG", format_value(entry[-1]))
        elif is_door:
            put(readings, Metric.DOOR_OPEN, float(entry[1] == "OPEN"), *place)
        elif litres is not None:
            take_number(readings, Metric.VOLUME_M3, litres / 1000, *place, limits)
    return bool(entries)


def _show_unknown(frame: _Frame, name: str, value: object, depth: int = 0) -> None:
    """Keep what nothing explains, as far as it can be shown; of lists nothing."""
    if isinstance(value, dict):
        for part, each in value.items() if depth < _DEEPEST else ():
            _show_unknown(frame, f"{name}_{part}", each, depth + 1)
    elif isinstance(value, str | int | float) and len(frame.readings.extras) < frame.limits.max_extras:
        take_extra(frame.readings, name[:_LONGEST_NAME], value, frame.at, frame.limits)
