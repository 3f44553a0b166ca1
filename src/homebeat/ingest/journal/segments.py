"""Files of the journal, and what stands in them.

A segment is named by the position of its first record: how many bytes of records were written before it, ever. A record is its
length, a checksum, when it arrived, its topic and its payload. What was not wholly written when a machine stopped shows by
length or checksum, and is cut off at the next start: nobody was told that it had arrived.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from homebeat.domain.errors import BadSettings

BEGINNING: Final = b"homebeat journal 1\n"
_SUFFIX: Final = ".journal"
_DIGITS: Final = 20
#: Length of what follows the checksum, and the checksum; then arrival (epoch ms) and length of the topic.
_HEAD: Final = struct.Struct("<II")
_INNER: Final = struct.Struct("<qH")
#: A longer record is damaged: no body is taken that long.
_LONGEST: Final = 32 << 20
_POSITION: Final = "position"


class Segment(NamedTuple):
    """One file of the journal: the position of its first record, and where it is."""

    first: int
    path: Path


class JournalRecord(NamedTuple):
    """One message of the journal; `end` is the position behind it, `received_at` epoch ms."""

    topic: str
    payload: bytes
    received_at: int
    end: int


class Found(NamedTuple):
    """What a block holds: whole records, the position behind the last of them, and whether what follows is damaged."""

    records: list[JournalRecord]
    end: int
    is_damaged: bool


def write_record(topic: str, payload: bytes, received_at: int) -> bytes:
    """Make the bytes of a record."""
    name = topic.encode()
    inner = b"".join((_INNER.pack(received_at, len(name)), name, payload))
    return _HEAD.pack(len(inner), zlib.crc32(inner)) + inner


def read_records(block: bytes, first: int) -> Found:
    """Read the whole records at the beginning of a block.

    Args:
        block: Bytes of a segment, from a record on.
        first: The position of that record.
    """
    records: list[JournalRecord] = []
    at, size = 0, len(block)
    while size - at >= _HEAD.size:
        length, checksum = _HEAD.unpack_from(block, at)
        if not _INNER.size <= length <= _LONGEST:
            return Found(records, first + at, is_damaged=True)
        begin, end = at + _HEAD.size, at + _HEAD.size + length
        if end > size:
            break
        if zlib.crc32(block[begin:end]) != checksum:
            return Found(records, first + at, is_damaged=True)
        received_at, named = _INNER.unpack_from(block, begin)
        split = begin + _INNER.size + named
        records.append(
            JournalRecord(block[begin + _INNER.size : split].decode(errors="replace"), block[split:end], received_at, first + end)
        )
        at = end
    return Found(records, first + at, is_damaged=False)


def make_segment(folder: Path, first: int) -> Segment:
    """Name the segment that begins at a position."""
    return Segment(first, folder / f"{first:0{_DIGITS}d}{_SUFFIX}")


def list_segments(folder: Path) -> list[Segment]:
    """List the segments, the oldest first."""
    names = [path for path in folder.glob(f"*{_SUFFIX}") if path.stem.isdigit()]
    return sorted(Segment(int(path.stem), path) for path in names)


def measure(folder: Path) -> int:
    """Measure what the segments take on disk, bytes; one that is deleted meanwhile takes none."""
    size = 0
    for segment in list_segments(folder):
        with contextlib.suppress(FileNotFoundError):
            size += segment.path.stat().st_size
    return size


def read_position(folder: Path) -> int:
    """Read up to where messages are committed; 0 where that is not known: then all that is there is read again."""
    try:
        text = (folder / _POSITION).read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return 0
    return int(text) if text.isdigit() and len(text) <= _DIGITS else 0


def write_position(folder: Path, position: int) -> None:
    """Write up to where messages are committed. Lost, it costs a second reading: what is stored twice is stored once."""
    replace_file(folder / _POSITION, f"{position}\n".encode())


def replace_file(path: Path, content: bytes) -> None:
    """Replace a small file as a whole: who reads it meanwhile has the old one or the new one."""
    fresh = path.with_name(f"{path.name}.new")
    fresh.write_bytes(content)
    fresh.replace(path)


def sync_folder(folder: Path) -> None:
    """Make the names of files in a folder survive a loss of power."""
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


@contextlib.contextmanager
def hold_alone(folder: Path, role: str) -> Iterator[None]:
    """Hold the journal alone in one role (`writer`, `reader`) until the block ends.

    Raises:
        BadSettings: Another process holds it.
    """
    number = os.open(folder / f"{role}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise BadSettings(f"another process is the {role} of the journal {folder}") from None
        yield
    finally:
        os.close(number)
