"""Stores sessions of the console, and links that work once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, delete, insert, select, update

from homebeat.store.access import tables
from homebeat.store.access.values import SessionEntry

if TYPE_CHECKING:
    from collections.abc import Sequence

_session, _link = tables.session, tables.one_time_link


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

    def list_linked(self) -> set[str]:
        """List the accounts for which a link waits to be used."""
        return set(self._connection.scalars(select(_link.c.account)))


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

    def add_link(self, link_id: str, account: str, ends_at: int) -> None:
        """Store a link that works once, until `ends_at` (epoch ms). Older links of the account stop working."""
        self._connection.execute(delete(_link).where(_link.c.account == account))
        self._connection.execute(insert(_link).values(id=link_id, account=account, ends_at=ends_at))

    def use_link(self, link_id: str, now: int) -> str | None:
        """Use a link up.

        Returns:
            The account that it is for; None where it was used before, is over at `now` (epoch ms) or never was.
        """
        used = delete(_link).where(_link.c.id == link_id).returning(_link.c.account, _link.c.ends_at)
        row = self._connection.execute(used).first()
        return row.account if row is not None and now < row.ends_at else None
