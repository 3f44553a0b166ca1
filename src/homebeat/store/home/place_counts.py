"""Counts what the map shows of areas, buildings and homes: who lives there, how they are known, and what waits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, func, select

from homebeat.domain.alert import WAITING, Answer
from homebeat.domain.ids import AreaId, HouseholdId
from homebeat.store.alert import tables as alert_tables
from homebeat.store.base.among import match_any
from homebeat.store.base.chunks import split_chunks
from homebeat.store.home import tables
from homebeat.store.scoping import narrow

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

    from homebeat.domain.scope import Scope

_home, _resident, _state, _line = tables.household, tables.resident, tables.resident_state, tables.area_above
_alert, _under = alert_tables.alert, alert_tables.alert_area
_KNOWN: Final = func.coalesce(_state.c.state, "unknown")
_QUEUES: Final = tuple(sorted(queue.value for queue in WAITING))


@dataclass(slots=True)
class PlaceCount:
    """What is counted of an area, a building or a home.

    Attributes:
        states: Residents by stored state; one who was never judged counts as unknown.
        waiting: Open alerts by rank of the priority, 0 for critical.
    """

    states: Counter[str] = field(default_factory=Counter)
    waiting: Counter[int] = field(default_factory=Counter)

    @property
    def residents(self) -> int:
        """How many live there."""
        return self.states.total()


class PlaceCountQueries:
    """The counts of the map, for reading."""

    def __init__(self, connection: Connection, scope: Scope) -> None:
        self._connection = connection
        self._scope = scope

    def count_areas(self, areas: Iterable[AreaId]) -> dict[AreaId, PlaceCount]:
        """Count in each of these areas and all below it. It reads every resident there: keep what it says for a while."""
        wanted = list(dict.fromkeys(areas))
        found = {area: PlaceCount() for area in wanted}
        for some in split_chunks(wanted):
            lies = _line.join(_home, _home.c.area == _line.c.area).join(_resident, _resident.c.household == _home.c.id)
            people = lies.outerjoin(_state, _state.c.resident == _resident.c.id)
            query = select(_line.c.above, _KNOWN, func.count(_resident.c.id)).select_from(people)
            query = query.where(match_any(_line.c.above, some), _resident.c.retired_at.is_(None)).group_by(_line.c.above, _KNOWN)
            for area, state, count in self._connection.execute(narrow(query, _home.c.area, self._scope)):
                found[area].states[state] = count
            waits = select(_under.c.area, _under.c.priority_rank, func.count())
            waits = waits.where(match_any(_under.c.area, some), _under.c.answer != Answer.RESOLVED.value)
            waits = waits.where(_under.c.queue.in_(_QUEUES)).group_by(_under.c.area, _under.c.priority_rank)
            for area, rank, count in self._connection.execute(narrow(waits, _under.c.area, self._scope)):
                found[area].waiting[rank] = count
        return found

    def count_buildings(self, area: AreaId) -> dict[str, PlaceCount]:
        """Count in each building that lies in this very area; the id of those whose building is not known is empty."""
        found: dict[str, PlaceCount] = {}
        for building, state, rank, count in self._count(_home.c.building, _home.c.area == area):
            _enter(found.setdefault(building, PlaceCount()), state, rank, count)
        return found

    def count_homes(self, area: AreaId, building: str, limit: int) -> tuple[dict[HouseholdId, PlaceCount], int]:
        """Count in each home of a building, by id; and how many more there are than `limit`."""
        of_it = (_home.c.area == area, _home.c.building == building, _home.c.retired_at.is_(None))
        query = select(_home.c.id).where(*of_it).order_by(_home.c.id)
        ids = list(self._connection.scalars(narrow(query, _home.c.area, self._scope)))
        shown = ids[:limit]
        found = {HouseholdId(home): PlaceCount() for home in shown}
        for some in split_chunks(shown):
            for home, state, rank, count in self._count(_home.c.id, match_any(_home.c.id, some)):
                _enter(found[home], state, rank, count)
        return found, len(ids) - len(shown)

    def _count(self, key: ColumnElement[str], *where: ColumnElement[bool]) -> Sequence[Any]:
        """Count residents by state, and open alerts by rank: rows of key, state, rank and count."""
        living = (*where, _home.c.retired_at.is_(None))
        people = _home.join(_resident, _resident.c.household == _home.c.id)
        people = people.outerjoin(_state, _state.c.resident == _resident.c.id)
        query = select(key, _KNOWN.label("state"), func.count(_resident.c.id)).select_from(people)
        query = query.where(*living, _resident.c.retired_at.is_(None)).group_by(key, _KNOWN)
        states = self._connection.execute(narrow(query, _home.c.area, self._scope))
        rows = [(row[0], row[1], None, row[2]) for row in states]
        waits = select(key, _alert.c.priority_rank, func.count()).select_from(
            _home.join(_alert, _alert.c.household == _home.c.id)
        )
        waits = waits.where(*living, alert_tables.UNRESOLVED, _alert.c.queue.in_(_QUEUES)).group_by(key, _alert.c.priority_rank)
        waiting = self._connection.execute(narrow(waits, _home.c.area, self._scope))
        return rows + [(row[0], None, row[1], row[2]) for row in waiting]


def _enter(place: PlaceCount, state: str | None, rank: int | None, count: int) -> None:
    if state is not None:
        place.states[state] = count
    elif rank is not None:
        place.waiting[rank] = count
