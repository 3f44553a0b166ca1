"""A map of fields: how messages of a supplier are read whose form homebeat does not know.

It says on which topics they come, where in their JSON stand the device, the time and each value, and what each value means.
Places are JSON pointers (RFC 6901), such as `/data/hr`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from homebeat.domain.metric import ALARMS, PLAUSIBLE, Metric, Shape

#: More maps than this are refused: every message on an unknown topic is compared with each of them.
MOST_MAPS: Final = 20
MOST_FIELDS: Final = 60
MOST_VALUES: Final = 20
LONGEST_POINTER: Final = 200
LONGEST_TOPIC: Final = 200
LONGEST_VALUE: Final = 64
#: So many levels of a message are looked into.
DEEPEST: Final = 8
MAP_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
#: The device is named by this level of the topic, counted from 1: `level:2`.
LEVEL: Final = re.compile(r"level:([1-9]|1[0-9]|20)")
#: Some values of a field mean nothing at all, such as the code of an event that nobody has to hear of.
NOTHING: Final = "nothing"
_POINTER: Final = re.compile(r"(?:/(?:[^~/]|~[01])*)+")
_FLAGS: Final = frozenset(metric.wire_name for metric, one in PLAUSIBLE.items() if one.shape is Shape.BOOLEAN)
_NUMBERS: Final = frozenset(metric.wire_name for metric, one in PLAUSIBLE.items() if one.shape is Shape.NUMBER)
#: What a field can be: a metric, an alarm by its word, or nothing.
TARGETS: Final = (*(metric.wire_name for metric in PLAUSIBLE), *ALARMS, NOTHING)


class TimeForm(StrEnum):
    """How a supplier writes a time."""

    ISO = "iso"  # with its zone
    MILLISECONDS = "ms"  # epoch milliseconds
    SECONDS = "s"  # epoch seconds
    CHINA = "china"  # a text without a zone, by the clock of China


@dataclass(frozen=True, slots=True)
class MappedField:
    """What one place of a message means.

    Attributes:
        pointer: Where it stands, from the record that is about one device.
        target: One of `TARGETS`.
        factor: The value is multiplied by this, and `offset` added; for numbers only.
        when: An alarm is raised, and a flag set, where the value is one of these texts. An alarm needs some.
    """

    pointer: str
    target: str
    factor: float = 1.0
    offset: float = 0.0
    when: tuple[str, ...] = ()

    @property
    def is_alarm(self) -> bool:
        """Whether it raises an alarm, or says that a value raises none."""
        return self.target in ALARMS or self.target == NOTHING

    @property
    def is_flag(self) -> bool:
        """Whether it is true or false."""
        return self.target in _FLAGS

    @property
    def metric(self) -> Metric | None:
        """Which metric it becomes; None for an alarm."""
        return None if self.is_alarm else Metric[self.target.upper()]


@dataclass(frozen=True, slots=True)
class MapSpec:
    """What a map says.

    Attributes:
        topic: MQTT filter of the topics.
        device: The place of the device's id, or `level:N` of the topic.
        at: The place of the time; empty for the time of arrival.
        records: The place of a list whose entries are about a device each; empty where the message itself is one, or a list.
    """

    topic: str
    device: str
    fields: tuple[MappedField, ...]
    at: str = ""
    time_form: TimeForm = TimeForm.ISO
    records: str = ""


@dataclass(frozen=True, slots=True)
class FieldMap:
    """One map as it is stored.

    Attributes:
        spec: None while it is out of use.
        before: What it said before its last change; None for nothing.
        at: When it was changed, epoch ms.
    """

    name: str
    spec: MapSpec | None
    before: MapSpec | None
    version: int
    at: int
    actor: str


def find_map_faults(name: str, spec: MapSpec) -> list[tuple[str, str]]:
    """Find everything that is wrong with a map: the place of each fault in its form, and what it is."""
    faults = [] if MAP_NAME.fullmatch(name) else [("name", "is not a name: letters, digits and . _ - only, at most 40")]
    faults += [("topic", fault)] if (fault := find_filter_fault(spec.topic)) else []
    if LEVEL.fullmatch(spec.device) is None and (fault := _find_pointer_fault(spec.device)):
        faults.append(("device", fault))
    places = (("at", spec.at), ("records", spec.records))
    faults += [(place, fault) for place, text in places if text and (fault := _find_pointer_fault(text))]
    if not any(one.target != NOTHING for one in spec.fields):
        faults.append(("fields", "no field means anything: choose what at least one of them is"))
    if len(spec.fields) > MOST_FIELDS:
        faults.append(("fields", f"are more than {MOST_FIELDS}"))
    return [*faults, *_find_field_faults(spec.fields[:MOST_FIELDS])]


def find_filter_fault(topic: str) -> str:
    """Find why a text is no filter of a supplier's topics; empty when it is one. Topics of homebeat's own form are not."""
    if fault := find_syntax_fault(topic):
        return fault
    return "covers the topics of homebeat's own form, which need no map" if covers_filter(topic, "homebeat/v1/+/readings") else ""


def find_syntax_fault(topic: str) -> str:
    """Find why a text is no MQTT filter, by which nobody can subscribe; empty when it is one."""
    levels = topic.split("/")
    if not topic or len(topic) > LONGEST_TOPIC or not topic.isprintable():
        return f"is missing, or longer than {LONGEST_TOPIC} characters"
    if any(("+" in level or "#" in level) and len(level) > 1 for level in levels) or "#" in levels[:-1]:
        return "is no filter: + stands for one whole level, # at the end for all that follow"
    return ""


def covers_filter(wide: str, narrow: str) -> bool:
    """Whether one filter covers every topic that another one covers."""
    wider, narrower = wide.split("/"), narrow.split("/")
    for at, level in enumerate(wider):
        if level == "#":
            return True
        if at >= len(narrower) or narrower[at] == "#" or level not in {"+", narrower[at]}:
            return False
    return len(wider) == len(narrower)


def _find_field_faults(fields: Sequence[MappedField]) -> Iterator[tuple[str, str]]:
    for at, one in enumerate(fields):
        place = f"fields[{at}]"
        if fault := _find_pointer_fault(one.pointer):
            yield f"{place}.pointer", fault
        if one.target not in TARGETS:
            yield f"{place}.target", "is not one of those that are offered"
        elif one.is_alarm and not one.when:
            yield f"{place}.when", "is missing: which values raise this alarm, or mean nothing"
        elif one.when and not one.is_alarm and not one.is_flag:
            yield f"{place}.when", "is for alarms, and for what is true or false: leave it empty"
        if len(one.when) > MOST_VALUES or any(not text or len(text) > LONGEST_VALUE for text in one.when):
            yield f"{place}.when", f"is longer than {MOST_VALUES} values of {LONGEST_VALUE} characters"
        if not (math.isfinite(one.factor) and one.factor and math.isfinite(one.offset)):
            yield f"{place}.factor", "is not a number other than 0"
        elif (one.factor, one.offset) != (1.0, 0.0) and one.target not in _NUMBERS:
            yield f"{place}.factor", "is for numbers only"
        same = [each for each in fields[:at] if each.target == one.target and not one.is_alarm]
        if same:
            yield f"{place}.target", "is what another field is already"


def _find_pointer_fault(text: str) -> str:
    if len(text) > LONGEST_POINTER or not text.isprintable() or _POINTER.fullmatch(text) is None:
        return "is not a place in the message, as /data/hr"
    return f"is deeper than {DEEPEST} levels" if text.count("/") > DEEPEST else ""
