"""End to end (QoS 1 in, decoded, judged, committed, acknowledged) beside a bare paho subscriber: same broker, same run, in turns.

Every side is a program of its own with a persistent session of its own. All sessions exist before the backlog is published to
all of them at once; then they are drained one after the other: bare, SQLite, bare, PostgreSQL, bare, ... A ratio is the rate of
homebeat over the mean of the two bare runs around it; the row is the median of the rounds.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import mean, median
from typing import Any, Final

from benchmarks import brokers, databases
from benchmarks.homes import Lives, make_fleet
from benchmarks.plain_mqtt import PlainMqtt
from benchmarks.row import Row, load, make_row
from benchmarks.scale import Scale
from homebeat.codecs.catalogue import SUBSCRIPTIONS

NAMES: Final = ("ingest_sqlite_ratio", "ingest_postgres_ratio")
_PATIENCE_S: Final = 150.0


def measure(scale: Scale) -> Iterator[Row]:
    """Mosquitto first, then NATS with fewer messages."""
    now = time.time_ns() // 1_000_000
    fleet = make_fleet(scale.ingest_homes)
    with tempfile.TemporaryDirectory(prefix="homebeat-bench-") as made:
        directory = Path(made)
        with databases.open_sqlite(directory, fleet, now) as sqlite, databases.open_postgres(fleet, now) as postgres:
            fresh = {"sqlite": sqlite, "postgres": postgres}
            for name, count, repeats in (("", scale.messages, scale.repeats), ("nats_", scale.nats_messages, 1)):
                with (brokers.run_nats if name else brokers.run_mosquitto)(directory) as port:
                    yield from _compare(name, port, fresh, scale, count, repeats)


def _compare(prefix: str, port: int, fresh: dict[str, databases.Fresh], scale: Scale, count: int, repeats: int) -> Iterator[Row]:
    sides = ["bare", *(["sqlite", "postgres", "bare"] if prefix else ["sqlite", "bare", "postgres", "bare"]) * repeats]
    clients = [f"{prefix}{side}-{i}" for i, side in enumerate(sides)]
    _fill_backlog(port, clients, scale, count)
    took: list[dict[str, float]] = []
    for side, client in zip(sides, clients, strict=True):
        asked: dict[str, Any] = {"side": "bare", "port": port, "client_id": client, "count": count}
        if side != "bare":
            asked |= {"side": "homebeat", "url": fresh[side]()}
        took.append(_drain(asked))
        rate = count / took[-1]["wall_s"]
        print(f"  {client:<16} {rate:>9,.0f} messages/s  cpu {took[-1]['cpu_s']:.2f} s of {took[-1]['wall_s']:.2f} s  {load()}")
    bare_at = [i for i, side in enumerate(sides) if side == "bare"]
    yield make_row(f"ingest_{prefix}bare_rate", median(count / took[i]["wall_s"] for i in bare_at), "messages/s")
    for kind in ("sqlite", "postgres"):
        mine = [i for i, side in enumerate(sides) if side == kind]
        ratios = [mean(took[j]["wall_s"] for j in _measure_around(i, bare_at)) / took[i]["wall_s"] for i in mine]
        yield make_row(f"ingest_{prefix}{kind}_ratio", median(ratios), "x bare paho")
        yield make_row(f"ingest_{prefix}{kind}_rate", median(count / took[i]["wall_s"] for i in mine), "messages/s")
        yield make_row(
            f"ingest_{prefix}{kind}_readings", median(took[i]["readings"] / took[i]["wall_s"] for i in mine), "readings/s"
        )


def _measure_around(i: int, bare: list[int]) -> tuple[int, int]:
    return max(b for b in bare if b < i), min(b for b in bare if b > i)


def _fill_backlog(port: int, clients: list[str], scale: Scale, count: int) -> None:
    for client in clients:
        with PlainMqtt(port, client, keep_session=True) as session:
            session.subscribe(SUBSCRIPTIONS[0])
    now = time.time_ns() // 1_000_000
    begun = time.perf_counter()
    with PlainMqtt(port, "devices") as devices:
        # the newest is as old as a message on its way
        messages = Lives(scale.ingest_homes).make_messages(count, now - count, 1.0)
        devices.publish_all((topic, payload) for topic, payload, _ in messages)
    print(f"  {count:,} messages published to {len(clients)} sessions in {time.perf_counter() - begun:.1f} s")


def _drain(asked: dict[str, Any]) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.drain", json.dumps(asked)]
    with contextlib.ExitStack() as stack:
        child = stack.enter_context(subprocess.Popen(command, stdout=subprocess.PIPE))
        stack.callback(brokers.end_child, child)
        said, _ = child.communicate(timeout=_PATIENCE_S)
        if child.returncode:
            raise RuntimeError(f"{' '.join(command)} ended with {child.returncode}")
    result: dict[str, float] = json.loads(said)
    return result
