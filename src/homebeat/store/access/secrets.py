"""Stores secrets that all processes of an installation share. The process that needs one first makes it."""

from __future__ import annotations

from sqlalchemy import Connection, select

from homebeat.store.access import tables
from homebeat.store.base.database import insert_into

_secret = tables.secret


class Secrets:
    """Shared secrets, for writing."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def keep(self, name: str, fresh: bytes) -> bytes:
        """Return the secret of this name. Where there is none yet, store `fresh`; of several processes only one wins."""
        values = insert_into(self._connection, _secret).values(name=name, value=fresh)
        self._connection.execute(values.on_conflict_do_nothing())
        return bytes(self._connection.execute(select(_secret.c.value).where(_secret.c.name == name)).scalar_one())


class SecretQueries:
    """Shared secrets, for reading."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, name: str) -> bytes | None:
        """The secret of this name; None where there is none yet."""
        found = self._connection.scalar(select(_secret.c.value).where(_secret.c.name == name))
        return None if found is None else bytes(found)
