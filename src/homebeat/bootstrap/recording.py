"""`homebeat record`: writes a recording from a broker."""

from __future__ import annotations

import sys
import threading
import time
from datetime import timedelta
from pathlib import Path

from homebeat.bootstrap.parts import make_source
from homebeat.bootstrap.runtime import end_hard
from homebeat.bootstrap.writing import check_writable
from homebeat.ingest import recorder
from homebeat.settings.model import InForce


def record(force: InForce, out: Path, duration: timedelta | None, count: int | None, stop: threading.Event) -> int:
    """Record until told to stop, for a time, or up to so many messages. Runs beside `serve`: it has a session of its own.

    Raises:
        BadSettings: The file cannot be written.
    """
    check_writable(out)
    mqtt = force.settings.mqtt.model_copy(update={"client_id": f"{force.settings.mqtt.client_id}-record"})
    source = make_source(force.settings.model_copy(update={"mqtt": mqtt}), end_hard)
    began, said = time.monotonic(), ""

    def say(written: int) -> None:
        nonlocal said
        wrong = source.get_state().wrong or ""
        if wrong != said:
            said = wrong
            print(f"waiting: {wrong}" if wrong else "connected", file=sys.stderr)
        if sys.stderr.isatty():
            sys.stderr.write(f"\r{written:,} messages in {time.monotonic() - began:.0f} s ")

    source.start()
    try:
        seconds = duration.total_seconds() if duration else None
        written = recorder.record(source, out, stop, duration_s=seconds, count=count, on_progress=say)
        print(f"\n{written:,} messages in {out}", file=sys.stderr)
    finally:
        source.close()
    return 0
