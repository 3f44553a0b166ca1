"""Connections to one database: how they are opened, who may write, and what a failure is called."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

import psycopg
import sqlalchemy
from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import QueuePool

from homebeat.domain.errors import BadSettings, Refused, Unavailable
from homebeat.store.base.file import DatabaseFile

if TYPE_CHECKING:
    from sqlalchemy import URL
    from sqlalchemy.dialects import postgresql, sqlite

#: How long a writer waits for its turn, seconds.
WAIT_S: Final = 10.0
#: SQLite's page cache for a writing and for a reading connection, KiB; and how many pages of log are written back at a time.
_WRITER_KIB: Final = 32_768
_READER_KIB: Final = 8_192
_WAL_PAGES: Final = 4_000
_AWAY: Final = (
    OperationalError,
    InterfaceError,
    InternalError,
    PoolTimeout,
    sqlite3.OperationalError,
    psycopg.OperationalError,
    psycopg.InterfaceError,
    psycopg.InternalError,
)
#: PostgreSQL's class of errors for values beyond a limit of its own (a key too long for an index): no other try cures it.
_BEYOND_A_LIMIT: Final = "54"


def is_away(error: BaseException) -> bool:
    """Whether another try may cure it: the database is away, full, locked or in conflict, and does not refuse the values."""
    cause = getattr(error, "orig", None) or error
    # a file is never away by this name: SQLite's driver means a value that it cannot bind
    if isinstance(cause, sqlite3.InterfaceError) or str(getattr(cause, "sqlstate", None)).startswith(_BEYOND_A_LIMIT):
        return False
    return isinstance(error, _AWAY)


class Database:
    """A pool of writing and a pool of reading connections to one address."""

    def __init__(self, url: URL) -> None:
        self.is_sqlite = url.get_backend_name() == "sqlite"
        self._turn = threading.Lock()
        self._is_closed = False
        #: What stands on disk; None where a server keeps it.
        self.file = DatabaseFile(Path(url.database or "")) if self.is_sqlite else None
        #: UTC days for which a partition of `reading` is known to exist; only days that were committed.
        self.days: set[int] = set()
        #: Whether the last batch on PostgreSQL had readings that were there already.
        self.repeats = False
        if self.file is not None:
            self._writer = _sqlite_engine(url, self.file, "BEGIN IMMEDIATE", is_reader=False)
            self._reader = _sqlite_engine(url, self.file, "BEGIN", is_reader=True)
        else:
            self._writer = _postgres_engine(url)
            self._reader = _postgres_engine(url).execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)

    @classmethod
    def at(cls, url: str) -> Database:
        """Parse an address; nothing is connected yet.

        Raises:
            BadSettings: The address is of no kind that is known.
        """
        try:
            parsed = make_url(url)
        except ArgumentError:
            raise BadSettings("database_url cannot be read; write sqlite:///path or postgresql://...") from None
        if parsed.get_backend_name() == "sqlite":
            if parsed.database in {None, "", ":memory:"}:
                raise BadSettings("database_url: SQLite needs a file, as in sqlite:///homebeat.db")
            return cls(parsed)
        if parsed.get_backend_name() == "postgresql":
            return cls(parsed.set(drivername="postgresql+psycopg"))
        raise BadSettings(f"database_url: {parsed.get_backend_name()} is not known; use sqlite or postgresql")

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One writing transaction, committed at the end of the block.

        Raises:
            Unavailable: Anything that another try may cure.
        """
        with self.named(), self._alone(), self._writer.connect() as connection:
            acts: list[Callable[[], None]] = []
            connection.info["after_commit"] = acts
            with connection.begin():
                yield connection
            for act in acts:
                act()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One read-only transaction.

        Raises:
            Unavailable: The database is away.
        """
        with self.named(), self._reader.begin() as connection:
            yield connection

    @contextmanager
    def waiting(self) -> Iterator[Connection]:
        """A writing connection outside any transaction, for settings that can only be asked there."""
        with self.named(), self._writer.connect() as connection:
            yield connection.execution_options(isolation_level="AUTOCOMMIT")

    @staticmethod
    def after_commit(connection: Connection, act: Callable[[], None]) -> None:
        """Do this once the transaction is committed, and never when it is not."""
        connection.info.setdefault("after_commit", []).append(act)

    def session(self) -> Connection:
        """A writing connection outside any transaction, for its caller to keep and to close."""
        return self._writer.connect().execution_options(isolation_level="AUTOCOMMIT")

    def close(self) -> None:
        """Give every connection back."""
        self._is_closed = True
        self._writer.dispose()
        self._reader.dispose()

    @contextmanager
    def named(self) -> Iterator[None]:
        """Give what the driver raises within the block its name here.

        Raises:
            Unavailable: Another try may cure it.
        """
        if self._is_closed:
            raise Unavailable("the database was closed")
        self._refuse_lost()
        try:
            yield
        except _AWAY as error:
            drop_values(error)
            if self.file is not None and (wrong := self.file.loss() or self.file.absence()):
                raise Unavailable(wrong) from error
            if not is_away(error):
                raise Refused(f"the database refused it: {first_line(error)}") from error
            raise Unavailable(f"the database did not do it: {first_line(error)}") from error
        except (DBAPIError, psycopg.Error) as error:
            drop_values(error)
            raise
        # a commit into a file that nobody will find again is none
        self._refuse_lost()
        if self.file is not None:
            self.file.used()

    def _refuse_lost(self) -> None:
        # the last connection that is closed takes the log away itself
        if self.file is not None and not self._is_closed and (lost := self.file.loss()):
            raise Unavailable(lost)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        # SQLite's own waiting polls with pauses of up to 100 ms; between threads of one process a lock wakes at once.
        if not self.is_sqlite:
            with nullcontext():
                yield
            return
        if not self._turn.acquire(timeout=WAIT_S):
            raise Unavailable(f"another writer held the database for {WAIT_S:.0f} s")
        try:
            yield
        finally:
            self._turn.release()


def insert_into(connection: Connection, table: sqlalchemy.Table) -> postgresql.Insert | sqlite.Insert:
    """An INSERT that can say ON CONFLICT, in the words of the database at hand."""
    if connection.dialect.name == "sqlite":
        return sqlalchemy.dialects.sqlite.insert(table)
    return sqlalchemy.dialects.postgresql.insert(table)


def raw(connection: Connection) -> Any:
    """The driver's own connection, inside the same transaction."""
    return connection.connection.driver_connection


