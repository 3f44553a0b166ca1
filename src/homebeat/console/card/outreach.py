"""Whom somebody reaches about an alert, and how: calls, the door, how far it has come, what the plan does by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from homebeat.actions.shown_messages import read_messages
from homebeat.actions.shown_photos import list_photos
from homebeat.actions.view import View
from homebeat.console.card.calls import CallLine, list_call_lines
from homebeat.console.card.chain import ChainLink, list_chain
from homebeat.console.card.plan import ShownPlan, show_progress
from homebeat.console.card.visits import SendChoice, VisitLine, list_choices, list_senders, list_visits, name_responders
from homebeat.console.web.person import drop_mask, name_actor, write_place
from homebeat.domain.alert import WAITING, Alert, Answer
from homebeat.domain.fleet import Contact
from homebeat.domain.response_plan import PlanBook
from homebeat.store import AlertDetail, HouseholdDetail, ResidentEntry
from homebeat.wording import Wording


@dataclass(frozen=True, slots=True)
class Sending:
    """Who goes to the door, and whom the visitor can send."""

    visits: Sequence[VisitLine] = ()
    choices: Sequence[SendChoice] = ()


@dataclass(frozen=True, slots=True)
class ShownGuide:
    """What is to be done; `facts` says whose words these are, empty for the usual ones."""

    steps: Sequence[str] = ()
    facts: str = ""


@dataclass(frozen=True, slots=True)
class Outreach:
    """Whom somebody reaches.

    Attributes:
        names: Of residents, contacts and responders by the ids under which histories name them, as far as they are shown.
        say_where: The address in one line, to be read out on the telephone; empty where it is not shown.
        access: How to get in; empty where nobody has said it, or it is not shown.
    """

    names: Mapping[str, str]
    plan: ShownPlan
    guide: ShownGuide
    say_where: str
    access: str
    calls: Sequence[CallLine]
    chain: Sequence[ChainLink] = ()
    sending: Sending = field(default_factory=Sending)


def read_outreach(
    view: View, detail: AlertDetail, home: HouseholdDetail | None, book: PlanBook, words: Wording, *, may_answer: bool
) -> Outreach:
    """Read whom somebody reaches about an alert; `may_answer`: whether they may send somebody."""
    alert, zone = detail.entry.alert, detail.entry.timezone
    concerned, contacts = (home.entry.residents, home.contacts) if home else ((), ())
    visits = view.reader.visits.list_of([alert.id])
    senders = list_senders(view, home.entry.household, visits) if home and may_answer and _can_send(alert) else []
    acting = (alert.owner, *(step.actor for step in detail.history))
    names = name_responders(view, senders, visits, acting) | _name_people(concerned, contacts)
    return Outreach(
        names=names,
        plan=show_progress(view, detail, read_messages(view, detail.entry), book, names, words),
        guide=_read_guide(view, alert, words),
        say_where=write_place(detail.entry, words, above=True) if home and drop_mask(detail.entry.address) else "",
        access=drop_mask(home.access) if home else "",
        calls=list_call_lines(concerned, contacts, detail.history, words, zone),
        chain=list_chain(detail, visits, names, words, zone) if home and alert.queue in WAITING else (),
        sending=Sending(
            list_visits(visits, list_photos(view, detail.entry), names, words, zone, may_answer=may_answer),
            list_choices(senders, names, words),
        ),
    )


def _read_guide(view: View, alert: Alert, words: Wording) -> ShownGuide:
    """Read the steps beside an alert that is not closed: those of its area or one above it, else the usual ones."""
    if alert.answer is Answer.RESOLVED or alert.queue not in WAITING:
        return ShownGuide()
    home = alert.subject.household
    place = None if home is None else view.reader.fleet.find_places([home]).get(home)
    found = view.reader.guides.choose(place.path, alert.rule, words.language.value) if place else None
    if found is None:
        return ShownGuide(words.guide(alert.rule, alert.desk.value))
    return ShownGuide(found.steps, words.text("as set by %(actor)s", actor=name_actor(found.actor, words)))


def _can_send(alert: Alert) -> bool:
    return alert.answer is not Answer.RESOLVED and alert.queue in WAITING


def _name_people(concerned: Sequence[ResidentEntry], contacts: Sequence[Contact]) -> dict[str, str]:
    """Name residents and contacts by their ids, as far as they are shown."""
    named = {str(one.resident.id): drop_mask(one.resident.name) for one in concerned}
    return named | {str(one.id): drop_mask(one.name) for one in contacts}
