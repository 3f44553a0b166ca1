"""Opens messages of devices that announce themselves to Home Assistant (MQTT discovery).

A configuration says on which topic a sensor speaks, and what its values mean. So configurations are remembered, and their topics
are subscribed to. Of templates only a path is read (`{{ value_json.a.b }}`). What switches something is passed over: nothing is
ever sent to a command topic. So is what a homebeat itself announces: its states are no readings of devices.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from msgspec.structs import replace

from homebeat.codecs.envelope import Format, Report
from homebeat.codecs.reports import decode_json, hear, put, read_text, show, take_number
from homebeat.codecs.values import add_fault, add_heartbeat, format_value
from homebeat.codecs.wire import Limits, Mark, Raw, Readings, Unreadable
from homebeat.domain.inbound import QuarantineReason
from homebeat.domain.metric import Metric

NAME: Final = "home_assistant"
TOPICS: Final = ("homeassistant/+/+/config", "homeassistant/+/+/+/config")

#: So many topics are learned, and sensors remembered: each topic is a subscription.
MOST_TOPICS: Final = 1_000
_MOST_SENSORS: Final = 5_000
_MOST_PARTS: Final = 100
_LONGEST_TOPIC: Final = 256
_ABBREVIATIONS: Final = {
    "stat_t": "state_topic", "val_tpl": "value_template", "dev_cla": "device_class", "unit_of_meas": "unit_of_measurement",
    "uniq_id": "unique_id", "pl_on": "payload_on", "pl_off": "payload_off", "pl_avail": "payload_available",
    "pl_not_avail": "payload_not_available", "avty_t": "availability_topic", "avty": "availability",
    "avty_tpl": "availability_template", "dev": "device", "ids": "identifiers", "cmps": "components", "p": "platform",
    "t": "topic", "o": "origin",
}  # fmt: skip
_PATH: Final = re.compile(r"\{\{\s*value_json((?:\.\w+|\[(?:'[^']*'|\"[^\"]*\"|\d+)\])+)\s*\}\}")
_STEP: Final = re.compile(r"\.(\w+)|\['([^']*)'\]|\[\"([^\"]*)\"\]|\[(\d+)\]")
_NUMBER: Final = re.compile(r"-?\d{1,15}(?:\.\d{1,15})?", re.ASCII)
#: What a homebeat says in `origin.name` of what it announces.
ORIGIN: Final = "homebeat"
_UNKNOWN: Final = frozenset({"", "unknown", "unavailable", "none", "null", "nan"})

#: What a binary sensor says while it is on, by its class; then what it says while it is off, where that is another thing.
_BINARY: Final[Mapping[str, tuple[Metric | Raw, Metric | None]]] = {
    "": (Raw.CONTACT, None),
    **dict.fromkeys(("motion", "occupancy", "presence", "moving", "vibration"), (Metric.MOTION, None)),
    **dict.fromkeys(("door", "garage_door", "opening", "window"), (Metric.DOOR_OPEN, None)),
    "smoke": (Metric.ALARM_SMOKE, Metric.ALARM_OK),
    **dict.fromkeys(("gas", "carbon_monoxide"), (Metric.ALARM_GAS, Metric.ALARM_OK)),
    "tamper": (Metric.ALARM_TAMPER, Metric.HEARTBEAT),
    # somebody may be unsafe: who knows what the maker means by it
    "safety": (Metric.ALARM_UNREADABLE, Metric.HEARTBEAT),
    "battery": (Metric.BATTERY_LOW, None),
    "moisture": (Metric.METER_STATUS, None),  # on is water where none should be: 1 is a leak there, and 0 is fine
    "connectivity": (Metric.ONLINE, None),
}
#: Numbers by class, and without a class by unit; each with the factors of its units.
_GALLON: Final = 0.003785411784
_CUBIC_FOOT: Final = 0.028316846592
#: All units that Home Assistant (2025.12) has for these two classes.
_VOLUMES: Final = {"m³": 1.0, "m3": 1.0, "L": 1e-3, "gal": _GALLON, "ft³": _CUBIC_FOOT,
                   "CCF": 100 * _CUBIC_FOOT, "MCF": 1_000 * _CUBIC_FOOT}  # fmt: skip
_FLOWS: Final = {"m³/h": 1.0, "m3/h": 1.0, "m³/min": 60.0, "m³/s": 3_600.0, "L/h": 1e-3, "L/min": 0.06, "L/s": 3.6,
                 "mL/s": 0.0036, "gal/h": _GALLON, "gal/min": 60 * _GALLON, "ft³/min": 60 * _CUBIC_FOOT}  # fmt: skip
_NUMBERS: Final[Mapping[str, tuple[Metric, Mapping[str, float]]]] = {
    "battery": (Metric.BATTERY_PCT, {"%": 1.0}),
    "signal_strength": (Metric.RSSI_DBM, {"dBm": 1.0}),
    "water": (Metric.VOLUME_M3, _VOLUMES),
    "volume_flow_rate": (Metric.FLOW_M3H, _FLOWS),
}
_BY_UNIT: Final = {"bpm": Metric.HEART_RATE_BPM, "steps": Metric.STEPS}
_SHOWN: Final = {
    "temperature": "temperature_c",
    "humidity": "humidity_pct",
    "illuminance": "illuminance_lx",
    "moisture": "moisture",
    "voltage": "voltage",
}
_KINDS: Final = frozenset({"binary_sensor", "sensor", "event", "device"})
#: `homeassistant/KIND/NAME/config`.
_LEVELS: Final = 4
_CALL: Final = re.compile(r"sos|emergency|panic|help|alarm", re.IGNORECASE)
#: Metrics that show only how a device is.
_OF_THE_DEVICE: Final = frozenset(map(int, (Metric.ONLINE, Metric.HEARTBEAT)))


@dataclass(frozen=True, slots=True)
class _Sensor:
    """What one configuration says.

    Attributes:
        names: What it is called: by the level before `config` or as a part, with its node, by its own id, by those of its device.
        topic: On which it speaks.
        path: Where its value stands in JSON; empty where the whole message is the value.
        kind: `binary_sensor`, `sensor`, `event`, or `availability`.
        meaning: Its class.
        unit: Of its value.
        on: The text that is true, and that which is false.
    """

    names: tuple[str, ...]
    topic: str
    path: tuple[str, ...]
    kind: str
    meaning: str = ""
    unit: str = ""
    on: tuple[str, str] = ("ON", "OFF")


class Discovery:
    """Opens the configurations and states of one watch."""

    def __init__(self) -> None:
        self._of_configuration: dict[str, list[_Sensor]] = {}
        self._by_topic: dict[str, list[_Sensor]] = {}

    def list_learned(self) -> dict[str, list[_Sensor]]:
        """List the topics on which sensors speak."""
        return self._by_topic

    def open_message(self, topic: str, payload: bytes, received_at: int, limits: Limits) -> Sequence[Report]:
        """Open a message; arguments and errors as `codecs.envelope.Open`."""
        sensors = self._by_topic.get(topic)
        if sensors is not None:
            return _open_state(sensors, payload, received_at, limits)
        levels = topic.split("/")
        if levels[-1] != "config":
            return []
        # a node may stand between the kind and the name
        names = levels[-3:-1] if len(levels) > _LEVELS and levels[-4] in _KINDS else levels[-2:-1]
        return self._learn(topic, levels[-2 - len(names)], names, payload, limits)

    def _learn(self, topic: str, kind: str, names: Sequence[str], payload: bytes, limits: Limits) -> Sequence[Report]:
        """Learn a configuration, in place of the one before; an empty one deletes it. Only what cannot be used is reported."""
        self._forget(topic)
        if kind not in _KINDS or not payload.strip():
            return []
        found = decode_json(payload, limits)
        if not isinstance(found, dict):
            raise Unreadable(QuarantineReason.WRONG_SHAPE, f"not an object: {format_value(found)}")
        said = _spell_out(found)
        origin = said.get("origin")
        if isinstance(origin, dict) and origin.get("name") == ORIGIN:
            return []
        sensors: list[_Sensor] = []
        reports: list[Report] = []
        for one in _list_parts(kind, names, said):
            readings = Readings()
            sensors += one.read_sensors(readings)
            if readings.faults:
                reports.append(Report(one.names[0], readings, is_optional=True, names=one.names[1:]))
        self._remember(topic, sensors)
        return reports

    def _forget(self, topic: str) -> None:
        for one in self._of_configuration.pop(topic, ()):
            those = [each for each in self._by_topic[one.topic] if each is not one]
            if those:
                self._by_topic[one.topic] = those
            else:
                del self._by_topic[one.topic]

    def _remember(self, topic: str, sensors: Sequence[_Sensor]) -> None:
        if len(self._of_configuration) >= _MOST_SENSORS:
            raise Unreadable(QuarantineReason.TOO_LARGE, f"more than {_MOST_SENSORS} configurations")
        kept: list[_Sensor] = []
        for one in sensors:
            if one.topic in self._by_topic or len(self._by_topic) < MOST_TOPICS:
                self._by_topic.setdefault(one.topic, []).append(one)
                kept.append(one)
        if kept:
            self._of_configuration[topic] = kept
        if len(kept) < len(sensors):
            raise Unreadable(QuarantineReason.TOO_LARGE, f"more than {MOST_TOPICS} topics")


@dataclass(frozen=True, slots=True)
class _Part:
    """A configuration with its names spelled out, or one part of it.

    Attributes:
        kind: What it is: `sensor` and alike.
        names: As those of a `_Sensor`.
        said: The configuration.
    """

    kind: str
    names: tuple[str, ...]
    said: dict[str, Any]

    def read_sensors(self, readings: Readings) -> Iterator[_Sensor]:
        """Read the sensors that it describes; `readings` takes what cannot be used of them."""
        if self.kind not in {"binary_sensor", "sensor", "event"}:
            return
        state = self._read_topic("state_topic", self.said.get("state_topic"), readings)
        path = self._read_path("value_template", self.said.get("value_template"), readings)
        if state and path is not None:
            meaning, unit = (read_text(self.said.get(name)) for name in ("device_class", "unit_of_measurement"))
            on = _write_state(self.said.get("payload_on", "ON")), _write_state(self.said.get("payload_off", "OFF"))
            yield _Sensor(self.names, state, path, self.kind, meaning, unit, on)
        for one in self._list_availabilities():
            topic = self._read_topic("availability_topic", one.get("topic"), readings)
            path = self._read_path("availability_template", one.get("value_template"), readings)
            if topic and path is not None:
                there = _write_state(one.get("payload_available", "online"))
                gone = _write_state(one.get("payload_not_available", "offline"))
                yield _Sensor(self.names, topic, path, "availability", on=(there, gone))

    def _list_availabilities(self) -> Iterator[dict[str, Any]]:
        listed = self.said.get("availability")
        if isinstance(listed, list):
            yield from (_spell_out(one) for one in listed[:_MOST_PARTS] if isinstance(one, dict))
        template = self.said.get("availability_template")
        yield {**self.said, "topic": self.said.get("availability_topic"), "value_template": template}

    def _read_topic(self, name: str, given: object, readings: Readings) -> str:
        """Read a topic, with its `~`; empty where there is none."""
        if given is None:
            return ""
        base = read_text(self.said.get("~"))
        topic = read_text(given)
        topic = base + topic[1:] if topic[:1] == "~" else topic[:-1] + base if topic[-1:] == "~" else topic
        is_ours = topic.lower().lstrip("/").startswith("homebeat/")
        if (
            not topic
            or len(topic) > _LONGEST_TOPIC
            or is_ours
            or topic[0] == "$"
            or {"+", "#"} & set(topic)
            or topic.endswith("/config")
        ):
            add_fault(readings, QuarantineReason.WRONG_SHAPE, name, format_value(given))
            return ""
        return topic

    def _read_path(self, name: str, given: object, readings: Readings) -> tuple[str, ...] | None:
        """Read where a template looks; empty for the whole message, None where it does more than look."""
        if given is None:
            return ()
        found = _PATH.fullmatch(given.strip()) if isinstance(given, str) else None
        if found is None:
            add_fault(
                readings, QuarantineReason.WRONG_SHAPE, name, f"only {{{{ value_json.NAME }}}} is read, not {format_value(given)}"
            )
            return None
        return tuple(next(filter(None, step), "") for step in _STEP.findall(found[1]))


def make_format() -> Format:
    """Make the format, with a memory of its own."""
    discovery = Discovery()
    return Format(NAME, TOPICS, discovery.open_message, looks_like, discovery.list_learned)


def looks_like(found: object) -> bool:
    """Whether decoded JSON looks like a configuration for Home Assistant."""
    return isinstance(found, dict) and not {"state_topic", "stat_t"}.isdisjoint(found)


def _spell_out(found: Mapping[str, Any]) -> dict[str, Any]:
    return {_ABBREVIATIONS.get(name, name): value for name, value in found.items()}


def _list_parts(kind: str, names: Sequence[str], said: dict[str, Any]) -> Iterator[_Part]:
    """List what a configuration describes: itself, or the parts of a whole device."""
    own = tuple(dict.fromkeys((names[-1], "/".join(names))))
    of_device = _list_device_names(said.get("device"))
    if kind != "device":
        yield _Part(kind, _join_names(own, read_text(said.get("unique_id")), of_device), said)
        return
    parts = said.get("components")
    for name, each in list(parts.items())[:_MOST_PARTS] if isinstance(parts, dict) else ():
        if isinstance(each, dict):
            part = {**said, **_spell_out(each)}
            called = _join_names((name,), read_text(part.get("unique_id")), (*of_device, *own))
            yield _Part(read_text(part.get("platform")), called, part)


def _write_state(value: object) -> str:
    """Write a state as a text: some programs give `true` where others give `ON`."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)[:_LONGEST_TOPIC] if isinstance(value, str | float) else read_text(value)


