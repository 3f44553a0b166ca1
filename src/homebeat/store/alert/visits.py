"""Stores visits: who was sent to the door for which alert, and how far they came."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, Table, or_, select, update

from homebeat.domain.arrival import Nearness
from homebeat.domain.ids import AlertId
from homebeat.domain.instants import TOLERANCE_MS
from homebeat.domain.scope import Scope
from homebeat.domain.visit import DoorProof, Visit, VisitState
from homebeat.store.alert import tables
from homebeat.store.base.among import match_any
from homebeat.store.base.chunks import split_chunks
from homebeat.store.base.database import insert_into
from homebeat.store.scoping import narrow, require_everything

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import RowMapping


_visit: Final[Table] = tables.visit


class VisitQueries:
    """Visits, for reading."""

    def __init__(self, connection: Connection, scope: Scope) -> None:
        self._connection = connection
        self._scope = scope

    def find(self, visit_id: str) -> Visit | None:
        """Find one visit; None if none in the scope has this id."""
        query = narrow(select(_visit).where(_visit.c.id == visit_id), _visit.c.alert_id, self._scope)
        row = self._connection.execute(query).mappings().first()
        return None if row is None else _read(row)

    def list_of(self, alerts: Iterable[AlertId]) -> list[Visit]:
        """List the visits for these alerts, oldest first."""
        found: list[Visit] = []
        for some in split_chunks(set(alerts)):
            query = narrow(select(_visit).where(match_any(_visit.c.alert_id, some)), _visit.c.alert_id, self._scope)
            rows = self._connection.execute(query.order_by(_visit.c.assigned_at, _visit.c.id)).mappings()
            found += [_read(row) for row in rows]
        return found

    def find_live(self, alert: AlertId, visitor: str) -> Visit | None:
        """Find the visit of one visitor that is not over; None if they have none."""
        return next((one for one in self.list_of([alert]) if one.visitor == visitor and one.is_live), None)

    def list_live_by(self, visitor: str, most: int) -> list[Visit]:
        """List the visits of one visitor that are not over, those first whose next state is due first."""
        query = narrow(select(_visit).where(tables.EXPECTED, _visit.c.visitor == visitor), _visit.c.alert_id, self._scope)
        rows = self._connection.execute(query.order_by(_visit.c.due_at, _visit.c.id).limit(most)).mappings()
        return [_read(row) for row in rows]

    def find_due(self, now: int, limit: int) -> list[Visit]:
        """Find visits whose next state is overdue at `now` (epoch ms), the longest first."""
        require_everything(self._scope)
        is_due = or_(_visit.c.due_at <= now, _visit.c.set_at > now + TOLERANCE_MS)
        query = select(_visit).where(tables.EXPECTED, is_due).order_by(_visit.c.due_at, _visit.c.id).limit(limit)
        return [_read(row) for row in self._connection.execute(query).mappings()]


class Visits(VisitQueries):
    """Visits, for writing. Whoever writes one has locked its alert."""

    def put(self, visit: Visit, now: int) -> None:
        """Write a visit as it is from `now` on (epoch ms)."""
        row = _make_row(visit, now)
        insert = insert_into(self._connection, _visit).values(row)
        self._connection.execute(insert.on_conflict_do_update(index_elements=["id"], set_=row))

    def end_all(self, alert: AlertId, state: VisitState, now: int) -> None:
        """End the visits of an alert that nobody has to make any more."""
        live = _visit.c.alert_id == alert, tables.EXPECTED
        values = {"state": state.value, "due_at": None, "ended_at": now, "set_at": now}
        self._connection.execute(update(_visit).where(*live).values(values))


def _read(row: RowMapping) -> Visit:
    return Visit(
        row["id"],
        AlertId(row["alert_id"]),
        row["visitor"],
        VisitState(row["state"]),
        row["due_at"],
        row["assigned_at"],
        row["assigned_by"],
        row["en_route_at"],
        row["at_door_at"],
        row["ended_at"],
        DoorProof(row["proof"]),
        row["set_at"],
        row["resumed_at"],
        Nearness(row["nearness"]),
        row["distance_m"],
        row["accuracy_m"],
        row["wrong_codes"],
    )


def _make_row(visit: Visit, now: int) -> dict[str, Any]:
    texts = {"state": visit.state.value, "proof": visit.proof.value, "nearness": visit.nearness.value}
    return asdict(visit) | texts | {"set_at": now}
