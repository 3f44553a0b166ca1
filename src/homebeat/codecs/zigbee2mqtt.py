"""Opens messages of Zigbee2MQTT: one device a topic, under the name that its owner gave it.

A name may hold blanks and `/`, so all between the first level and a known ending is the name. A message repeats what else is
known of its device: its contact and its battery stand in a message about a movement, too. What is sent to devices (`/set`,
`/get`) is passed over.

What the properties of some 4,400 devices are called and can be: `exposes` of the package zigbee-herdsman-converters (26.112).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from homebeat.codecs.envelope import Format, Report
from homebeat.codecs.meter_states import settle_states
from homebeat.codecs.question import BREATHE, READ_STATE, SOUND, Asking, Command, NotAskable, Question, check_name
from homebeat.codecs.reports import decode_json, decode_object, hear, place_moment, put, read_text, show, take_number
from homebeat.codecs.values import add_fault, add_heartbeat, format_value
from homebeat.codecs.wire import Limits, Mark, Raw, Readings, Unreadable
from homebeat.domain.inbound import QuarantineReason
from homebeat.domain.metric import MeterStatus, Metric

NAME: Final = "zigbee2mqtt"
#: Its base topic; another one is a setting there, and `mqtt.formats` here.
TOPICS: Final = ("zigbee2mqtt/#",)

_BRIDGE: Final = "bridge"
_DEFAULT: Final = Limits()
_CONNECTED: Final = {"online": 1.0, "offline": 0.0}
_EVENTS: Final = {"device_leave": 0.0, "device_joined": 1.0, "device_announce": 1.0}
_CALL: Final = re.compile(r"sos|emergency|panic|help|alarm", re.IGNORECASE)
#: Ends of what a hand does: they are no press of their own.
_LET_GO: Final = re.compile(r"release|_stop(?:_l?\d)?$", re.IGNORECASE)
#: What a lock or a radar does by itself, or says of a stranger at the door.
_BY_ITSELF: Final = re.compile(
    r"unknown|(?:auto|schedule)_(?:un)?lock|(?:un)?lock_failure.*|non_access.*|(?:exit|entry)_delay|.*unoccupied", re.IGNORECASE
)
#: Some say it with words instead of true and false.
_WORDS: Final = {"on": True, "alarm": True, "off": False, "normal": False, "none": False}
#: Alarms that a detector of fire or gas raises; of false it says that they are over. The second bit of a detector's two
#: (`smoke_alarm_2`) may be set by chance where nothing uses it.
_DETECTED: Final = {
    **dict.fromkeys(("smoke", "smoke_alarm_1", "smoke_state"), Metric.ALARM_SMOKE),
    **dict.fromkeys(("gas", "gas_alarm_1", "gas_sensor_state"), Metric.ALARM_GAS),
    **dict.fromkeys(("carbon_monoxide", "carbon_monoxide_alarm_1", "co_state"), Metric.ALARM_GAS),
}
#: Any of them is a movement; a device may give several at once.
_MOVES: Final = frozenset((
    "occupancy", "presence", "vibration", "occupancy_1", "occupancy_2", "occupancy_in", "occupancy_out", "occupancy_or",
    "occupancy_alarm_1", "occupancy_alarm_2", "presence_state",
))  # fmt: skip
_PRESENT: Final = {**_WORDS, "presence": True, "motion": True, "stationary": True}
#: What radars that look for a fall call it. Whatever else they say there may be one, too.
_FALLS: Final = frozenset({"fall_down_status", "fall_status"})
_FALLEN: Final = frozenset({"fall", "fall_alarm", "falling"})
_BATTERY_STATES: Final = {"low": 1.0, "medium": 0.0, "middle": 0.0, "high": 0.0}
_OPENINGS: Final = {"open": 1.0, "tilted": 1.0, "closed": 0.0}
_SITTING: Final = {"sit": 1.0, "sedentary": 1.0, "none": 0.0}
_DRY_CONTACTS: Final = {"contact_closed": 1.0, "contact_open": 0.0}
_LEAKS: Final = {**_WORDS, "water_leakage_yes": True, "water_leakage_no": False}
#: What meters count, and whether in litres: where neither is said, only a valve does. Those have a `state`.
_WATER: Final[Mapping[str, tuple[Metric, bool | None]]] = {
    "water_consumed": (Metric.VOLUME_M3, None),
    "water_consumed_total": (Metric.VOLUME_M3, True),
    "flow": (Metric.FLOW_M3H, False),
    "flow_rate": (Metric.FLOW_M3H, None),
}
_MOST_LITRES: Final = 1e12
_NUMBERS: Final = frozenset({int, float})
_STATUS: Final = int(Metric.METER_STATUS)
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
    moves: list[bool] = []
    is_over = False
    for key, value in found.items():
        if value is None or key in _SILENT:
            continue
        take_it = _TAKERS.get(key)
        if take_it is not None and take_it(readings, value, at, mark, limits):
            is_over |= key in _DETECTED and _read_flag(value) is False
        elif key in _MOVES:
            _read_move(readings, key, value, moves)
        elif key in _WATER:
            _take_water(readings, key, value, at, mark, limits, is_valve="state" in found)
        else:
            # heard as an alarm: an unknown word for a fall may be one
            left["alarm" if key in _FALLS else key] = value
    if moves:
        put(readings, Metric.MOTION, float(any(moves)), at, mark)
    if _STATUS in readings.metric:
        settle_states(readings, at, {})  # what else a device says here may be how its alarm is set
    if is_over and _RAISED.isdisjoint(readings.metric):
        put(readings, Metric.ALARM_OK, 1.0, at, mark)
    if left:
        hear(readings, left, received_at)
    is_judged = bool(readings.metric or readings.faults)
    if not readings.metric:
        add_heartbeat(readings, at, mark)
    # lamps and plugs speak here, too: nobody has to register them
    return Report(name, readings, is_optional=not is_judged)


def _read_flag(value: object, words: Mapping[str, bool] = _WORDS) -> bool | None:
    """Read true or false, also where a word says it; None for anything else."""
    if isinstance(value, bool):
        return value
    return words.get(value.lower()) if isinstance(value, str) else None


def _read_move(readings: Readings, name: str, value: object, moves: list[bool]) -> None:
    flag = _read_flag(value, _PRESENT)
    if flag is not None:
        moves.append(flag)
    elif name != "presence_state":
        add_fault(readings, QuarantineReason.WRONG_TYPE, name, format_value(value))


def _take_water(readings: Readings, name: str, value: object, at: int, mark: Mark, limits: Limits, *, is_valve: bool) -> None:
    """Take what a meter counts. Meters count in cubic metres; those that are a valve, too, in litres."""
    metric, is_litres = _WATER[name]
    if (is_valve if is_litres is None else is_litres) and value.__class__ in _NUMBERS and 0 <= value <= _MOST_LITRES:  # type: ignore[operator]
        value = value / 1_000  # type: ignore[operator]
    take_number(readings, metric, value, at, mark, limits)


def _make_flag_taker(metric: Metric) -> _Taker:
    def take_flag(readings: Readings, value: object, at: int, mark: Mark, _limits: Limits) -> bool:
        flag = _read_flag(value)
        if flag is None:
            add_fault(readings, QuarantineReason.WRONG_TYPE, metric.wire_name, format_value(value))
        else:
            put(readings, metric, float(flag), at, mark)
        return True

    return take_flag


def _make_alarm_taker(metric: Metric) -> _Taker:
    def take_alarm(readings: Readings, value: object, at: int, mark: Mark, _limits: Limits) -> bool:
        flag = _read_flag(value)
        if flag:
            put(readings, metric, 1.0, at, mark)
        return flag is not None

    return take_alarm


def _make_word_taker(metric: Metric | Raw, words: Mapping[str, float]) -> _Taker:
    def take_word(readings: Readings, value: object, at: int, mark: Mark, _limits: Limits) -> bool:
        number = words.get(value.lower()) if isinstance(value, str) else None
        if number is not None:
            put(readings, metric, number, at, mark)
        return number is not None

    return take_word


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


def _take_gas(readings: Readings, value: object, at: int, mark: Mark, limits: Limits) -> bool:
    """Take gas: a flag is an alarm, a number how much there is in the air, or how much a meter has counted."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        show(readings, "gas", value, at, limits)
        return True
    return _make_alarm_taker(Metric.ALARM_GAS)(readings, value, at, mark, limits)


