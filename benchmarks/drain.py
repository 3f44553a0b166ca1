"""One side of the ingest comparison, in a process of its own: take a backlog from a persistent session until it is acknowledged.

`python -m benchmarks.drain '{"side": "bare" | "homebeat", "port": ..., "client_id": ..., "count": ..., "url": ...}'` prints
`{"wall_s": ..., "cpu_s": ...}`. Both run from the moment it connects to the last acknowledgement handed to the socket.
"""

from __future__ import annotations

import json
import resource
import sys
import threading
import time
from typing import Any, Final

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from benchmarks.brokers import HOST
from benchmarks.databases import KEY_FILE
from benchmarks.homes import make_default_rules
from homebeat.codecs.catalogue import SUBSCRIPTIONS
from homebeat.domain.scope import EVERYTHING
from homebeat.ingest.mqtt.source import MqttSource
from homebeat.ingest.source import MqttOptions
from homebeat.store import open_store
from homebeat.watch import Watch, WatchOptions

_PATIENCE_S: Final = 120.0


def measure_bare(port: int, client_id: str, count: int) -> dict[str, float]:
    """A paho subscriber with `loop_start` whose callback only counts; paho acknowledges when the callback returns."""
    done, seen = threading.Event(), [0]

    def on_message(*_: Any) -> None:
        seen[0] += 1
        if seen[0] == count:
            done.set()

    client = paho.Client(CallbackAPIVersion.VERSION2, client_id, clean_session=False)
    client.on_message = on_message
    clock = _Clock()
    client.connect(HOST, port)
    client.subscribe(SUBSCRIPTIONS[0], 1)
    client.loop_start()
    if not done.wait(_PATIENCE_S):
        raise TimeoutError(f"{seen[0]} of {count} messages came")
    took = clock.read()
    client.disconnect()
    client.loop_stop()
    return took


def measure_homebeat(port: int, client_id: str, count: int, url: str) -> dict[str, float]:
    """The real watch, source and store; the engine is up before the clock starts, as the bare client's Python is."""
    store = open_store(url, KEY_FILE, create=False)
    source = MqttSource(MqttOptions(HOST, port, client_id, SUBSCRIPTIONS))
    rules = make_default_rules()
    watch = Watch(store, source, WatchOptions(), clock=lambda: time.time_ns() // 1_000_000, book_of=lambda *_: rules)
    watch.start()
    never = threading.Event()
    deadline = time.monotonic() + _PATIENCE_S
    clock = _Clock()
    source.start()
    while watch.counts["messages"] < count or source.get_state().acknowledged < count:
        watch.tick(never, 1.0 if watch.counts["messages"] < count else 0.002)
        if time.monotonic() > deadline:
            raise TimeoutError(f"{watch.counts['messages']} of {count} messages came; {source.get_state().wrong}")
    took = clock.read()
    took["ticks"] = watch.counts["ticks"]
    took["readings"] = watch.counts["readings"]
    source.close()
    with store.read(EVERYTHING) as reader:
        balance = reader.read_balance()
    if not balance.is_balanced or balance.accepted != count:
        raise AssertionError(f"the ledger does not say that all was accepted once: {balance}")
    store.close()
    return took


class _Clock:
    def __init__(self) -> None:
        self._wall, self._cpu = time.perf_counter(), _read_cpu_s()

    def read(self) -> dict[str, float]:
        return {"wall_s": time.perf_counter() - self._wall, "cpu_s": _read_cpu_s() - self._cpu}


def _read_cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    asked = json.loads(sys.argv[1])
    side = asked.pop("side")
    print(json.dumps(measure_bare(**asked) if side == "bare" else measure_homebeat(**asked)))
