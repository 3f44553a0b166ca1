"""Housekeeping beside the loop: in slices, only when there is time, never in the way of a tick."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import timedelta

import pytest

from homebeat.domain.errors import Unavailable
from homebeat.domain.inbound import Message
from homebeat.domain.scope import EVERYTHING
from homebeat.engine.rulebook import RuleBook
from homebeat.ingest.source import SourceState
from homebeat.store import Keep, Store
from homebeat.watch import Watch, WatchOptions
from homebeat.watch.tenure import Tenure
from homebeat.watch.upkeep import Upkeep
from tests.contract.store.conftest import STREET, T0

HOUR = 3_600_000
KEEP = Keep(readings=None, extras=None, quarantine=None, alerts=None, deliveries=None, changes=timedelta(days=1))


class Scripted:
    """A source that gives one list a drain, then nothing."""

    def __init__(self, *ticks: list[Message]) -> None:
        self.ticks = list(ticks)

    def drain(self, limit: int, timeout_s: float) -> list[Message]:
        return self.ticks.pop(0) if self.ticks else []

    def acknowledge(self, messages: Sequence[Message]) -> None:
        pass

    def follow(self, topics: Sequence[str]) -> None:
        pass

    def publish(self, topic: str, payload: bytes) -> None:
        pass

    def get_state(self) -> SourceState:
        return SourceState(True, True, (), None, 0, 1, 0, 0, 0, False, 0, "")

    def close(self) -> None:
        pass


def message(n: int, at: int) -> Message:
    return Message("homebeat/v1/h1-meter/readings", b'{"volume_m3": %d}' % n, at)


def watching(store: Store, source: Scripted, now: list[int], **options: object) -> Watch:
    with store.begin() as tx:
        tx.fleet.apply(STREET, T0)
    chosen = WatchOptions(**{"messages": 8, "keep": KEEP, **options})  # type: ignore[arg-type]
    watch = Watch(store, source, chosen, clock=lambda: now[0], book_of=lambda *_: RuleBook([{}]))
    watch.start()
    return watch


def settled(store: Store) -> int:
    with store._database.begin_read() as connection:
        return int(connection.exec_driver_sql("SELECT value FROM meta WHERE name = 'settled_position'").scalar_one())


def test_readings_are_entered_when_a_tick_was_small_and_not_when_it_was_busy(sqlite_store: Store) -> None:
    now, stop = [T0 + HOUR], threading.Event()
    busy = [message(n, T0 + HOUR + n) for n in range(4)]
    watch = watching(sqlite_store, Scripted(busy, [message(9, T0 + HOUR + 9)]), now)
    watch.tick(stop)
    assert settled(sqlite_store) == 0
    now[0] += 2_000
    watch.tick(stop)
    assert settled(sqlite_store) == 5


def test_small_ticks_that_follow_each_other_closely_share_one_entering(sqlite_store: Store) -> None:
    now, stop = [T0 + HOUR], threading.Event()
    watch = watching(sqlite_store, Scripted(*([message(n, T0 + HOUR + n)] for n in range(4))), now)
    entered = []
    for later in (0, 100, 800, 200):
        now[0] += later
        watch.tick(stop)
        entered.append(settled(sqlite_store))
    assert entered == [1, 1, 1, 4]
    assert now[0] == T0 + HOUR + 1_100


def test_old_rows_go_a_slice_a_turn_once_an_hour(store: Store) -> None:
    now, stop = [T0 + HOUR], threading.Event()
    watch = watching(store, Scripted(), now, checkpoint_ms=48 * HOUR)
    add_changes(store, 2_500, T0 - 48 * HOUR)
    counts = []
    for _ in range(5):
        now[0] += 1_000
        watch.tick(stop)
        counts.append(left(store))
    assert counts == [1_500, 500, 0, 0, 0]
    add_changes(store, 10, T0 - 48 * HOUR, young=1)
    # nothing was left to delete in the fourth tick: an hour from there
    for later, kept in ((HOUR // 2, 11), (HOUR // 2 - 1_001, 11), (1, 1)):
        now[0] += later
        watch.tick(stop)
        assert left(store) == kept


def test_a_database_that_is_away_is_no_matter_for_the_loop(store: Store) -> None:
    upkeep = Upkeep(store, Tenure(store, "watch"), KEEP, HOUR)
    store.close()
    with pytest.raises(Unavailable):
        store.ping()
    upkeep.turn(T0, T0)
    assert upkeep.pruned == 0


def add_changes(store: Store, count: int, at: int, young: int = 0) -> None:
    with store.begin() as tx:
        for n in range(count):
            tx.changes.add("alert", str(n), at)
        for n in range(young):
            tx.changes.add("alert", str(n), T0 + 10 * HOUR)


def left(store: Store) -> int:
    with store.read(EVERYTHING) as reader:
        return sum(change.kind == "alert" for change in reader.changes.read_after(0, 10_000))
