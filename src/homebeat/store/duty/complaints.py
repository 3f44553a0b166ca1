"""Stores complaints. None is ever deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, Table, func, insert, select, update

from homebeat.domain.complaint import Complaint, ComplaintState
from homebeat.domain.ids import AlertId, AreaId, HouseholdId, ResponderId
from homebeat.store.base import cursors
from homebeat.store.base.among import match_any
from homebeat.store.base.chunks import split_chunks
from homebeat.store.base.cursors import INT8, Page
from homebeat.store.duty import tables
from homebeat.store.duty.values import NewComplaint
from homebeat.store.scoping import narrow, require_everything
from homebeat.store.sealing.values import Sealed, SealedColumn, SealedTable, name_household

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import RowMapping

    from homebeat.domain.scope import Scope
    from homebeat.store.sealing.owner_keys import OwnerKeys, OwnerKeyWrites

_complaint: Final[Table] = tables.complaint
_WHAT: Final = SealedColumn("complaint", "what_sealed", {"what": ""})
_WORD: Final = SealedColumn("complaint", "word_sealed", {"word": ""})
#: What is sealed of a complaint.
COMPLAINT_TEXTS: Final = SealedTable((_WHAT, _WORD), lambda row: name_household(row["household"] or ""), lambda row: row["key"])


class ComplaintQueries:
    """Complaints, for reading."""

    def __init__(self, connection: Connection, keys: OwnerKeys, scope: Scope) -> None:
        self._connection = connection
        self._keys = keys
        self._scope = scope

    def find(self, complaint_id: int) -> Complaint | None:
        """Find one by its number."""
        query = narrow(select(_complaint).where(_complaint.c.id == complaint_id), _complaint.c.area, self._scope)
        return next(iter(self._open(self._connection.execute(query).mappings().all())), None)

    def read_page(self, limit: int = 50, cursor: str | None = None, *, only_open: bool = False) -> Page[Complaint]:
        """Read a page, the newest first."""
        query = narrow(select(_complaint).order_by(_complaint.c.id.desc()).limit(limit + 1), _complaint.c.area, self._scope)
        if cursor is not None:
            (before,) = cursors.read(cursor, INT8)
            query = query.where(_complaint.c.id < before)
        if only_open:
            query = query.where(_complaint.c.state == ComplaintState.OPEN.value)
        return cursors.make_page(self._open(self._connection.execute(query).mappings().all()), limit, lambda one: (one.id,))

    def count_waiting(self) -> int:
        """Count those that wait for an answer."""
        query = select(func.count()).select_from(_complaint).where(_complaint.c.state == ComplaintState.OPEN.value)
        return int(self._connection.scalar(narrow(query, _complaint.c.area, self._scope)) or 0)

    def list_new(self, limit: int) -> list[NewComplaint]:
        """List those of which nobody was notified yet, in the order of their numbers."""
        require_everything(self._scope)
        columns = (_complaint.c.id, _complaint.c.area, _complaint.c.alert_id, _complaint.c.state)
        rows = self._connection.execute(select(*columns).where(tables.NEW_COMPLAINT).order_by(_complaint.c.id).limit(limit))
        return [
            NewComplaint(
                row.id, AreaId(row.area), None if row.alert_id is None else AlertId(row.alert_id), ComplaintState(row.state)
            )
            for row in rows
        ]

    def find_said_alerts(self, alerts: Iterable[str]) -> set[str]:
        """Find about which of these alerts there is a complaint that waits and of which somebody was notified."""
        require_everything(self._scope)
        waits = _complaint.c.state == ComplaintState.OPEN.value, _complaint.c.notified_at.is_not(None)
        found: set[str] = set()
        for some in split_chunks(set(alerts)):
            query = select(_complaint.c.alert_id).where(match_any(_complaint.c.alert_id, some), *waits)
            found.update(self._connection.scalars(query))
        return found

    def count_open(self, areas: Iterable[AreaId]) -> dict[AreaId, int]:
        """Count those of these areas that wait for an answer; an area where none does is left out."""
        require_everything(self._scope)
        is_open = _complaint.c.state == ComplaintState.OPEN.value
        query = select(_complaint.c.area, func.count()).where(match_any(_complaint.c.area, set(areas)), is_open)
        return {AreaId(area): many for area, many in self._connection.execute(query.group_by(_complaint.c.area))}

    def _open(self, rows: Sequence[RowMapping]) -> list[Complaint]:
        opened = [
            self._keys.open(
                [Sealed(column, name_household(row["household"] or ""), row["key"], row[column.name]) for row in rows]
            )
            for column in (_WHAT, _WORD)
        ]
        return [_make_complaint(row, what, word) for row, (what,), (word,) in zip(rows, *opened, strict=True)]


class Complaints(ComplaintQueries):
    """Complaints, for writing."""

    def __init__(self, connection: Connection, keys: OwnerKeyWrites, scope: Scope) -> None:
        super().__init__(connection, keys, scope)
        self._writes = keys

    def add(self, new: Complaint) -> int:
        """Store a new one; returns its number. A form that was sent twice in one millisecond is refused."""
        owner = name_household(new.household or "")
        key = f"{new.alert_id or ''}/{new.responder or ''}/{new.actor}/{new.at}"
        self._writes.make_keys([owner], new.at)
        row: dict[str, Any] = {"key": key, "area": new.area, "household": new.household, "alert_id": new.alert_id}
        row |= {"responder": new.responder, "actor": new.actor, "at": new.at, "state": new.state.value, "answered_by": ""}
        row["counts_from"] = None if new.responder is None else new.at
        sealed = {
            "what_sealed": self._writes.seal(_WHAT, owner, key, {"what": new.what}),
            "word_sealed": self._writes.seal(_WORD, owner, key, {"word": ""}),
        }
        number: int = self._connection.execute(insert(_complaint).values(**row, **sealed).returning(_complaint.c.id)).scalar_one()
        return number

    def note_said(self, numbers: Iterable[int], now: int) -> None:
        """Note at `now` (epoch ms) that somebody was notified of these."""
        for some in split_chunks(numbers):
            self._connection.execute(update(_complaint).where(match_any(_complaint.c.id, some)).values(notified_at=now))

    def attribute(self, found: Complaint, responder: ResponderId, now: int) -> bool:
        """Write at `now` (epoch ms) whom one concerns; False where it has changed since it was found."""
        is_same = _complaint.c.id == found.id, _complaint.c.state == found.state.value
        of_whom = _complaint.c.responder.is_(None) if found.responder is None else _complaint.c.responder == found.responder
        written = update(_complaint).where(*is_same, of_whom).values(responder=responder, counts_from=now)
        return self._connection.execute(written).rowcount == 1

    def answer(self, answered: Complaint) -> bool:
        """Write the answer to one that is open; False where somebody has answered it."""
        is_open = _complaint.c.id == answered.id, _complaint.c.state == ComplaintState.OPEN.value
        owner = name_household(answered.household or "")
        query = narrow(select(_complaint.c.key).where(_complaint.c.id == answered.id), _complaint.c.area, self._scope)
        key = self._connection.scalar(query)
        if key is None:
            return False
        sealed = self._writes.seal(_WORD, owner, key, {"word": answered.word})
        values = {"state": answered.state.value, "answered_by": answered.answered_by, "answered_at": answered.answered_at}
        written = update(_complaint).where(*is_open).values(**values, word_sealed=sealed)
        return self._connection.execute(written).rowcount == 1


def _make_complaint(row: RowMapping, what: Any, word: Any) -> Complaint:
    home, alert, who = row["household"], row["alert_id"], row["responder"]
    return Complaint(
        row["id"],
        AreaId(row["area"]),
        None if home is None else HouseholdId(home),
        None if alert is None else AlertId(alert),
        None if who is None else ResponderId(who),
        what,
        row["actor"],
        row["at"],
        ComplaintState(row["state"]),
        word,
        row["answered_by"],
        row["answered_at"],
        row["counts_from"],
    )
