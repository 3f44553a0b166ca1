"""The people on a card: who it is about, how they are known to be, whom to call."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from homebeat.console.web.person import drop_mask, join_parts, show_masked
from homebeat.domain.alert import WAITING, Alert, Answer, Queue
from homebeat.domain.as_of import AsOf
from homebeat.domain.fleet import Contact
from homebeat.domain.ids import ContactId
from homebeat.domain.phone import make_dial_uri
from homebeat.store import ResidentEntry
from homebeat.wording import Wording

#: A last sign so shortly before an alarm is the alarm itself: the button was pressed.
_ITSELF_MS: Final = 60_000
#: Stands in a sentence where the page puts an age.
_AGE: Final = "@age@"
NO_LINKS: Final[Mapping[ContactId, int]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class PersonLine:
    """How a resident is known to be.

    Attributes:
        look: `active`, `quiet` or `unknown`, which says so in words and never looks fine; `open` where an alert waits for an
            answer: a sign of life does not say that all is well.
        life_at: The last sign of life, epoch ms, where its age stands between `text` and `rest`.
        rest: What is said after that age.
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
    """Somebody to call; `href` is empty where there is no number, and `ways` names the channels by which they are told.

    Attributes:
        links: How many family's links of theirs open a page now, where the visitor may end them; 0 for none.
    """

    name: str
    relation: str
    number: str
    href: str
    ways: str
    id: str = ""
    links: int = 0


def list_contacts(contacts: Iterable[Contact], words: Wording, links: Mapping[ContactId, int] = NO_LINKS) -> list[ContactLine]:
    """Everybody, in the order to call; `links` counts the links that the visitor may end."""
    lines = []
    for contact in contacts:
        kinds = words.join_list(*dict.fromkeys(words.channel(way.kind) for way in contact.channels))
        ways = words.text("told by %(ways)s", ways=kinds) if kinds else ""
        if contact.is_representative:
            ways = join_parts(words.text("answers for the family"), ways)
        lines.append(
            ContactLine(
                contact.name,
                contact.relation,
                show_masked(contact.phone, words),
                make_dial_uri(contact.phone),
                ways,
                contact.id,
                links.get(contact.id, 0),
            )
        )
    return lines


def list_people(
    concerned: Sequence[ResidentEntry], words: Wording, as_of: AsOf, alerts: Sequence[Alert] = (), *, is_live: bool
) -> list[PersonLine]:
    """How each resident is known to be, beside the alerts that they are looked at for.

    Args:
        concerned: Who.
        words: In which language.
        as_of: Up to when their states hold.
        alerts: That may be about them.
        is_live: Whether the page has the script that lets ages go on; without it none are shown.
    """
    waiting = [alert for alert in alerts if alert.answer is not Answer.RESOLVED and alert.queue in WAITING]
    since = max((alert.since for alert in waiting if alert.queue is Queue.CARE), default=None)
    lines = [_make_person_line(entry, words, as_of, since, is_live=is_live) for entry in concerned]
    if waiting:
        lines = [replace(line, look="open") if line.look == "active" else line for line in lines]
    if len(lines) == 1:
        return lines
    return [
        replace(
            line,
            state_name=words.text(
                "%(name)s: %(state)s", name=drop_mask(entry.resident.name) or entry.resident.id, state=line.state_name
            ),
        )
        for entry, line in zip(concerned, lines, strict=True)
    ]


def _make_person_line(entry: ResidentEntry, words: Wording, as_of: AsOf, since: int | None, *, is_live: bool) -> PersonLine:
    known, zone = entry.state, entry.timezone
    badge = words.text("Low observability") if entry.low_observability is not None else ""
    state = as_of.find_state(known.state if known else None)
    name = words.home_state(state, away=bool(known and known.away))
    away = words.text("Declared away.") if known and known.away else ""
    if known is None or state == "unknown":
        return PersonLine(state, name, words.join_sentences(_describe_unproven(entry, words, as_of), away), badge=badge)
    if known.life_at is None:
        text, aged = words.text("No sign of life yet."), ""
    else:
        clock = words.clock(known.life_at, zone)
        text = words.text("Last sign of life %(clock)s.", clock=clock)
        aged = words.text("Last sign of life %(clock)s (%(age)s).", clock=clock, age=_AGE)
        if state == "active" and since is not None and known.life_at <= since:
            name = words.text("No sign of life since the alert")
            text = words.text("The last one before it was at %(clock)s.", clock=clock)
            aged = words.text("The last one before it was at %(clock)s (%(age)s).", clock=clock, age=_AGE)
            if since - known.life_at < _ITSELF_MS:
                text = aged = ""
    before, _, after = (aged if is_live and aged else text).partition(_AGE)
    proven = ""
    if state == "quiet" and known.proven_at is not None:
        proven = words.text("A device would have shown one until %(clock)s.", clock=words.clock(known.proven_at, zone))
    return PersonLine(state, name, before, known.life_at if after else None, words.join_sentences(after, proven, away), badge)


def _describe_unproven(entry: ResidentEntry, words: Wording, as_of: AsOf) -> str:
    if not as_of.is_current and as_of.at is not None:
        return words.text(
            "Monitoring has been silent since %(clock)s. This does not mean that all is well.",
            clock=words.clock(as_of.at, entry.timezone),
        )
    proven = entry.state.proven_at if entry.state else None
    if proven is None:
        return words.text("No device has proven anything yet. This does not mean that all is well.")
    return words.text(
        "No device has proven anything since %(clock)s. This does not mean that all is well.",
        clock=words.clock(proven, entry.timezone),
    )
