"""Kill a service that watches 100,000 residents, start it again: how long until it judges, and how much memory that takes.

The first service takes 100,000 readings from the broker after the last checkpoint and is killed (SIGKILL) when they are
committed. The clock runs from the start of the second one to the first time that the database says it has judged. Then devices
report for a while, and the largest memory seen is the row; the peak of its whole life is printed beside.
"""

from __future__ import annotations

import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks import brokers
from benchmarks.databases import KEY_FILE
from benchmarks.homes import METER_EVERY, READINGS_A_MESSAGE, Lives, make_default_rules, make_fleet
from benchmarks.plain_mqtt import PlainMqtt
from benchmarks.row import Row, make_row
from benchmarks.scale import Scale
from benchmarks.service import is_subscribed, make_settings, read_cpu_s, read_judged_at, read_memory_mb, run_service, wait_until
from homebeat.domain.fleet import Fleet
from homebeat.domain.scope import EVERYTHING
from homebeat.engine import checkpoint
from homebeat.engine.engine import Engine
from homebeat.store import Checkpoint, Store, open_store
from homebeat.stream.roster import Roster

NAMES: Final = ("restart_100k_s", "rss_100k_mb")


def measure(scale: Scale) -> Iterator[Row]:
    """Mosquitto and SQLite."""
    with tempfile.TemporaryDirectory(prefix="homebeat-bench-") as made, brokers.run_mosquitto(Path(made)) as port:
        directory = Path(made)
        url = f"sqlite:///{directory / 'restart.db'}"
        begun = time.perf_counter()
        # what the registry costs to build is let go before anything is measured
        store, taken_s, written_mb = _prepare(url, make_fleet(scale.restart_homes))
        print(f"  {scale.restart_homes:,} homes enrolled, with a checkpoint, in {time.perf_counter() - begun:.1f} s")
        settings = make_settings(directory, url, port)
        lives = Lives(scale.restart_homes)
        first_s = _kill(directory, settings, store, port, lives, scale)
        delivered = _count_delivered(store)
        started = time.time()
        with run_service(directory, settings, "serve") as child:
            ended = wait_until(lambda: read_judged_at(store) >= started * 1000, child, "judging again")
            _, peak = read_memory_mb(child.pid)
            worked = read_cpu_s(child.pid)
            wait_until(lambda: is_subscribed(store, round(started * 1000)), child, "subscribed again")
            memory = _measure_busy_memory(child, port, lives, scale)
            _, peak_after = read_memory_mb(child.pid)
            kept = _count_delivered(store) >= delivered
        store.close()
    if not kept:
        raise AssertionError("messages that were in the ledger before the kill are gone")
    yield make_row("restart_100k_s", ended - started)
    yield make_row("restart_100k_cpu_s", worked, "s")
    yield make_row("restart_first_start_s", first_s, "s")
    yield make_row("checkpoint_taken_cpu_s", taken_s, "s")
    yield make_row("checkpoint_written_mb", written_mb, "MB")
    yield make_row("rss_100k_mb", memory)
    yield make_row("rss_100k_start_peak_mb", peak, "MB")
    yield make_row("rss_100k_peak_mb", peak_after, "MB")


def _prepare(url: str, fleet: Fleet) -> tuple[Store, float, float]:
    """The registry, and a checkpoint of an engine with sixteen weeks behind it, to which everybody has reported once.

    Also what the next checkpoint costs, five minutes later: processor time while a tick waits for it, MB that are new.
    """
    now = time.time_ns() // 1_000_000
    store = open_store(url, KEY_FILE)
    with store.begin() as tx:
        tx.fleet.apply(fleet, now - METER_EVERY)
    engine = Engine(Roster().with_registry(fleet, now - METER_EVERY), make_default_rules(fleet))
    lives = Lives(len(fleet.households))
    batch = lives.make_batch(now - METER_EVERY, now - 360_000)
    order = np.argsort(batch.received_at, kind="stable")
    engine.advance(batch.take(order), now - 350_000)
    _has_lived(engine)
    before = checkpoint.save(engine)
    batch = lives.make_batch(now - 350_000, now - 60_000)
    engine.advance(batch.take(np.argsort(batch.received_at, kind="stable")), now - 50_000)
    started = time.process_time()
    after = checkpoint.save(engine, before.uses)
    taken_s = time.process_time() - started
    saved = checkpoint.save(engine)
    with store.begin() as tx:
        tx.checkpoints.add_parts(saved.parts)
        tx.checkpoints.put(Checkpoint(0, engine.now, checkpoint.VERSION, saved.head), saved.uses)
    return store, taken_s, sum(map(len, after.parts.values())) / 1e6


def _has_lived(engine: Engine) -> None:
    """Sixteen weeks of half hours in which somebody lived, and limits that were learned from them: no two homes alike."""
    chance = np.random.default_rng(11)
    past, learned = engine.state.past, engine.state.learned
    for word in range(len(past.life)):
        past.life[word] = chance.integers(0, 1 << 63, past.rows, np.uint64)
        past.ran[word] = chance.integers(0, 1 << 63, past.rows, np.uint64)
    learned.limit_minutes[:] = chance.integers(240, 720, learned.limit_minutes.shape)
    learned.ask_minutes[:] = learned.limit_minutes // 2


def _kill(directory: Path, settings: dict[str, str], store: Store, port: int, lives: Lives, scale: Scale) -> float:
    """Let a service commit the readings that come after the checkpoint, and kill it; how long its own start took."""
    count = round(scale.restart_readings / READINGS_A_MESSAGE)
    started = time.time()
    with run_service(directory, settings, "serve") as child:
        first_s = wait_until(lambda: is_subscribed(store, round(started * 1000)), child, "subscribed") - started
        _publish(port, lives, count)
        wait_until(lambda: _count_delivered(store) >= count, child, f"{count:,} messages committed")
        child.kill()
        child.wait()
    return first_s


def _publish(port: int, lives: Lives, count: int) -> None:
    now = time.time_ns() // 1_000_000
    with PlainMqtt(port, "devices") as devices:
        devices.publish_all((topic, payload) for topic, payload, _ in lives.make_messages(count, now - count, 1.0))


def _count_delivered(store: Store) -> int:
    with store.read(EVERYTHING) as reader:
        return reader.read_balance().delivered


def _measure_busy_memory(child: subprocess.Popen[bytes], port: int, lives: Lives, scale: Scale) -> float:
    """The largest resident memory while everybody reports at their rate."""
    pause, ends, most = threading.Event(), time.monotonic() + scale.settle_s, 0.0
    a_second = max(1, scale.restart_homes * 13 // 3600)
    while time.monotonic() < ends:
        _publish(port, lives, a_second // 2)
        pause.wait(0.5)
        most = max(most, read_memory_mb(child.pid)[0])
    return most
