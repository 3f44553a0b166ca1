"""`homebeat export` of readings as lines of JSON, packed: read from the log, written, compressed and hashed."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks.databases import KEY_FILE, open_postgres, open_sqlite
from benchmarks.homes import BAND, BAND_EVERY, make_fleet
from benchmarks.row import Row, make_row
from benchmarks.scale import Scale
from homebeat.domain.scope import EVERYTHING
from homebeat.exchange.export import FORMS, ExportScope, write_everything
from homebeat.exchange.folder import ExportFolder
from homebeat.store import Store, open_store
from homebeat.stream.batch import Batch

NAMES: Final = ("export_sqlite_rate", "export_postgres_rate")
_START: Final = 1_772_352_000_000  # 2026-03-01T08:00:00Z
_AT_ONCE: Final = 100_000


def measure(scale: Scale) -> Iterator[Row]:
    """Bands that report each five minutes, in the order in which they arrive."""
    fleet = make_fleet(scale.export_homes)
    with tempfile.TemporaryDirectory(prefix="homebeat-bench-") as made, open_sqlite(Path(made), fleet, _START) as fresh:
        yield from _measure_one("sqlite", fresh(), Path(made), scale)
    with tempfile.TemporaryDirectory(prefix="homebeat-bench-") as made, open_postgres(fleet, _START) as fresh:
        yield from _measure_one("postgres", fresh(), Path(made), scale)


def _measure_one(name: str, url: str, place: Path, scale: Scale) -> Iterator[Row]:
    store = open_store(url, KEY_FILE, create=False)
    try:
        _fill(store, scale.export_readings)
        rates, works, count, size = [], [], 0, 0
        for turn in range(scale.repeats):
            begun, cpu = time.perf_counter(), time.process_time()
            with store.read(EVERYTHING) as reader, ExportFolder(place / f"out{turn}") as folder:
                files = write_everything(reader, folder, ExportScope(), FORMS["ndjson"], lambda *_: None)
            took, worked = time.perf_counter() - begun, time.process_time() - cpu
            count = sum(file.rows for file in files if file.name.startswith("readings/"))
            rates.append(count / took)
            works.append(count / worked)
            size = sum(file.bytes for file in files if file.name.startswith("readings/"))
    finally:
        store.close()
    yield make_row(f"export_{name}_rate", sorted(rates)[len(rates) // 2])
    yield make_row(f"export_{name}_cpu_rate", sorted(works)[len(works) // 2], "readings/s of processor time")
    yield make_row(f"export_{name}_bytes", size / count, "bytes/reading")


def _fill(store: Store, wanted: int) -> None:
    chance = np.random.default_rng(7)
    with store.read(EVERYTHING) as reader:
        numbers = np.array(list(reader.fleet.read_device_nos().values()), np.int32)
    done, at = 0, _START
    while done < wanted:
        rounds = max(1, _AT_ONCE // (len(numbers) * len(BAND)))
        times = at + np.arange(rounds) * BAND_EVERY
        count = rounds * len(numbers) * len(BAND)
        observed = np.repeat(times, len(numbers) * len(BAND)) + np.tile(
            np.repeat(np.arange(len(numbers)) % 300_000, len(BAND)), rounds
        )
        batch = Batch(
            np.tile(np.repeat(np.arange(len(numbers)), len(BAND)), rounds).astype(np.int32),
            np.tile(np.array(BAND, np.uint8), rounds * len(numbers)),
            observed,
            observed + 700,
            np.round(chance.uniform(0, 120, count), 1),
            np.zeros(count, np.uint8),
        )
        with store.begin() as tx:
            tx.readings.append(batch, numbers)
        done, at = done + count, at + rounds * BAND_EVERY
