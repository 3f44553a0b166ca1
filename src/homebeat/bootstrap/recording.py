"""`homebeat record`: writes a recording from a broker."""

from __future__ import annotations

import sys
import threading
import time
from datetime import timedelta
from pathlib import Path
from typing import Final

from homebeat.bootstrap.parts import source_of
from homebeat.bootstrap.process import die
from homebeat.ingest.recording import RecordingWriter
from homebeat.settings.model import InForce

_FLUSH_EVERY_S: Final = 2.0


def record(force: InForce, out: Path, duration: timedelta | None, count: int | None, stop: threading.Event) -> int:
    """Record until told to stop, for a time, or up to so many messages. Runs beside `serve`: it has a session of its own."""
    mqtt = force.settings.mqtt.model_copy(update={"client_id": f"{force.settings.mqtt.client_id}-record"})
    source = source_of(force.settings.model_copy(update={"mqtt": mqtt}), die)
    source.start()
    began = flushed = time.monotonic()
    complained = False
    try:
        with RecordingWriter(out) as writer:
            while not stop.is_set():
                messages = source.drain(5_000 if count is None else min(5_000, count - writer.count), 0.5)
                writer.write(messages)
                now = time.monotonic()
                if now - flushed >= _FLUSH_EVERY_S:
                    writer.flush()
                    flushed = now
                    if sys.stderr.isatty():
                        sys.stderr.write(f"\r{writer.count:,} messages in {now - began:.0f} s ")
                    if (wrong := source.state().wrong) and not complained:
                        complained = True
                        print(f"waiting: {wrong}", file=sys.stderr)
                source.acknowledge(messages)
                if (count is not None and writer.count >= count) or (duration and now - began >= duration.total_seconds()):
                    break
        print(f"\n{writer.count:,} messages in {out}", file=sys.stderr)
    finally:
        source.close()
    return 0
