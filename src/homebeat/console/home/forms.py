"""Reads what the forms of a home send, into parts of the table of the fleet file. What a form does not show stays as it is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from homebeat.domain.channel import CHANNELS, CONTACT_CHANNELS

#: No form is read further than this.
MOST_LISTED: Final = 60
_PLACE: Final = ("address", "access", "area", "building", "plan", "timezone")
_PERSON: Final = ("name", "phone", "language", "need", "notes")
_CONTACT: Final = ("name", "relation", "phone", "language")
_FLAGS: Final = ("holds_key", "is_representative", "is_resident")
#: Kinds of channel that need nothing but an address.
SIMPLE_CHANNELS: Final = tuple(
    kind
    for kind in CONTACT_CHANNELS
    if all(known.name == CHANNELS[kind].address or not known.is_required for known in CHANNELS[kind].parameters)
)


def read_place(typed: Mapping[str, str]) -> dict[str, Any]:
    """Read where a home is, and by which plan it is answered for."""
    parts: dict[str, Any] = {name: typed[name].strip() for name in _PLACE if name in typed}
    if "plan" in typed:
        parts["ask_first"] = "ask_first" in typed
    return parts


def read_residents(typed: Mapping[str, str], standing: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Read who lives in a home. Whoever has no id yet is given one by `name_new`."""
    found = []
    for index in _list_indices(typed, "residents"):
        at = f"residents[{index}]"
        if f"{at}.gone" in typed or not _says_something(typed, at, ("id", *_PERSON)):
            continue
        one = dict(standing[index]) if index < len(standing) else {}
        if f"{at}.id" in typed:
            one["id"] = typed[f"{at}.id"].strip()
        _overlay(one, typed, at, _PERSON)
        if f"{at}.birth_year" in typed:
            _put(one, "birth_year", _read_whole(typed[f"{at}.birth_year"]))
        found.append(one)
    return found


def read_contacts(typed: Mapping[str, str], standing: Sequence[Mapping[str, Any]]) -> tuple[list[dict[str, Any]], list[int]]:
    """Read whom to call, in the order of their numbers; also returns which entry of the form each of them is."""
    found: list[tuple[float, int, dict[str, Any]]] = []
    for index in _list_indices(typed, "contacts"):
        at = f"contacts[{index}]"
        if f"{at}.gone" in typed or not _says_something(typed, at, (*_CONTACT, "new_address")):
            continue
        one = dict(standing[index]) if index < len(standing) else {}
        _overlay(one, typed, at, _CONTACT)
        for flag in _FLAGS:
            _put(one, flag, f"{at}.{flag}" in typed or None)
        kept: list[Any] = [place for place in range(len(one.get("channels", ()))) if f"{at}.channels[{place}]" in typed]
        kind, address = typed.get(f"{at}.new_kind", ""), typed.get(f"{at}.new_address", "").strip()
        if kind in SIMPLE_CHANNELS and address:
            kept.append({"kind": kind, CHANNELS[kind].address: address})
        one["channels"] = kept
        order = _read_whole(typed.get(f"{at}.order", ""))
        found.append((order if isinstance(order, int) else index + 1, index, one))
    found.sort(key=lambda each: each[:2])
    return [one for _, _, one in found], [index for _, index, _ in found]


def read_device(typed: Mapping[str, str], at: str = "devices[0]") -> dict[str, Any]:
    """Read a device."""
    names = ("id", "kind", "resident", "model", "codec", "gateway", "reports_every")
    return {name: text for name in names if (text := typed.get(f"{at}.{name}", "").strip())}


def read_new_home(typed: Mapping[str, str]) -> tuple[dict[str, Any], list[int]]:
    """Read a whole home; a band of the only resident is theirs. Also returns which entry of the form each contact is."""
    household = typed.get("id", "").strip()
    people = read_residents(typed, [])
    name_new(people, household)
    contacts, order = read_contacts(typed, [])
    devices = [read_device(typed, f"devices[{index}]") for index in _list_indices(typed, "devices")]
    for device in devices:
        if device.get("kind") == "wristband" and len(people) == 1:
            device["resident"] = people[0]["id"]
    home = {"id": household, **{name: value for name, value in read_place(typed).items() if value}}
    return {**home, "residents": people, "contacts": contacts, "devices": [one for one in devices if one.get("id")]}, order


def name_new(residents: Iterable[dict[str, Any]], household: str) -> None:
    """Give an id to each resident who has none: `HOME-r`, `HOME-r2` and so on."""
    people = list(residents)
    taken = {one.get("id") for one in people}
    free = (name for name in (f"{household}-r{n if n > 1 else ''}" for n in range(1, 200)) if name not in taken)
    for one in people:
        if not one.get("id"):
            one["id"] = next(free)


def place_faults(faults: Iterable[tuple[str, str]], order: Sequence[int]) -> Iterator[tuple[str, str]]:
    """Give faults of contacts the places that they have in the form; those of a new channel stand beside its address."""
    for place, text in faults:
        found = re.match(r"contacts\[(\d+)\](.*)", place)
        if found is None or int(found[1]) >= len(order):
            yield place, text
        elif found[2].startswith(".channels"):
            yield f"contacts[{order[int(found[1])]}].new_address", text
        else:
            yield f"contacts[{order[int(found[1])]}]{found[2]}", text


def _list_indices(typed: Mapping[str, str], part: str) -> list[int]:
    found = {int(hit[1]) for name in typed if (hit := re.match(rf"{part}\[(\d{{1,3}})\]\.", name))}
    return sorted(index for index in found if index < MOST_LISTED)


def _says_something(typed: Mapping[str, str], at: str, names: Iterable[str]) -> bool:
    return any(typed.get(f"{at}.{name}", "").strip() for name in names if name != "language")


def _overlay(one: dict[str, Any], typed: Mapping[str, str], at: str, names: Iterable[str]) -> None:
    for name in names:
        if f"{at}.{name}" in typed:
            _put(one, name, typed[f"{at}.{name}"].strip() or None)


def _put(one: dict[str, Any], name: str, value: object) -> None:
    if value is None:
        one.pop(name, None)
    else:
        one[name] = value


def _read_whole(text: str) -> int | str | None:
    """Read a whole number; what is none stays a text, for the reader of the fleet file to refuse."""
    plain = text.strip()
    return int(plain) if re.fullmatch(r"[0-9]{1,6}", plain) else plain or None
