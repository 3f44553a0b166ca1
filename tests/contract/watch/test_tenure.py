"""Two watches on one database: one writes, the other waits, and takes over when the first is gone."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
from sqlalchemy import text

from homebeat.domain.errors import Fenced
from homebeat.domain.inbound import Message
from homebeat.domain.scope import EVERYTHING
from homebeat.engine.rulebook import RuleBook
from homebeat.rules.sos import Sos
from homebeat.store import AlertFilter, Store
from homebeat.watch import Watch, WatchOptions
from homebeat.watch.tenure import Standby
from tests.contract.store.conftest import STREET, T0
from tests.contract.watch.test_upkeep import HOUR, KEEP, Scripted
from tests.e2e.waiting import until

PRESSED = Message("homebeat/v1/h1-band/readings", b'{"alarm": "sos"}', T0 + HOUR)
OPTIONS = WatchOptions(keep=KEEP, patience_s=20.0)


class Broker(Scripted):
    """Gives the SOS until it is acknowledged."""

    def __init__(self) -> None:
        super().__init__()
        self.acknowledged: list[Message] = []

    def drain(self, limit: int, timeout_s: float) -> list[Message]:
        return [] if self.acknowledged else [PRESSED]

    def acknowledge(self, messages: list[Message]) -> None:  # type: ignore[override]
        self.acknowledged += messages


@pytest.fixture
def laid(store: Store) -> Store:
    with store.begin() as tx:
        tx.fleet.apply(STREET, T0)
    return store


def watch(store: Store, owner: str, broker: Scripted) -> Watch:
    book = RuleBook([{"sos": Sos()}])
    return Watch(store, broker, replace(OPTIONS, owner=owner), clock=lambda: T0 + HOUR, book_of=lambda *_: book)


def run_out(store: Store) -> None:
    set_end(store, -1)


def set_end(store: Store, after_ms: int) -> None:
    """Let the lease end so long after it was renewed, so that nothing hangs on how long the machine takes for this test."""
    with store._database.begin_write() as connection:
        connection.execute(text("UPDATE tenure SET lease_until = renewed_at + :after"), {"after": after_ms})


def alerts(store: Store) -> list[str]:
    with store.read(EVERYTHING) as reader:
        return [entry.alert.rule for entry in reader.alerts.read_page(AlertFilter(), limit=5).items]


def test_a_second_watch_waits_and_says_so(laid: Store) -> None:
    first, second = watch(laid, "one", Scripted()), watch(laid, "two", Broker())
    first.start()
    set_end(laid, HOUR)
    with pytest.raises(Standby, match="standby: another watch holds the lease"):
        second.start()
    stop = threading.Event()
    waiting = threading.Thread(target=second.run, args=(stop,))
    waiting.start()
    until(lambda: "standby" in (second.wrong or ""), "the second says that it waits")
    assert alerts(laid) == []
    run_out(laid)
    until(lambda: alerts(laid) == ["sos"], "the second has taken over")
    assert second.wrong is None
    stop.set()
    waiting.join(30)
    assert not waiting.is_alive()


def test_who_was_taken_over_commits_and_acknowledges_nothing(laid: Store) -> None:
    broker = Broker()
    first = watch(laid, "one", broker)
    first.start()
    run_out(laid)
    second = watch(laid, "two", Scripted())
    second.start()
    with pytest.raises(Fenced, match="another watch has taken over: two"):
        first.tick(threading.Event())
    assert broker.acknowledged == []
    assert alerts(laid) == []
    assert first.wrong == "another watch has taken over"
    with pytest.raises(Fenced):
        first.tick(threading.Event())
    second.tick(threading.Event())


def test_housekeeping_and_checkpoints_of_who_was_taken_over_end_it_too(laid: Store) -> None:
    first = watch(laid, "one", Scripted())
    first.start()
    first.tick(threading.Event())
    run_out(laid)
    watch(laid, "two", Scripted()).start()
    first._checkpoint_writer.take(first.engine)
    with pytest.raises(Fenced):
        first._checkpoint_writer.finish()
    first._upkeep.note_append()
    with pytest.raises(Fenced):
        first._upkeep.turn(T0 + HOUR, T0 + 2 * HOUR)


def test_an_orderly_end_lets_the_next_one_start_at_once(laid: Store) -> None:
    stop = threading.Event()
    first = watch(laid, "one", Scripted())
    running = threading.Thread(target=first.run, args=(stop,))
    running.start()
    until(lambda: first.counts["ticks"] > 0, "the first ticks")
    stop.set()
    running.join(30)
    second = watch(laid, "two", Scripted())
    second.start()
    assert second.wrong is None
