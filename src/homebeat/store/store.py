"""The store as the rest of homebeat sees it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from homebeat.store.database import Database
from homebeat.store.session import ReadSession, UnitOfWork


def open_store(url: str, *, create: bool = True) -> Store:
    """Open a database and, where asked, bring its tables up to date.

    Args:
        url: `sqlite:///relative.db`, `sqlite:////absolute.db` or `postgresql://user:password@host:port/name`.
        create: Upgrade the schema to the newest revision.

    Raises:
        Unavailable: The database cannot be reached.
        BadSettings: The address is of no kind that is known.
    """
    store = Store(Database.at(url))
    if create:
        store.upgrade()
    return store


class Store:
    """One database. Safe to share between threads; `begin` and `read` give each caller a connection of its own.

    On SQLite one writer at a time: `begin` waits for its turn, at most 10 s.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    @contextmanager
    def begin(self) -> Iterator[UnitOfWork]:
        """A writing transaction: committed when the block ends, rolled back on any error.

        Raises:
            Unavailable: The database is away, full, locked for too long or in conflict; nothing was written and the
                whole block may be tried again with the same values.
            NotAllowed: A step was decided on a state that has changed since.
        """
        with self._database.writing() as connection:
            unit = UnitOfWork(connection, self._database)
            yield unit
            unit.changes.flush()

    @contextmanager
    def read(self) -> Iterator[ReadSession]:
        """A reading transaction on one consistent state; never waits for a writer.

        Raises:
            Unavailable: The database is away.
        """
        with self._database.reading() as connection:
            yield ReadSession(connection)

    def upgrade(self) -> None:
        """Bring the tables to the newest revision; does nothing when they are."""

    def downgrade(self, revision: str) -> None:
        """Take the tables back to `revision` (`base` for none)."""

    def revision(self) -> str | None:
        """The revision the tables are at; None for an empty database."""

    def durability(self) -> list[str]:
        """Settings that could lose a committed transaction in a power cut, one sentence each; empty when none."""

    def ping(self) -> None:
        """Ask the database for an answer.

        Raises:
            Unavailable: None came.
        """

    def close(self) -> None:
        """Give every connection back; afterwards every call raises Unavailable."""