def _join_names(own: Sequence[str], unique: str, others: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, (*own, unique, *others))))


def _list_device_names(device: object) -> tuple[str, ...]:
    given = _spell_out(device).get("identifiers") if isinstance(device, dict) else None
    return tuple(filter(None, (read_text(one) for one in (given[:8] if isinstance(given, list) else [given]))))


def _open_state(sensors: Sequence[_Sensor], payload: bytes, received_at: int, limits: Limits) -> Sequence[Report]:
    """Open what comes on a topic of one sensor or several; those of one device are one report."""
    found = _decode_state(sensors, payload, limits)
    reports: dict[tuple[str, ...], Report] = {}
    for one in sensors[: limits.max_reports]:
        readings = reports.setdefault(one.names, Report(one.names[0], Readings(), names=one.names[1:])).readings
        value = _look_up(found, one.path)
        if value is not _MISSING:
            _take_state(readings, one, value, received_at, limits)
    first = next(iter(reports.values())).readings
    if isinstance(found, dict):
        used = {one.path[0] for one in sensors if one.path}
        hear(first, {name: value for name, value in found.items() if name not in used}, received_at)
    for each in reports.values():
        if not each.readings.metric and not each.readings.faults:
            add_heartbeat(each.readings, received_at, Mark.UNTIMED)
    return [replace(each, is_optional=_OF_THE_DEVICE.issuperset(each.readings.metric)) for each in reports.values()]


