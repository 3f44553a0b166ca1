"""Watches the file of an SQLite database: is it there, and do we still write to the file at its path?

A deleted file stays open for the process that has it open. SQLite goes on committing into it, and all of that is gone at the next
start. So each transaction checks the file, before it begins and after it committed. A transaction that went into a deleted file
is reported as failed, and its messages are not acknowledged.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

_Identity = tuple[int, int]


class DatabaseFile:
    """One file and the write-ahead log beside it. Safe to share between threads."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self._log = Path(f"{self.path}-wal")
        self._known: _Identity | None = None
        self._known_log: _Identity | None = None

    @property
    def is_missing(self) -> bool:
        """Whether there is no file at the path."""
        return not self.path.exists()

    def make(self) -> None:
        """Make an empty file that only its owner may read, where there is none. For SQLite it is an empty database.

        Raises:
            OSError: The folder cannot be written.
        """
        with contextlib.suppress(FileExistsError):
            os.close(os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))

    def remember_file(self) -> None:
        """Remember the file that the first connection was opened to."""
        if self._known is None:
            self._known = _read_identity(self.path)

    def remember_log(self) -> None:
        """Remember the write-ahead log after the first transaction: it stays until our last connection is closed."""
        if self._known_log is None:
            self._known_log = _read_identity(self._log)

    def find_loss(self) -> str:
        """Find what happened to the file that we have open; empty while it is still at its path."""
        for path, known in ((self.path, self._known), (self._log, self._known_log)):
            if known is not None and (now := _read_identity(path)) != known:
                happened = "deleted" if now is None else "replaced by another file"
                return (
                    f"{path} was {happened} while homebeat had it open: nothing is written or acknowledged any more. "
                    "Save what is in the open file first, then restart (docs/runbook.md)"
                )
        return ""

    def find_absence(self) -> str:
        """Explain that there is no file; empty when there is one."""
        return f"there is no database at {self.path}" if self.is_missing else ""

    def find_fault(self) -> str:
        """Find what is wrong with the file; empty when it is there, ours, and may be written."""
        if wrong := self.find_loss() or self.find_absence():
            return wrong
        if not os.access(self.path, os.W_OK):
            return f"{self.path} has been made read-only: no connection opened from now on can write. Make it writable again"
        return ""


def _read_identity(path: Path) -> _Identity | None:
    """Read device and inode of the file; None when there is none."""
    try:
        found = os.stat(path)  # noqa: PTH116 -- asked twice in each transaction
    except OSError:
        return None
    return found.st_dev, found.st_ino
