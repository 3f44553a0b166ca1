"""Who goes to the door for an alert, and whom somebody can send."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from homebeat.actions.view import View
from homebeat.actions.visiting import find_visitor
from homebeat.console.web.person import join_parts
from homebeat.domain.actor import ActorKind
from homebeat.domain.contact_id import find_responder, make_responder_contact
from homebeat.domain.fleet import ResponderKind
from homebeat.domain.ids import HouseholdId
from homebeat.domain.responder import HomeResponder
from homebeat.domain.visit import Visit, VisitState
from homebeat.domain.visit_photo import VisitPhoto
from homebeat.wording import Wording

#: So many are offered; of more, those who are paired with the home and those who go to doors stand first.
MOST: Final = 40
_USER: Final = f"{ActorKind.PERSON}:"
_FIRST: Final = (
    ResponderKind.FIELD,
    ResponderKind.VOLUNTEER,
    ResponderKind.PROVIDER,
    ResponderKind.DESK,
    ResponderKind.SUPERVISOR,
)


@dataclass(frozen=True, slots=True)
class VisitLine:
    """One visit, as text; `id` is empty where it cannot be called off any more. `photos`: the address and text of each."""

    id: str
    who: str
    says: str
    photos: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class SendChoice:
    """One responder who can be sent."""

    id: str
    name: str


def list_senders(view: View, household: HouseholdId, visits: Sequence[Visit]) -> list[HomeResponder]:
    """List who can be sent to a home: whoever has a channel and is not on the way already; paired ones first."""
    going = {find_visitor(visit.visitor) for visit in visits if visit.is_live}
    those = view.reader.duty.find_responders([household]).get(household, [])
    able = [one for one in those if one.ways and one.contact not in going]
    return sorted(able, key=lambda one: (not one.is_paired, _FIRST.index(one.kind)))[:MOST]


def name_responders(
    view: View, senders: Sequence[HomeResponder], visits: Sequence[Visit], actors: Iterable[str]
) -> dict[str, str]:
    """Name responders by the ids under which they are notified: who can be sent, who goes, and who has done something.

    Those of `actors` who have an account are named by that too, as `user:NAME`.
    """
    acting = set(actors)
    accounts = view.reader.duty.find_accounts(one.removeprefix(_USER) for one in acting if one.startswith(_USER))
    ids = {one.responder for one in senders} | set(accounts.values())
    going = [visit.visitor for visit in visits]
    ids |= {who for one in (*going, *acting) if (who := find_responder(find_visitor(one))) is not None}
    found = view.reader.duty.find_opened(ids)
    named = {make_responder_contact(who): one.name for who, one in found.items() if one.name}
    return named | {f"{_USER}{account}": found[who].name for account, who in accounts.items() if who in found and found[who].name}


def list_choices(senders: Sequence[HomeResponder], names: Mapping[str, str], words: Wording) -> list[SendChoice]:
    """List whom a form offers."""
    return [
        SendChoice(
            one.responder,
            join_parts(
                names.get(one.contact, "") or one.responder,
                words.responder_kind(one.kind.value),
                words.text("paired with this home") if one.is_paired else "",
            ),
        )
        for one in senders
    ]


def list_visits(
    visits: Sequence[Visit],
    photos: Sequence[VisitPhoto],
    names: Mapping[str, str],
    words: Wording,
    zone: str,
    *,
    may_answer: bool,
) -> list[VisitLine]:
    """List the visits of an alert with the photos that are shown of it, the newest first."""
    return [_make_line(one, photos, names, words, zone, may_answer=may_answer) for one in reversed(visits)]


def _make_line(
    visit: Visit, photos: Sequence[VisitPhoto], names: Mapping[str, str], words: Wording, zone: str, *, may_answer: bool
) -> VisitLine:
    contact = find_visitor(visit.visitor)
    who = names.get(contact, "") or contact.removeprefix("/")
    moments = {
        VisitState.ASSIGNED: visit.assigned_at,
        VisitState.EN_ROUTE: visit.en_route_at,
        VisitState.AT_DOOR: visit.at_door_at,
    }
    at = moments.get(visit.state) or visit.ended_at or visit.assigned_at
    due = words.text("due by %(clock)s", clock=words.clock(visit.due_at, zone)) if visit.due_at is not None else ""
    says = join_parts(words.visit_state(visit.state.value), words.clock(at, zone), due)
    shown = [
        (
            f"/console/alerts/{quote(one.alert_id)}/photos/{one.id}",
            words.text("photo, %(clock)s", clock=words.clock(one.at, zone)),
        )
        for one in photos
        if one.visit == visit.id
    ]
    return VisitLine(visit.id if visit.is_live and may_answer else "", who, says, shown)