_MISSING: Final = object()


def _decode_state(sensors: Sequence[_Sensor], payload: bytes, limits: Limits) -> object:
    """Decode a state: JSON where a sensor looks into it, and where an event comes; else the text as it is."""
    if any(one.path or one.kind == "event" for one in sensors):
        return decode_json(payload, limits)
    if len(payload) > limits.max_text:
        raise Unreadable(QuarantineReason.TOO_LARGE, f"{len(payload)} bytes")
    return payload.decode("utf-8", "replace").strip()


def _look_up(found: object, path: Sequence[str]) -> object:
    for step in path:
        if isinstance(found, dict) and step in found:
            found = found[step]
        elif isinstance(found, list) and step.isdecimal() and int(step) < len(found):
            found = found[int(step)]
        else:
            return _MISSING
    return found


def _take_state(readings: Readings, one: _Sensor, value: object, received_at: int, limits: Limits) -> None:
    if value is None or (isinstance(value, str) and value.lower() in _UNKNOWN):
        readings.unmeasured += 1
    elif one.kind == "sensor":
        _take_number(readings, one, value, received_at, limits)
    elif one.kind == "event":
        _take_event(readings, value, received_at)
    else:
        _take_position(readings, one, value, received_at, limits)


def _take_position(readings: Readings, one: _Sensor, value: object, received_at: int, limits: Limits) -> None:
    """Take what is on or off."""
    text = _write_state(value)
    position = 1.0 if text == one.on[0] else 0.0 if text == one.on[1] else None
    if position is None and isinstance(value, bool):
        position = float(value)
    if position is None:
        add_fault(readings, QuarantineReason.WRONG_TYPE, one.names[0], f"neither on nor off: {format_value(value)}")
        hear(readings, {"state": value}, received_at)
    elif one.kind == "availability":
        put(readings, Metric.ONLINE, position, received_at, Mark.UNTIMED)
    elif one.meaning in _BINARY:
        on, off = _BINARY[one.meaning]  # an alarm that is not raised is another reading
        if off is None or position:
            put(readings, on, position, received_at, Mark.UNTIMED)
        else:
            put(readings, off, 1.0, received_at, Mark.UNTIMED)
    else:
        show(readings, one.meaning[:64], bool(position), received_at, limits)


