"""Opens messages of Theengs Gateway and of OpenMQTTGateway: one Bluetooth device each, as a gateway heard it.

A band says its steps, its pulse, both or neither. The pulse is that of the last activity: the band sends the same one again until
it has measured a new one, so one that repeats is left out. Two gateways may hear one message; `packet` is its number. Whatever
has Bluetooth is heard, also of people who pass by, so nobody misses what is not registered.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from homebeat.codecs.envelope import Format, Report
from homebeat.codecs.plain import NOTHING, SHOWN, Names, Plain, describe_number, take_plainly
from homebeat.codecs.reports import decode_object, hear, put, read_text, show, take_number
from homebeat.codecs.values import add_fault, add_heartbeat, format_value
from homebeat.codecs.wire import Limits, Mark, Raw, Readings
from homebeat.domain.inbound import QuarantineReason
from homebeat.domain.metric import Metric

NAME: Final = "theengs"
TOPICS: Final = ("home/+/BTtoMQTT/+",)

_NUMBERS: Final = {"steps": Metric.STEPS, "batt": Metric.BATTERY_PCT, "rssi": Metric.RSSI_DBM}
_FLAGS: Final = {"open": Metric.DOOR_OPEN, "motion": Metric.MOTION, "batt_low": Metric.BATTERY_LOW, "lowbatt": Metric.BATTERY_LOW,
                "sos": Metric.ALARM_SOS, "fall": Metric.ALARM_FALL}  # fmt: skip
#: Names of a pulse, of bands and of chest straps.
_PULSES: Final = ("act_bpm", "bpm")
_SHOWN: Final = {"tempc": "temperature_c", "hum": "humidity_pct", "lux": "illuminance_lx", "volt": "battery_voltage_v"}
#: The third says that it was left open.
_CONTACTS: Final = {"open": 1.0, "closed": 0.0, "timeout not closed": 1.0}
#: A remote with several buttons numbers them.
_BUTTON: Final = re.compile(r"button\d?", re.ASCII)
#: What describes the device and its signal.
_SILENT: Final = frozenset((
    "id", "mac", "name", "brand", "model", "model_id", "type", "acts", "cont", "track", "prmac", "device", "distance",
    "packet", "servicedata", "servicedatauuid", "manufacturerdata", "uuid", "txpower", "mac_type", "adv_type", "tempf",
    "rot", "status", "presence", "host", "time", "unit", "cidc", "encr", "ctr", "mic", "cipher",
))  # fmt: skip
_NAMES: Final = Names(
    {
        **{name: describe_number(metric) for name, metric in _NUMBERS.items()},
        **{name: Plain(int(metric), low=1, high=0, is_flag=True) for name, metric in _FLAGS.items() if not metric.is_alarm},
        **{name: Plain(SHOWN, shown) for name, shown in _SHOWN.items()},
        **dict.fromkeys(_SILENT, NOTHING),
    }.get
)
#: Members of an enumeration are found slowly.
_UNTIMED: Final = Mark.UNTIMED
_HEART_RATE: Final = Metric.HEART_RATE_BPM
_ONLY_HEARD: Final = [int(Metric.RSSI_DBM)]
#: The pressure of a tyre, whose alarm is nobody's call: each car that parks outside has one.
_TYRES: Final = "TPMS"
#: A curtain or a blind, which a motor moves.
_COVER: Final = "WCVR"
_LOCKED: Final = "encrypted: give the gateway the key of this device"
_MAC: Final = re.compile(r"[0-9A-Fa-f]{2}(?::?[0-9A-Fa-f]{2}){5}")
#: The same packet within this time is one that another gateway heard, too. Numbers begin anew after 256.
_SAME_PACKET_MS: Final = 30_000
#: So many devices are remembered; what is heard of more was not heard before.
_REMEMBERED: Final = 10_000


class _Last:
    """The last value that each device gave of one kind, and when it first did: what is the same later is not new."""

    def __init__(self) -> None:
        self._values: dict[str, tuple[object, int]] = {}

    def is_repeat(self, device: str, value: object, at: int, within_ms: int | None = None) -> bool:
        """Whether the device gave this value before, and no other since. A message that is given twice is none."""
        known = self._values.get(device)
        if known is not None and at <= known[1]:
            return False
        if known is not None and known[0] == value and (within_ms is None or at - known[1] < within_ms):
            return True
        if known is None and len(self._values) >= _REMEMBERED:
            self._values.pop(next(iter(self._values)))
        self._values[device] = value, at
        return False


class Gateways:
    """Opens the messages of all gateways of one watch."""

    def __init__(self) -> None:
        self._pulses, self._packets = _Last(), _Last()

    def open_message(self, topic: str, payload: bytes, received_at: int, limits: Limits) -> Sequence[Report]:
        """Open a message; arguments and errors as `codecs.envelope.Open`."""
        found = decode_object(payload, limits)
        device = read_text(found.get("mac")) or read_text(found.get("id")) or topic.rpartition("/")[2]
        key = device.replace(":", "").lower()
        readings = Readings()
        packet = found.get("packet")
        if isinstance(packet, int) and self._packets.is_repeat(key, packet, received_at, _SAME_PACKET_MS):
            add_heartbeat(readings, received_at, Mark.UNTIMED)
            return [Report(device, readings, is_optional=True)]
        is_plain = len(found) <= limits.max_extras and found.get("type") != _COVER
        rest = take_plainly(readings, found, _NAMES, received_at, _UNTIMED) if is_plain else found
        for name in _PULSES:
            if name in rest:
                self._take_pulse(readings, key, rest.pop(name), received_at, limits)
        if found.get("type") == _COVER:  # `motion` is that of its motor
            rest = {name: value for name, value in rest.items() if name != "motion"}
        left = _take_values(readings, rest, received_at, limits) if rest else rest
        if "cipher" in found:
            add_fault(readings, QuarantineReason.WRONG_SHAPE, "cipher", _LOCKED)
        if left and not read_text(found.get("model_id")).startswith(_TYRES):
            hear(readings, left, received_at)
        if not readings.metric or readings.metric == _ONLY_HEARD:
            add_heartbeat(readings, received_at, Mark.UNTIMED)
        return [Report(device, readings, is_optional=True)]

    def _take_pulse(self, readings: Readings, key: str, value: object, received_at: int, limits: Limits) -> None:
        if self._pulses.is_repeat(key, value, received_at):
            readings.unmeasured += 1
        else:
            take_number(readings, _HEART_RATE, value, received_at, _UNTIMED, limits)


def make_format() -> Format:
    """Make the format, with a memory of its own."""
    return Format(NAME, TOPICS, Gateways().open_message, looks_like)


def looks_like(found: object) -> bool:
    """Whether decoded JSON looks like what a Bluetooth gateway heard."""
    return (
        isinstance(found, dict)
        and not {"model_id", "servicedata", "manufacturerdata"}.isdisjoint(found)
        and _MAC.fullmatch(read_text(found.get("mac")) or read_text(found.get("id"))) is not None
    )


def _take_values(readings: Readings, found: dict[str, object], received_at: int, limits: Limits) -> dict[str, object]:
    """Take what needs care, as far as it is explained; returns the rest."""
    left: dict[str, object] = {}
    for name, value in found.items():
        if name in _SILENT:
            continue
        if (number := _NUMBERS.get(name)) is not None:
            take_number(readings, number, value, received_at, Mark.UNTIMED, limits)
        elif (flag := _FLAGS.get(name)) is not None and isinstance(value, bool):
            if value or not flag.is_alarm:
                put(readings, flag, float(value), received_at, Mark.UNTIMED)
        elif name in _SHOWN:
            show(readings, _SHOWN[name], value, received_at, limits)
        elif _BUTTON.fullmatch(name):
            _take_press(readings, name, value, received_at)
        elif name == "action" and isinstance(value, str):
            put(readings, Raw.PRESS, 1.0, received_at, Mark.UNTIMED)
        elif name == "contact":
            _take_contact(readings, value, received_at)
        else:
            left[name] = value
    return left


def _take_press(readings: Readings, name: str, value: object, received_at: int) -> None:
    """Take a button: 0 is none, other numbers say how it was pressed."""
    if value.__class__ is int:
        if value:
            put(readings, Raw.PRESS, 1.0, received_at, Mark.UNTIMED)
    else:
        put(readings, Raw.PRESS, 1.0, received_at, Mark.UNTIMED)
        add_fault(readings, QuarantineReason.WRONG_TYPE, name, format_value(value))


def _take_contact(readings: Readings, value: object, received_at: int) -> None:
    is_open = _CONTACTS.get(value) if isinstance(value, str) else None
    if is_open is None:
        add_fault(readings, QuarantineReason.WRONG_TYPE, "contact", format_value(value))
    else:
        put(readings, Metric.DOOR_OPEN, is_open, received_at, Mark.UNTIMED)
