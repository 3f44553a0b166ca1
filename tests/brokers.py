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
from homebeat.ingest.mqtt.embedded_broker import BrokerOptions, EmbeddedBroker, find_nats_server

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

    def __init__(self, executable: str, state_dir: Path, more: str = "allow_anonymous true\n") -> None:
        self.host = "127.0.0.1"
        self._more = more
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
            f"{self._more}"
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
        _wait_listening(self._server, self.mqtt_port, self._state_dir / "mosquitto.log")
        return self

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


class ConfiguredNats:
    """A NATS server that runs a configuration as an operator wrote it, beside `include` files in its folder."""

    def __init__(self, state_dir: Path, more: str) -> None:
        self.host = "127.0.0.1"
        self._state_dir = state_dir
        with socket.socket() as one, socket.socket() as two:
            one.bind((self.host, 0))
            two.bind((self.host, 0))
            self.mqtt_port: int = one.getsockname()[1]
            self._client_port: int = two.getsockname()[1]
        self._more = more
        self._server: subprocess.Popen[bytes] | None = None

    def start(self) -> ConfiguredNats:
        self._state_dir.mkdir(parents=True, exist_ok=True)
        config = self._state_dir / "nats.conf"
        config.write_text(
            f'server_name: homebeat\nlisten: "{self.host}:{self._client_port}"\nmax_payload: 64KB\n'
            f'jetstream {{ store_dir: "{self._state_dir}/data" }}\n'
            f'mqtt {{ listen: "{self.host}:{self.mqtt_port}", max_ack_pending: 10000 }}\n{self._more}\n'
        )
        with (self._state_dir / "nats.log").open("ab") as log:
            self._server = subprocess.Popen([find_nats_server(), "-c", config], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        _wait_listening(self._server, self.mqtt_port, self._state_dir / "nats.log")
        return self

    def stop(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            server.terminate()
            server.wait(10)

    def kill(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            server.kill()
            server.wait()


def _wait_listening(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + _STARTS_WITHIN_S
    while True:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=0.2):
            return
        if server.poll() is not None or time.monotonic() > deadline:
            raise Unavailable(f"the broker did not start: {log.read_text()[-500:]}")
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(0.02)


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
