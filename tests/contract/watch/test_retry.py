"""An SOS that was set aside and is tried again opens its alert once: told late, not never, wherever the watch is killed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest

from homebeat.domain.failpoints import Failpoints, pass_failpoint
from homebeat.domain.fleet import Fleet
from homebeat.domain.inbound import Message, Quarantined, QuarantineReason
from homebeat.domain.scope import EVERYTHING
from homebeat.engine.rulebook import RuleBook
from homebeat.rules.sos import Sos
from homebeat.store import AlertFilter, Store
from homebeat.watch import Watch, WatchOptions
from tests.contract.store.conftest import STREET, T0
from tests.contract.watch.test_upkeep import HOUR, KEEP, Scripted

PRESSED_AT = T0 + HOUR // 2
STRANGER = STREET.households[0].devices[1]
WITHOUT = Fleet(STREET.areas, (replace(STREET.households[0], devices=STREET.households[0].devices[:1]), *STREET.households[1:]))


class Killed(BaseException):
    """The process ends here."""


@dataclass
class Desk:
    """A watch that can be killed and started anew on the same database, and a clock."""

    store: Store
    now: int = T0 + HOUR
    failpoint: Failpoints = pass_failpoint
    during: Callable[[], None] = field(default=lambda: None)

    def start(self) -> Watch:
        desk = self

        class Source(Scripted):
            def drain(self, limit: int, timeout_s: float) -> list[Message]:
                desk.during()
                return []

        watch = Watch(
            self.store,
            Source(),
            WatchOptions(keep=KEEP, patience_s=20.0),
            clock=lambda: self.now,
            book_of=lambda *_: RuleBook([{"sos": Sos()}]),
            failpoint=self.passing,
        )
        watch.start()
        return watch

    def passing(self, name: str) -> None:
        self.failpoint(name)

    def tick(self, watch: Watch, times: int = 1) -> None:
        for _ in range(times):
            self.now += 2_000
            watch.tick(threading.Event())

    def ask_meanwhile(self) -> None:
        self.ask()

    def ask(self) -> int:
        with self.store.begin() as tx:
            return tx.quarantine.request_retry([1], self.now)

    def alerts(self) -> list[tuple[str, int, int]]:
        with self.store.read(EVERYTHING) as reader:
            items = reader.alerts.read_page(AlertFilter(), limit=10).items
            return [(e.alert.rule, e.alert.since, e.alert.version) for e in items]


@pytest.fixture
def desk(store: Store) -> Desk:
    """Homes in which nothing has happened, and the SOS of a band that nobody had registered."""
    sos = b'{"at": %d, "alarm": "sos"}' % PRESSED_AT
    aside = Quarantined(f"homebeat/v1/{STRANGER.id}/readings", sos, PRESSED_AT + 100, QuarantineReason.UNKNOWN_DEVICE)
    with store.begin() as tx:
        tx.fleet.apply(WITHOUT, T0)
        tx.quarantine.add([aside])
        tx.ledger.add(delivered=1, quarantined=1)
    return Desk(store)


def register(store: Store) -> None:
    with store.begin() as tx:
        tx.fleet.apply(STREET, T0 + HOUR)


TOLD_ONCE = [("sos", PRESSED_AT, 1)]


def test_it_is_told_once_and_the_ledger_still_balances(desk: Desk) -> None:
    watch = desk.start()
    desk.tick(watch)
    register(desk.store)
    assert desk.ask() == 1
    desk.tick(watch, 3)
    assert desk.alerts() == TOLD_ONCE
    assert desk.ask() == 0
    with desk.store.read(EVERYTHING) as reader:
        entry = reader.quarantine.get(1)
        assert entry is not None
        assert entry.retried_outcome == "accepted"
        ledger = reader.read_balance()
    assert (ledger.delivered, ledger.accepted + ledger.duplicate + ledger.quarantined, ledger.readings_accepted) == (1, 1, 1)


def test_asked_for_while_the_watch_is_down(desk: Desk) -> None:
    desk.tick(desk.start())
    register(desk.store)
    desk.ask()
    desk.tick(desk.start(), 3)
    assert desk.alerts() == TOLD_ONCE


def test_asked_for_before_the_watch_ever_ran(desk: Desk) -> None:
    register(desk.store)
    desk.ask()
    desk.tick(desk.start(), 3)
    assert desk.alerts() == TOLD_ONCE


@pytest.mark.parametrize("point", ["watch.readings_appended", "watch.before_commit", "watch.after_commit", "watch.acknowledged"])
def test_killed_in_the_tick_that_takes_it_in(desk: Desk, point: str) -> None:
    watch = desk.start()
    desk.tick(watch)
    register(desk.store)
    desk.ask()

    def kill(name: str) -> None:
        if name == point:
            raise Killed

    desk.failpoint = kill
    with pytest.raises(Killed):
        desk.tick(watch)
    desk.failpoint = pass_failpoint
    desk.tick(desk.start(), 3)
    desk.tick(desk.start(), 3)
    assert desk.alerts() == TOLD_ONCE


def test_asked_for_during_a_tick_that_is_then_killed(desk: Desk) -> None:
    watch = desk.start()
    desk.tick(watch)
    register(desk.store)
    desk.during = desk.ask_meanwhile

    def kill(name: str) -> None:
        if name == "watch.before_commit":
            raise Killed

    desk.failpoint = kill
    desk.now += 10_000  # a beat is due, so that there is something to commit
    with pytest.raises(Killed):
        desk.tick(watch)
    desk.failpoint, desk.during = pass_failpoint, lambda: None
    desk.tick(desk.start(), 3)
    assert desk.alerts() == TOLD_ONCE


def test_what_still_says_nothing_stays_and_can_be_asked_for_again(desk: Desk) -> None:
    watch = desk.start()
    desk.tick(watch)
    desk.ask()
    desk.tick(watch, 2)
    with desk.store.read(EVERYTHING) as reader:
        assert [entry.id for entry in reader.quarantine.list_unretried()] == [1]
        assert not reader.quarantine.list_requested()
    register(desk.store)
    desk.ask()
    desk.tick(watch, 2)
    assert desk.alerts() == TOLD_ONCE


def test_an_alarm_without_a_time_that_was_told_is_not_told_again_when_the_rest_is_tried_again(store: Store) -> None:
    partial = Quarantined(
        f"homebeat/v1/{STRANGER.id}/readings",
        b'{"alarm":"sos","battery_pct":nan}',
        PRESSED_AT,
        QuarantineReason.NOT_JSON,
        "",
        True,
    )
    with store.begin() as tx:
        tx.fleet.apply(STREET, T0)
        tx.quarantine.add([partial])
    desk = Desk(store)
    watch = desk.start()
    desk.tick(watch)
    assert desk.ask() == 1
    desk.tick(watch, 3)
    assert desk.alerts() == []


def test_what_is_not_judged_of_it_is_kept_too(store: Store) -> None:
    walked = b'{"at": %d, "steps": 5, "mood": 3}' % PRESSED_AT
    aside = Quarantined(f"homebeat/v1/{STRANGER.id}/readings", walked, PRESSED_AT, QuarantineReason.UNKNOWN_DEVICE)
    with store.begin() as tx:
        tx.fleet.apply(STREET, T0)
        tx.quarantine.add([aside])
    desk = Desk(store)
    watch = desk.start()
    assert desk.ask() == 1
    desk.tick(watch, 3)
    with store._database.begin_read() as connection:
        assert connection.exec_driver_sql("SELECT metric, value FROM extra_reading").all() == [("mood", "3")]
