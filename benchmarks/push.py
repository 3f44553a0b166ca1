"""What clouds push, at a steady rate: each message is on disk, with one sync for many, before it is answered."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from benchmarks import brokers
from benchmarks.row import Row, make_row
from benchmarks.scale import Scale
from benchmarks.service import read_cpu_s, run_service

NAMES: Final = ("push_rate", "push_p99_ms")
_ROOT: Final = Path(__file__).parent.parent
_SECRET: Final = "a-secret-of-the-benchmark"
#: A little above what has to be answered: the last answer comes after the last push.
_RATE: Final = 2_050
_CONNECTIONS: Final = 128
#: What is sent before it counts: connections are made, and Python has seen its code.
_WARM_UP_S: Final = 1.0
_STARTS_WITHIN_S: Final = 60.0


def measure(scale: Scale) -> Iterator[Row]:
    """Offer 2,050 messages a second to `homebeat intake` from another process, on 128 connections that stay open."""
    with tempfile.TemporaryDirectory(prefix="homebeat-bench-") as made, contextlib.ExitStack() as stack:
        directory, port = Path(made), brokers.find_free_port()
        settings = directory / "homebeat.toml"
        settings.write_text(f'[intake]\nport = {port}\n[intake.clouds.aep]\nkind = "ctwing"\nsecret = "{_SECRET}"\n')
        environ = {"STATE_DIR": str(directory / "state"), "CONFIG": str(settings)}
        child = stack.enter_context(run_service(directory, environ, "intake"))
        brokers.wait_for_port(port, child, _STARTS_WITHIN_S)
        _push(port, _WARM_UP_S)
        began_s = read_cpu_s(child.pid)
        said = _push(port, scale.push_s)
        cpu_s = read_cpu_s(child.pid) - began_s
        yield make_row("push_rate", said["rate"])
        yield make_row("push_p99_ms", said["p99_ms"])
        yield make_row("push_p50_ms", said["p50_ms"], "ms")
        yield make_row("push_worst_ms", said["worst_ms"], "ms")
        yield make_row("push_cpu_us", 1e6 * cpu_s / said["answered"], "us")


def _push(port: int, span_s: float) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.pushing", str(port), _SECRET, str(_RATE), str(span_s), str(_CONNECTIONS)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=span_s + 120, cwd=_ROOT)
    if done.returncode:
        raise RuntimeError(f"not every message was answered: {done.stderr.strip()[-300:]}")
    said: dict[str, float] = json.loads(done.stdout)
    return said
