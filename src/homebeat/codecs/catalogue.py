"""Which topics are whose, and what reads them: a new wire format is one file and one line here.

A device whose topic names it has a codec (`CODECS`). What speaks for other devices, on topics of its own, is a format
(`FORMATS`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from homebeat.codecs import native, senml
from homebeat.codecs.envelope import Format
from homebeat.codecs.wire import Limits, Readings

#: What a device may be called, in topics and in the fleet file.
DEVICE_ID: Final = re.compile(r"[A-Za-z0-9._:-]{1,64}")

PREFIX: Final = "homebeat/v1/"
READINGS: Final = "/readings"
COMMANDS: Final = "/commands"
#: Where a device has the broker say that its connection was lost (its last will).
WILL: Final = "/will"

#: What is subscribed: every topic that `device_of` knows, and those one letter off. A broker acknowledges and drops what nobody
#: subscribes to, and a call for help may be in it. No two of them may cover one topic: a broker may then deliver it twice. `#`
#: is avoided, as NATS counts it twice: `max_ack_pending` times the number of these must stay below 65,536 there.
SUBSCRIPTIONS: Final = ("homebeat/+/+/+", "homebeat/+/+/+/+", "/homebeat/+/+/+", "Homebeat/+/+/+", "HOMEBEAT/+/+/+")


#: A pure function `(payload, received_at, limits) -> Readings`; raises `Unreadable` and nothing else.
Codec = Callable[[bytes, int, Limits], Readings]


def native_or_senml(payload: bytes, received_at: int, limits: Limits) -> Readings:
    """The two forms that share the native topic."""
    if payload[:1] != b"{" and senml.is_senml(payload):
        return senml.decode(payload, received_at, limits)
    return native.decode(payload, received_at, limits)


#: Codecs by the name that a fleet file may give a device.
CODECS: Final[Mapping[str, Callable[[bytes, int, Limits], Readings]]] = {"native": native_or_senml, "senml": senml.decode}
DEFAULT_CODEC: Final = "native"
#: What comes on topics of its makers, and names its devices itself. The first that covers a topic opens its messages.
FORMATS: Final[tuple[Format, ...]] = ()


def device_of(topic: str) -> str | None:
    """The device that a topic belongs to, or None for a topic that is not ours or an id that is not allowed."""
    if not (topic.startswith(PREFIX) and topic.endswith(READINGS)):
        return None
    device = topic[len(PREFIX) : -len(READINGS)]
    return device if DEVICE_ID.fullmatch(device) else None


def readings_topic(device: str) -> str:
    """Where a device publishes."""
    return f"{PREFIX}{device}{READINGS}"


def is_passed_over(topic: str) -> bool:
    """Whether our subscriptions cover it, but no device speaks there: what devices are told, and their last wills."""
    return topic.startswith(PREFIX) and topic.endswith((COMMANDS, WILL))


def commands_topic(device: str) -> str:
    """Where a device listens."""
    return f"{PREFIX}{device}{COMMANDS}"
