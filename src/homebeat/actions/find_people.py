"""Lists residents, and finds them by what somebody types, as far as that person may look for people.

By a name, whoever sees names finds somebody. By an address, a number or a contact does who always sees those, and who answers
alerts and sees them then (`Principal.find_search_scope`): in the night a daughter calls, and nobody knows yet which home it is
about. That a number belongs to somebody is a look, on record under their name, whether the number is shown or not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from homebeat.actions.look import Look
from homebeat.actions.view import View
from homebeat.domain.as_of import AsOf
from homebeat.domain.ids import ResidentId
from homebeat.domain.principal import Principal
from homebeat.domain.role import Field
from homebeat.domain.scope import NOTHING
from homebeat.domain.search_terms import Part
from homebeat.store import Page, ResidentEntry, ResidentFilter

_FINDS: Final = (Field.NAME, Field.ADDRESS, Field.PHONE, Field.CONTACTS)
_ON_RECORD: Final = frozenset(_FINDS) - {Field.NAME}
EVERYBODY: Final = ResidentFilter()


@dataclass(frozen=True, slots=True)
class FoundEntry:
    """A resident of a list.

    Attributes:
        fields: The personal fields by which they were found; empty where nothing was typed, and for an id.
        is_blind: Whether no way from them to a human being is proven now (`store.home.resident_filter`).
        blind_since: Since when, epoch ms; None where that is not known.
    """

    entry: ResidentEntry
    fields: frozenset[Field]
    is_blind: bool
    blind_since: int | None


def list_people(
    view: View,
    as_of: AsOf,
    question: Sequence[Part] = (),
    where: ResidentFilter = EVERYBODY,
    limit: int = 50,
    cursor: str | None = None,
) -> Page[FoundEntry]:
    """List the residents of the view's scope: in the order of the fleet file, or those whom every part of a question fits.

    Args:
        view: Of who asks.
        as_of: Up to when stored states hold: later, everybody is unknown.
        question: What they typed; empty for nothing.
        where: Which of them.
        limit: Most of the page.
        cursor: Goes on after a page with the same question.

    Raises:
        BadCursor: The cursor is not one of ours.
    """
    fitting = _fit(where, as_of, view.principal)
    if fitting is None:
        return Page(())
    fields = {one: scope for one in _FINDS if (scope := view.principal.find_search_scope(one)) != NOTHING}
    found: dict[ResidentId, frozenset[Field]] = {}
    if question:
        page = view.reader.search.find_page(question, fields, fitting, limit, cursor)
        found, next_cursor = {one.resident: one.fields for one in page.items}, page.next_cursor
        known = view.reader.homes.find_residents(found)
        entries = view.show_residents([known[who] for who in found])
    else:
        listed = view.reader.homes.list_residents(limit, cursor, fitting)
        entries, next_cursor = view.show_residents(listed.items), listed.next_cursor
    for who, by in found.items():
        if by & _ON_RECORD:
            view.looks.append(Look(f"resident:{who}", by & _ON_RECORD))
    silent = view.reader.search.find_blind([entry.resident.id for entry in entries])
    return Page(tuple(_judge(entry, found.get(entry.resident.id, frozenset()), as_of, silent) for entry in entries), next_cursor)


def _fit(where: ResidentFilter, as_of: AsOf, principal: Principal) -> ResidentFilter | None:
    """Fit a filter to up to when states hold, and to where somebody always sees absences; None where nobody is left.

    An absence shows when a home is empty: who sees it with an open alert alone may not ask for it.
    """
    if where.is_away is not None:
        where = replace(where, away_in=principal.find_field_scope(Field.HABITS))
    if as_of.is_current:
        return where
    if where.state not in {None, "unknown"} or where.is_blind is False:
        return None
    return replace(where, state=None, is_blind=None)


def _judge(entry: ResidentEntry, fields: frozenset[Field], as_of: AsOf, silent: Mapping[ResidentId, int | None]) -> FoundEntry:
    known, who = entry.state, entry.resident.id
    if as_of.find_state(known.state if known else None) == "unknown":
        return FoundEntry(entry, fields, is_blind=True, blind_since=as_of.find_since(known.since_at if known else None))
    return FoundEntry(entry, fields, is_blind=who in silent, blind_since=silent.get(who))
