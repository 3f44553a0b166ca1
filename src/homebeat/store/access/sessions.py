"""Stores sessions of the console."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, delete, insert, select, update

from homebeat.domain.durations import HOUR_MS
from homebeat.store.access import tables
from homebeat.store.access.values import SessionEntry

if TYPE_CHECKING:
    from collections.abc import Sequence

_session = tables.session
#: How long a session's row is kept after its end: until the next shift has begun.
KEPT_SESSION_MS: Final = 12 * HOUR_MS


class SessionQueries:
    """Sessions, for reading."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find(self, session_id: str) -> SessionEntry | None:
        """Find a session, also one that is over; None where it was ended."""
        row = self._connection.execute(select(_session).where(_session.c.id == session_id)).mappings().first()
        return None if row is None else SessionEntry(**row)

    def list_of(self, accounts: Sequence[str] | None, now: int) -> list[SessionEntry]:
        """List the sessions that are not over at `now` (epoch ms), newest first; of these accounts, or with None of all."""
        query = select(_session).where(_session.c.ends_at > now).order_by(_session.c.begun_at.desc(), _session.c.id)
        if accounts is not None:
            query = query.where(_session.c.account.in_(accounts))
        return [SessionEntry(**row) for row in self._connection.execute(query).mappings()]


class ConsoleSessions(SessionQueries):
    """Sessions, for writing."""

    def add(self, session: SessionEntry) -> None:
        """Store a new session."""
        self._connection.execute(insert(_session).values({column.name: getattr(session, column.name) for column in _session.c}))

    def note_use(self, session_id: str, at: int) -> None:
        """Write down that a session was used at `at` (epoch ms)."""
        self._connection.execute(update(_session).where(_session.c.id == session_id).values(seen_at=at))

    def end(self, session_id: str) -> bool:
        """End a session; returns whether there was one."""
        return self._connection.execute(delete(_session).where(_session.c.id == session_id)).rowcount == 1

    def end_all(self, account: str, but: str = "") -> int:
        """End every session of an account, except the one with the id `but`; returns how many there were."""
        mine = delete(_session).where(_session.c.account == account, _session.c.id != but)
        return self._connection.execute(mine).rowcount
