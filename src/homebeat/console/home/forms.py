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
_FLAGS: Final = ("holds_key", "is_representative", "is_resident", "wants_daily", "wants_weekly")
_QUIET: Final = ("quiet_from", "quiet_to")
_YES_NO: Final = {"yes": True, "no": False}
#: What a new channel may need beside its address: a secret, and what a robot of another maker says.
EXTRAS: Final = ("secret", "success", "method", "headers", "body", "retry", "final")


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


def read_contacts(typed: Mapping[str, str], standing: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Read whom to call, in the order of their numbers; `standing`: the contacts that the home has."""
    return [_read_contact(typed, index, standing) for index in order_contacts(typed)]


def order_contacts(typed: Mapping[str, str]) -> list[int]:
    """Return which entry of the form each contact is that `read_contacts` returns."""
    found: list[tuple[int, int]] = []
    for index in _list_indices(typed, "contacts"):
        at = f"contacts[{index}]"
        if f"{at}.gone" not in typed and _says_something(typed, at, (*_CONTACT, *_QUIET, "new_address")):
            order = _read_whole(typed.get(f"{at}.order", ""))
            found.append((order if isinstance(order, int) else index + 1, index))
    return [index for _, index in sorted(found)]


def _read_contact(typed: Mapping[str, str], index: int, standing: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    at, one = f"contacts[{index}]", dict(standing[index]) if index < len(standing) else {}
    _overlay(one, typed, at, (*_CONTACT, *_QUIET))
    for flag in _FLAGS:
        _put(one, flag, f"{at}.{flag}" in typed or None)
    chosen = typed.get(f"{at}.quiet_for", "").split()
    _put(one, "quiet_for", chosen if chosen and any(name in one for name in _QUIET) else None)
    kept: list[Any] = [place for place in range(len(one.get("channels", ()))) if f"{at}.channels[{place}]" in typed]
    kind, address = typed.get(f"{at}.new_kind", ""), typed.get(f"{at}.new_address", "").strip()
    extras = {name: text for name in EXTRAS if (text := typed.get(f"{at}.new.{name}", "").strip())}
    if kind or address or extras:
        place = CHANNELS[kind].address if kind in CONTACT_CHANNELS else "address"
        kept.append({"kind": kind, **({place: address} if address else {}), **extras})
    return {**one, "channels": kept}


def read_device(typed: Mapping[str, str], at: str = "devices[0]") -> dict[str, Any]:
    """Read a device."""
    names = ("id", "kind", "resident", "model", "codec", "address", "gateway", "reports_every", "litres_per_pulse", "may_ask")
    found: dict[str, Any] = {name: text for name in names if (text := typed.get(f"{at}.{name}", "").strip())}
    if re.fullmatch(r"[0-9]{1,5}(\.[0-9]{1,6})?", found.get("litres_per_pulse", "")):
        found["litres_per_pulse"] = float(found["litres_per_pulse"])
    if found.get("may_ask") in _YES_NO:
        found["may_ask"] = _YES_NO[found["may_ask"]]
    return found


def read_new_home(typed: Mapping[str, str]) -> dict[str, Any]:
    """Read a whole home; a band of the only resident is theirs."""
    household = typed.get("id", "").strip()
    people = read_residents(typed, [])
    name_new(people, household)
    contacts = read_contacts(typed, [])
    devices = [read_device(typed, f"devices[{index}]") for index in _list_indices(typed, "devices")]
    for device in devices:
        if device.get("kind") == "wristband" and len(people) == 1:
            device["resident"] = people[0]["id"]
    home = {"id": household, **{name: value for name, value in read_place(typed).items() if value}}
    return {**home, "residents": people, "contacts": contacts, "devices": [one for one in devices if one.get("id")]}


def name_new(residents: Iterable[dict[str, Any]], household: str) -> None:
    """Give an id to each resident who has none: `HOME-r`, `HOME-r2` and so on."""
    people = list(residents)
    taken = {one.get("id") for one in people}
    free = (name for name in (f"{household}-r{n if n > 1 else ''}" for n in range(1, 200)) if name not in taken)
    for one in people:
        if not one.get("id"):
            one["id"] = next(free)


def place_faults(faults: Iterable[tuple[str, str]], order: Sequence[int]) -> Iterator[tuple[str, str]]:
    """Give faults of contacts the places that they have in the form; those of a new channel stand beside its own."""
    for place, text in faults:
        found = re.match(r"contacts\[(\d+)\](.*)", place)
        if found is None or int(found[1]) >= len(order):
            yield place, text
        elif channel := re.match(r"\.channels\[\d+\](?:\.(\w+))?", found[2]):
            yield f"contacts[{order[int(found[1])]}].{_find_new_field(channel[1])}", text
        elif found[2].startswith(".quiet_for"):
            yield f"contacts[{order[int(found[1])]}].quiet_for", text
        else:
            yield f"contacts[{order[int(found[1])]}]{found[2]}", text


def place_device_faults(faults: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Give faults of a device the places that they have in the form, which has one device; the home may have more."""
    for place, text in faults:
        yield re.sub(r"^devices(?:\[\d+\])?\.", "devices[0].", place), text


def _find_new_field(parameter: str | None) -> str:
    if parameter == "kind":
        return "new_kind"
    return f"new.{parameter}" if parameter in EXTRAS else "new_address"


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
