"""In front of the codecs: which devices a message speaks for, and what it says of each.

A device of our own form has a topic of its own. A gateway, a network server or a supplier's cloud sends on topics of theirs, and
one message may speak for many devices. A `Format` knows such topics and opens such a message into one report for each device.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from homebeat.codecs.wire import Limits, Readings


@dataclass(frozen=True, slots=True)
class Report:
    """What one message says of one device.

    Attributes:
        device: Its id, as the registry has it.
        readings: Good ones, and the faults of those that are not.
    """

    device: str
    readings: Readings


#: A pure function `(topic, payload, received_at, limits) -> reports`, at most `limits.max_reports` of them. Raises `Unreadable`
#: and nothing else. A message that only says how a gateway is has none.
Open = Callable[[str, bytes, int, Limits], Sequence[Report]]


@dataclass(frozen=True)
class Format:
    """One wire format whose messages name their devices themselves.

    Attributes:
        name: Stable and public, as a codec's.
        topics: MQTT filters of the topics that it comes on (`+` for one level, `#` for all that follow).
        open: Opens a message.
    """

    name: str
    topics: tuple[str, ...]
    open: Open

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile("|".join(f"(?:{_make_pattern(topic)})" for topic in self.topics))

    def covers(self, topic: str) -> bool:
        """Whether messages on this topic are of this format."""
        return self._pattern.fullmatch(topic) is not None


def find_format(formats: Sequence[Format], topic: str) -> Format | None:
    """The first format that covers a topic; None where none does."""
    return next((one for one in formats if one.covers(topic)), None)


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
