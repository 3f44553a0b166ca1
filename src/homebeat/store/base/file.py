"""The file of an SQLite database: whether it is there, and whether what we write to still stands at its address.

A file that is deleted stays open for whoever has it open: SQLite goes on committing into it, and all of that is gone at the next
start. So each transaction asks, before it begins and after it committed; one that went into a deleted file is reported as failed,
and what it carried is acknowledged to nobody.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

_Identity = tuple[int, int]


class DatabaseFile:
    """One file and the write-ahead log beside it. Any thread may ask."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self._log = Path(f"{self.path}-wal")
        self._known: _Identity | None = None
        self._known_log: _Identity | None = None

    @property
    def is_missing(self) -> bool:
        """Whether there is no file at the address."""
        return not self.path.exists()

    def make(self) -> None:
        """Make an empty file, for its owner alone, where there is none; SQLite takes it for an empty database.

        Raises:
            OSError: The place cannot be written.
        """
        with contextlib.suppress(FileExistsError):
            os.close(os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))

    def opened(self) -> None:
        """Remember which file a connection was opened to; the first one counts."""
        if self._known is None:
            self._known = _identity(self.path)

    def used(self) -> None:
        """Remember the log once a transaction was made: from then on it stays until our last connection is closed."""
        if self._known_log is None:
            self._known_log = _identity(self._log)

    def loss(self) -> str:
        """What happened to the file that we have open; empty while it stands where it stood."""
        for path, known in ((self.path, self._known), (self._log, self._known_log)):
            if known is not None and (now := _identity(path)) != known:
                happened = "deleted" if now is None else "replaced by another file"
                return (
                    f"{path} was {happened} while homebeat had it open: nothing is written or acknowledged any more. "
                    "Save what is in the open file first, then restart (docs/runbook.md)"
                )
        return ""

    def absence(self) -> str:
        """Says that there is no file; empty when there is one."""
        return f"there is no database at {self.path}" if self.is_missing else ""

    def fault(self) -> str:
        """What is wrong with the file; empty when it is there, ours, and may be written."""
        if wrong := self.loss() or self.absence():
            return wrong
        if not os.access(self.path, os.W_OK):
            return f"{self.path} has been made read-only: no connection opened from now on can write. Make it writable again"
        return ""


def _identity(path: Path) -> _Identity | None:
    """Device and inode, as the file system knows the file; None when there is none."""
    try:
        found = os.stat(path)  # noqa: PTH116 -- asked twice in each transaction
    except OSError:
        return None
    return found.st_dev, found.st_ino
