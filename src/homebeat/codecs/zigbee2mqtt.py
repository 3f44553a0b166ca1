"""Opens messages of Zigbee2MQTT: one device a topic, under the name that its owner gave it.

A name may hold blanks and `/`, so all between the first level and a known ending is the name. A message repeats what else is
known of its device: its contact and its battery stand in a message about a movement, too. What is sent to devices (`/set`,
`/get`) is passed over.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from homebeat.codecs.envelope import Format, Report
from homebeat.codecs.question import BREATHE, READ_STATE, SOUND, Asking, Command, NotAskable, Question, check_name
from homebeat.codecs.reports import decode_json, decode_object, hear, place_moment, put, read_text, show, take_number
from homebeat.codecs.values import add_fault, add_heartbeat, format_value, take
from homebeat.codecs.wire import Limits, Mark, Raw, Readings, Unreadable
from homebeat.domain.inbound import QuarantineReason
from homebeat.domain.metric import Metric

NAME: Final = "zigbee2mqtt"
#: Its base topic; another one is a setting there, and `mqtt.formats` here.
TOPICS: Final = ("zigbee2mqtt/#",)

_BRIDGE: Final = "bridge"
_DEFAULT: Final = Limits()
_CONNECTED: Final = {"online": 1.0, "offline": 0.0}
_EVENTS: Final = {"device_leave": 0.0, "device_joined": 1.0, "device_announce": 1.0}
_CALL: Final = re.compile(r"sos|emergency|panic|help|alarm", re.IGNORECASE)
#: Ends of what a hand does: they are no press of their own.
_LET_GO: Final = re.compile(r"release|_stop$", re.IGNORECASE)
#: Alarms that a detector of fire or gas raises; of false it says that they are over.
_ENDING: Final = ("smoke", "gas", "carbon_monoxide")
_RAISED: Final = frozenset(map(int, (Metric.ALARM_SOS, Metric.ALARM_SMOKE, Metric.ALARM_GAS, Metric.ALARM_TAMPER)))
#: What describes the device, or how it is set, and is nothing that anybody has to see.
_SILENT: Final = frozenset((
    "brightness", "color", "color_mode", "color_temp", "current", "device", "device_temperature", "elapsed", "energy",
    "illuminance_lux", "last_seen", "power", "power_outage_count", "pressure", "state", "test", "update",
    "update_available", "voltage",
))  # fmt: skip
#: Takes one value, of an event time and with a mark; returns whether that explains it.
_Taker = Callable[[Readings, object, int, Mark, Limits], bool]


def make_format() -> Format:
    """Make the format."""
    return Format(NAME, TOPICS, open_message, looks_like)


def looks_like(found: object) -> bool:
    """Whether decoded JSON looks like a message of a device behind Zigbee2MQTT."""
    return isinstance(found, dict) and "linkquality" in found


def ask_on_lamp(question: Question) -> Asking:
    """Let a lamp swell and fade, then ask for its state: Zigbee2MQTT reports no effect, but passes on what a lamp answers.

    An effect ends by itself, and leaves the lamp as it was (zigbee2mqtt.io/guide/usage/exposes.html, Zigbee's Identify cluster).
    """
    topic = _find_topic(question)
    commands = (Command(f"{topic}/set", BREATHE), Command(f"{topic}/get", READ_STATE))
    return Asking(commands, (topic,), _is_state)


def ask_on_siren(question: Question) -> Asking:
    """Let a siren sound softly. Most say nothing of that; some report that they sound (`alarm`)."""
    topic = _find_topic(question)
    return Asking((Command(f"{topic}/set", SOUND),), (topic,), _is_sounding)


def _find_topic(question: Question) -> str:
    """Find the topic of a device. It stands below one base topic; where messages come from several, nobody knows below which."""
    bases = [topic.removesuffix("/#") for topic in question.topics if topic.endswith("/#")]
    if len(bases) != 1 or len(question.topics) != 1 or {"+", "#"} & set(bases[0]):
        raise NotAskable("mqtt.formats names no single base topic of Zigbee2MQTT, such as zigbee2mqtt/#")
    return f"{bases[0]}/{check_name(question.address, _BRIDGE, 'set', 'get')}"


def _is_state(payload: bytes) -> bool:
    return _read_echo(payload).get("state") in {"ON", "OFF"}


def _is_sounding(payload: bytes) -> bool:
    return _read_echo(payload).get("alarm") is True


def _read_echo(payload: bytes) -> dict[str, object]:
    """Read the object that a device may have answered with; an empty one for anything else."""
    try:
        return decode_object(payload, _DEFAULT)
    except Unreadable:
        return {}


def open_message(topic: str, payload: bytes, received_at: int, limits: Limits) -> Sequence[Report]:
    """Open a message; arguments and errors as `codecs.envelope.Open`."""
    name = topic.partition("/")[2]
    first, _, rest = name.partition("/")
    if first == _BRIDGE:
        return _open_bridge(rest, payload, received_at, limits)
    before, _, last = name.rpartition("/")
    if last == "availability":
        return [_make_online(before, _read_connected(payload, limits), received_at)]
    if last in {"set", "get"} or "/set/" in name or "/get/" in name:
        return []
    return [_open_device(name, decode_object(payload, limits), received_at, limits)]


def _open_device(name: str, found: dict[str, object], received_at: int, limits: Limits) -> Report:
    readings = Readings()
    at, mark = place_moment(readings, "last_seen", found.get("last_seen"), received_at, limits)
    if found.get("test") is True:
        mark |= Mark.TEST
    left: dict[str, object] = {}
    for key, value in found.items():
        if value is None or key in _SILENT:
            continue
        take_it = _TAKERS.get(key)
        if take_it is None or not take_it(readings, value, at, mark, limits):
            left[key] = value
    is_over = any(found.get(key) is False for key in _ENDING)
    if is_over and _RAISED.isdisjoint(readings.metric):
        put(readings, Metric.ALARM_OK, 1.0, at, mark)
    if left:
        hear(readings, left, received_at)
    is_judged = bool(readings.metric or readings.faults)
    if not readings.metric:
        add_heartbeat(readings, at, mark)
    # lamps and plugs speak here, too: nobody has to register them
    return Report(name, readings, is_optional=not is_judged)


def _make_flag_taker(metric: Metric) -> _Taker:
    def take_flag(readings: Readings, value: object, at: int, mark: Mark, limits: Limits) -> bool:
        if value is True or value is False:
            put(readings, metric, float(value), at, mark)
        else:
            take(readings, metric.wire_name, value, at, mark, limits)
        return True

    return take_flag


def _make_alarm_taker(metric: Metric) -> _Taker:
    def take_alarm(readings: Readings, value: object, at: int, mark: Mark, _limits: Limits) -> bool:
        if value is True:
            put(readings, metric, 1.0, at, mark)
        return value is True or value is False

    return take_alarm


def _make_extra_taker(name: str) -> _Taker:
    def show_value(readings: Readings, value: object, at: int, _mark: Mark, limits: Limits) -> bool:
        show(readings, name, value, at, limits)
        return True

    return show_value


def _make_number_taker(metric: Metric) -> _Taker:
    def take_it(readings: Readings, value: object, at: int, mark: Mark, limits: Limits) -> bool:
        take_number(readings, metric, value, at, mark, limits)
        return True

    return take_it


def _take_contact(readings: Readings, value: object, at: int, mark: Mark, _limits: Limits) -> bool:
    """Take a contact. True means that it is closed."""
    if isinstance(value, bool):
        put(readings, Metric.DOOR_OPEN, float(not value), at, mark)
    else:
        add_fault(readings, QuarantineReason.WRONG_TYPE, "contact", format_value(value))
    return True


def _take_action(readings: Readings, value: object, at: int, mark: Mark, limits: Limits) -> bool:
    """Take what a hand did. What it means says the kind of the device, unless it says itself that it is a call."""
    if not isinstance(value, str):
        # somebody did something, though nobody knows what
        put(readings, Raw.PRESS, 1.0, at, mark)
        add_fault(readings, QuarantineReason.WRONG_TYPE, "action", format_value(value))
    elif _CALL.search(value):
        put(readings, Metric.ALARM_SOS, 1.0, at, mark)
    elif value and not _LET_GO.search(value):
        put(readings, Raw.PRESS, 1.0, at, mark)
        show(readings, "action", value, at, limits)
    return True


_TAKERS: Final[Mapping[str, _Taker]] = {
    "occupancy": _make_flag_taker(Metric.MOTION),
    "presence": _make_flag_taker(Metric.MOTION),
    "vibration": _make_flag_taker(Metric.MOTION),
    "contact": _take_contact,
    "action": _take_action,
    "battery": _make_number_taker(Metric.BATTERY_PCT),
    "water_consumed": _make_number_taker(Metric.VOLUME_M3),
    "battery_low": _make_flag_taker(Metric.BATTERY_LOW),
    "smoke": _make_alarm_taker(Metric.ALARM_SMOKE),
    "gas": _make_alarm_taker(Metric.ALARM_GAS),
    "carbon_monoxide": _make_alarm_taker(Metric.ALARM_GAS),
    "sos": _make_alarm_taker(Metric.ALARM_SOS),
    "tamper": _make_alarm_taker(Metric.ALARM_TAMPER),
    "temperature": _make_extra_taker("temperature_c"),
    "humidity": _make_extra_taker("humidity_pct"),
    "illuminance": _make_extra_taker("illuminance_lx"),
    "linkquality": _make_extra_taker("linkquality_lqi"),
    "water_leak": _make_extra_taker("water_leak"),
}


def _open_bridge(rest: str, payload: bytes, received_at: int, limits: Limits) -> Sequence[Report]:
    """Open what the program says of itself, and of devices that come and go."""
    if rest == "state":
        return [_make_online(_BRIDGE, _read_connected(payload, limits), received_at)]
    if rest != "event":
        return []
    found = decode_object(payload, limits)
    about = found.get("data")
    connected = _EVENTS.get(read_text(found.get("type")))
    name = read_text(about.get("friendly_name")) if isinstance(about, dict) else ""
    return [_make_online(name, connected, received_at)] if name and connected is not None else []


def _read_connected(payload: bytes, limits: Limits) -> float:
    """Read whether something is connected: plain text, or `{"state": ...}`.

    Raises:
        Unreadable: It is neither.
    """
    text: object = payload.decode("ascii", "replace").strip() if len(payload) <= limits.max_text else None
    if text not in _CONNECTED:
        found = decode_json(payload, limits)
        text = found.get("state") if isinstance(found, dict) else None
    if not isinstance(text, str) or text not in _CONNECTED:
        raise Unreadable(QuarantineReason.WRONG_TYPE, f"neither online nor offline: {format_value(text)}")
    return _CONNECTED[text]


def _make_online(name: str, connected: float, received_at: int) -> Report:
    readings = Readings()
    put(readings, Metric.ONLINE, connected, received_at, Mark.UNTIMED)
    return Report(name, readings, is_optional=True)
