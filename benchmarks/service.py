"""`homebeat` as an operator starts it: a child with its settings in the environment."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from benchmarks import brokers
from benchmarks.databases import KEY_FILE
from homebeat.domain.errors import Unavailable
from homebeat.domain.scope import EVERYTHING
from homebeat.store import Store

_STATUS: Final = ("VmRSS", "VmHWM")


@contextlib.contextmanager
def run_service(directory: Path, settings: dict[str, str], *command: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run `homebeat COMMAND` with these settings; its log goes to `directory`. Ended, politely, at the end."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("HOMEBEAT_")}
    environ |= {f"HOMEBEAT_{name}": value for name, value in settings.items()}
    if environ.pop("PYTHONDONTWRITEBYTECODE", ""):
        # an installation has what it runs compiled; here each start would compile all of it again
        environ["PYTHONPYCACHEPREFIX"] = str(KEY_FILE.parent / "compiled")
    program = Path(sys.executable).with_name("homebeat")
    with (directory / "homebeat.log").open("ab") as log:
        child = subprocess.Popen([program, *command], env=environ, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        yield child
    finally:
        brokers.end_child(child)


def make_settings(directory: Path, url: str, port: int, **more: str) -> dict[str, str]:
    """Settings of a service that sends to receivers on this machine."""
    return {
        "STATE_DIR": str(directory / "state"),
        "DATABASE_URL": url,
        "KEY_FILE": str(KEY_FILE),
        "MQTT_PORT": str(port),
        "HTTP_PORT": str(brokers.find_free_port()),
        "EGRESS_ALLOW_PRIVATE": "true",
        "EGRESS_ALLOW_HTTP": "true",
        "EGRESS_PORTS": "",
        "LOG_LEVEL": "info",
    } | more


def wait_until(
    is_so: Callable[[], bool], child: subprocess.Popen[bytes], what: str, within_s: float = 180.0, every_s: float = 0.01
) -> float:
    """Wait for a condition, looking every so often; gives the moment (`time.time()`) at which it was seen to hold.

    Raises:
        Unavailable: The child ended, or it took too long.
    """
    pause, deadline = threading.Event(), time.monotonic() + within_s
    while not is_so():
        if child.poll() is not None:
            raise Unavailable(f"homebeat ended with {child.returncode} before {what}; its log says why")
        if time.monotonic() > deadline:
            raise Unavailable(f"homebeat did not get to: {what} (within {within_s:.0f} s)")
        pause.wait(every_s)
    return time.time()


def read_judged_at(store: Store) -> int:
    """Up to which time the watch says that it has judged, epoch ms; 0 before it ever said so."""
    with store.read(EVERYTHING) as reader:
        beat: Any = reader.heartbeats.read_all().get("watch")
    return int(beat.detail["judged_at"]) if beat is not None else 0


def is_subscribed(store: Store, since_ms: int) -> bool:
    """Whether the watch has said, since then, that nothing keeps messages from arriving."""
    with store.read(EVERYTHING) as reader:
        beat: Any = reader.heartbeats.read_all().get("watch")
    return beat is not None and beat.at >= since_ms and beat.detail["wrong"] is None


def read_memory_mb(pid: int) -> tuple[float, float]:
    """(resident memory now, its peak) of another program, MB of 10^6 bytes, as the kernel counts them."""
    status = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    now, peak = (int(status[name].split()[0]) * 1024 / 1e6 for name in _STATUS)
    return now, peak


def read_cpu_s(pid: int) -> float:
    """Processor time of another program so far, all its threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
