"""Real brokers for tests: NATS from its wheel and Mosquitto from the system, on loopback and free ports."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest

from homebeat.domain.errors import Unavailable
from homebeat.ingest.embedded_broker import BrokerOptions, EmbeddedBroker

_STARTS_WITHIN_S = 15.0


class Broker(Protocol):
    """A broker that a test may stop, kill and start again; its port stays."""

    host: str
    mqtt_port: int

    def start(self) -> object: ...
    def stop(self) -> None: ...
    def kill(self) -> None: ...


class Mosquitto:
    """A Mosquitto set up not to lose what it acknowledged while it runs, or when it is stopped politely."""

    def __init__(self, executable: str, state_dir: Path) -> None:
        self.host = "127.0.0.1"
        self._executable = executable
        self._state_dir = state_dir
        with socket.socket() as asked:
            asked.bind((self.host, 0))
            self.mqtt_port: int = asked.getsockname()[1]
        self._server: subprocess.Popen[bytes] | None = None

    def start(self) -> Mosquitto:
        self._state_dir.mkdir(parents=True, exist_ok=True)
        self._state_dir.chmod(0o777)  # started by root, it becomes a user of its own
        config = self._state_dir / "mosquitto.conf"
        config.write_text(
            f"listener {self.mqtt_port} {self.host}\n"
            "allow_anonymous true\n"
            "persistence true\n"
            f"persistence_location {self._state_dir}/\n"
            "autosave_interval 1\n"
            "max_queued_messages 0\n"
            "max_inflight_messages 0\n"
            "set_tcp_nodelay true\n"
            "user root\n"
        )
        with (self._state_dir / "mosquitto.log").open("ab") as log:
            self._server = subprocess.Popen(
                [self._executable, "-c", str(config)], stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        deadline = time.monotonic() + _STARTS_WITHIN_S
        while True:
            with contextlib.suppress(OSError), socket.create_connection((self.host, self.mqtt_port), timeout=0.2):
                return self
            if self._server.poll() is not None or time.monotonic() > deadline:
                raise Unavailable(f"mosquitto did not start: {(self._state_dir / 'mosquitto.log').read_text()[-500:]}")
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._server.wait(0.02)

    def stop(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            server.terminate()
            try:
                server.wait(10)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()

    def kill(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            server.kill()
            server.wait()


def mosquitto_executable() -> str:
    """The system's Mosquitto; without it the test is skipped and says so (in CI, `conftest` makes that a failure)."""
    found = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")
    if found is None:
        pytest.skip("mosquitto is not installed (apt-get install mosquitto)")
    return found


@pytest.fixture
def nats_broker(tmp_path: Path) -> Iterator[EmbeddedBroker]:
    """The embedded broker, synced less often: what a power cut does is not asked here, and the disk is shared."""
    broker = EmbeddedBroker(BrokerOptions(tmp_path / "nats", mqtt_port=0, sync=False)).start()
    yield broker
    broker.stop()


@pytest.fixture
def mosquitto_broker(tmp_path: Path) -> Iterator[Mosquitto]:
    """A Mosquitto of the test's own."""
    broker = Mosquitto(mosquitto_executable(), tmp_path / "mosquitto").start()
    yield broker
    broker.stop()


@pytest.fixture(params=["nats", "mosquitto"])
def broker(request: pytest.FixtureRequest) -> Broker:
    """Each broker in turn, running, empty."""
    found: Broker = request.getfixturevalue(f"{request.param}_broker")
    return found
