"""Opens connections to one database, lets one writer in at a time, and translates errors of the drivers."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

import psycopg
import sqlalchemy
from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, InternalError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import QueuePool

from homebeat.domain.errors import BadSettings, Refused, Unavailable
from homebeat.domain.scope import EVERYTHING, NOTHING, Scope
from homebeat.store.base.file import DatabaseFile
from homebeat.store.base.scope_setting import say_scope

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
#: The oldest SQLite that knows all that we write to it: `RETURNING` came with it.
_OLDEST_SQLITE: Final = (3, 35, 0)
_REMAIN: Final = "it is done, but old values may still be on the disk (do the same again)"
#: PostgreSQL's class of errors for values beyond its limits (a key too long for an index): trying again does not help.
_BEYOND_A_LIMIT: Final = "54"


def is_away(error: BaseException) -> bool:
    """Whether trying again may help: the database is away, full, locked or in conflict. It does not refuse the values."""
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
        #: Connections that lie in no pool, such as that of the watch's lock.
        self._sessions: list[Connection] = []
        #: What stands on disk; None where a server keeps it.
        self.file = DatabaseFile(Path(url.database or "")) if self.is_sqlite else None
        #: UTC days for which a partition of `reading` is known to exist; only days that were committed.
        self.days: set[int] = set()
        #: Whether the last batch on PostgreSQL had readings that were there already.
        self.repeats = False
        #: Answers single questions outside any transaction; None where a transaction costs nothing.
        self._asker: Engine | None = None
        if self.file is not None:
            self._writer = _create_sqlite_engine(url, self.file, "BEGIN IMMEDIATE", is_reader=False)
            self._reader = _create_sqlite_engine(url, self.file, "BEGIN", is_reader=True)
        else:
            self._writer = _create_postgres_engine(url, is_reader=False)
            self._asker = _create_postgres_engine(url, is_reader=True, is_asker=True)
            self._reader = _create_postgres_engine(url, is_reader=True).execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )

    @classmethod
    def parse(cls, url: str) -> Database:
        """Parse an address, without connecting.

        Raises:
            BadSettings: The address is of an unknown kind, or the SQLite of this Python is too old.
        """
        try:
            parsed = make_url(url)
        except ArgumentError:
            raise BadSettings("database_url cannot be read; write sqlite:///path or postgresql://...") from None
        if parsed.get_backend_name() == "sqlite":
            if parsed.database in {None, "", ":memory:"}:
                raise BadSettings("database_url: SQLite needs a file, as in sqlite:///homebeat.db")
            if sqlite3.sqlite_version_info < _OLDEST_SQLITE:
                oldest = ".".join(map(str, _OLDEST_SQLITE[:2]))
                raise BadSettings(
                    f"database_url: this Python has SQLite {sqlite3.sqlite_version}, homebeat needs {oldest} or later. "
                    "Use a Python that was built on a later one, or PostgreSQL"
                )
            return cls(parsed)
        if parsed.get_backend_name() == "postgresql":
            return cls(parsed.set(drivername="postgresql+psycopg"))
        raise BadSettings(f"database_url: {parsed.get_backend_name()} is not known; use sqlite or postgresql")

    @contextmanager
    def begin_write(self, scope: Scope = EVERYTHING) -> Iterator[Connection]:
        """Begin a writing transaction, committed at the end of the block. PostgreSQL shows it the rows of the scope alone.

        Raises:
            Unavailable: It failed, and trying again may help.
        """
        with self.translate_errors(), self._wait_turn(), self._connect(self._writer) as connection:
            acts: list[Callable[[], None]] = []
            connection.info["after_commit"] = acts
            with connection.begin():
                say_scope(connection, scope)
                yield connection
            for act in acts:
                act()

    @contextmanager
    def begin_read(self, scope: Scope = EVERYTHING) -> Iterator[Connection]:
        """Begin a read-only transaction. PostgreSQL shows it the rows of the scope alone.

        In the scope `NOTHING` each statement on PostgreSQL is a transaction of its own.

        Raises:
            Unavailable: The database is away.
        """
        if scope == NOTHING and self._asker is not None:
            # who asks is found before every request: without a transaction that is one way to the server and back, and not three
            with self.translate_errors(), self._connect(self._asker) as connection:
                yield connection
            return
        with self.translate_errors(), self._connect(self._reader) as connection, connection.begin():
            say_scope(connection, scope)
            yield connection

    @contextmanager
    def open_connection(self) -> Iterator[Connection]:
        """Open a writing connection outside any transaction, for settings that can only be read there."""
        with self.translate_errors(), self._connect(self._writer) as connection:
            yield connection.execution_options(isolation_level="AUTOCOMMIT")

    def drop_remains(self, tables: Sequence[str], *, also_old: bool = False) -> None:
        """Drop what deleted and rewritten rows have left on the disk.

        Args:
            tables: Of which tables.
            also_old: Also what was left by transactions that did not `overwrite_deleted`. SQLite then writes the whole file anew.

        Raises:
            Unavailable: The disk is full, the database is away, or somebody reads all the time. It may be called again.
        """
        is_busy = 0
        try:
            with self.open_connection() as connection:
                driver = get_driver_connection(connection)
                for statement in ["VACUUM"] * also_old if self.is_sqlite else [f"VACUUM (FULL) {name}" for name in tables]:
                    driver.execute(statement)
                if self.is_sqlite:
                    (is_busy, _, _) = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        except Unavailable as error:
            raise Unavailable(f"{_REMAIN}: {error}") from None
        if is_busy:
            raise Unavailable(f"{_REMAIN}: somebody reads it all the time")

    @staticmethod
    def run_after_commit(connection: Connection, act: Callable[[], None]) -> None:
        """Call `act` once the transaction is committed, and never when it is rolled back."""
        connection.info.setdefault("after_commit", []).append(act)

    def open_session(self) -> Connection:
        """Open a writing connection of its own outside any transaction. It lasts until the caller or `close` closes it."""
        connection = self._writer.connect().execution_options(isolation_level="AUTOCOMMIT")
        connection.detach()
        self._sessions = [*(session for session in self._sessions if not session.closed), connection]
        return connection

    def close(self) -> None:
        """Close every connection; one that another thread still works with is closed when it is done."""
        self._is_closed = True
        self._writer.dispose()
        self._reader.dispose()
        if self._asker is not None:
            self._asker.dispose()
        for session in self._sessions:
            with suppress(SQLAlchemyError):
                session.close()

    @contextmanager
    def _connect(self, engine: Engine) -> Iterator[Connection]:
        pool = engine.pool
        try:
            with engine.connect() as connection:
                yield connection
        finally:
            # A pool that was disposed of meanwhile takes the connection back, and would keep it open.
            if self._is_closed:
                pool.dispose()

    @contextmanager
    def translate_errors(self) -> Iterator[None]:
        """Translate what the driver raises within the block.

        Raises:
            Unavailable: Trying again may help.
        """
        if self._is_closed:
            raise Unavailable("the database was closed")
        self._refuse_lost()
        try:
            yield
        except _AWAY as error:
            drop_values(error)
            if self.file is not None and (wrong := self.file.find_loss() or self.file.find_absence()):
                raise Unavailable(wrong) from error
            if not is_away(error):
                raise Refused(f"the database refused it: {cut_to_first_line(error)}") from error
            raise Unavailable(f"the database did not do it: {cut_to_first_line(error)}") from error
        except (DBAPIError, psycopg.Error) as error:
            drop_values(error)
            raise
        # a commit into a file that nobody will find again is none
        self._refuse_lost()
        if self.file is not None:
            self.file.remember_log()

    def _refuse_lost(self) -> None:
        # the last connection that is closed takes the log away itself
        if self.file is not None and not self._is_closed and (lost := self.file.find_loss()):
            raise Unavailable(lost)

    @contextmanager
    def _wait_turn(self) -> Iterator[None]:
        # SQLite waits by polling, with pauses of up to 100 ms. Between threads of one process a lock wakes at once.
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
    """Make an INSERT with ON CONFLICT, in the dialect of the database."""
    if connection.dialect.name == "sqlite":
        return sqlalchemy.dialects.sqlite.insert(table)
    return sqlalchemy.dialects.postgresql.insert(table)


def overwrite_deleted(connection: Connection) -> None:
    """Overwrite with zeros what this transaction deletes or moves within an SQLite file. A server does not offer that."""
    if connection.dialect.name == "sqlite":
        driver = get_driver_connection(connection)
        driver.execute("PRAGMA secure_delete = ON")
        # in other transactions it would cost writes that nobody needs
        Database.run_after_commit(connection, lambda: driver.execute("PRAGMA secure_delete = OFF"))


def get_driver_connection(connection: Connection) -> Any:
    """Get the driver's own connection, inside the same transaction."""
    return connection.connection.driver_connection


