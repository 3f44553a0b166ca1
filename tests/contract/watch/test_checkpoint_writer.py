"""A checkpoint is written between ticks, and does not exist before all of it does."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from homebeat.domain.failpoints import Failpoints, pass_failpoint
from homebeat.domain.scope import EVERYTHING
from homebeat.engine import checkpoint
from homebeat.engine.rulebook import RuleBook
from homebeat.rules.sos import Sos
from homebeat.store import Store
from homebeat.watch import Watch, WatchOptions
from tests.contract.store.conftest import STREET, T0
from tests.contract.watch.test_upkeep import HOUR, KEEP, Scripted, message

EVERY_MS = 60_000


class Killed(BaseException):
    """The process ends here."""


def watching(store: Store, now: list[int], source: Scripted, failpoint: Failpoints = pass_failpoint) -> Watch:
    watch = Watch(
        store,
        source,
        WatchOptions(keep=KEEP, patience_s=20.0, checkpoint_ms=EVERY_MS),
        clock=lambda: now[0],
        book_of=lambda *_: RuleBook([{"sos": Sos()}]),
        failpoint=failpoint,
    )
    watch.start()
    return watch


def written(watch: Watch, now: list[int]) -> None:
    """Tick until the checkpoint that is on its way is there."""
    for _ in range(50):
        if not watch._checkpoint_writer.is_busy:
            return
        now[0] += 100
        watch.tick(threading.Event())
    raise AssertionError("it was never finished")


def position(store: Store) -> int | None:
    with store.read(EVERYTHING) as reader:
        saved = reader.checkpoints.find_latest(checkpoint.VERSION)
    return None if saved is None else saved.position


def test_a_checkpoint_holds_what_is_committed_and_a_restart_goes_on_from_it(store: Store) -> None:
    now, stop = [T0 + HOUR], threading.Event()
    with store.begin() as tx:
        tx.fleet.apply(STREET, T0)
    source = Scripted(*([message(n, T0 + HOUR + n * 1_000)] for n in range(1, 4)))
    watch = watching(store, now, source)
    for _ in range(2):
        now[0] += EVERY_MS
        watch.tick(stop)
        written(watch, now)
    assert position(store) == 3  # every message was taken in by then
    now[0] += 30_000
    watch.tick(stop)
    again = watching(store, now, Scripted())
    again.tick(stop)
    for name, feature in watch.engine.state.features.items():
        for column, array in feature.list_arrays().items():
            restored = again.engine.state.features[name].list_arrays()[column]
            assert np.array_equal(array, restored, equal_nan=array.dtype.kind == "f"), (name, column)


def test_killed_while_it_is_written_the_one_before_it_holds(store: Store) -> None:
    now, stop = [T0 + HOUR], threading.Event()
    with store.begin() as tx:
        tx.fleet.apply(STREET, T0)
    watch = watching(store, now, Scripted([message(1, T0 + HOUR)]))
    now[0] += EVERY_MS
    watch.tick(stop)
    written(watch, now)
    assert position(store) == 1

    def kill(name: str) -> None:
        if name == "watch.before_checkpoint":
            raise Killed

    watch = watching(store, now, Scripted([message(2, now[0])]), kill)
    now[0] += EVERY_MS
    with pytest.raises(Killed):
        watch.tick(stop)
    assert position(store) == 1
    again = watching(store, now, Scripted([message(3, now[0])]))
    now[0] += EVERY_MS
    again.tick(stop)
    written(again, now)
    assert position(store) == 3


def test_parts_that_no_checkpoint_uses_any_more_are_forgotten(store: Store) -> None:
    now, stop = [T0 + HOUR], threading.Event()
    with store.begin() as tx:
        tx.fleet.apply(STREET, T0)
        tx.checkpoints.add_parts({b"?" * 16: b"of one that was never finished"})
    watch = watching(store, now, Scripted(*([message(n, T0 + HOUR + n * 1_000)] for n in range(1, 9))))
    for _ in range(24):
        now[0] += 30_000
        watch.tick(stop)
    with store.read(EVERYTHING) as reader:
        saved = reader.checkpoints.find_latest(checkpoint.VERSION)
        assert saved is not None
        parts = dict(reader.checkpoints.parts)
    assert b"?" * 16 not in parts
    # three checkpoints of an idle street share nearly everything
    assert len(parts) < 2 * len(checkpoint.save(watch.engine).uses)
