"""What `homebeat demo` keeps in memory while nothing happens."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from benchmarks.row import Row, make_row
from benchmarks.scale import Scale
from benchmarks.service import read_memory_mb, run_service, wait_until

NAMES: Final = ("idle_demo_mb",)


def measure(scale: Scale) -> Iterator[Row]:
    """The demo's own process; its broker is another program, printed beside."""
    with tempfile.TemporaryDirectory(prefix="homebeat-bench-") as made:
        directory = Path(made)
        command = ("demo", "--port", "0", "--homes", str(scale.demo_homes), "--state-dir", str(directory / "demo"))
        with run_service(directory, {}, *command) as child:
            log = directory / "homebeat.log"
            wait_until(lambda: "homebeat is watching" in log.read_text(), child, "watching", within_s=120.0)
            threading.Event().wait(scale.settle_s)
            now, peak = read_memory_mb(child.pid)
            broker = sum(read_memory_mb(int(pid))[0] for pid in _list_children(child.pid))
    yield make_row("idle_demo_mb", now)
    yield make_row("idle_demo_peak_mb", peak, "MB")
    yield make_row("idle_demo_broker_mb", broker, "MB")


def _list_children(pid: int) -> list[str]:
    return [child for task in Path(f"/proc/{pid}/task").iterdir() for child in (task / "children").read_text().split()]
