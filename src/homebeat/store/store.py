"""The store: one database, as the rest of homebeat uses it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import text

from homebeat.domain.errors import Unavailable
from homebeat.domain.ids import HouseholdId, ResidentId, ResponderId
from homebeat.domain.scope import EVERYTHING, NOTHING, Scope
from homebeat.store.base import revisions
from homebeat.store.base.database import Database
from homebeat.store.base.durability import find_weaknesses
from homebeat.store.base.scope_setting import is_bypassed
from homebeat.store.base.watch_lock import WatchLock
from homebeat.store.home.erasing import erase_people, find_rewritten, forget_rewritten
from homebeat.store.operation.changes import find_newest
from homebeat.store.operation.clock import read_now
from homebeat.store.operation.tenure import Fence
from homebeat.store.sealing.check import check_key_file, make_keys_once, read_check, replace_key
from homebeat.store.sealing.key_file import KeyFile
from homebeat.store.sealing.owner_keys import OwnerKeyWrites
from homebeat.store.session import ReadSession, UnitOfWork


def open_store(url: str, key_file: Path, *, create: bool = True) -> Store:
    """Open a database and, with `create`, upgrade its tables.

    Args:
        url: `sqlite:///relative.db`, `sqlite:////absolute.db` or `postgresql://user:password@host:port/name`.
        key_file: Where the key to the personal data is.
        create: Upgrade the schema to the newest revision; make the key file where the database is new.

    Raises:
        Unavailable: The database cannot be reached.
        BadSettings: The address is of an unknown kind; with `create`, also: the key file does not fit the database.
    """
    store = Store(Database.parse(url), KeyFile(key_file))
    try:
        if create:
            store.upgrade()
    except BaseException:
        store.close()
        raise
    return store


class Store:
    """One database. Safe to share between threads; `begin` and `read` give each caller a connection of its own.

    SQLite has one writer at a time: `begin` waits for its turn, at most 10 s.
    """

    def __init__(self, database: Database, key_file: KeyFile) -> None:
        self._database = database
        self._key_file = key_file

    @contextmanager
    def begin(self, fence: Fence | None = None, scope: Scope = EVERYTHING) -> Iterator[UnitOfWork]:
        """Begin a writing transaction: committed when the block ends, rolled back on any error.

        Args:
            fence: The lease that the transaction renews and needs. Only the watch has one, and only it writes the log.
            scope: Of the person who acts; what it does not reach is not there. The parts of homebeat reach everything.

        Raises:
            Fenced: Somebody else holds the lease; nothing was written, and nothing will be.
            Unavailable: The database is away, full, locked for too long or in conflict. Nothing was written; the whole block may
                be tried again with the same values.
            NotAllowed: A step was decided on a state that has changed since.
        """
        with self._database.begin_write(scope) as connection:
            unit = UnitOfWork(connection, self._database, self._key_file, scope)
            if fence is not None:
                unit.tenure.renew(fence)
            yield unit
            unit.changes.flush()
            unit.audit.flush()  # last: the end of the chain is locked from here to the commit

    @contextmanager
    def read(self, scope: Scope) -> Iterator[ReadSession]:
        """Begin a reading transaction on one consistent state; it never waits for a writer.

        Args:
            scope: Of whoever is going to see what is read; what it does not reach is not there.

        Raises:
            Unavailable: The database is away.
        """
        with self._database.begin_read(scope) as connection:
            yield ReadSession(connection, self._key_file, scope)

    @property
    def path(self) -> Path | None:
        """The SQLite file; None where a server keeps the database."""
        return self._database.file.path if self._database.file is not None else None

    def find_missing(self) -> Path | None:
        """Return the path of a SQLite file that does not exist; None when it exists, or a server keeps the database."""
        file = self._database.file
        return file.path if file is not None and file.is_missing else None

    def find_fault(self) -> str | None:
        """Find what is wrong with the SQLite file: deleted, replaced, read-only. None when nothing is, or a server keeps it."""
        file = self._database.file
        return file.find_fault() or None if file is not None else None

    def upgrade(self) -> None:
        """Upgrade the tables to the newest revision; where there is no database, create it, with its key file.

        Raises:
            Unavailable: The database is away, or its folder cannot be written; or all is upgraded, but old values may still be on
                the disk: then call it again.
            BadSettings: The key file is missing or does not fit. Nothing was changed.
        """
        if self._database.file is not None:
            try:
                self._database.file.make()
            except OSError as error:
                raise Unavailable(f"{self._database.file.path} cannot be made: {error.strerror}") from None
        with self._database.begin_write() as connection:
            revisions.upgrade(connection, self._key_file)
            make_keys_once(connection, self._key_file, read_now(connection))
            rewritten = find_rewritten(connection)
        if rewritten:
            self._database.drop_remains(rewritten, also_old=True)
            with self._database.begin_write() as connection:
                forget_rewritten(connection)

    def downgrade(self, revision: str) -> None:
        """Downgrade the tables to `revision` (`base` for none)."""
        with self._database.begin_write() as connection:
            revisions.downgrade(connection, revision, self._key_file)
        self._database.days.clear()

    def check_schema(self) -> None:
        """Compare the tables with their definition.

        Raises:
            alembic.util.AutogenerateDiffsDetected: They differ.
        """
        with self._database.begin_write() as connection:
            revisions.check(connection)

    def read_revision(self) -> str | None:
        """Read the revision of the tables; None for an empty database, or where there is none."""
        if self.find_missing() is not None:
            return None
        with self._database.begin_read(NOTHING) as connection:
            return revisions.read_current(connection)

    def check_key_file(self) -> None:
        """Make sure that the key file opens what is sealed in the database. Nothing is written.

        Raises:
            BadSettings: It is missing, too open, damaged, or another one; the text says what to do.
            Unavailable: The database is away.
        """
        with self._database.begin_read() as connection:
            check_key_file(connection, self._key_file)

    @property
    def is_key_being_replaced(self) -> bool:
        """Whether `replace_key` is running, or was interrupted: then it has to be called again."""
        return self._key_file.is_being_replaced

    def replace_key(self) -> tuple[int, int] | None:
        """Make a new key file, and wrap all owner keys by it in one transaction. The old file stays beside it as `PATH.old`.

        A service that runs meanwhile goes on: it reads the new file when it meets it.

        Returns:
            How many owner keys were wrapped anew, and how many are damaged and stay as they are. None where this was done before
            and only the file was not put in its place yet.

        Raises:
            BadSettings: The key file in use does not fit, or its folder cannot be written. Nothing was changed.
            Unavailable: The database is away.
        """
        with self._database.begin_read() as connection:
            check_key_file(connection, self._key_file)
            in_use = read_check(connection)
        fresh, counts = self._key_file.make_next(), None
        if in_use is None or in_use[0] != fresh.id:
            with self._database.begin_write() as connection:
                counts = replace_key(connection, self._key_file, fresh, read_now(connection))
        self._key_file.put_next_in_place()
        return counts

    def erase(
        self, residents: Iterable[ResidentId] = (), households: Iterable[HouseholdId] = (), responders: Iterable[ResponderId] = ()
    ) -> int:
        """Destroy the keys of people and homes: what was sealed about them can never be read again, nor found by number.

        Returns:
            How many keys there were.

        Raises:
            Unavailable: The database is away.
        """
        with self._database.begin_write() as connection:
            keys = OwnerKeyWrites(connection, self._key_file)
            erased = erase_people(keys, connection, list(residents), list(households), list(responders))
        self.drop_erased()
        return erased

    def drop_erased(self) -> None:
        """Remove from the disk what deleted keys have left there.

        Raises:
            Unavailable: The disk is full, the database is away, or somebody reads all the time. It may be called again.
        """
        self._database.drop_remains(("owner_key",))

    @staticmethod
    def find_newest_revision() -> str | None:
        """Find the revision that this version of homebeat needs."""
        return revisions.find_newest()

    def find_weaknesses(self) -> list[str]:
        """Find settings that could lose a committed transaction in a power cut; one sentence for each."""
        with self._database.open_connection() as connection:
            return find_weaknesses(connection)

    def is_second_fence_bypassed(self) -> bool:
        """Whether PostgreSQL's row-level security does not hold for this login. SQLite has none, and the answer is False.

        Raises:
            Unavailable: The database is away.
        """
        with self._database.begin_read(NOTHING) as connection:
            return is_bypassed(connection)

    def make_watch_lock(self) -> WatchLock:
        """Make a lock that ends with its process, for one watch of this database."""
        return WatchLock(self._database)

    def read_now(self) -> int:
        """Read the database's clock, epoch ms; on SQLite that is this machine's wall clock.

        Raises:
            Unavailable: The database is away.
        """
        with self._database.begin_read(NOTHING) as connection:
            return read_now(connection)

    def find_newest_change(self) -> int:
        """Find the id of the newest change; 0 when there is none. What was read after it is at least as new.

        Raises:
            Unavailable: The database is away.
        """
        with self._database.begin_read(NOTHING) as connection:
            return find_newest(connection)

    def ping(self) -> None:
        """Check that the database answers.

        Raises:
            Unavailable: It does not.
        """
        with self._database.begin_read(NOTHING) as connection:
            connection.execute(text("SELECT 1"))

    def close(self) -> None:
        """Close every connection; afterwards every call raises Unavailable."""
        self._database.close()
