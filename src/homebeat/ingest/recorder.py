"""Writes what a broker delivers into a recording, until told to stop."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from homebeat.ingest.recording import RecordingWriter
from homebeat.ingest.source import Source

_DRAINED_AT_ONCE: Final = 5_000
_WAITS_S: Final = 0.5
_FLUSHED_EVERY_S: Final = 2.0


def record(
    source: Source,
    path: Path,
    stop: threading.Event,
    *,
    duration_s: float | None = None,
    count: int | None = None,
    on_progress: Callable[[int], None] = lambda _: None,
) -> int:
    """Record until `stop` is set (by a signal, say), the time is over or enough messages came; how many were written.

    Messages are acknowledged when they are on the disk. Give the source a client id of its own: a recorder that shares the
    watch's session would take its messages away.

    Args:
        source: Where messages come from; started, and closed by the caller.
        path: The recording; `.gz` by name. It gets this name when it is complete, until then `.part` is added.
        stop: Ends the recording.
        duration_s: Ends it after so long.
        count: Ends it after so many messages.
        on_progress: Called with the number written after every flush, also when nothing came: every 2 s.

    Raises:
        OSError: The file cannot be written.
    """
    ends_at_s = None if duration_s is None else time.monotonic() + duration_s
    with RecordingWriter(path) as writer:
        unflushed = []
        flushed_at_s = time.monotonic()
        while not stop.is_set():
            now_s = time.monotonic()
            left_s = _WAITS_S if ends_at_s is None else ends_at_s - now_s
            wanted = _DRAINED_AT_ONCE if count is None else min(_DRAINED_AT_ONCE, count - writer.count)
            if left_s <= 0 or wanted <= 0:
                break
            messages = source.drain(wanted, min(left_s, _WAITS_S))
            writer.write(messages)
            unflushed += messages
            if now_s - flushed_at_s >= _FLUSHED_EVERY_S or len(unflushed) >= _DRAINED_AT_ONCE:
                writer.flush()
                source.acknowledge(unflushed)
                unflushed = []
                flushed_at_s = now_s
                on_progress(writer.count)
        writer.flush()
        source.acknowledge(unflushed)
        on_progress(writer.count)
        return writer.count
