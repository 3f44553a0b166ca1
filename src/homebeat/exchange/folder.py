"""A folder of files that leaves: each file is written once, for its owner alone, and its hash is taken on the way."""

from __future__ import annotations

import hashlib
import os
import zlib
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from homebeat.domain.errors import BadSettings

#: zlib's level: a third of the size at a quarter of the time of the usual one.
_LEVEL: Final = 1
_GZIP: Final = 31
#: Bytes that are hashed at once.
_BLOCK: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class WrittenFile:
    """A file as the manifest names it.

    Attributes:
        name: Its path in the folder, with slashes.
        rows: How many rows it has.
        sha256: Of its bytes, as they lie on the disk.
    """

    name: str
    rows: int
    bytes: int
    sha256: str


class FileSink:
    """One file on its way. It compresses, hashes and writes in a thread of its own, one piece behind the caller.

    Args:
        path: Where to; it must not exist.
        name: As the manifest names it.
        pool: With one thread.
    """

    def __init__(self, path: Path, name: str, pool: ThreadPoolExecutor) -> None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._file = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
        self._name: Final = name
        self._pool: Final = pool
        self._hash: Final = hashlib.sha256()
        self._bytes = 0
        self._pending: Future[None] | None = None
        self._gzip = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP) if name.endswith(".gz") else None
        self.rows = 0

    def write(self, content: bytes, rows: int) -> None:
        """Write some rows; waits until those before are written."""
        self._wait()
        self.rows += rows
        self._pending = self._pool.submit(self._put, content)

    def close(self) -> WrittenFile:
        """End the file, and wait until it is on the disk."""
        self._wait()
        if self._gzip is not None:
            self._write_out(self._gzip.flush())
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        return WrittenFile(self._name, self.rows, self._bytes, self._hash.hexdigest())

    def abandon(self) -> None:
        """Let go of the file where writing failed."""
        self._file.close()

    def _wait(self) -> None:
        if self._pending is not None:
            self._pending.result()
            self._pending = None

    def _put(self, content: bytes) -> None:
        self._write_out(content if self._gzip is None else self._gzip.compress(content))

    def _write_out(self, content: bytes) -> None:
        self._file.write(content)
        self._hash.update(content)
        self._bytes += len(content)


class ExportFolder:
    """A folder that is being filled.

    Raises:
        BadSettings: It exists and is not empty, or cannot be made.
    """

    def __init__(self, path: Path) -> None:
        self.path: Final = path
        try:
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
            if any(path.iterdir()):
                raise BadSettings(f"{path} is not empty: name a new folder")
            path.chmod(0o700)
        except OSError as error:
            raise BadSettings(f"{path} cannot be written: {error.strerror}") from None
        self._pool: Final = ThreadPoolExecutor(1, "export")
        self._open: list[FileSink] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _type: type[BaseException] | None, _error: BaseException | None, _traceback: TracebackType | None) -> None:
        self._pool.shutdown()
        for sink in self._open:
            sink.abandon()

    def open_file(self, name: str) -> FileSink:
        """Open a new file; one whose name ends in `.gz` is compressed."""
        sink = FileSink(self.path / name, name, self._pool)
        self._open.append(sink)
        return sink

    def measure(self, name: str, rows: int) -> WrittenFile:
        """Measure a file that something else has written here."""
        path = self.path / name
        path.chmod(0o600)
        return WrittenFile(name, rows, path.stat().st_size, hash_file(path))


def hash_file(path: Path) -> str:
    """Compute the SHA-256 of a file, in hex.

    Raises:
        OSError: It cannot be read.
    """
    found = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            found.update(block)
    return found.hexdigest()
