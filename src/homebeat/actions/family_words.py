"""What the family has answered about alerts: each contact's last word, with how they are related."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from homebeat.domain.actor import Actor, ActorKind
from homebeat.domain.alert import Reason
from homebeat.domain.family_reply import FamilyReply, find_reply
from homebeat.domain.ids import AlertId, ContactId, HouseholdId
from homebeat.domain.role import Field
from homebeat.response.deadline import REPRESENTATIVE

if TYPE_CHECKING:
    from homebeat.actions.view import View
    from homebeat.domain.fleet import Contact
    from homebeat.store import AlertEntry, GivenReply


class _Said(Protocol):
    """One answer, as it stands in an alert's history."""

    @property
    def actor(self) -> str: ...

    @property
    def at(self) -> int: ...

    @property
    def reason(self) -> Reason: ...


@dataclass(frozen=True, slots=True)
class FamilyWord:
    """The last answer of one contact.

    Attributes:
        relation: How they are related, as the fleet file says; empty for not known, or not shown. No name.
        is_own: It is the answer of whoever looks.
        at: When they gave it, epoch ms.
        until: For `with_me`, until when, epoch ms.
        is_representative: Whoever gave it answered for the family.
    """

    relation: str
    answer: FamilyReply
    at: int
    is_own: bool
    until: int | None = None
    is_representative: bool = False


def list_last_words(said: Iterable[_Said], contacts: Iterable[Contact], own: str) -> tuple[FamilyWord, ...]:
    """List each contact's last word, in order.

    Args:
        said: The answers to one alert, oldest first; what is no answer is left out.
        contacts: Whose relations are shown.
        own: Who looks, as histories name them.
    """
    relations = {str(Actor(ActorKind.CONTACT, one.id)): one.relation for one in contacts}
    found: dict[str, FamilyWord] = {}
    for one in said:
        answer = find_reply(one.reason.code)
        if answer is not None:
            until = one.reason.params.get("until_at")
            found.pop(one.actor, None)
            found[one.actor] = FamilyWord(
                relations.get(one.actor, ""),
                answer,
                one.at,
                one.actor == own,
                int(until) if isinstance(until, int | float) else None,
                REPRESENTATIVE in one.reason.params,
            )
    return tuple(found.values())


def read_relations(view: View, entries: Iterable[AlertEntry]) -> Mapping[tuple[HouseholdId, ContactId], str]:
    """Read how contacts are related to the homes of these alerts, by home and contact; nothing where contacts are hidden."""
    asked = list(entries)
    view.find_standings(asked)
    shown = {
        home
        for entry in asked
        if (home := entry.alert.subject.household) is not None and view.sees_of_alert(Field.CONTACTS, entry)
    }
    found = view.reader.fleet.find_contacts(shown) if shown else {}
    return {(home, one.id): one.relation for home, contacts in found.items() for one in contacts}


def read_family_words(view: View, entries: Iterable[AlertEntry]) -> Mapping[AlertId, tuple[FamilyWord, ...]]:
    """Read the last words about these alerts of a list, all at once; of a home whose contacts are hidden, without relations.

    A relation alone names nobody, so that it is no look at who the contacts are.
    """
    by_id = {entry.alert.id: entry for entry in entries}
    said: dict[AlertId, list[GivenReply]] = {}
    for one in view.reader.alerts.list_replies(by_id):
        said.setdefault(one.alert_id, []).append(one)
    homes = {alert: by_id[alert].alert.subject.household for alert in said}
    view.find_standings(by_id[alert] for alert in homes)
    shown = {home for alert, home in homes.items() if home is not None and view.sees_of_alert(Field.CONTACTS, by_id[alert])}
    contacts = view.reader.fleet.find_contacts(shown)
    own = str(view.principal.actor)
    return {
        alert: list_last_words(said[alert], contacts.get(home, ()) if home is not None else (), own)
        for alert, home in homes.items()
    }