def _take_amount_of_co(readings: Readings, value: object, at: int, _mark: Mark, limits: Limits) -> bool:
    """Take carbon monoxide in the air, in ppm: some is always there, and `carbon_monoxide` says when it is too much."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    show(readings, "co_ppm", value, at, limits)
    return True


def _take_leak(readings: Readings, value: object, at: int, mark: Mark, _limits: Limits) -> bool:
    """Take water where none should be. It is said as a meter says it."""
    flag = _read_flag(value, _LEAKS)
    if flag is not None:
        put(readings, Metric.METER_STATUS, float(MeterStatus.LEAK if flag else MeterStatus.OK), at, mark)
    return flag is not None


def _take_alarm_bit(readings: Readings, value: object, at: int, mark: Mark, _limits: Limits) -> bool:
    """Take the first bit of an alarm zone of no named type: what it means says the kind of the device."""
    if isinstance(value, bool):
        put(readings, Raw.CONTACT, float(value), at, mark)
    return isinstance(value, bool)


def _take_fall(readings: Readings, value: object, at: int, mark: Mark, _limits: Limits) -> bool:
    is_fallen = isinstance(value, str) and value in _FALLEN
    if is_fallen:
        put(readings, Metric.ALARM_FALL, 1.0, at, mark)
    return is_fallen


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
    elif value and not (_LET_GO.search(value) or _BY_ITSELF.fullmatch(value)):
        put(readings, Raw.PRESS, 1.0, at, mark)
        show(readings, "action", value, at, limits)
    return True


_TAKERS: Final[Mapping[str, _Taker]] = {
    **dict.fromkeys(("contact", "contact_alarm_1", "garage_door_contact"), _take_contact),
    "opening_state": _make_word_taker(Metric.DOOR_OPEN, _OPENINGS),
    "dry_contact": _make_word_taker(Raw.CONTACT, _DRY_CONTACTS),
    "alarm_1": _take_alarm_bit,
    "pressure_state": _make_word_taker(Metric.BED_OCCUPIED, _SITTING),
    **dict.fromkeys(("action", "action_l1", "action_l2", "action_l3", "action_l4"), _take_action),
    "battery": _make_number_taker(Metric.BATTERY_PCT),
    "battery_low": _make_flag_taker(Metric.BATTERY_LOW),
    "battery_state": _make_word_taker(Metric.BATTERY_LOW, _BATTERY_STATES),
    **{name: _make_alarm_taker(metric) for name, metric in _DETECTED.items()},
    "gas": _take_gas,
    "co": _take_amount_of_co,
    "sos": _make_alarm_taker(Metric.ALARM_SOS),
    "tamper": _make_alarm_taker(Metric.ALARM_TAMPER),
    **dict.fromkeys((*_FALLS, "status"), _take_fall),
    **dict.fromkeys(("water_leak", "water_leak_alarm_1", "water_leakage_state"), _take_leak),
    "temperature": _make_extra_taker("temperature_c"),
    "humidity": _make_extra_taker("humidity_pct"),
    "illuminance": _make_extra_taker("illuminance_lx"),
    "linkquality": _make_extra_taker("linkquality_lqi"),
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
