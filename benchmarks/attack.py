"""SOS published to webhook received, while a stranger holds and renews more half-open connections than there are descriptors."""

from __future__ import annotations

import base64
import contextlib
import resource
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from benchmarks import brokers, databases
from benchmarks.databases import KEY_FILE
from benchmarks.half_open import HalfOpen
from benchmarks.homes import make_fleet
from benchmarks.row import Row, make_row
from benchmarks.scale import Scale
from benchmarks.service import is_subscribed, make_settings, run_service, wait_until
from homebeat.bootstrap.receiver import Receiver
from homebeat.store import open_store

NAMES: Final = ("sos_under_attack_s",)
#: What systemd gives a service that says nothing.
_DESCRIPTORS: Final = 1_024
_CONNECTIONS: Final = 1_300


def measure(scale: Scale) -> Iterator[Row]:
    """The longest of some SOS, one after the other, on Mosquitto and SQLite."""
    secret, count = "whsec_" + base64.b64encode(bytes(range(32))).decode(), min(20, scale.sos)
    with tempfile.TemporaryDirectory(prefix="homebeat-bench-") as made, contextlib.ExitStack() as stack:
        port = stack.enter_context(brokers.run_mosquitto(Path(made)))
        receiver = stack.enter_context(Receiver(secret))
        directory, now = Path(made), time.time_ns() // 1_000_000
        url = f"sqlite:///{directory / 'attack.db'}"
        databases.enrol(url, make_fleet(count, [(receiver.url, secret)]), now)
        store = open_store(url, KEY_FILE, create=False)
        stack.callback(store.close)
        settings = make_settings(directory, url, port)
        child = stack.enter_context(run_service(directory, settings, "serve"))
        resource.prlimit(child.pid, resource.RLIMIT_NOFILE, (_DESCRIPTORS, _DESCRIPTORS))
        wait_until(lambda: is_subscribed(store, now), child, "subscribed")
        attack = HalfOpen(int(settings["HTTP_PORT"]), _CONNECTIONS)
        stack.callback(attack.end)
        wait_until(lambda: attack.opened > _CONNECTIONS, child, "attacked")
        took = [_tell(port, receiver, number) for number in range(count)]
    print(f"  {len(took)} SOS while {attack.opened:,} connections were opened")
    yield make_row("sos_under_attack_s", max(took))


def _tell(port: int, receiver: Receiver, number: int) -> float:
    client = paho.Client(CallbackAPIVersion.VERSION2, f"band-{number}")
    client.connect("127.0.0.1", port)
    client.loop_start()
    begun = time.monotonic()
    client.publish(f"homebeat/v1/band-{number:06d}/readings", b'{"alarm": "sos"}', qos=1)
    receiver.wait_for(number + 1)
    took = time.monotonic() - begun
    client.disconnect()
    client.loop_stop()
    return took
