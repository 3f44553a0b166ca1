"""Keeps signed checkpoints in a file, which can be on another machine: it shows what the database alone cannot."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from homebeat.store import SignedCheckpoint
from homebeat.store.audit.verification import read_checkpoints, write_checkpoint

#: How much of the end of the file is read for its last number: a line has about 260 bytes.
_TAIL_BYTES: Final = 65_536


class CheckpointFile:
    """A file of checkpoints, one a line as JSON. Lines are only added.

    Args:
        path: The file; made when it is missing. Its directory has to be there.
    """

    def __init__(self, path: Path) -> None:
        self._path: Final = path

    def find_last(self) -> int:
        """Find the highest number near the end of the file; 0 where it has none.

        Raises:
            OSError: It cannot be read.
        """
        try:
            tail = self._read_tail()
        except FileNotFoundError:
            return 0
        found = (checkpoint for checkpoint, _where in read_checkpoints(tail.splitlines(), self._path.name))
        return max((checkpoint.number for checkpoint in found if checkpoint is not None), default=0)

    def append(self, checkpoints: list[SignedCheckpoint]) -> None:
        """Add checkpoints, and wait until they are on the disk.

        Raises:
            OSError: It cannot be written.
        """
        lines = "".join(f"{write_checkpoint(checkpoint)}\n" for checkpoint in checkpoints)
        with self._path.open("ab") as file:
            # a line that a full disk has cut short must not swallow the next one
            if file.tell() and not self._read_tail().endswith("\n"):
                lines = f"\n{lines}"
            file.write(lines.encode())
            file.flush()
            os.fsync(file.fileno())

    def _read_tail(self) -> str:
        with self._path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - _TAIL_BYTES))
            return file.read().decode(errors="replace")
