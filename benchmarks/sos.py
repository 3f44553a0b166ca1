"""SOS published to webhook received, with traffic behind it; broker, `homebeat serve`, and devices are programs of their own.

Time runs from just before the PUBLISH is written to the moment the receiver has read the POST and checked its signature; both are
read from the same wall clock. Each SOS is of a home of its own, so each is a new alert and one signed webhook.
"""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks import brokers, databases
from benchmarks.databases import KEY_FILE
from benchmarks.homes import make_fleet
from benchmarks.row import Row, make_row
from benchmarks.scale import Scale
from benchmarks.service import is_subscribed, make_settings, read_memory_mb, run_service, wait_until
from homebeat.bootstrap.receiver import Receiver
from homebeat.domain.scope import EVERYTHING
from homebeat.store import AlertFilter, Store, open_store

NAMES: Final = ("sos_p50_ms", "sos_p99_ms")
_RATE: Final = 5_000.0
_EVERY_S: Final = 0.113  # keeps no step with ticks
_WARM_S: Final = 5.0


class StampingReceiver(Receiver):
    """Remembers when each alert's first message had come."""

    def __init__(self, secret: str) -> None:
        self.came_at: dict[str, float] = {}
        super().__init__(secret)

    def take(self, headers: dict[str, str], body: bytes) -> int:
        status = super().take(headers, body)
        if status < 300:
            self.came_at.setdefault(json.loads(body)["data"]["alert_id"], time.time())
        return status


def measure(scale: Scale) -> Iterator[Row]:
    """Mosquitto and SQLite."""
    secret = "whsec_" + base64.b64encode(bytes(range(32))).decode()
    with (
        tempfile.TemporaryDirectory(prefix="homebeat-bench-") as made,
        brokers.run_mosquitto(Path(made)) as port,
        StampingReceiver(secret) as receiver,
    ):
        directory, now = Path(made), time.time_ns() // 1_000_000
        url = f"sqlite:///{directory / 'sos.db'}"
        databases.enrol(url, make_fleet(scale.sos_homes, [(receiver.url, secret)]), now)
        store = open_store(url, KEY_FILE, create=False)
        with run_service(directory, make_settings(directory, url, port), "serve") as child:
            wait_until(lambda: is_subscribed(store, now), child, "subscribed")
            said = _send_traffic(port, scale)
            wait_until(lambda: len(receiver.came_at) >= scale.sos, child, f"{scale.sos} webhooks")
            memory, _ = read_memory_mb(child.pid)
        took = _compute_latencies(store, receiver, said["sos"])
        store.close()
    print(f"  {len(took)} SOS, {said['sent']:,} messages behind them, the devices at most {said['behind_s'] * 1000:.0f} ms late")
    yield make_row("sos_p50_ms", float(np.percentile(took, 50)))
    yield make_row("sos_p99_ms", float(np.percentile(took, 99)))
    yield make_row("sos_max_ms", max(took), "ms")
    yield make_row("sos_rss_mb", memory, "MB")


def _send_traffic(port: int, scale: Scale) -> dict[str, list[tuple[int, float]]]:
    lasts_s = _WARM_S + scale.sos * _EVERY_S + 2
    asked = dict(port=port, homes=scale.sos_homes, rate=_RATE, lasts_s=lasts_s, sos=scale.sos, sos_every_s=_EVERY_S)
    command = [sys.executable, "-m", "benchmarks.traffic", json.dumps(asked | {"sos_after_s": _WARM_S})]
    said = subprocess.run(command, stdout=subprocess.PIPE, timeout=lasts_s + 60, check=True).stdout
    result: dict[str, list[tuple[int, float]]] = json.loads(said)
    return result


def _compute_latencies(store: Store, receiver: StampingReceiver, raised: list[tuple[int, float]]) -> list[float]:
    """Milliseconds of each SOS; a missing one is an error, not a gap."""
    alert_of: dict[str, str] = {}
    cursor: str | None = None
    while True:
        with store.read(EVERYTHING) as reader:
            page = reader.alerts.read_page(AlertFilter(rule="sos"), limit=200, cursor=cursor)
        alert_of |= {str(entry.alert.subject.household): entry.alert.id for entry in page.items}
        cursor = page.next_cursor
        if cursor is None:
            break
    return [(receiver.came_at[alert_of[f"home-{home:06d}"]] - at) * 1000 for home, at in raised]
