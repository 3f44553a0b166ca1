"""Looks for residents by what somebody types: in the terms of `search_index`, and by ids of residents, homes and devices.

Nothing is opened to find somebody. A question has parts, and who is found fits all of them. The part that the fewest fit is read
first, in the order of area and resident, and each of those is held against the others: so a page costs what it shows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import ColumnElement, Connection, Select, Subquery, and_, false, or_, select, text, tuple_, union_all

from homebeat.domain.ids import ResidentId
from homebeat.domain.role import Field
from homebeat.domain.scope import EVERYTHING, Scope
from homebeat.store.base import cursors
from homebeat.store.base.among import match_any
from homebeat.store.base.cursors import Page
from homebeat.store.home import tables
from homebeat.store.home.resident_counts import ResidentCounts, count_residents
from homebeat.store.home.resident_filter import ResidentFilter, find_blind, list_conditions
from homebeat.store.home.search_index import compute_term, count_pending
from homebeat.store.scoping import narrow

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from homebeat.domain.ids import AreaId
    from homebeat.domain.search_terms import Part
    from homebeat.store.sealing.owner_keys import OwnerKeys

_term, _home, _resident, _device = tables.search_term, tables.household, tables.resident, tables.device
_state = tables.resident_state
_EVERYBODY: Final = ResidentFilter()
#: Above this, it does not matter how many fit a term.
_MANY: Final = 4_000
#: Most people whom one id names: those of a home.
_MOST_OF_ID: Final = 20
#: On SQLite over all areas: it decides about speed alone.
_COUNT: Final = (
    "SELECT given.{}, (SELECT count(*) FROM (SELECT 1 FROM search_term WHERE term = given.{} LIMIT :many) AS few) FROM "
)
_COUNTS: Final = {
    "postgresql": text(_COUNT.format("term", "term") + "unnest(CAST(:terms AS bigint[])) AS given (term)"),
    "sqlite": text(_COUNT.format("value", "value") + "json_each(:terms) AS given"),
}


@dataclass(frozen=True, slots=True)
class FoundResident:
    """Somebody who was found.

    Attributes:
        fields: The personal fields that a part of the question fits; empty for an id.
    """

    resident: ResidentId
    fields: frozenset[Field]


@dataclass(frozen=True, slots=True)
class _Asked:
    """A part of a question as the database is asked for it: any of three. `ids`: residents; `words`: all of them fit."""

    terms: Mapping[Field, tuple[int, ...]]
    ids: tuple[str, ...]
    words: tuple[_Asked, ...]

    def list_terms(self, fields: Iterable[Field]) -> set[int]:
        """List the terms of it and of its words in some fields."""
        wanted = set(fields)
        own = {term for field, terms in self.terms.items() if field in wanted for term in terms}
        return own.union(*(word.list_terms(wanted) for word in self.words))

    def keep_possible(self, counts: Mapping[int, int]) -> _Asked:
        """Leave out the ways in which nobody fits it: the database then has less to plan."""
        terms = {field: wanted for field, wanted in self.terms.items() if all(counts[term] for term in wanted)}
        words = tuple(word.keep_possible(counts) for word in self.words)
        return _Asked(terms, self.ids, words if all(word.count(counts) for word in words) else ())

    def count(self, counts: Mapping[int, int]) -> int:
        """Count how many fit it at most; 0 where nobody can."""
        ways = [min(counts[term] for term in terms) for terms in self.terms.values()]
        return sum(ways) + len(self.ids) + min((word.count(counts) for word in self.words), default=0)

    @property
    def is_one_term_each(self) -> bool:
        """Whether each way to fit it is one term or an id, so that who has that fits."""
        return not self.words and all(len(terms) == 1 for terms in self.terms.values())

    def find_fields(self, terms: Collection[int]) -> frozenset[Field]:
        """Find in which fields it, or one of its words, fits somebody who has these terms."""
        own = frozenset(field for field, wanted in self.terms.items() if set(wanted) <= set(terms))
        return own.union(*(word.find_fields(terms) for word in self.words))


class SearchQueries:
    """Residents by what somebody types, for reading."""

    def __init__(self, connection: Connection, keys: OwnerKeys, scope: Scope) -> None:
        self._connection = connection
        self._keys = keys
        self._scope = scope

    def count_pending(self) -> int:
        """Count the homes of the scope that cannot be found yet, or not by all that they are now."""
        return count_pending(self._connection, self._scope)

    def count_residents(self, area: AreaId | None = None) -> ResidentCounts:
        """Count the residents of the scope, or of an area of it, as `resident_counts.count_residents`."""
        return count_residents(self._connection, self._scope, area)

    def find_blind(self, residents: Iterable[ResidentId]) -> dict[ResidentId, int | None]:
        """Find who is blind although their state is known, as `resident_filter.find_blind`."""
        return find_blind(self._connection, residents, self._scope)

    def find_page(
        self,
        question: Sequence[Part],
        fields: Mapping[Field, Scope],
        where: ResidentFilter = _EVERYBODY,
        limit: int = 50,
        cursor: str | None = None,
    ) -> Page[FoundResident]:
        """Find a page of living residents whom every part of a question fits, in the order of area and id.

        Args:
            question: From `search_terms.read_question`; without any part nobody is found.
            fields: In which areas somebody may be found by a field; each lies in the scope. By one that is missing nobody is.
            where: Which of them.
            limit: Most of the page.
            cursor: Goes on after a page.

        Raises:
            BadCursor: The cursor is not one of ours.
            Unavailable: The key file is not there.
        """
        after = cursors.read(cursor, str, str) if cursor is not None else None
        asked = [self._ask(part, fields) for part in question]
        counts = self._count({term for one in asked for term in one.list_terms(fields)})
        asked = [one.keep_possible(counts) for one in asked]
        if not asked or not all(one.count(counts) for one in asked):
            return Page(())
        first = min(asked, key=lambda one: one.count(counts))
        found = union_all(*self._select_ways(first, counts, fields, after)).subquery("found")
        query = _join(found, self._scope).where(
            *(self._fits(one, found, fields) for one in asked), *list_conditions(where, self._scope)
        )
        rows = self._connection.execute(query.limit(limit + 1)).all()
        page = cursors.make_page(rows, limit, lambda row: (row.area, row.resident))
        fits = self._find_fits([row.resident for row in page.items], asked, fields)
        return Page(tuple(FoundResident(row.resident, fits[row.resident]) for row in page.items), page.next_cursor)

    def _ask(self, part: Part, fields: Mapping[Field, Scope]) -> _Asked:
        terms = {
            field: tuple(compute_term(self._keys, field, piece) for piece in sorted(pieces))
            for field, pieces in part.pieces.items()
            if field in fields
        }
        ids = self._find_ids(part.id) if part.id else ()
        return _Asked(terms, ids, tuple(self._ask(word, fields) for word in part.words))

    def _find_ids(self, typed: str) -> tuple[str, ...]:
        """Find whom an id names: a resident, those of a home, or those of the home of a device that is not somebody's own."""
        spelled = {typed, typed.lower(), typed.upper()}
        owner = select(_device.c.household, _device.c.resident).where(match_any(_device.c.id, spelled))
        devices = self._connection.execute(
            narrow(owner.where(_device.c.retired_at.is_(None)), _device.c.household, self._scope)
        ).all()
        homes = spelled | {row.household for row in devices if row.resident is None}
        people = spelled | {row.resident for row in devices if row.resident is not None}
        query = select(_resident.c.id).where(or_(match_any(_resident.c.id, people), match_any(_resident.c.household, homes)))
        query = query.where(_resident.c.retired_at.is_(None)).order_by(_resident.c.id).limit(_MOST_OF_ID)
        return tuple(self._connection.scalars(narrow(query, _resident.c.household, self._scope)))

    def _count(self, terms: set[int]) -> dict[int, int]:
        """Count how many rows each term has, as far as that matters."""
        if not terms:
            return {}
        dialect = self._connection.dialect.name
        given: Any = sorted(terms) if dialect == "postgresql" else str(sorted(terms))
        rows = self._connection.execute(_COUNTS[dialect], {"terms": given, "many": _MANY})
        return {row[0]: row[1] for row in rows}

    def _select_ways(
        self, asked: _Asked, counts: Mapping[int, int], fields: Mapping[Field, Scope], after: tuple[str, str] | None
    ) -> list[Select[Any]]:
        """Select area and resident of whoever may fit a part: a query for each way in which that is possible."""
        ways: list[Select[Any]] = []
        for field, terms in asked.terms.items():
            rarest = min(terms, key=counts.__getitem__)
            query = select(_term.c.area, _term.c.resident).where(_term.c.term == rarest)
            if after is not None:
                query = query.where(tuple_(_term.c.area, _term.c.resident) > tuple_(*after))
            ways.append(narrow(query, _term.c.area, fields[field]))
        if asked.ids:
            joined = _resident.join(_home, _home.c.id == _resident.c.household)
            named = select(_home.c.area, _resident.c.id.label("resident")).select_from(joined)
            named = named.where(match_any(_resident.c.id, asked.ids))
            if after is not None:
                named = named.where(tuple_(_home.c.area, _resident.c.id) > tuple_(*after))
            ways.append(narrow(named, _home.c.area, self._scope))
        if asked.words:
            ways += self._select_ways(min(asked.words, key=lambda word: word.count(counts)), counts, fields, after)
        return ways

    def _fits(self, asked: _Asked, found: Subquery, fields: Mapping[Field, Scope]) -> ColumnElement[bool]:
        """Make a condition: a part fits who is found."""
        ways = [and_(*(self._has(term, found, fields[field]) for term in terms)) for field, terms in asked.terms.items()]
        if asked.ids:
            ways.append(match_any(found.c.resident, asked.ids))
        if asked.words:
            ways.append(and_(*(self._fits(word, found, fields) for word in asked.words)))
        return or_(false(), *ways)

    def _has(self, term: int, found: Subquery, scope: Scope) -> ColumnElement[bool]:
        """Make a condition: who is found has this term. Where they lie in the scope is known; not whether in a narrower one."""
        one = tables.search_term.alias()
        query = select(one.c.term).where(one.c.term == term, one.c.area == found.c.area, one.c.resident == found.c.resident)
        # not EXISTS: PostgreSQL would read all rows of a frequent term, to look at fifty of them
        return narrow(query, one.c.area, EVERYTHING if scope == self._scope else scope).scalar_subquery().is_not(None)

    def _find_fits(
        self, residents: Sequence[str], asked: Sequence[_Asked], fields: Mapping[Field, Scope]
    ) -> dict[str, frozenset[Field]]:
        """Find by which fields each of these was found."""
        theirs: dict[str, set[int]] = {}
        for scope in set(fields.values()):
            # in a part of the scope, somebody may be found by fewer fields
            wanted = {term for one in asked for term in one.list_terms(field for field in fields if fields[field] == scope)}
            query = select(_term.c.resident, _term.c.term)
            query = query.where(match_any(_term.c.resident, residents), match_any(_term.c.term, wanted))
            for row in self._connection.execute(narrow(query, _term.c.area, scope)):
                theirs.setdefault(row.resident, set()).add(row.term)
        return {who: frozenset[Field]().union(*(one.find_fields(theirs.get(who, ())) for one in asked)) for who in residents}


def _join(found: Subquery, scope: Scope) -> Select[Any]:
    """Select who is found, each once, beside their home and state."""
    rows = (
        found.join(_resident, _resident.c.id == found.c.resident)
        .join(_home, _home.c.id == _resident.c.household)
        .outerjoin(_state, _state.c.resident == _resident.c.id)
    )
    query = select(found.c.area, found.c.resident).distinct().select_from(rows).where(_resident.c.retired_at.is_(None))
    return narrow(query, _home.c.area, scope).order_by(found.c.area, found.c.resident)