def _create_sqlite_engine(url: URL, file: DatabaseFile, begin: str, *, is_reader: bool) -> Engine:
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
        file.remember_file()
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


def _create_postgres_engine(url: URL, *, is_reader: bool, is_asker: bool = False) -> Engine:
    given = url.query.get("options", "")
    options = f"{given if isinstance(given, str) else ' '.join(given)} -c lock_timeout={int(WAIT_S * 1000)}"
    # The planner counts what a policy may cost for each row. With the price of a spinning disk in that, it reads whole tables.
    options += " -c random_page_cost=1.1"
    if is_reader:
        # A plan for any scope reads whole tables too: how little of them a scope is, only its values tell. Writers change rows by
        # their keys, thousands with one plan; to plan each anew would take longer than to write it.
        options += " -c plan_cache_mode=force_custom_plan"
    if is_asker:
        options += " -c default_transaction_read_only=on"
    return create_engine(
        url.update_query_dict({"options": options.strip()}),
        hide_parameters=True,
        isolation_level="AUTOCOMMIT" if is_asker else None,
        pool_size=4 if is_asker else 8,
        max_overflow=4 if is_asker else 8,
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
    """Remove values from an error, and from what it wraps, before it is logged: PostgreSQL adds the row that it refused."""
    for one in (error, getattr(error, "orig", None)):
        if one is not None and one.args:
            one.args = (str(one.args[0]).strip().split("\n", 1)[0], *one.args[1:])


def cut_to_first_line(error: BaseException) -> str:
    """Cut a driver's text to its first line, which holds no values."""
    # Later lines of a driver's text carry the statement with its values: names and addresses of people.
    return str(getattr(error, "orig", None) or error).strip().split("\n", 1)[0]
