"""Stores the current states of residents and devices, as the watch last judged them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, Table

from homebeat.store.base.bulk import read_rows_by_key, write_columns
from homebeat.store.home import tables
from homebeat.store.home.first_signs import note_first_signs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from homebeat.store.home.values import DeviceState, ResidentState
    from homebeat.store.operation.changes import Changes


class States:
    """States, for writing."""

    def __init__(self, connection: Connection, changes: Changes) -> None:
        self._connection = connection
        self._changes = changes

    def put(self, residents: Sequence[ResidentState] = (), devices: Sequence[DeviceState] = ()) -> None:
        """Write the rows that changed. A new state, absence, silence or rhythm also becomes a change for the live stream."""
        self._put(tables.resident_state, ("resident", "state", "away"), residents)
        note_first_signs(self._connection, residents)
        self._put(tables.device_state, ("device", "silent", "beats_every_s", "beats_litres"), devices)

    def _put(self, table: Table, seen: tuple[str, ...], states: Sequence[ResidentState] | Sequence[DeviceState]) -> None:
        """Write states; `seen` names the key, and the columns whose change goes to the live stream."""
        if not states:
            return
        key = seen[0]
        columns = {column.name: [getattr(state, column.name) for state in states] for column in table.c}
        before = set(read_rows_by_key(self._connection, table, seen, columns[key]))
        write_columns(self._connection, table, columns, replaces=key)
        for row in zip(*(columns[name] for name in seen), columns["updated_at"], strict=True):
            if row[:-1] not in before:
                self._changes.add(key, row[0], row[-1])
