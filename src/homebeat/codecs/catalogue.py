"""The catalogue of topics and of what reads them: a new wire format is one file and one line here.

A device whose topic names it has a codec (`CODECS`). A format (`FORMAT_MAKERS`) reads messages that report on other devices, on
topics of their own. Both names may stand as the `codec` of a device.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from homebeat.codecs import (
    chirpstack,
    cjt188,
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
from homebeat.codecs.question import Ask, Asking, Command, NotAskable, Question
from homebeat.codecs.wire import Limits, Readings
from homebeat.domain.fleet import Device, DeviceKind

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
    cjt188.NAME: cjt188.make_format,
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


def ask_on_band(question: Question) -> Asking:
    """Ask on a band of homebeat's own form. One that is away gets it when it comes back, and sees whether it still counts.

    Raises:
        NotAskable: Its id cannot stand in a topic.
    """
    if DEVICE_ID.fullmatch(question.device) is None:
        raise NotAskable("the device's id cannot stand in a topic")
    payload = json.dumps(dict(question.words), ensure_ascii=False, separators=(",", ":")).encode()
    return Asking((Command(make_commands_topic(question.device), payload, is_kept=True),))


#: What can carry a question: by codec, and by the kind of device. For all others no maker has said how.
ASKS: Final[Mapping[str, Mapping[DeviceKind, Ask]]] = {
    **{name: {DeviceKind.WRISTBAND: ask_on_band} for name in CODECS},
    tasmota.NAME: {DeviceKind.LAMP: tasmota.ask_on_lamp},
    zigbee2mqtt.NAME: {DeviceKind.LAMP: zigbee2mqtt.ask_on_lamp, DeviceKind.SIREN: zigbee2mqtt.ask_on_siren},
}


def can_carry(codec: str | None, kind: DeviceKind) -> bool:
    """Whether a question can be put through devices of this kind and codec (None: of our own form)."""
    return kind in ASKS.get(codec or DEFAULT_CODEC, {})


def is_asked_on(codec: str | None, kind: DeviceKind, chosen: bool | None) -> bool:  # noqa: FBT001 -- a column of the registry
    """Whether residents are asked on a device: it can carry a question, and the home has not chosen otherwise.

    Args:
        codec: Its codec; None for our own form.
        kind: What it is.
        chosen: What the fleet file says (`may_ask`). Where it says nothing, a band asks its wearer, and nothing else does.
    """
    return can_carry(codec, kind) and (kind is DeviceKind.WRISTBAND if chosen is None else chosen)


def can_ask(device: Device) -> bool:
    """Whether residents are asked on this device."""
    return is_asked_on(device.codec, device.kind, device.may_ask)


def make_asking(codec: str, question: Question) -> Asking:
    """Make what is sent to a device for a question.

    Raises:
        NotAskable: Its codec carries no question to this kind of device, or not to this one.
    """
    ask = ASKS.get(codec or DEFAULT_CODEC, {}).get(question.kind)
    if ask is None:
        raise NotAskable("nobody can be asked on a device of this kind and codec")
    topics = FORMAT_MAKERS[codec]().topics if not question.topics and codec in FORMAT_MAKERS else question.topics
    return ask(replace(question, topics=tuple(topics), address=question.address or question.device))
