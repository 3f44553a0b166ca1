"""Stores sessions of the console that were signed out: a copy of their cookie is not valid afterwards."""

from __future__ import annotations

from sqlalchemy import Connection, select

from homebeat.store.access import tables
from homebeat.store.base.database import insert_into

_signed_out = tables.signed_out


class SignOuts:
    """Ended sessions, for writing."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, session_id: str, ends_at: int) -> None:
        """End a session. The row is kept until the session would have expired (epoch ms). Ending it twice changes nothing."""
        values = insert_into(self._connection, _signed_out).values(id=session_id, ends_at=ends_at)
        self._connection.execute(values.on_conflict_do_nothing())


class SignOutQueries:
    """Ended sessions, for reading."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def has(self, session_id: str) -> bool:
        """Whether this session was ended."""
        found = self._connection.scalar(select(_signed_out.c.id).where(_signed_out.c.id == session_id))
        return found is not None
