"""The people on a card: who it is about, how they are known to be, whom to call."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from homebeat.domain.fleet import Contact
from homebeat.domain.phone import dial_uri
from homebeat.store import ResidentEntry
from homebeat.wording import Wording


@dataclass(frozen=True, slots=True)
class Call:
    """A telephone call away: `href` dials the number."""

    name: str
    number: str
    href: str


@dataclass(frozen=True, slots=True)
class PersonLine:
    """How a resident is known to be. `unknown` says so in words: it never looks fine. `badge` that little can be seen of them."""

    state: str
    state_name: str
    state_text: str
    badge: str = ""


@dataclass(frozen=True, slots=True)
class ContactLine:
    """Somebody to call; `href` is empty where there is no number, and `ways` names the channels by which they are told."""

    name: str
    relation: str
    number: str
    href: str
    ways: str


def list_calls(concerned: Sequence[ResidentEntry], contacts: Sequence[Contact]) -> list[Call]:
    """Whom to call at once: the person, then the first contact with a number."""
    people = [Call(r.resident.name, r.resident.phone, href) for r in concerned if (href := dial_uri(r.resident.phone))]
    others = [Call(c.name, c.phone, href) for c in contacts if (href := dial_uri(c.phone))]
    return [*people, *others[:1]]


def list_contacts(contacts: Iterable[Contact], words: Wording) -> list[ContactLine]:
    """Everybody, in the order to call."""
    lines = []
    for contact in contacts:
        kinds = ", ".join(words.channel(kind) for kind in dict.fromkeys(way.kind for way in contact.channels))
        ways = words.text("told by %(ways)s", ways=kinds) if kinds else ""
        lines.append(ContactLine(contact.name, contact.relation, contact.phone, dial_uri(contact.phone), ways))
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
