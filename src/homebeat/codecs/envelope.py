"""In front of the codecs: which devices a message speaks for, and what it says of each.

A device of our own form has a topic of its own. A gateway, a network server or a supplier's cloud sends on topics of theirs, and
one message may speak for many devices. A `Format` knows such topics and opens such a message into one report for each device.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import msgspec

from homebeat.codecs.wire import Limits, Readings

#: The one thing that is ever asked of somebody else's devices: that a Sparkplug node says anew what it has.
_REBIRTH_TOPIC: Final = re.compile(r"spBv1\.0/[^/#+]+/NCMD/[^/#+]+")


class Report(msgspec.Struct, frozen=True):
    """What one message says of one device.

    Attributes:
        device: Its address: what its maker's messages call it. The registry knows it by that, or by its id.
        readings: Good ones, and the faults of those that are not.
        is_optional: Nobody misses it where it is not registered: a gateway, or something that passed by.
        names: What else the message calls it. The registry may know it by one of these instead.
    """

    device: str
    readings: Readings
    is_optional: bool = False
    names: tuple[str, ...] = ()


#: A pure function `(topic, payload, received_at, limits) -> reports`, at most `limits.max_reports` of them. Raises `Unreadable`
#: and nothing else. A message that only says how a gateway is has none.
Open = Callable[[str, bytes, int, Limits], Sequence[Report]]


_WILD: Final = frozenset({"+", "#"})


def _recognise_nothing(_found: object) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Rebirth:
    """Asks a Sparkplug node to send its births again. Nothing else is ever sent on a topic that is not ours.

    Raises:
        ValueError: The topic is another one than that of a node's commands.
    """

    topic: str
    payload: bytes

    def __post_init__(self) -> None:
        """Refuse every other topic: whatever a format makes of a message, it must not switch anything."""
        if _REBIRTH_TOPIC.fullmatch(self.topic) is None:
            raise ValueError(f"no topic of a Sparkplug node's commands: {ascii(self.topic)[:80]}")


def _take_none(_most: int) -> Sequence[Rebirth]:
    return ()


@dataclass(frozen=True)
class Format:
    """One wire format whose messages name their devices themselves.

    Attributes:
        name: Stable and public, as a codec's.
        topics: MQTT filters of the topics that it comes on (`+` for one level, `#` for all that follow).
        open: Opens a message.
        recognises: Whether decoded JSON, or the bytes of what is none, look like a message of this format: for a hint where a
            device is registered wrongly.
        list_learned: Lists the further topics that its messages have named so far, in a bounded set.
        take_rebirths: Takes what it asks for since it was last asked, at most so many.
        asks_on: MQTT filters of the topics on which it asks.

    A format that remembers messages must bear to be given one twice: the watch reads messages again by halves after a defect.
    """

    name: str
    topics: tuple[str, ...]
    open: Open
    recognises: Callable[[object], bool] = _recognise_nothing
    list_learned: Callable[[], Collection[str]] = frozenset
    take_rebirths: Callable[[int], Sequence[Rebirth]] = _take_none
    asks_on: tuple[str, ...] = ()

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile("|".join(f"(?:{_make_pattern(topic)})" for topic in self.topics))

    @cached_property
    def _beginnings(self) -> tuple[str, ...]:
        """What its topics begin with, up to the first wildcard: nearly every other topic is told by that."""
        return tuple(re.split("/?[+#]", topic, maxsplit=1)[0] for topic in self.topics)

    @cached_property
    def _first_levels(self) -> frozenset[str]:
        return frozenset(topic.split("/")[0] for topic in self.topics)

    def may_cover(self, first_level: str) -> bool:
        """Whether a topic with this first level may be of this format: what it learns may begin in any way."""
        levels = self._first_levels
        return first_level in levels or not levels.isdisjoint(_WILD) or self.list_learned is not frozenset

    def covers(self, topic: str) -> bool:
        """Whether messages on this topic are of this format."""
        if topic.startswith(self._beginnings) and self._pattern.fullmatch(topic) is not None:
            return True
        return self.list_learned is not frozenset and topic in self.list_learned()


def find_format(formats: Sequence[Format], topic: str) -> Format | None:
    """The first format that covers a topic; None where none does."""
    for one in formats:
        if one.covers(topic):
            return one
    return None


def find_named_format(formats: Sequence[Format], name: str | None) -> Format | None:
    """The format of this name; None where there is none."""
    return None if name is None else next((one for one in formats if one.name == name), None)


def _make_pattern(topic_filter: str) -> str:
    """A filter as a regular expression. By MQTT's rules `a/#` covers `a` too, and a leading wildcard covers no `$SYS/...`.

    Raises:
        ValueError: A wildcard stands where MQTT allows none.
    """
    levels = topic_filter.split("/")
    if any(("+" in level or "#" in level) and len(level) > 1 for level in levels) or "#" in levels[:-1]:
        raise ValueError(f"no MQTT filter: {topic_filter}")
    guard = r"(?!\$)" if levels[0] in {"+", "#"} else ""
    parts = ["[^/]*" if level == "+" else re.escape(level) for level in levels if level != "#"]
    rest = "" if levels[-1] != "#" else "(?:/.*)?" if parts else ".*"
    return guard + "/".join(parts) + rest