def _take_number(readings: Readings, one: _Sensor, value: object, received_at: int, limits: Limits) -> None:
    metric, factor = _find_metric(one)
    number = float(value) if isinstance(value, str) and _NUMBER.fullmatch(value) else value
    if metric is None:
        if one.meaning in _SHOWN:
            show(readings, _SHOWN[one.meaning], _to_celsius(number) if one.unit == "°F" else number, received_at, limits)
        else:
            hear(readings, {one.names[0]: value}, received_at)
    elif factor is None:
        add_fault(readings, QuarantineReason.WRONG_TYPE, one.names[0], f"its unit is not known: {format_value(one.unit)}")
    else:
        scaled = number * factor if isinstance(number, int | float) and not isinstance(number, bool) and factor != 1.0 else number
        take_number(readings, metric, scaled, received_at, Mark.UNTIMED, limits)


def _find_metric(one: _Sensor) -> tuple[Metric | None, float | None]:
    """Find the metric of a sensor, and the factor of its unit; None for none, and for a unit that is not known."""
    if one.meaning in _NUMBERS:
        metric, units = _NUMBERS[one.meaning]
        return metric, units.get(one.unit)
    by_unit = _BY_UNIT.get(one.unit)
    return (None, None) if by_unit is None else (by_unit, 1.0)


def _to_celsius(value: object) -> object:
    return round((value - 32) / 1.8, 1) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _take_event(readings: Readings, value: object, received_at: int) -> None:
    """Take an event: somebody pressed something. What that means says the kind of the device, or the event itself."""
    kind = value.get("event_type") if isinstance(value, dict) else value
    if not isinstance(kind, str):
        add_fault(readings, QuarantineReason.WRONG_TYPE, "event_type", format_value(kind))
    else:
        metric = Metric.ALARM_SOS if _CALL.search(kind) else Raw.PRESS
        put(readings, metric, 1.0, received_at, Mark.UNTIMED)