def _sqlite_engine(url: URL, file: DatabaseFile, begin: str, *, is_reader: bool) -> Engine:
    # `mode=rw`: a connection never makes a database where there was none; `Store.upgrade` does, when it is asked to
    address = url.set(database=f"file:{quote(str(file.path))}").update_query_dict({"mode": "rw", "uri": "true"})
    engine = create_engine(
        address,
        hide_parameters=True,
        poolclass=QueuePool,
        pool_size=8,
        max_overflow=8,
        pool_timeout=WAIT_S,
        connect_args={"timeout": WAIT_S, "check_same_thread": False, "cached_statements": 256, "isolation_level": None},
    )

    @event.listens_for(engine, "connect")
    def _configure(driver: sqlite3.Connection, _record: object) -> None:
        file.opened()
        driver.execute("PRAGMA journal_mode = WAL")
        driver.execute("PRAGMA synchronous = FULL")
        driver.execute("PRAGMA foreign_keys = ON")
        driver.execute(f"PRAGMA cache_size = -{_READER_KIB if is_reader else _WRITER_KIB}")
        driver.execute(f"PRAGMA wal_autocheckpoint = {_WAL_PAGES}")
        driver.execute("PRAGMA temp_store = MEMORY")
        if is_reader:
            driver.execute("PRAGMA query_only = ON")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def _postgres_engine(url: URL) -> Engine:
    given = url.query.get("options", "")
    options = f"{given if isinstance(given, str) else ' '.join(given)} -c lock_timeout={int(WAIT_S * 1000)}"
    return create_engine(
        url.update_query_dict({"options": options.strip()}),
        hide_parameters=True,
        pool_size=8,
        max_overflow=8,
        pool_timeout=WAIT_S,
        pool_pre_ping=True,
        # a server that is gone without a word is noticed within seconds
        connect_args={
            "connect_timeout": 5,
            "application_name": "homebeat",
            "tcp_user_timeout": 4_000,
            "keepalives_idle": 2,
            "keepalives_interval": 1,
            "keepalives_count": 3,
        },
    )


def drop_values(error: BaseException) -> None:
    """Make an error, and what it wraps, fit for a log: PostgreSQL adds lines that hold the row that it refused."""
    for one in (error, getattr(error, "orig", None)):
        if one is not None and one.args:
            one.args = (str(one.args[0]).strip().split("\n", 1)[0], *one.args[1:])


def first_line(error: BaseException) -> str:
    """What a driver says of an error, without values."""
    # Later lines of a driver's text carry the statement with its values: names and addresses of people.
    return str(getattr(error, "orig", None) or error).strip().split("\n", 1)[0]
