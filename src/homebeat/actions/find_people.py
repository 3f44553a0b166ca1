"""Lists residents, and finds them by what somebody types, as far as that person may look for people.

By a name, whoever sees names finds somebody. By an address, a number or a contact does who always sees those, and who answers
alerts and sees them then (`Principal.find_search_scope`): in the night a daughter calls, and nobody knows yet which home it is
about. That a number belongs to somebody is a look, on record under their name, whether the number is shown or not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from homebeat.actions.look import Look
from homebeat.actions.view import View
from homebeat.domain.as_of import AsOf
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
    """

    entry: ResidentEntry
    fields: frozenset[Field] = frozenset()


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
    if where.state is not None and not as_of.is_current:
        if where.state != "unknown":
            return Page(())
        where = replace(where, state=None)
    if not question:
        page = view.reader.homes.list_residents(limit, cursor, where)
        return Page(tuple(map(FoundEntry, view.show_residents(page.items))), page.next_cursor)
    fields = {field: scope for field in _FINDS if (scope := view.principal.find_search_scope(field)) != NOTHING}
    found = view.reader.search.find_page(question, fields, where, limit, cursor)
    entries = view.reader.homes.find_residents(one.resident for one in found.items)
    shown = view.show_residents([entries[one.resident] for one in found.items])
    for one in found.items:
        if one.fields & _ON_RECORD:
            view.looks.append(Look(f"resident:{one.resident}", one.fields & _ON_RECORD))
    return Page(tuple(FoundEntry(entry, one.fields) for entry, one in zip(shown, found.items, strict=True)), found.next_cursor)
