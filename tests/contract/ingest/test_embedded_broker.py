"""The embedded broker: durable, private, gone when its parent is gone, clear when it cannot start."""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from homebeat.domain.errors import BadSettings
from homebeat.ingest.mqtt.embedded_broker import BrokerOptions, EmbeddedBroker

PATIENCE_S = 20.0
PARENT = """
import sys
from pathlib import Path
from homebeat.ingest.mqtt.embedded_broker import BrokerOptions, EmbeddedBroker
broker = EmbeddedBroker(BrokerOptions(Path(sys.argv[1]), mqtt_port=0)).start()
print(broker.mqtt_port, flush=True)
sys.stdin.read()
"""


def is_open(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=0.5):
        return True
    return False


def test_durable_private_and_on_loopback(tmp_path: Path) -> None:
    with EmbeddedBroker(BrokerOptions(tmp_path, mqtt_port=0)) as broker:
        assert broker.is_running
        assert broker.config_file.stat().st_mode & 0o777 == 0o600
        config = json.loads(broker.config_file.read_text())
        assert config["jetstream"]["sync_interval"] == "always"
        assert config["host"] == config["mqtt"]["host"] == "127.0.0.1"
        assert config["server_name"]
        assert config["mqtt"]["max_ack_pending"] < 32_768
        assert "Server is ready" in broker.log_file.read_text()
    assert not is_open(broker.mqtt_port)


def test_a_port_in_use_is_said(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(BadSettings, match=f"port {port} .* cannot be used"):
            EmbeddedBroker(BrokerOptions(tmp_path, mqtt_port=port)).start()


def test_more_in_flight_than_nats_allows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match="max_ack_pending"):
        EmbeddedBroker(BrokerOptions(tmp_path, mqtt_port=0, max_ack_pending=40_000)).start()


def test_stopping_twice_is_fine(tmp_path: Path) -> None:
    broker = EmbeddedBroker(BrokerOptions(tmp_path, mqtt_port=0)).start()
    broker.stop()
    broker.stop()
    broker.kill()
    assert broker.pid is None


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a child with its parent")
def test_it_dies_with_its_parent_even_when_that_is_killed(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        port = int(parent.stdout.readline())
        assert is_open(port)
        parent.kill()
        parent.wait()
    deadline = time.monotonic() + PATIENCE_S
    while is_open(port):
        assert time.monotonic() < deadline, "the broker outlived its parent"
        threading.Event().wait(0.02)
