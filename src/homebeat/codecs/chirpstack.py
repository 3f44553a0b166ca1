"""Decodes the events of ChirpStack 4 in JSON: what devices sent, and how they and the network are.

The frame is read as the decoder of the device profile made it an `object`. Without one the device is alive, and no more is known:
the fault says that a decoder is needed. JSON of its kind leaves zeros out: a missing number is 0, a missing flag false.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from homebeat.codecs.channels import list_channels, may_count, unwrap
from homebeat.codecs.envelope import Format, Report
from homebeat.codecs.objects import note_undecoded, take_object, take_signal
from homebeat.codecs.reports import decode_as, place_moment, put, read_text, show, take_number
from homebeat.codecs.values import add_heartbeat, format_value
from homebeat.codecs.wire import Limits, Mark, Readings, Unreadable
from homebeat.domain.inbound import QuarantineReason
from homebeat.domain.metric import Metric

NAME: Final = "chirpstack"
TOPICS: Final = ("application/+/device/+/event/+",)
_KINDS: Final = frozenset({"up", "join", "status", "log", "ack", "txack", "location", "integration"})


class _Radio(msgspec.Struct):
    rssi: Any = None


class _DeviceInfo(msgspec.Struct, rename="camel"):
    dev_eui: Any = None
    device_name: Any = None


class _Place(msgspec.Struct):
    latitude: Any = 0
    longitude: Any = 0
    altitude: Any = None


class _Event(msgspec.Struct, rename="camel"):
    time: Any = None
    device_info: _DeviceInfo | None = None
    object: Any = None
    frame: Any = msgspec.field(name="data", default=None)
    f_port: Any = None
    rx_info: list[_Radio] | None = None
    margin: Any = None
    battery_level: Any = None
    battery_level_unavailable: Any = None
    external_power_source: Any = None
    location: _Place | None = None
    code: Any = None
    description: Any = None
    acknowledged: Any = None


_JSON: Final = msgspec.json.Decoder(_Event)


def make_format() -> Format:
    """Make the format."""
    return Format(NAME, TOPICS, open_event, recognises)


def recognises(found: object) -> bool:
    """Whether decoded JSON looks like an event."""
    return isinstance(found, dict) and isinstance(found.get("deviceInfo"), dict) and "devEui" in found["deviceInfo"]


def open_event(topic: str, payload: bytes, received_at: int, limits: Limits) -> Sequence[Report]:
    """Open one event.

    Args:
        topic: Its last level is the kind of the event; the device stands in the event.
        payload: The bytes as they came.
        received_at: Arrival, epoch ms.
        limits: Sizes and times beyond which parts are refused.

    Raises:
        Unreadable: It is no event of ChirpStack.
    """
    event = decode_as(payload, _JSON, limits)
    kind = topic.rpartition("/")[2]
    if kind not in _KINDS:
        raise Unreadable(QuarantineReason.WRONG_SHAPE, f"no event of ChirpStack: {format_value(kind)}")
    info = event.device_info
    device = read_text(info.dev_eui) if info is not None else ""
    if info is None or not device:
        raise Unreadable(QuarantineReason.WRONG_SHAPE, "an event without deviceInfo.devEui")
    if kind in {"txack", "integration"}:
        return ()  # what a gateway or another service did
    readings = Readings()
    at, mark = place_moment(readings, "time", event.time, received_at, limits)
    found = event.object if kind == "up" else None
    counts = may_count(found)
    if counts:
        found = unwrap(found)
    if kind == "up":
        _take_uplink(readings, event, found, at, mark, received_at, limits)
    else:
        _take_state(readings, event, kind, at, mark, limits)
    name = info.device_name
    others = (name,) if name.__class__ is str and name else ()
    report = Report(device, readings, kind in {"log", "ack"}, others)
    if not counts:
        return (report,)
    return (*list_channels(found, readings, (device, *others), at, mark, received_at, limits), report)


def _take_uplink(readings: Readings, event: _Event, found: object, at: int, mark: Mark, received_at: int, limits: Limits) -> None:
    if found is not None:
        take_object(readings, found, at, mark, received_at, limits)
    else:
        add_heartbeat(readings, at, mark)
        if event.frame:
            note_undecoded(readings, event.f_port, event.frame)
    if event.rx_info:
        take_signal(readings, event.rx_info, at, mark, limits)


def _take_state(readings: Readings, event: _Event, kind: str, at: int, mark: Mark, limits: Limits) -> None:
    if kind == "status":
        if not event.external_power_source and not event.battery_level_unavailable:
            take_number(readings, Metric.BATTERY_PCT, event.battery_level or 0, at, mark, limits)
        show(readings, "margin_db", event.margin or 0, at, limits)
        put(readings, Metric.ONLINE, 1.0, at, mark)
    elif kind == "join":
        put(readings, Metric.ONLINE, 1.0, at, mark)
    elif kind == "ack":
        if event.acknowledged:
            add_heartbeat(readings, at, mark)
    elif kind == "location":
        if event.location is not None:
            take_number(readings, Metric.LAT, event.location.latitude, at, mark, limits)
            take_number(readings, Metric.LON, event.location.longitude, at, mark, limits)
            show(readings, "altitude_m", event.location.altitude, at, limits)
    else:
        # of a wrong key, or of somebody who pretends to be the device: it proves no life
        show(readings, "network_error", event.code, at, limits)
        show(readings, "network_error_text", event.description, at, limits)
