"""Reads the journal for the watch: in order, again after a crash, and deleted once it is committed."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

from homebeat.codecs.need import may_show
from homebeat.domain.errors import BadSettings
from homebeat.domain.inbound import Message
from homebeat.ingest.journal.segments import (
    BEGINNING,
    Segment,
    hold_alone,
    list_segments,
    read_position,
    read_records,
    write_position,
)

_log = logging.getLogger(__name__)
#: A message waits so long at most before it is seen.
_LOOKS_EVERY_S: Final = 0.02
#: So long without a look that finds something, the reader looks more seldom.
_RESTS_AFTER_S: Final = 5.0
_LOOKS_SELDOM_S: Final = 0.05
#: Messages that are no alarm let the watch finish its wait for others.
_WAKES_EVERY_S: Final = 0.2
_BLOCK: Final = 1 << 20
_TRIES_AGAIN_S: Final = 1.0
_CLOSES_WITHIN_S: Final = 5.0
#: What shows an alarm beside the words that every form shares: the flag of a watch cloud.
_FLAG: Final = b'"AL"'


@dataclass(frozen=True, slots=True)
class JournalState:
    """How the reading of the journal stands.

    Attributes:
        waiting: How many messages are read and not drained.
        oldest_at: When the oldest of them arrived, epoch ms; None when none waits.
        damaged: How many bytes could not be read, since the start.
        wrong: What keeps the journal from being read; None when nothing does.
    """

    waiting: int
    oldest_at: int | None
    damaged: int
    wrong: str | None


class JournalReader:
    """Messages of the journal, at least once and in order. `acknowledge` is for those that are committed.

    Args:
        folder: Of the journal; it may not exist yet.
        bound: How many messages may wait to be drained.
        wake: Called from the reader's thread when the watch should drain.
    """

    def __init__(self, folder: Path, bound: int, wake: Callable[[], None]) -> None:
        self._folder, self._bound, self._wake = folder, bound, wake
        self._messages: deque[Message] = deque()
        self._position = self._committed = self._stored = 0
        self._segment: Segment | None = None
        self._damaged = 0
        self._wrong: str | None = "not read yet"
        self._woken_at_s = self._found_at_s = 0.0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    def drain(self, limit: int) -> list[Message]:
        """Drain up to `limit` messages in order; waits for none."""
        count = min(limit, len(self._messages))
        return [self._messages.popleft() for _ in range(count)]

    def acknowledge(self, messages: Sequence[Message]) -> None:
        """These are committed: they need not be read again. Their tokens are positions, negated."""
        if messages:
            self._committed = max(self._committed, *(-message.token for message in messages))

    def get_state(self) -> JournalState:
        """Get how things stand now."""
        try:
            oldest = self._messages[0].received_at
        except IndexError:
            oldest = None
        return JournalState(len(self._messages), oldest, self._damaged, self._wrong)

    def close(self) -> None:
        """Note what is committed, and let go of the journal."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(_CLOSES_WITHIN_S)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._read_on()
            except (OSError, BadSettings) as error:
                self._say(f"the journal cannot be read: {getattr(error, 'strerror', None) or error}")
            # the thread's edge: what waits in the journal must be read, whatever happened once
            except Exception as error:  # noqa: BLE001 -- said in the state, which /readyz shows, and tried again
                self._say(f"the journal cannot be read: {type(error).__name__}")
                _log.exception("reading the journal failed")
            self._stopping.wait(_TRIES_AGAIN_S)

    def _say(self, wrong: str | None) -> None:
        if wrong != self._wrong and wrong is not None:
            _log.error("%s", wrong)
        self._wrong = wrong

    def _read_on(self) -> None:
        if not self._folder.is_dir():
            self._say("there is no journal yet: has `homebeat intake` been started on this machine?")
            return
        with hold_alone(self._folder, "reader"):
            self._position = max(self._committed, read_position(self._folder))
            self._stored, self._segment = self._position, None
            self._messages.clear()
            self._say(None)
            try:
                while not self._stopping.is_set():
                    self._look()
                    self._keep_position()
                    rests = time.monotonic() - self._found_at_s > _RESTS_AFTER_S
                    self._stopping.wait(_LOOKS_SELDOM_S if rests else _LOOKS_EVERY_S)
            finally:
                self._keep_position()

    def _look(self) -> None:
        """Read what has been written since the last look, as far as there is room."""
        while len(self._messages) < self._bound:
            if self._segment is None and not self._choose():
                return
            found = self._take()
            if found:
                continue
            following = [one for one in list_segments(self._folder) if self._segment and one.first > self._segment.first]
            # the writer begins another segment after it has left this one: what is read now is all of it
            if not following or self._take():
                return
            self._leave(following[0])

    def _choose(self) -> bool:
        """Choose the segment that holds the position, else the next one behind it."""
        segments = list_segments(self._folder)
        before = [one for one in segments if one.first <= self._position]
        chosen = before[-1] if before else segments[0] if segments else None
        if chosen is None:
            return False
        self._segment, self._position = chosen, max(self._position, chosen.first)
        return True

    def _take(self) -> bool:
        """Take the next block of whole records; returns whether there were any."""
        segment = self._segment
        if segment is None:
            return False
        with contextlib.suppress(FileNotFoundError), segment.path.open("rb") as file:
            file.seek(len(BEGINNING) + self._position - segment.first)
            found = read_records(file.read(_BLOCK), self._position)
            if not found.records and not found.is_damaged:
                file.seek(len(BEGINNING) + self._position - segment.first)
                found = read_records(file.read(), self._position)  # one record that is longer than a block
            for record in found.records:
                self._messages.append(Message(record.topic, record.payload, record.received_at, -record.end))
            self._position = found.end
            if found.records:
                self._found_at_s = time.monotonic()
                self._wake_up(any(_FLAG in one.payload or may_show(one.payload) for one in found.records))
            return bool(found.records)
        return False

    def _wake_up(self, at_once: bool) -> None:  # noqa: FBT001 -- read at its one call
        now_s = time.monotonic()
        if at_once or now_s - self._woken_at_s >= _WAKES_EVERY_S:
            self._woken_at_s = now_s
            self._wake()

    def _leave(self, following: Segment) -> None:
        """Leave a segment that is read to its end, or to where it is damaged."""
        if self._segment is not None:
            with contextlib.suppress(FileNotFoundError):
                rest = self._segment.path.stat().st_size - len(BEGINNING) - (self._position - self._segment.first)
                if rest > 0:
                    self._damaged += rest
                    _log.error("%d bytes of the journal are damaged and were passed over", rest)
        self._segment, self._position = following, max(self._position, following.first)

    def _keep_position(self) -> None:
        """Store up to where messages are committed, and delete the segments before."""
        if self._committed <= self._stored:
            return
        write_position(self._folder, self._committed)
        self._stored = self._committed
        segments = list_segments(self._folder)
        for one, after in pairwise(segments):
            if after.first <= self._committed:
                one.path.unlink(missing_ok=True)
