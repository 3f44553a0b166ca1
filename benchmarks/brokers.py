"""The brokers that benchmarks run against, on loopback and free ports."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from homebeat.domain.errors import Unavailable
from homebeat.ingest.mqtt.embedded_broker import BrokerOptions, EmbeddedBroker

HOST: Final = "127.0.0.1"
_STARTS_WITHIN_S: Final = 15.0
_ENDS_WITHIN_S: Final = 10.0


def find_mosquitto() -> str | None:
    """The system's Mosquitto, if it is installed."""
    return shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")


@contextlib.contextmanager
def run_mosquitto(directory: Path) -> Iterator[int]:
    """A Mosquitto without bounds on what it queues; gives its port.

    It keeps nothing on disk: writing its whole store every so often would disturb whoever is measured at that moment.
    """
    executable = find_mosquitto()
    if executable is None:
        raise Unavailable("mosquitto is not installed (apt-get install mosquitto)")
    port = find_free_port()
    config = directory / "mosquitto.conf"
    config.write_text(
        f"listener {port} {HOST}\nallow_anonymous true\npersistence false\nmax_queued_messages 0\nmax_inflight_messages 0\n"
        "set_tcp_nodelay true\nlog_type error\n"
    )
    server = subprocess.Popen([executable, "-c", str(config)], stdin=subprocess.DEVNULL)
    try:
        wait_for_port(port, server)
        yield port
    finally:
        end_child(server)


@contextlib.contextmanager
def run_nats(directory: Path) -> Iterator[int]:
    """The embedded broker; synced less often, which touches whoever publishes and not whoever is measured."""
    broker = EmbeddedBroker(BrokerOptions(directory / "nats", mqtt_port=0, sync=False)).start()
    try:
        yield broker.mqtt_port
    finally:
        broker.stop()


def find_free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as asked:
        asked.bind((HOST, 0))
        return int(asked.getsockname()[1])


def wait_for_port(port: int, server: subprocess.Popen[bytes], within_s: float = _STARTS_WITHIN_S) -> None:
    """Wait until somebody listens.

    Raises:
        Unavailable: The server ended, or took too long.
    """
    pause, deadline = threading.Event(), time.monotonic() + within_s
    while True:
        with contextlib.suppress(OSError), socket.create_connection((HOST, port), timeout=0.2):
            return
        if server.poll() is not None or time.monotonic() > deadline:
            raise Unavailable(f"{server.args!r} did not come up")
        pause.wait(0.01)


def end_child(server: subprocess.Popen[bytes]) -> None:
    """Ask a child to end, and make it."""
    if server.poll() is None:
        server.terminate()
        try:
            server.wait(_ENDS_WITHIN_S)
        except subprocess.TimeoutExpired:
            server.kill()
    server.wait()
