"""Journals for tests: a writer and a reader in threads, and what came of each message."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from homebeat.domain.inbound import Message
from homebeat.ingest.journal.reader import JournalReader
from homebeat.ingest.journal.writer import Entry, JournalLimits, JournalWriter

T0 = 1_772_000_000_000


class Outcomes:
    """What senders were told, by the message."""

    def __init__(self) -> None:
        self.told: dict[object, str] = {}
        self._changed = threading.Condition()

    def note(self, waiting: Sequence[object], fault: str) -> None:
        with self._changed:
            self.told |= dict.fromkeys(waiting, fault)
            self._changed.notify_all()

    def wait(self, count: int) -> dict[object, str]:
        """Wait until so many were told; returns what."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.told) >= count, 20), f"{len(self.told)} of {count} were answered"
            return dict(self.told)


def entry(n: int, payload: bytes = b"{}", at: int = T0) -> Entry:
    """Message number `n`."""
    return Entry("intake/aep", payload, at, n)


@contextmanager
def writing(folder: Path, outcomes: Outcomes, limits: JournalLimits | None = None) -> Iterator[JournalWriter]:
    """A writer in a thread of its own, until the block ends."""
    writer = JournalWriter(folder, limits or JournalLimits(), outcomes.note)
    thread = threading.Thread(target=writer.run)
    thread.start()
    try:
        yield writer
    finally:
        writer.close()
        thread.join(20)
        assert not thread.is_alive()


def write(folder: Path, payloads: Sequence[bytes], limits: JournalLimits | None = None) -> None:
    """Write messages, and wait until they are safe."""
    outcomes = Outcomes()
    with writing(folder, outcomes, limits) as writer:
        for n, payload in enumerate(payloads):
            assert not writer.put(entry(n, payload, T0 + n))
        assert set(outcomes.wait(len(payloads)).values()) == {""}


@contextmanager
def reading(folder: Path, bound: int = 10_000) -> Iterator[tuple[JournalReader, threading.Event]]:
    """A reader that has begun, and what its waking sets."""
    woken = threading.Event()
    reader = JournalReader(folder, bound, woken.set)
    reader.start()
    try:
        yield reader, woken
    finally:
        reader.close()


def drain(reader: JournalReader, count: int) -> list[Message]:
    """Drain so many messages."""
    found: list[Message] = []
    limit = threading.Event()
    for _ in range(2_000):
        found += reader.drain(count - len(found))
        if len(found) >= count:
            return found
        limit.wait(0.01)
    raise AssertionError(f"{len(found)} of {count} messages came: {reader.get_state()}")
