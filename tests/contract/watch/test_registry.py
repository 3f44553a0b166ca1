"""A registry that changes while the watch runs: a small one at once, a city's without a tick that waits for it."""

from __future__ import annotations

import threading

import pytest

from homebeat.domain.scope import EVERYTHING
from homebeat.store import Store
from tests.contract.store.conftest import STREET, T0
from tests.contract.watch.test_retry import WITHOUT
from tests.contract.watch.test_upkeep import HOUR, Scripted, watching


def test_ticks_go_on_while_it_is_read_and_then_it_holds(sqlite_store: Store) -> None:
    now, stop = [T0 + HOUR], threading.Event()
    watch = watching(sqlite_store, Scripted(), now, patience_s=0.0)
    assert len(watch.engine.roster.device_row) == 6
    with sqlite_store.begin() as tx:
        tx.fleet.apply(WITHOUT, T0 + HOUR)
    now[0] += 2_000
    watch.tick(stop)
    reading = watch._reading
    if reading is not None:  # else it was quick
        reading.result(20)
        now[0] += 100
        watch.tick(stop)
    assert len(watch.engine.roster.device_row) == 5
    assert watch.counts["ticks"] >= 1


def test_a_small_one_is_there_in_the_tick_that_finds_it_changed(sqlite_store: Store) -> None:
    now = [T0 + HOUR]
    watch = watching(sqlite_store, Scripted(), now, patience_s=20.0)
    with sqlite_store.begin() as tx:
        tx.fleet.apply(WITHOUT, T0 + HOUR)
        tx.fleet.apply(STREET, T0 + HOUR)
        tx.fleet.apply(WITHOUT, T0 + HOUR)
    now[0] += 2_000
    watch.tick(threading.Event())
    assert len(watch.engine.roster.device_row) == 5


def test_one_that_cannot_be_read_is_said_and_read_again_while_the_one_before_holds(
    sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, stop = [T0 + HOUR], threading.Event()
    watch = watching(sqlite_store, Scripted(), now, patience_s=20.0, beat_ms=0)
    understood = watch._read_registry

    def fails() -> object:
        raise TimeoutError("of the task itself, not of waiting for it")

    monkeypatch.setattr(watch, "_read_registry", fails)
    with sqlite_store.begin() as tx:
        tx.fleet.apply(WITHOUT, T0 + HOUR)
    for _ in range(3):
        now[0] += 2_000
        watch.tick(stop)
    assert len(watch.engine.roster.device_row) == 6
    assert said(sqlite_store) == "taking in the registry fails: TimeoutError"
    monkeypatch.setattr(watch, "_read_registry", understood)
    for _ in range(2):
        now[0] += 2_000
        watch.tick(stop)
    assert len(watch.engine.roster.device_row) == 5
    assert said(sqlite_store) is None


def said(store: Store) -> object:
    with store.read(EVERYTHING) as reader:
        return reader.heartbeats.read_all()["watch"].detail["wrong"]
