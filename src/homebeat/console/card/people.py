"""The people on a card: who it is about, how they are known to be, whom to call."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from homebeat.domain.alert import Alert, Answer, Desk
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
    """How a resident is known to be.

    Attributes:
        look: `active`, `quiet` or `unknown`, which says so in words and never looks fine; `open` where an alert waits for an
            answer: a sign of life does not say that all is well.
        life_at: The last sign of life, epoch ms, where `text` tells of it; its age goes on while the page is looked at.
        rest: What is said after that.
        badge: That little can be seen of them.
    """

    look: str
    state_name: str
    text: str
    life_at: int | None = None
    rest: str = ""
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
        kinds = words.listed(*dict.fromkeys(words.channel(way.kind) for way in contact.channels))
        ways = words.text("told by %(ways)s", ways=kinds) if kinds else ""
        lines.append(ContactLine(contact.name, contact.relation, contact.phone, dial_uri(contact.phone), ways))
    return lines


def people_of(concerned: Sequence[ResidentEntry], words: Wording, alerts: Sequence[Alert] = ()) -> list[PersonLine]:
    """How each resident is known to be, beside the alerts that they are looked at for."""
    waiting = [alert for alert in alerts if alert.answer is not Answer.RESOLVED]
    since = max((alert.since for alert in waiting if alert.desk is Desk.CARE), default=None)
    return [_person(entry, words, since, is_open=bool(waiting), named=len(concerned) > 1) for entry in concerned]


def _person(entry: ResidentEntry, words: Wording, since: int | None, *, is_open: bool, named: bool) -> PersonLine:
    known, zone = entry.state, entry.timezone
    state = known.state if known and known.state in {"active", "quiet"} else "unknown"
    life_at = known.life_at if known else None
    name, text, rest = words.home_state(state, away=bool(known and known.away)), "", []
    if state == "unknown":
        life_at, text = None, _unproven(entry, words)
    elif life_at is None:
        text = words.text("No sign of life yet.")
    elif state == "active" and since is not None and life_at <= since:
        name = words.text("No sign of life since the alert")
        text = words.text("The last one before it was at %(clock)s.", clock=words.clock(life_at, zone))
    else:
        text = words.text("Last sign of life %(clock)s.", clock=words.clock(life_at, zone))
    if state == "quiet" and known and known.proven_at is not None:
        rest.append(words.text("A device would have shown one until %(clock)s.", clock=words.clock(known.proven_at, zone)))
    if known and known.away:
        rest.append(words.text("Declared away."))
    shown = words.text("%(name)s: %(state)s", name=entry.resident.name, state=name) if named else name
    badge = words.text("Low observability") if entry.low_observability is not None else ""
    return PersonLine("open" if is_open and state == "active" else state, shown, text, life_at, words.joined(*rest), badge)


def _unproven(entry: ResidentEntry, words: Wording) -> str:
    proven = entry.state.proven_at if entry.state else None
    if proven is None:
        return words.text("No device has proven anything yet. This does not mean that all is well.")
    return words.text(
        "No device has proven anything since %(clock)s. This does not mean that all is well.",
        clock=words.clock(proven, entry.timezone),
    )
