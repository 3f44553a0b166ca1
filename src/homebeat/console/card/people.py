"""The people on a card: who it is about, how they are known to be, whom to call."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from homebeat.domain.fleet import Contact
from homebeat.store import HouseholdDetail, ResidentEntry
from homebeat.wording import Wording

_NUMBER: Final = re.compile(r"^\+?[0-9][0-9 ()/-]{2,30}$")
#: Under which names a channel's parameters may hold a telephone number.
_NUMBER_NAMES: Final = ("number", "phone", "tel", "to")


@dataclass(frozen=True, slots=True)
class Call:
    """A telephone call away."""

    name: str
    number: str


@dataclass(frozen=True, slots=True)
class PersonLine:
    """How a resident is known to be. `unknown` says so in words: it never looks fine. `badge` that little can be seen of them."""

    state: str
    state_name: str
    state_text: str
    badge: str = ""


@dataclass(frozen=True, slots=True)
class ContactLine:
    """Somebody to call; `ways` names the kinds of channel when there is no number."""

    name: str
    relation: str
    number: str
    ways: str


def number_of(contact: Contact) -> str:
    """The contact's telephone number; empty when no channel has one."""
    found = (way.params.get(name, "") for way in contact.channels for name in _NUMBER_NAMES)
    return next((number for number in found if _NUMBER.match(number)), "")


def calls_of(concerned: Sequence[ResidentEntry], home: HouseholdDetail | None) -> list[Call]:
    """Whom to call at once: the person, then the first contact with a number."""
    people = [Call(r.resident.name, r.resident.phone) for r in concerned if _NUMBER.match(r.resident.phone)]
    others = [Call(c.name, number_of(c)) for c in (home.contacts if home else ()) if number_of(c)]
    return [*people, *others[:1]]


def contacts_of(home: HouseholdDetail | None, words: Wording) -> list[ContactLine]:
    """Everybody, in the order to call."""
    lines = []
    for contact in home.contacts if home else ():
        kinds = ", ".join(dict.fromkeys(way.kind for way in contact.channels))
        ways = words.text("told by %(ways)s", ways=kinds) if kinds else ""
        lines.append(ContactLine(contact.name, contact.relation, number_of(contact), ways))
    return lines


def people_of(concerned: Sequence[ResidentEntry], words: Wording, now: int) -> list[PersonLine]:
    """How each resident is known to be."""
    return [_person(entry, words, now, named=len(concerned) > 1) for entry in concerned]


def _person(entry: ResidentEntry, words: Wording, now: int, *, named: bool) -> PersonLine:
    known, zone = entry.state, entry.timezone
    state = known.state if known and known.state in {"active", "quiet"} else "unknown"
    name = words.home_state(state, away=bool(known and known.away))
    if state == "unknown":
        proven = known.proven_at if known else None
        text = (
            words.text(
                "No device has proven anything since %(clock)s. This does not mean that all is well.",
                clock=words.clock(proven, zone),
            )
            if proven is not None
            else words.text("No device has proven anything yet. This does not mean that all is well.")
        )
    elif known and known.life_at is not None:
        ago = words.duration((now - known.life_at) / 1000)
        text = words.text("Last sign of life %(clock)s, %(ago)s ago.", clock=words.clock(known.life_at, zone), ago=ago)
    else:
        text = words.text("No sign of life yet.")
    if state == "quiet" and known and known.proven_at is not None:
        text = " ".join(
            (text, words.text("A device would have shown one until %(clock)s.", clock=words.clock(known.proven_at, zone)))
        )
    if known and known.away:
        text = " ".join((text, words.text("Declared away.")))
    shown = f"{entry.resident.name}: {name}" if named else name
    badge = words.text("Low observability") if entry.low_observability is not None else ""
    return PersonLine(state, shown, text, badge)
