"""What is known of residents and devices now, as the watch loop last judged it."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Table, select

from homebeat.store import tables
from homebeat.store.chunks import chunks
from homebeat.store.database import insert_into

if TYPE_CHECKING:
    from collections.abc import Sequence

    from homebeat.store.changes import Changes
    from homebeat.store.rows import DeviceState, ResidentState


class States:
    """States, for writing."""

    def __init__(self, connection: Connection, changes: Changes) -> None:
        self._connection = connection
        self._changes = changes

    def put(self, residents: Sequence[ResidentState] = (), devices: Sequence[DeviceState] = ()) -> None:
        """Write the rows that changed. A new state, absence or silence is also a change for the live stream."""
        self._put(tables.resident_state, "resident", ("state", "away"), _rows(residents))
        self._put(tables.device_state, "device", ("silent",), _rows(devices))

    def _put(self, table: Table, key: str, seen: tuple[str, ...], rows: list[dict[str, Any]]) -> None:
        if not rows:
            return
        columns = [table.c[name] for name in (key, *seen)]
        before: dict[str, tuple[Any, ...]] = {}
        for some in chunks(row[key] for row in rows):
            for old in self._connection.execute(select(*columns).where(table.c[key].in_(some))):
                before[old[0]] = tuple(old[1:])
        statement = insert_into(self._connection, table)
        values = {name: statement.excluded[name] for name in rows[0] if name != key}
        self._connection.execute(statement.on_conflict_do_update(index_elements=[key], set_=values), rows)
        for row in rows:
            if before.get(row[key]) != tuple(row[name] for name in seen):
                self._changes.add(key, row[key], row["updated_at"])


def _rows(states: Sequence[ResidentState] | Sequence[DeviceState]) -> list[dict[str, Any]]:
    # `asdict` copies deeply, which after a start was most of each tick
    names = [field.name for field in fields(states[0])] if states else []
    return [{name: getattr(state, name) for name in names} for state in states]
