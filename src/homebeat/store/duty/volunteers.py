"""Stores the hours that volunteers gave. Entries and corrections are added, and never changed."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, Table, and_, func, insert, literal, or_, select

from homebeat.domain.durations import DAY_MS
from homebeat.domain.fleet import ResponderKind
from homebeat.domain.ids import ResponderId
from homebeat.domain.service_hours import HoursCorrection, ServiceEntry
from homebeat.domain.visit import VisitState
from homebeat.store.alert import tables as alert_tables
from homebeat.store.base.database import insert_into
from homebeat.store.duty import tables
from homebeat.store.duty.values import VolunteerEntry
from homebeat.store.home import tables as home_tables
from homebeat.store.home.contracts import read_certificates
from homebeat.store.scoping import narrow, require_everything
from homebeat.store.sealing.values import Sealed, SealedColumn, SealedTable, name_responder

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from homebeat.domain.scope import Scope
    from homebeat.store.sealing.owner_keys import OwnerKeys, OwnerKeyWrites

_entry: Final[Table] = tables.service_entry
_correction: Final[Table] = tables.hours_correction
_visit: Final[Table] = alert_tables.visit
_responder: Final[Table] = home_tables.responder
_REASON: Final = SealedColumn("hours_correction", "reason_sealed", {"reason": ""})
#: What is sealed of a correction.
CORRECTION_TEXTS: Final = SealedTable((_REASON,), lambda row: name_responder(row["responder"]), lambda row: row["key"])
#: So far before the newest entry visits are looked for that have none.
_BACK_MS: Final = DAY_MS


class VolunteerQueries:
    """Volunteers and their hours, for reading."""

    def __init__(self, connection: Connection, keys: OwnerKeys, scope: Scope) -> None:
        self._connection = connection
        self._keys = keys
        self._scope = scope

    def list_volunteers(self) -> list[VolunteerEntry]:
        """List the volunteers who are not retired, in the order of the fleet file. Nothing that is sealed is opened."""
        columns = (_responder.c.id, _responder.c.areas, _responder.c.skills, _responder.c.certificates)
        is_volunteer = _responder.c.kind == ResponderKind.VOLUNTEER.value
        query = narrow(select(*columns).where(is_volunteer, _responder.c.retired_at.is_(None)), _responder.c.id, self._scope)
        return [
            VolunteerEntry(ResponderId(row.id), tuple(row.areas), tuple(row.skills), read_certificates(row.certificates))
            for row in self._connection.execute(query.order_by(_responder.c.place, _responder.c.id))
        ]

    def find_unentered(self, before: int, limit: int) -> list[ServiceEntry]:
        """Find visits of volunteers that ended before `before` (epoch ms) and are not entered, the oldest first.

        Whoever set off and was called off on the way gave that time too. Who never came, gave none.
        """
        require_everything(self._scope)
        newest = self._connection.scalar(select(func.max(_entry.c.ended_at)))
        begun = func.coalesce(_visit.c.en_route_at, _visit.c.at_door_at, _visit.c.ended_at)
        was_there = or_(
            _visit.c.state == VisitState.SEEN.value,
            and_(_visit.c.state == VisitState.CANCELLED.value, _visit.c.en_route_at.is_not(None)),
        )
        is_theirs = and_(
            _visit.c.visitor == literal("contact:/") + _responder.c.id, _responder.c.kind == ResponderKind.VOLUNTEER.value
        )
        query = select(_visit.c.id, _responder.c.id.label("responder"), begun.label("begun"), _visit.c.ended_at)
        query = query.join(_responder, is_theirs).outerjoin(_entry, _entry.c.visit == _visit.c.id)
        query = query.where(_visit.c.ended_at < before, _visit.c.ended_at > (newest or 0) - _BACK_MS, was_there)
        query = query.where(_entry.c.visit.is_(None)).order_by(_visit.c.ended_at, _visit.c.id).limit(limit)
        return [
            ServiceEntry(row.id, ResponderId(row.responder), min(row.begun, row.ended_at), row.ended_at)
            for row in self._connection.execute(query)
        ]

    def list_entries(self, span: tuple[int, int]) -> list[ServiceEntry]:
        """List what began in a span (epoch ms), in order."""
        query = select(_entry).where(_entry.c.started_at >= span[0], _entry.c.started_at < span[1])
        query = narrow(query.order_by(_entry.c.started_at, _entry.c.visit), _entry.c.responder, self._scope)
        return [ServiceEntry(**row) for row in self._connection.execute(query).mappings()]

    def list_corrections(self, first: str, last: str) -> list[HoursCorrection]:
        """List the corrections of a span of months, such as `2026-03` to `2026-05`, in the order in which they were entered."""
        query = select(_correction).where(_correction.c.month >= first, _correction.c.month <= last)
        query = narrow(query.order_by(_correction.c.id), _correction.c.responder, self._scope)
        rows = self._connection.execute(query).mappings().all()
        sealed = [Sealed(_REASON, name_responder(row["responder"]), row["key"], row["reason_sealed"]) for row in rows]
        return [
            HoursCorrection(ResponderId(row["responder"]), row["month"], row["minutes"], reason, row["actor"], row["at"])
            for row, (reason,) in zip(rows, self._keys.open(sealed), strict=True)
        ]


class Volunteers(VolunteerQueries):
    """Volunteers and their hours, for writing."""

    def __init__(self, connection: Connection, keys: OwnerKeyWrites, scope: Scope) -> None:
        super().__init__(connection, keys, scope)
        self._writes = keys

    def enter(self, entries: Iterable[ServiceEntry]) -> None:
        """Enter visits; one that is entered stays as it is."""
        rows: Sequence[dict[str, Any]] = [asdict(one) for one in entries]
        if rows:
            self._connection.execute(insert_into(self._connection, _entry).on_conflict_do_nothing(), rows)

    def correct(self, new: HoursCorrection) -> None:
        """Enter a correction beside the others."""
        owner, key = name_responder(new.responder), f"{new.responder}/{new.month}/{new.actor}/{new.at}"
        self._writes.make_keys([owner], new.at)
        row = {"key": key, "responder": new.responder, "month": new.month, "minutes": new.minutes}
        sealed = self._writes.seal(_REASON, owner, key, {"reason": new.reason})
        self._connection.execute(insert(_correction).values(**row, actor=new.actor, at=new.at, reason_sealed=sealed))
