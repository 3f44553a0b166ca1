"""Writes the journal: many waiting messages with one sync, bounded in memory and on disk."""

from __future__ import annotations

import contextlib
import logging
import os
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from homebeat.domain.instants import TOLERANCE_MS
from homebeat.ingest.journal.segments import (
    BEGINNING,
    Segment,
    hold_alone,
    list_segments,
    make_segment,
    measure,
    read_position,
    read_records,
    sync_folder,
    write_record,
)

_log = logging.getLogger(__name__)
#: So often the size on disk is measured: the watch deletes what it has committed.
_MEASURED_EVERY_S: Final = 1.0
#: After a failed write, so long nothing is tried.
_RESTS_S: Final = 0.5
_CLOSES_WITHIN_S: Final = 10.0
#: Why a message is not taken.
FULL: Final = "full"
BUSY: Final = "busy"
STOPPING: Final = "stopping"
DISK: Final = "disk"


@dataclass(frozen=True, slots=True)
class JournalLimits:
    """Bounds of the journal.

    Attributes:
        most_bytes: On disk, all segments together; beyond it nothing is taken.
        segment_bytes: A segment that is longer is followed by another.
        segment_s: One that is older, too: only whole segments are deleted.
        waiting: How many messages may wait in memory for the disk.
    """

    most_bytes: int = 1 << 30
    segment_bytes: int = 16 << 20
    segment_s: float = 600.0
    waiting: int = 5_000


class Entry(NamedTuple):
    """A message that waits to be written, and what its sender waits on."""

    topic: str
    payload: bytes
    received_at: int
    waits: object


#: Called from the writer's thread after a sync: whose messages are safe, or why they are not (empty when they are).
OnWritten = Callable[[Sequence[object], str], None]


class JournalWriter:
    """Takes messages, and says when they are safe on disk. `put` may be called from any one thread."""

    def __init__(
        self, folder: Path, limits: JournalLimits, on_written: OnWritten, failpoint: Callable[[str], None] = lambda _name: None
    ) -> None:
        self._folder, self._limits, self._on_written, self._failpoint = folder, limits, on_written, failpoint
        self._waiting: list[Entry] = []
        self._changed = threading.Condition()
        self._closing = False
        self._size, self._measured_at_s = 0, float("-inf")
        self._last_at = 0
        self._file = -1
        self._segment = make_segment(folder, 0)
        self._end = self._written = 0
        self._opened_at_s = 0.0
        #: Bytes that were cut off at the start: a message of which nobody was told that it had arrived.
        self.cut = 0
        self.groups = 0
        self.wrong: str | None = None

    @property
    def size(self) -> int:
        """What the journal takes on disk, bytes, as last measured."""
        return self._size

    def put(self, entry: Entry) -> str:
        """Let a message wait for the disk. Returns why it is not taken; empty when it is."""
        with self._changed:
            if self._closing:
                return STOPPING
            if self._size >= self._limits.most_bytes:
                return FULL
            if len(self._waiting) >= self._limits.waiting:
                return BUSY
            self._waiting.append(entry)
            self._changed.notify()
        return ""

    def run(self) -> None:
        """Write until `close` is called; everything that waits then is still written.

        Raises:
            BadSettings: Another process writes this journal.
            OSError: The folder cannot be used.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        with hold_alone(self._folder, "writer"):
            self._begin()
            try:
                while entries := self._wait():
                    if entries is not _NOTHING:
                        self._write(entries)
                    self._look_after()
            finally:
                os.close(self._file)

    def close(self) -> None:
        """Take no more; `run` returns when what waits is written."""
        with self._changed:
            self._closing = True
            self._changed.notify()

    def _begin(self) -> None:
        """Cut off what was not wholly written, and begin a segment behind everything that was ever committed."""
        end = 0
        for segment in list_segments(self._folder)[-1:]:
            end = self._cut_tail(segment)
        self._size = measure(self._folder)
        self._open(max(end, read_position(self._folder)))

    def _cut_tail(self, segment: Segment) -> int:
        """Cut off the tail of the newest segment that is not a whole record; returns the position behind the last whole one."""
        content = segment.path.read_bytes()
        if not content.startswith(BEGINNING):
            kept, end = 0, segment.first
        else:
            end = read_records(content[len(BEGINNING) :], segment.first).end
            kept = len(BEGINNING) + end - segment.first
        if kept < len(content):
            self.cut += len(content) - kept
            _log.warning("cut %d bytes off the journal that were not wholly written", len(content) - kept)
            with segment.path.open("r+b") as file:
                file.truncate(kept)
                os.fsync(file.fileno())
        if kept <= len(BEGINNING):
            segment.path.unlink()
        return end

    def _open(self, first: int) -> None:
        if self._file >= 0:
            os.close(self._file)
        self._segment = make_segment(self._folder, first)
        self._file = os.open(self._segment.path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600)
        os.write(self._file, BEGINNING)
        os.fsync(self._file)
        sync_folder(self._folder)
        self._end, self._written, self._opened_at_s = first, 0, time.monotonic()

    def _wait(self) -> list[Entry]:
        with self._changed:
            if not self._waiting and not self._closing:
                self._changed.wait(_MEASURED_EVERY_S)
            taken, self._waiting = self._waiting, []
            return taken or ([] if self._closing else _NOTHING)

    def _write(self, entries: list[Entry]) -> None:
        """Write messages with one sync, and tell whoever waits."""
        records = []
        for entry in entries:
            # a clock that is set back a little must not turn the order of arrival around; one that ran ahead is not kept to
            at = entry.received_at
            self._last_at = at = self._last_at if at < self._last_at <= at + TOLERANCE_MS else at
            records.append(write_record(entry.topic, entry.payload, at))
        block, fault = b"".join(records), ""
        try:
            self._write_all(block)
            self._failpoint("intake.written")
            os.fdatasync(self._file)
            self._failpoint("intake.synced")
        except OSError as error:
            fault = f"the journal cannot be written: {error.strerror}"
            self._give_up(block)
        else:
            self._end += len(block)
            self._written += len(block)
            self._size += len(block)
            self.groups += 1
        if fault != (self.wrong or ""):
            _log.error("%s", fault or "the journal can be written again")
        self.wrong = fault or None
        self._on_written([entry.waits for entry in entries], DISK if fault else "")

    def _write_all(self, block: bytes) -> None:
        rest = memoryview(block)
        while rest:
            rest = rest[os.write(self._file, rest) :]

    def _give_up(self, block: bytes) -> None:
        """Leave a segment that could not be written or synced: what came of this write is not known, so another one begins."""
        with contextlib.suppress(OSError):
            os.ftruncate(self._file, len(BEGINNING) + self._written)
        with self._changed:
            self._changed.wait_for(lambda: self._closing, _RESTS_S)
        with contextlib.suppress(OSError):
            # behind all that may stand there, so that no position means two records
            self._open(self._end + len(block))

    def _look_after(self) -> None:
        now_s = time.monotonic()
        if self._written >= self._limits.segment_bytes or (self._written and now_s - self._opened_at_s > self._limits.segment_s):
            with contextlib.suppress(OSError):
                self._open(self._end)
        if now_s - self._measured_at_s >= _MEASURED_EVERY_S:
            self._measured_at_s = now_s
            with contextlib.suppress(OSError):
                self._size = measure(self._folder)


#: No message waits, and the writer goes on.
_NOTHING: Final = [Entry("", b"", 0, None)]
