"""Makes the lines of what was changed of a home: each field as it was and as it became."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from homebeat.actions.home_writing import find_home_operation
from homebeat.actions.shown_homes import ShownChange
from homebeat.console.home.labels import HomeFields
from homebeat.console.web.access import Visitor
from homebeat.console.web.person import join_parts, name_actor, show_masked
from homebeat.domain.role import Operation
from homebeat.registry.home_difference import HomeDifference
from homebeat.store import HomeKeeping
from homebeat.wording import Wording

#: Of one change, so many fields are shown: a home that is written anew may differ in hundreds.
_MOST: Final = 60


@dataclass(frozen=True, slots=True)
class FieldLine:
    """One field of a change, as text."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """One change of the home.

    Attributes:
        left_out: How many fields more differ.
        undo: The version that its form sends; 0 where whoever looks cannot undo it.
    """

    clock: str
    what: str
    who: str
    parts: str
    reason: str
    fields: Sequence[FieldLine]
    left_out: int
    undo: int


def make_change(shown: ShownChange, mark: HomeKeeping, visitor: Visitor, words: Wording, zone: str) -> ChangeLine:
    """Make the line of one change; `mark`: of which version the home is by now."""
    one, labels = shown.change, HomeFields(words)
    parts = dict.fromkeys(each.part for each in shown.differences)
    can_undo = one.version == mark.version and visitor.may(find_home_operation(one.kind)) and bool(one.before or one.after)
    fields = [_make_field(each, labels, words, zone) for each in shown.differences[:_MOST]]
    return ChangeLine(
        words.clock(one.at, zone),
        words.action(one.kind),
        name_actor(one.actor, words),
        words.join_list(*(labels.parts.get(part, part) for part in parts)),
        one.reason if visitor.may(Operation.MANAGE_HOMES) else "",
        fields,
        len(shown.differences) - len(fields),
        one.version if can_undo else 0,
    )


def _make_field(one: HomeDifference, labels: HomeFields, words: Wording, zone: str) -> FieldLine:
    entry = _write_time(one.entry, words, zone) if one.part == "away" else show_masked(one.entry, words)
    name = join_parts(labels.parts.get(one.part, one.part), entry, labels.fields.get(one.field, one.field))
    before, after = (write_value(one.field or one.part, value, words, zone) for value in (one.before, one.after))
    if before == after and one.field == "channels":
        after = words.text("%(channels)s, to another address or with another secret", channels=after)
    return FieldLine(name, before, after)


def write_value(field: str, value: Any, words: Wording, zone: str) -> str:
    """Write the value of a field of the fleet file for people."""
    if value in (None, "", [], ()):
        return words.text("nothing")
    if isinstance(value, bool):
        return words.text("yes") if value else words.text("no")
    known: Mapping[str, Callable[[Any], str]] = {
        "channels": lambda ways: words.join_list(*(words.channel(way["kind"]) for way in ways)),
        "kind": words.device_kind,
        "quiet_for": lambda some: words.join_list(*map(words.priority, some)),
        "position": lambda place: f"{place['lat']}, {place['lon']}" if isinstance(place, Mapping) else str(place),
        "from": lambda at: _write_time(at, words, zone),
        "to": lambda at: _write_time(at, words, zone),
    }
    if field in known:
        return show_masked(known[field](value), words) if isinstance(value, str) else known[field](value)
    return words.join_list(*map(str, value)) if isinstance(value, list | tuple) else show_masked(str(value), words)


def _write_time(text: str, words: Wording, zone: str) -> str:
    try:
        return words.clock(datetime.fromisoformat(text).timestamp() * 1000, zone)
    except ValueError:
        return show_masked(text, words)
