"""A lock that ends with its process: a hint that the holder of the lease is dead. Only the lease decides."""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from homebeat.store.base.database import Database

if TYPE_CHECKING:
    from sqlalchemy import Connection

_KEY: Final = 7305100


class WatchLock:
    """A lock file beside an SQLite database, or a lock of a session of its own on PostgreSQL. Not thread-safe."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._file: int | None = None
        self._session: Connection | None = None

    def lock(self) -> bool:
        """Take the lock, and keep it until the process ends or `release`; False while another process has it.

        Raises:
            Unavailable: The database is away.
        """
        if self._file is not None or self._session is not None:
            return True
        if self._database.file is not None:
            return self._lock_file(Path(f"{self._database.file.path}-watch"))
        with self._database.translate_errors():
            session = self._database.open_session()
            try:
                if session.scalar(text(f"SELECT pg_try_advisory_lock({_KEY})")):
                    self._session = session
            finally:
                if self._session is None:
                    session.close()
        return self._session is not None

    def release(self) -> None:
        """Release the lock."""
        if self._file is not None:
            os.close(self._file)
        if self._session is not None:
            # said, because a server notices only after a while that a connection has ended; if it cannot be said, that has to do
            with suppress(SQLAlchemyError):
                self._session.execute(text(f"SELECT pg_advisory_unlock({_KEY})"))
            self._session.close()
        self._file = self._session = None

    def _lock_file(self, path: Path) -> bool:
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(file)
            return False
        self._file = file
        return True
