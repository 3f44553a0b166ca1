"""A question to a resident on its way to a device: what a codec makes of it, and what alone may leave.

A codec that can carry questions has a function `ask(Question) -> Asking`; `codecs.catalogue` lists them. A package that adds a
format cannot add one: whatever is sent to a device must be on the list here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from homebeat.domain.fleet import DeviceKind

#: Lets a Zigbee lamp swell and fade for fifteen seconds; then it is as it was. The lamp itself sees to that.
BREATHE: Final = b'{"effect":"breathe"}'
#: Asks a Zigbee lamp for its state: its answer shows that it is there.
READ_STATE: Final = b'{"state":""}'
#: Lets a Zigbee siren sound softly for five seconds. Some sirens know no other mode than `emergency`.
SOUND: Final = b'{"warning":{"mode":"emergency","level":"low","strobe":true,"strobe_level":"low","duration":5}}'
#: Lets a lamp on a Tasmota switch blink ten times (`BlinkCount` there); then it is as it was.
BLINK: Final = b"3"

_COMMANDS_TOPIC: Final = re.compile(r"homebeat/v1/[A-Za-z0-9._:-]{1,64}/commands")
_LONGEST_NAME: Final = 256
_NOT_IN_NAMES: Final = frozenset("+#\0")
_ASK_FIELDS: Final = {"id", "command", "at", "expires_at"}


class NotAskable(ValueError):
    """Nobody can be asked on this device; the text says why."""


def _is_ask(payload: bytes) -> bool:
    """Whether it is the question of homebeat's own form, and nothing beside it."""
    try:
        found = json.loads(payload)
    except ValueError:
        return False
    return (
        isinstance(found, dict)
        and set(found) == _ASK_FIELDS
        and found["command"] == "ask"
        and all(isinstance(value, str) for value in found.values())
    )


#: All that may be sent to devices: on which topics, and with which payloads. A valve, a lock or a meter has no place here.
_ALLOWED: Final[tuple[tuple[re.Pattern[str], Callable[[bytes], bool]], ...]] = (
    (_COMMANDS_TOPIC, _is_ask),
    (re.compile(r"[^+#\0]{1,300}/set"), lambda payload: payload in {BREATHE, SOUND}),
    (re.compile(r"[^+#\0]{1,300}/get"), lambda payload: payload == READ_STATE),
    (re.compile(r"cmnd/[^+#/\0]{1,256}/POWER"), lambda payload: payload == BLINK),
)


@dataclass(frozen=True, slots=True)
class Command:
    """One message to a device.

    Attributes:
        is_kept: Whether the broker keeps it for a device that is away (QoS 1). What a device does at once, whenever it comes, is
            not kept: a siren must not sound hours later. It is never retained.

    Raises:
        ValueError: It is none of those that may leave.
    """

    topic: str
    payload: bytes
    is_kept: bool = False

    def __post_init__(self) -> None:
        """Refuse everything that is not on the list: whatever a codec makes of a device's name, it must not switch anything."""
        if not any(topic.fullmatch(self.topic) is not None and allows(self.payload) for topic, allows in _ALLOWED):
            raise ValueError(f"nothing that may be sent to a device: {ascii(self.topic)[:80]}")


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of whom.

    Attributes:
        device: The id of the device in the registry.
        kind: What it is.
        address: What its maker's messages call it.
        words: The question in homebeat's own form: `id`, `command`, `at`, `expires_at`.
        topics: The filters on which messages of its format come here.
    """

    device: str
    kind: DeviceKind
    address: str
    words: Mapping[str, str | int]
    topics: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Asking:
    """How a device is asked, and how it shows that it has heard.

    Attributes:
        commands: In the order in which to send them.
        listens: The topics on which the device answers; empty where it does not.
        is_echo: Whether a message on one of them is its answer. That it answers proves that the device works, and never that
            somebody has noticed: who did presses a button, walks, or draws water, and the watch sees that.
    """

    commands: tuple[Command, ...]
    listens: tuple[str, ...] = ()
    is_echo: Callable[[bytes], bool] = bool


#: Makes of a question what is sent to one kind of device. Raises `NotAskable` and nothing else.
Ask = Callable[[Question], Asking]


def check_name(name: str, *reserved: str) -> str:
    """Check that what a device is called can stand in a topic.

    Args:
        name: What its maker's messages call it.
        reserved: Levels that it may not have.

    Raises:
        NotAskable: It cannot.
    """
    levels = name.split("/")
    if not name or len(name) > _LONGEST_NAME or _NOT_IN_NAMES & set(name) or "" in levels or set(reserved) & set(levels):
        raise NotAskable("what its messages call the device cannot stand in a topic")
    return name
