"""`homebeat backtest` over a district's last weeks in a SQLite database, a candidate beside the settings in force; all cores.

`backtest_meters_*`: every home has a meter that reports each hour. `backtest_bands_*`: a quarter as many homes, and one in three
has a band that reports each five minutes. Time is from the call to the finished comparison; processor time is that of all its
processes.
"""

from __future__ import annotations

import json
import os
import resource
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Final

import numpy as np
from pydantic import SecretStr

from benchmarks.databases import KEY_FILE
from benchmarks.homes import MINUTE
from benchmarks.row import Row, make_row
from benchmarks.scale import Scale
from homebeat.backtest.run import BacktestSpec, open_source, run_comparison
from homebeat.backtest.variants import Candidates
from homebeat.codecs.catalogue import CODECS
from homebeat.registry.fleet_file import read_fleet
from homebeat.rules.catalogue import RULES
from homebeat.settings.load import load
from homebeat.settings.model import InForce
from homebeat.store import Store, UnitOfWork, open_store
from homebeat.stream.batch import Batch
from simulators.estate import Habitat
from simulators.street import History, Street

NAMES: Final = ("backtest_meters_s", "backtest_bands_s")
_START: Final = 1_772_352_000_000  # 2026-03-01T08:00:00Z
_DAY: Final = 86_400_000
_CANDIDATE: Final = Candidates(settings=("rules.no_sign_of_life.limit=PT8H", "rules.no_sign_of_life.limit_unproven=PT12H"))


@dataclass(frozen=True, slots=True)
class Size:
    """How large the district is, and how much of its past is folded and counted."""

    homes: int
    days: int
    warm_days: int


SIZES: Final = {"full": Size(1_000, 56, 28), "tiny": Size(20, 3, 0)}


def measure(scale: Scale) -> Iterator[Row]:
    """The district without bands, and with."""
    size = SIZES[scale.name]
    yield from _measure_rows("backtest_meters", Habitat(band_share=0.0, daily_share=0.0), size)
    bands = Habitat(band_share=1 / 3, band_every=5 * MINUTE, daily_share=0.0)
    yield from _measure_rows("backtest_bands", bands, replace(size, homes=max(5, size.homes // 4)))


def _measure_rows(name: str, habitat: Habitat, size: Size) -> Iterator[Row]:
    with tempfile.TemporaryDirectory(prefix="homebeat-bench-") as made:
        file = Path(made) / "district.db"
        store = open_store(f"sqlite:///{file}", KEY_FILE)
        begun = time.perf_counter()
        lay(store, Street(2, size.homes, habitat=habitat), (size.days + size.warm_days) * _DAY)
        store.close()
        print(f"  {name}: laid in {time.perf_counter() - begun:.0f} s, {file.stat().st_size / 1e6:,.0f} MB", flush=True)
        loaded = load({}, RULES)
        settings = loaded.settings.model_copy(update={"database_url": SecretStr(f"sqlite:///{file}")})
        force = InForce(settings, loaded.plan)
        asked = BacktestSpec(_CANDIDATE, last=timedelta(days=size.days), warm_up=timedelta(days=size.warm_days))
        begun, worked = time.perf_counter(), _read_cpu_s()
        source, close = open_source(force, asked, lambda: open_store(settings.store_url, KEY_FILE, create=False))
        result = run_comparison(force, asked, source, lambda _share, _readings, _at: None, threading.Event())
        took, worked = time.perf_counter() - begun, _read_cpu_s() - worked
        close()
    print(f"  {name}: {result.residents} residents, {result.readings:,} readings, {result.days:.0f} days, {os.cpu_count()} cores")
    yield make_row(f"{name}_s", took, "s")
    yield make_row(f"{name}_processor_s", worked, "s")
    yield make_row(f"{name}_rate", result.readings / took, "readings/s")
    yield make_row(f"{name}_readings", result.readings, "readings")
    yield make_row(f"{name}_resident_months", result.resident_months, "resident-months")


def _read_cpu_s() -> float:
    """Processor time of this process and of those it has ended, seconds."""
    usage = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(u.ru_utime + u.ru_stime for u in usage)


def lay(store: Store, street: Street, span_ms: int) -> None:
    """Put the street's registry and history into a database."""
    fleet = read_fleet(json.dumps(street.make_fleet()), CODECS, is_json=True)
    with store.begin() as tx:
        tx.fleet.apply(fleet, _START)
        numbers = tx.fleet.read_device_nos()
    for block in street.make_history(_START, _START + span_ms):
        with store.begin() as tx:
            _append(tx, block, {str(device): no for device, no in numbers.items()})


def _append(tx: UnitOfWork, block: History, numbers: dict[str, int]) -> None:
    known = np.array([numbers.get(device, -1) for device in block.devices], np.int32)
    mark = np.zeros(len(block), np.uint8)
    batch = Batch(block.device, block.metric, block.observed_at, block.received_at, block.value, mark)
    batch = batch.take(known[block.device] >= 0)
    if len(batch):
        tx.readings.append(batch, known)
