"""Stores the changes that the live stream follows: one row for every change that a page may show."""

from __future__ import annotations

from sqlalchemy import Connection, func, select, text

from homebeat.domain.scope import Scope
from homebeat.store.base.bulk import write_columns
from homebeat.store.operation import tables
from homebeat.store.operation.values import Change
from homebeat.store.scoping import narrow, require_everything

_change, _meta = tables.change, tables.meta


class Changes:
    """Changes, for writing. They are written at the end of the transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._rows: list[tuple[str, str, int]] = []

    def add(self, kind: str, ref: str, at: int) -> None:
        """Note a change; writers of alerts, states and the registry call it themselves."""
        self._rows.append((kind, ref, at))

    @property
    def noted(self) -> int:
        """How many changes are noted so far."""
        return len(self._rows)

    def forget(self, noted: int) -> None:
        """Drop the changes noted after the first `noted` ones: what they are about was rolled back."""
        del self._rows[noted:]

    def flush(self) -> None:
        """Write what was noted; a transaction does this last."""
        if not self._rows:
            return
        if self._connection.dialect.name == "postgresql":
            # Ids are given before commits are seen: without this a reader could pass by an id that appears later.
            self._connection.execute(text("SELECT pg_advisory_xact_lock(7305003)"))
        columns = zip(*self._rows, strict=True)
        write_columns(self._connection, _change, dict(zip(("kind", "ref", "at"), columns, strict=True)))
        self._rows = []


class ChangeQueries:
    """Changes, for reading."""

    def __init__(self, connection: Connection, scope: Scope) -> None:
        self._connection = connection
        self._scope = scope

    def read_key(self) -> int:
        """Read the key that enciphers the ids of changes for whoever follows them."""
        return int(self._connection.execute(select(_meta.c.value).where(_meta.c.name == "stream_key")).scalar_one())

    def read_after(self, last: int, limit: int = 500) -> list[Change]:
        """Read changes with an id greater than `last`, oldest first."""
        query = narrow(select(_change).where(_change.c.id > last), _change.c.ref, self._scope)
        rows = self._connection.execute(query.order_by(_change.c.id).limit(limit))
        return [Change(r.id, r.kind, r.ref, r.at) for r in rows]

    def find_first(self) -> int:
        """Find the id of the oldest change that is still stored; 0 when there is none."""
        require_everything(self._scope)
        return self._connection.scalar(select(func.min(_change.c.id))) or 0

    def find_last(self) -> int:
        """Find the id of the latest change; 0 when there is none."""
        require_everything(self._scope)
        return self._connection.scalar(select(func.max(_change.c.id))) or 0
