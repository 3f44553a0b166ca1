"""Reads values of decoded objects that take more than a factor and words: presses, events, a radar, the memory of a sensor."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from homebeat.codecs.frames import ObjectFrame, read_number, read_word
from homebeat.codecs.groups import tidy as write_tidy
from homebeat.codecs.happenings import is_own_type, read_call, read_detector, read_state
from homebeat.codecs.meter_states import read_state_bits
from homebeat.codecs.reports import put, read_moment, take_number
from homebeat.codecs.times import place_time
from homebeat.codecs.values import add_fault, format_value, take_extra
from homebeat.codecs.wire import Mark, Raw
from homebeat.domain.inbound import QuarantineReason
from homebeat.domain.metric import Metric

#: A battery of fewer volts than this says volts: no percentage has digits behind the point down there.
MOST_VOLTS: Final = 4.5
#: A press of any length counts; these say that there was none.
_NOT_PRESSED: Final = frozenset({"", "0", "false", "none", "idle", "normal", "release", "released", "no", "off", "unknown"})
_BYTE: Final = 256
#: Parts of an entry of the memory of a flow sensor, at least.
_FEWEST_PARTS: Final = 6
#: Parts of an entry of the memory of a pulse counter (CPL01), the total being the third; an entry of a door has fewer.
_COUNTER_PARTS: Final = 6
_MILLIVOLTS: Final = (1_000, 5_000)
_PULSES_PER_LITRE: Final = {"0": 450, "1": 390, "2": 64, "3": 12}
_INSIDE_PRESS: Final = ("state", "status", "event", "value")
#: What a radar's state of the room is (Milesight VS373). That somebody is there is no act: it says so for hours.
_ROOM: Final = {"fall": (Metric.ALARM_FALL, 1.0), "in_bed": (Metric.BED_OCCUPIED, 1.0), "out_of_bed": (Metric.BED_OCCUPIED, 0.0)}
_ROOM_CALM: Final = frozenset({"normal", "vacant", "in_bed", "out_of_bed", "fall"})
_CALM: Final = frozenset({"normal", "motionless", "lying_down"})
#: Events of a radar that need nobody by themselves: the state beside them says the same.
_EVENT_CALM: Final = frozenset({"occupied", "vacant", "out_of_bed"})
#: One entry of a Dragino's memory: [flag, ..., time].
_ENTRY: Final = re.compile(r"\[([^\[\]]{1,200})\]")
_NO_WORDS: Final[Mapping[str, float]] = {}


def take_flow(frame: ObjectFrame, found: dict[str, object], tidy: str, value: object) -> bool:
    """Take the count of a Dragino flow sensor: litres are its pulses over a number that its flag chooses."""
    number = read_number(value, _NO_WORDS)
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
    if "PART" in {found.get("CMOD"), found.get("count_mod")}:
        frame.show("pulses_since_last", number)
    elif pulses_per_litre is None or number < 0:
        frame.put(Raw.PULSES, max(0.0, number))
    else:
        take_number(frame.readings, Metric.VOLUME_M3, number / pulses_per_litre / 1000, frame.at, frame.mark, frame.limits)
    return True


def take_battery(frame: ObjectFrame, value: object) -> bool:
    """Take a battery whose unit nobody names: per cent, volts or millivolts by its size."""
    number = read_number(value, _NO_WORDS)
    if number is None:
        return False
    if 0 < number < MOST_VOLTS and not float(number).is_integer():
        frame.show("battery_voltage_v", number)
    elif _MILLIVOLTS[0] <= number <= _MILLIVOLTS[1]:
        frame.show("battery_voltage_v", number / 1000)
    else:
        take_number(frame.readings, Metric.BATTERY_PCT, float(number), frame.at, frame.mark, frame.limits)
    return True


def take_press(frame: ObjectFrame, value: object) -> bool:
    """Take a press of a button, however long. What it calls for says the registry."""
    if isinstance(value, dict):
        inside = {write_tidy(name): each for name, each in value.items()}
        if inside and inside.keys().isdisjoint(_INSIDE_PRESS):
            return False
        value = next((inside[one] for one in _INSIDE_PRESS if one in inside), None)
    if not isinstance(value, str | int | float):
        return value is None
    if str(value).strip().lower() not in _NOT_PRESSED:
        frame.put(Raw.PRESS, 1.0)
    return True


def take_state(frame: ObjectFrame, found: dict[str, object], tidy: str, value: object) -> bool:
    """Take the state of a meter, or of a room, or the events of a radar."""
    if tidy == "events":
        taken = [take_event(frame, one) for one in value] if isinstance(value, list) else [False]
        return all(taken)
    if tidy in {"alarm", "alarmtype"}:
        return take_event(frame, value if tidy == "alarm" else found)
    if tidy == "alarmstatus":
        return "alarm_type" in found
    if tidy == "statuscode":
        return take_code(frame, value)
    word = value.strip().lower().replace(" ", "_") if isinstance(value, str) else ""
    if tidy == "detectionstatus" and word in _ROOM:
        frame.put(*_ROOM[word])
    frame.show("target_status" if tidy == "targetstatus" else "detection_status", word)
    return word in _CALM if tidy == "targetstatus" else word in _ROOM_CALM


def take_happening(frame: ObjectFrame, found: dict[str, object], tidy: str, text: str) -> bool:
    """Take an event, or the state that a device is in; returns whether it is known. It is shown, too."""
    if tidy == "type":
        if is_own_type(text):
            frame.show("type", text)
            return True
        return False
    if tidy == "devstatus":
        alarm, is_test, is_known = read_state(text), False, read_state(text) is not None
    else:
        alarm, is_test, is_known = read_detector(found.get("type"), text)
        if not is_known:
            alarm, is_known = read_call(text)
    if is_known:
        frame.show(tidy, text)
    if alarm is Metric.ALARM_UNREADABLE:
        frame.call(text)
    elif alarm is not None and alarm not in frame.readings.metric:
        put(frame.readings, alarm, 1.0, frame.at, frame.mark | (Mark.TEST if is_test else Mark.NONE))
    return is_known


def take_code(frame: ObjectFrame, value: object) -> bool:
    """Take the byte of states of a meter."""
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < _BYTE:
        return False
    frame.put(Metric.METER_STATUS, float(read_state_bits(value)))
    return True


def take_event(frame: ObjectFrame, event: object) -> bool:
    """Take an event of a radar. One that began and is neither a fall nor calm (nobody moved for too long) has to be heard."""
    if not isinstance(event, dict):
        return False
    kind, state = (read_word(event.get(f"alarm_{part}", event.get(part))) for part in ("type", "status"))
    if kind == "fall" and state == "alarm_triggered":
        frame.put(Metric.ALARM_FALL, 1.0)
        return True
    take_extra(frame.readings, "radar_event", f"{kind}: {state}"[: frame.limits.max_text], frame.at, frame.limits)
    if state == "alarm_triggered" and kind not in _EVENT_CALM:
        frame.put(Metric.ALARM_UNREADABLE, 1.0)
        add_fault(frame.readings, QuarantineReason.WRONG_SHAPE, "events", f"taken for a call for help: {format_value(kind)}")
    return bool(kind and state)


def take_memory(frame: ObjectFrame, text: str) -> bool:
    """Take the memory of a Dragino: litres, pulses, or whether a door was open. Times have no zone; others stay as they are."""
    readings, limits = frame.readings, frame.limits
    entries = [[part.strip() for part in entry.split(",")] for entry in _ENTRY.findall(text)]
    for entry in entries:
        if len(readings.metric) >= limits.max_readings:
            add_fault(readings, QuarantineReason.TOO_LARGE, "DATALOG", f"more than {limits.max_readings} readings")
            break
        kept = _read_entry(entry)
        if kept is None:
            return False
        when = read_moment(entry[-1], limits)
        place = None if when is None else place_time(when, frame.received_at, limits, listed=True)
        if place is None:
            add_fault(readings, QuarantineReason.ABSURD_TIME, "DATALOG", format_value(entry[-1]))
        else:
            put(readings, *kept, *place)
    return bool(entries)


def _read_entry(entry: list[str]) -> tuple[Metric | Raw, float] | None:
    """Read an entry of the memory: of a flow sensor, of a pulse counter, or of a door; None for those of other sensors."""
    if len(entry) > 1 and entry[1] in {"OPEN", "CLOSE"}:
        if len(entry) != _COUNTER_PARTS:
            return Metric.DOOR_OPEN, float(entry[1] == "OPEN")
        pulses = read_number(entry[2], _NO_WORDS)
        return None if pulses is None else (Raw.PULSES, float(pulses))
    # litres are written with a digit behind the point, and after the pulses that they were made of
    if len(entry) < _FEWEST_PARTS or not entry[-3].isdigit() or "." not in entry[-2]:
        return None
    litres = read_number(entry[-2], _NO_WORDS)
    return None if litres is None or litres < 0 else (Metric.VOLUME_M3, litres / 1000)
