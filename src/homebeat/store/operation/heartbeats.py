"""Stores the last heartbeat of each service, so that the others know when it stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, delete, select

from homebeat.store.base.database import insert_into
from homebeat.store.operation import tables
from homebeat.store.operation.values import Heartbeat

if TYPE_CHECKING:
    from collections.abc import Mapping

_beat = tables.heartbeat


class Heartbeats:
    """Heartbeats, for writing."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def beat(self, name: str, at: int, detail: Mapping[str, str | float | bool | None]) -> None:
        """Write a heartbeat of `name`; `detail` replaces the last one."""
        statement = insert_into(self._connection, _beat).values(name=name, at=at, detail=dict(detail))
        fields = {"at": statement.excluded.at, "detail": statement.excluded.detail}
        self._connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_=fields))

    def forget(self, name: str) -> None:
        """Forget a service that does not run any more, so that nobody waits for its heartbeat."""
        self._connection.execute(delete(_beat).where(_beat.c.name == name))


class HeartbeatQueries:
    """Heartbeats, for reading."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def read_all(self) -> dict[str, Heartbeat]:
        """Read the last heartbeat of each service, by its name."""
        return {row.name: Heartbeat(row.name, row.at, row.detail) for row in self._connection.execute(select(_beat))}
