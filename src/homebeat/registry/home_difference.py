"""Finds what differs between two tables of a home, as the fleet file has them: field by field, each as it was and as it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

#: Parts that are lists of tables, and the field by which an entry stays the same one.
_LISTS: Final[Mapping[str, str]] = {"residents": "id", "contacts": "id", "devices": "id", "away": "from"}
#: The field of a difference that is the order of a list.
ORDER: Final = "order"


@dataclass(frozen=True, slots=True)
class HomeDifference:
    """One field that differs.

    Attributes:
        part: Of the home.
        entry: The name of the contact, resident or device, or the beginning of the absence; empty where the part is no list.
        field: Of that entry; empty where the part is no list.
        before: As the table has it; None for nothing.
        after: The same.
        key: The id of the entry, or the beginning of the absence; empty where the part is no list.
    """

    part: str
    entry: str
    field: str
    before: Any
    after: Any
    key: str = ""


def compare_homes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[HomeDifference]:
    """Compare two tables of one home; what stays as it is is left out."""
    parts = dict.fromkeys((*before, *after))
    plain = [part for part in parts if part not in _LISTS and before.get(part) != after.get(part)]
    found = [HomeDifference(part, "", "", before.get(part), after.get(part)) for part in plain]
    for part, key in _LISTS.items():
        found += _compare_lists(part, key, before.get(part) or (), after.get(part) or ())
    return found


def _compare_lists(
    part: str, key: str, before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]]
) -> Iterator[HomeDifference]:
    old, new = ({one[key]: one for one in entries} for entries in (before, after))
    for ident in dict.fromkeys((*old, *new)):
        then, now = old.get(ident, {}), new.get(ident, {})
        name = str(now.get("name") or then.get("name") or ident)
        for field in dict.fromkeys((*then, *now)):
            if field != key and then.get(field) != now.get(field):
                yield HomeDifference(part, name, field, then.get(field), now.get(field), ident)
        if not then or not now:
            yield HomeDifference(part, name, key, then.get(key), now.get(key), ident)
    stayed = [[ident for ident in entries if ident in old and ident in new] for entries in (old, new)]
    if stayed[0] != stayed[1]:
        was, is_ = ([str(new[ident].get("name") or ident) for ident in entries] for entries in stayed)
        yield HomeDifference(part, "", ORDER, was, is_)
