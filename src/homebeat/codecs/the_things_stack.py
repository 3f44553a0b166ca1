"""Decodes messages of The Things Stack 3, as they come over MQTT and by its webhooks: the topic is not needed.

A device has two names: its DevEUI, and the `device_id` that somebody gave it. The registry may know it by either. The time is the
one at which the network server heard it: gateways have clocks of their own. Empty fields are left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from homebeat.codecs.channels import list_channels, may_count, unwrap
from homebeat.codecs.envelope import Format, Report
from homebeat.codecs.objects import drop_repeated, note_undecoded, take_normalized, take_object, take_signal
from homebeat.codecs.reports import decode_as, place_moment, put, read_text, show, take_number
from homebeat.codecs.values import add_heartbeat, format_value
from homebeat.codecs.wire import Limits, Mark, Readings, Unreadable
from homebeat.domain.inbound import QuarantineReason
from homebeat.domain.metric import Metric

NAME: Final = "the_things_stack"
TOPICS: Final = ("v3/+/devices/+/+", "v3/+/devices/+/location/solved")


class _Ids(msgspec.Struct):
    device_id: Any = None
    dev_eui: Any = None


class _Radio(msgspec.Struct):
    rssi: Any = None


class _Battery(msgspec.Struct):
    value: Any = None


class _Uplink(msgspec.Struct):
    f_port: Any = None
    frm_payload: Any = None
    decoded_payload: Any = None
    normalized_payload: Any = None
    rx_metadata: list[_Radio] | None = None
    received_at: Any = None
    last_battery_percentage: _Battery | None = None


class _Place(msgspec.Struct):
    latitude: Any = None
    longitude: Any = None
    altitude: Any = None


class _Solved(msgspec.Struct):
    location: _Place | None = None


class _Message(msgspec.Struct):
    end_device_ids: _Ids | None = None
    received_at: Any = None
    simulated: Any = None
    uplink_message: _Uplink | None = None
    uplink_normalized: _Uplink | None = None
    join_accept: Any = None
    location_solved: _Solved | None = None
    downlink_ack: Any = None


_JSON: Final = msgspec.json.Decoder(_Message)


def make_format() -> Format:
    """Make the format."""
    return Format(NAME, TOPICS, open_message, recognises)


def recognises(found: object) -> bool:
    """Whether decoded JSON looks like a message of The Things Stack."""
    return isinstance(found, dict) and isinstance(found.get("end_device_ids"), dict)


def open_message(_topic: str, payload: bytes, received_at: int, limits: Limits) -> Sequence[Report]:
    """Open one message.

    Args:
        _topic: Says nothing that the message does not.
        payload: The bytes as they came.
        received_at: Arrival, epoch ms.
        limits: Sizes and times beyond which parts are refused.

    Raises:
        Unreadable: It is none, or the console's test button made it.
    """
    message = decode_as(payload, _JSON, limits)
    ids = message.end_device_ids
    names = [name for name in (read_text(ids.dev_eui), read_text(ids.device_id)) if name] if ids is not None else []
    if not names:
        raise Unreadable(QuarantineReason.WRONG_SHAPE, "a message without end_device_ids")
    if message.simulated:
        raise Unreadable(QuarantineReason.SIMULATED, f"{format_value(names[0])[1:-1]}: simulated uplink")
    uplink = message.uplink_message or message.uplink_normalized
    readings = Readings()
    heard_at = message.received_at if uplink is None or uplink.received_at is None else uplink.received_at
    at, mark = place_moment(readings, "received_at", heard_at, received_at, limits)
    found = None if uplink is None else uplink.decoded_payload
    counts = may_count(found)
    if counts:
        found = unwrap(found)
    if uplink is not None:
        _take_uplink(readings, uplink, found, at, mark, received_at, limits)
    elif message.join_accept is not None:
        put(readings, Metric.ONLINE, 1.0, at, mark)
    elif message.location_solved is not None and message.location_solved.location is not None:
        place = message.location_solved.location
        take_number(readings, Metric.LAT, place.latitude, at, mark, limits)
        take_number(readings, Metric.LON, place.longitude, at, mark, limits)
        show(readings, "altitude_m", place.altitude, at, limits)
    elif message.downlink_ack is not None:
        add_heartbeat(readings, at, mark)
    else:
        return ()  # what was queued for the device, sent to it, or went wrong with that
    report = Report(names[0], readings, uplink is None, tuple(names[1:]))
    if not counts:
        return (report,)
    return (*list_channels(found, readings, names, at, mark, received_at, limits), report)


def _take_uplink(
    readings: Readings, uplink: _Uplink, found: object, at: int, mark: Mark, received_at: int, limits: Limits
) -> None:
    if uplink.normalized_payload is not None:
        take_normalized(readings, uplink.normalized_payload, at, mark, received_at, limits)
    if found is not None:
        before = len(readings.metric)
        take_object(readings, found, at, mark, received_at, limits)
        if before:
            drop_repeated(readings, before)
    elif not readings.metric:
        add_heartbeat(readings, at, mark)
        if uplink.frm_payload:
            note_undecoded(readings, uplink.f_port, uplink.frm_payload)
    battery = uplink.last_battery_percentage
    if battery is not None and battery.value is not None and Metric.BATTERY_PCT not in readings.metric:
        take_number(readings, Metric.BATTERY_PCT, battery.value, at, mark, limits)
    if uplink.rx_metadata:
        take_signal(readings, uplink.rx_metadata, at, mark, limits)
