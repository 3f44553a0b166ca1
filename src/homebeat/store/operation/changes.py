"""Stores the changes that the live stream follows: one row for every change that a page may show.

The events that other systems follow are numbered here too: only here is the order known in which transactions are committed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, func, select, text

from homebeat.domain.scope import Scope
from homebeat.store.alert.tables import alert_event
from homebeat.store.base.bulk import write_columns
from homebeat.store.base.database import get_driver_connection
from homebeat.store.base.scope_setting import SETTING
from homebeat.store.operation import tables
from homebeat.store.operation.values import Change
from homebeat.store.scoping import CHANGED, narrow, require_everything

if TYPE_CHECKING:
    from collections.abc import Mapping

_change, _meta = tables.change, tables.meta
_NEWEST: Final = select(func.max(_change.c.id))
#: The policy of `change` leads through five tables, and to plan that takes PostgreSQL far longer than to find the number. What is
#: prepared and has no parameters is planned once for each connection.
_PREPARE_NEWEST: Final = "PREPARE newest_change AS SELECT max(id) FROM change"
#: Sent as one text they are one transaction, and the scope that the first says ends with it.
_ASK_NEWEST: Final = f"SELECT set_config('{SETTING}', '*', true); EXECUTE newest_change"


def find_newest(connection: Connection) -> int:
    """Find the id of the newest change of all, outside any transaction; 0 when there is none.

    Many ask for it, and often: on PostgreSQL it is one way to the server and back.
    """
    if connection.dialect.name != "postgresql":
        return connection.scalar(_NEWEST) or 0
    driver = get_driver_connection(connection)
    if _PREPARE_NEWEST not in connection.info:
        driver.execute(_PREPARE_NEWEST)
        connection.info[_PREPARE_NEWEST] = True
    said = driver.execute(_ASK_NEWEST, prepare=False)
    said.nextset()
    return said.fetchone()[0] or 0


class Changes:
    """Changes, for writing. They are written at the end of the transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._rows: list[tuple[str, str, int]] = []
        self._events: list[Mapping[str, Any]] = []

    def add(self, kind: str, ref: str, at: int) -> None:
        """Note a change; writers of alerts, states and the registry call it themselves."""
        self._rows.append((kind, ref, at))

    def add_event(self, row: Mapping[str, Any]) -> None:
        """Note a step of an alert, as a row of `alert_event`."""
        self._events.append(row)

    def drop_events(self) -> None:
        """Drop all events noted so far: what is laid down of the past is nobody's news."""
        self._events.clear()

    @property
    def noted(self) -> tuple[int, int]:
        """How many changes and events are noted so far."""
        return len(self._rows), len(self._events)

    def forget(self, noted: tuple[int, int]) -> None:
        """Drop what was noted after the first `noted` ones: what they are about was rolled back."""
        changes, events = noted
        del self._rows[changes:]
        del self._events[events:]

    def flush(self) -> None:
        """Write what was noted; a transaction does this last."""
        if not self._rows:
            return
        if self._connection.dialect.name == "postgresql":
            # Ids are given before commits are seen: without this a reader could pass by an id that appears later.
            self._connection.execute(text("SELECT pg_advisory_xact_lock(7305003)"))
        columns = zip(*self._rows, strict=True)
        write_columns(self._connection, _change, dict(zip(("kind", "ref", "at"), columns, strict=True)))
        if self._events:
            names = tuple(self._events[0])
            write_columns(self._connection, alert_event, {name: [row[name] for row in self._events] for name in names})
        self._rows, self._events = [], []


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

    def has_of_all(self, last: int) -> bool:
        """Whether a change after `last` was of the registry, and so may concern everything."""
        query = select(_change.c.id).where(_change.c.id > last, _change.c.kind.not_in(sorted(CHANGED))).limit(1)
        return self._connection.scalar(narrow(query, _change.c.ref, self._scope)) is not None

    def find_first(self) -> int:
        """Find the id of the oldest change that is still stored; 0 when there is none."""
        require_everything(self._scope)
        return self._connection.scalar(select(func.min(_change.c.id))) or 0

    def find_last(self) -> int:
        """Find the id of the latest change; 0 when there is none."""
        require_everything(self._scope)
        return self._connection.scalar(_NEWEST) or 0
