"""The catalogue of topics and of what reads them: a new wire format is one file and one line here.

A device whose topic names it has a codec (`CODECS`). A format (`FORMAT_MAKERS`) reads messages that report on other devices, on
topics of their own. Both names may stand as the `codec` of a device.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from homebeat.codecs import (
    chirpstack,
    ctwing,
    home_assistant,
    huawei,
    kati,
    native,
    onenet,
    senml,
    sparkplug,
    tasmota,
    tencent,
    the_things_stack,
    theengs,
    tianshu,
    wmbusmeters,
    zigbee2mqtt,
)
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


def decode_native_or_senml(payload: bytes, received_at: int, limits: Limits) -> Readings:
    """Decode either of the two forms that share the native topic."""
    if payload[:1] != b"{" and senml.is_senml(payload):
        return senml.decode(payload, received_at, limits)
    return native.decode(payload, received_at, limits)


#: Codecs by the name that a fleet file may give a device.
CODECS: Final[Mapping[str, Callable[[bytes, int, Limits], Readings]]] = {"native": decode_native_or_senml, "senml": senml.decode}
DEFAULT_CODEC: Final = "native"
#: Makers of what comes on topics of its makers, and names its devices itself, by name. Each watch makes its own, since some
#: formats remember what came before. The first that covers a topic opens its messages.
FORMAT_MAKERS: Final[Mapping[str, Callable[[], Format]]] = {
    chirpstack.NAME: chirpstack.make_format,
    ctwing.NAME: ctwing.make_format,
    home_assistant.NAME: home_assistant.make_format,
    huawei.NAME: huawei.make_format,
    kati.NAME: kati.make_format,
    onenet.NAME: onenet.make_format,
    sparkplug.NAME: sparkplug.make_format,
    tasmota.NAME: tasmota.make_format,
    tencent.NAME: tencent.make_format,
    the_things_stack.NAME: the_things_stack.make_format,
    theengs.NAME: theengs.make_format,
    tianshu.NAME: tianshu.make_format,
    wmbusmeters.NAME: wmbusmeters.make_format,
    zigbee2mqtt.NAME: zigbee2mqtt.make_format,
}


def find_device(topic: str) -> str | None:
    """Find the device that a topic belongs to; None for a topic that is not ours or an id that is not allowed."""
    if not (topic.startswith(PREFIX) and topic.endswith(READINGS)):
        return None
    device = topic[len(PREFIX) : -len(READINGS)]
    return device if DEVICE_ID.fullmatch(device) else None


def make_readings_topic(device: str) -> str:
    """Make the topic on which a device publishes."""
    return f"{PREFIX}{device}{READINGS}"


def is_passed_over(topic: str) -> bool:
    """Whether our subscriptions cover it, but no device speaks there: what devices are told, and their last wills."""
    return topic.startswith(PREFIX) and topic.endswith((COMMANDS, WILL))


def make_commands_topic(device: str) -> str:
    """Make the topic on which a device gets commands."""
    return f"{PREFIX}{device}{COMMANDS}"
