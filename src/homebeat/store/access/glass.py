"""Stores who broke the glass: saw, for a reason and a short time, what their role does not show of a home."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, func, select, text, update

from homebeat.domain.ids import AreaId, HouseholdId
from homebeat.store.access import tables
from homebeat.store.access.values import BrokenGlass, GlassTime
from homebeat.store.base import cursors
from homebeat.store.base.cursors import INT8, Page
from homebeat.store.base.database import insert_into
from homebeat.store.home import tables as home_tables
from homebeat.store.scoping import narrow
from homebeat.store.sealing.values import Sealed, SealedColumn, SealedTable, name_household

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import RowMapping

    from homebeat.domain.scope import Scope
    from homebeat.store.sealing.owner_keys import OwnerKeys, OwnerKeyWrites

_glass = tables.broken_glass
_REASON: Final = SealedColumn("broken_glass", "reason_sealed", {"reason": ""})
REASONS: Final = SealedTable((_REASON,), lambda row: name_household(row["household"]), lambda row: row["key"])


class GlassQueries:
    """Broken glass, for reading: of the homes that the scope reaches."""

    def __init__(self, connection: Connection, keys: OwnerKeys, scope: Scope) -> None:
        self._connection = connection
        self._keys = keys
        self._scope = scope

    def list_open(self, actor: str, now: int) -> frozenset[HouseholdId]:
        """List the homes for which somebody has broken the glass and the time is not over; `now`: epoch ms."""
        query = select(_glass.c.household).where(_glass.c.actor == actor, _glass.c.ends_at > now)
        return frozenset(self._connection.scalars(narrow(query, _glass.c.household, self._scope)))

    def read_page(self, limit: int = 50, cursor: str | None = None, *, only_unseen: bool = False) -> Page[BrokenGlass]:
        """Read a page, newest first; of those that nobody has looked at, where that is asked for."""
        query = narrow(select(_glass).order_by(_glass.c.id.desc()).limit(limit + 1), _glass.c.household, self._scope)
        if cursor is not None:
            (before,) = cursors.read(cursor, INT8)
            query = query.where(_glass.c.id < before)
        if only_unseen:
            query = query.where(_glass.c.seen_at.is_(None))
        rows = self._connection.execute(query).mappings().all()
        return cursors.make_page(self._make_entries(rows), limit, lambda entry: (entry.id,))

    def count_unseen(self) -> int:
        """Count those that nobody has looked at."""
        query = select(func.count()).select_from(_glass).where(_glass.c.seen_at.is_(None))
        return self._connection.scalar(narrow(query, _glass.c.household, self._scope)) or 0

    def find(self, glass_id: int) -> BrokenGlass | None:
        """Find one; None where there is none."""
        query = narrow(select(_glass).where(_glass.c.id == glass_id), _glass.c.household, self._scope)
        return next(iter(self._make_entries(self._connection.execute(query).mappings().all())), None)

    def list_since(self, since: int) -> list[GlassTime]:
        """List who broke the glass of which home at `since` (epoch ms) or later, oldest first, without their reasons."""
        query = select(_glass.c.at, _glass.c.actor, _glass.c.household, home_tables.household.c.area)
        query = query.join(home_tables.household, home_tables.household.c.id == _glass.c.household).where(_glass.c.at >= since)
        rows = self._connection.execute(narrow(query.order_by(_glass.c.id), _glass.c.household, self._scope))
        return [GlassTime(row.at, row.actor, HouseholdId(row.household), AreaId(row.area)) for row in rows]

    def _make_entries(self, rows: Sequence[RowMapping]) -> list[BrokenGlass]:
        held = [Sealed(_REASON, name_household(row["household"]), row["key"], row["reason_sealed"]) for row in rows]
        return [_make_entry(row, reason) for row, (reason,) in zip(rows, self._keys.open(held), strict=True)]


class Glasses(GlassQueries):
    """Broken glass, for writing."""

    def __init__(self, connection: Connection, keys: OwnerKeyWrites, scope: Scope) -> None:
        super().__init__(connection, keys, scope)
        self._writes = keys

    def add(self, actor: str, household: HouseholdId, reason: str, at: int, ends_at: int) -> None:
        """Add one. A form that was sent twice in one millisecond is one.

        Whoever does this waits until everybody else who is doing it has committed: so each sees all that happened before.
        """
        if self._connection.dialect.name == "postgresql":
            self._connection.execute(text("SELECT pg_advisory_xact_lock(7305004)"))
        owner, key = name_household(household), f"{household}/{actor}/{at}"
        self._writes.make_keys([owner], at)
        values = {"key": key, "actor": actor, "household": household, "at": at, "ends_at": ends_at}
        sealed = self._writes.seal(_REASON, owner, key, {"reason": reason})
        row = insert_into(self._connection, _glass).values(**values, reason_sealed=sealed, seen_by="")
        self._connection.execute(row.on_conflict_do_nothing())

    def note_seen(self, glass_id: int, actor: str, at: int) -> bool:
        """Note who has looked at one; False where somebody had."""
        unseen = update(_glass).where(_glass.c.id == glass_id, _glass.c.seen_at.is_(None))
        return self._connection.execute(unseen.values(seen_by=actor, seen_at=at)).rowcount == 1


def _make_entry(row: RowMapping, reason: Any) -> BrokenGlass:
    return BrokenGlass(
        row["id"], row["actor"], row["household"], reason, row["at"], row["ends_at"], row["seen_by"], row["seen_at"]
    )
