"""A person who changes an alert while a tick writes: the tick is decided again by what the alert is then."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

import pytest

from homebeat.domain.alert import Alert, Outcome, Transition, TransitionKind, resolve, undo_resolve
from homebeat.domain.errors import Unavailable
from homebeat.domain.scope import EVERYTHING
from homebeat.store import AlertFilter, Store
from homebeat.store.alert.writes import AlertWrites
from homebeat.watch import Watch
from tests.contract.store.conftest import T0
from tests.contract.watch.test_refused import NOW, sos, started
from tests.contract.watch.test_upkeep import Scripted, watching
from tests.unit.deliver.fakes import eventually

LATER = NOW + 60_000
Step = Callable[[Alert], tuple[Alert, Transition]]


class InNoHurry(threading.Event):
    """Nobody sets it, and nobody waits for it."""

    def wait(self, timeout: float | None = None) -> bool:
        return False


def with_an_alert(store: Store) -> tuple[Watch, Alert]:
    """A watch whose next tick tells that the same button was pressed again."""
    now = [NOW]
    watch = started(store, [sos("h1")], [sos("h1", LATER)], now=now)
    watch.tick(threading.Event())
    now[0] = LATER
    return watch, alerts(store)[0][0]


def alerts(store: Store) -> list[tuple[Alert, list[TransitionKind]]]:
    with store.read(EVERYTHING) as reader:
        found = [reader.alerts.get(entry.alert.id) for entry in reader.alerts.read_page(AlertFilter()).items]
    return [(detail.entry.alert, [step.kind for step in detail.history]) for detail in found if detail is not None]


def is_waited_for(store: Store) -> bool:
    """Whether the tick has come as far as the person's transaction lets it."""
    if store._database.is_sqlite:
        return store._database._turn.locked()
    with store._database.begin_read() as connection:
        return bool(connection.exec_driver_sql("SELECT count(*) FROM pg_locks WHERE NOT granted").scalar_one())


def tick_while(store: Store, watch: Watch, alert: Alert, step: Step) -> None:
    """Run a tick beside a person's step that is committed only once the tick waits for it."""
    ticking = threading.Thread(target=watch.tick, args=(threading.Event(),))
    with store.begin() as tx:
        before = tx.alerts.get(alert.id)
        assert before is not None
        AlertWrites(tx).apply(*step(before))
        ticking.start()
        eventually(lambda: is_waited_for(store))
    ticking.join(20)
    assert not ticking.is_alive()


def test_who_takes_back_the_closing_of_an_alert_gets_what_happened_since_on_it(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    watch, alert = with_an_alert(store)
    with store.begin() as tx:
        AlertWrites(tx).apply(*resolve(alert, LATER - 2, "user:ann", Outcome.FINE))
    caplog.clear()
    with caplog.at_level(logging.WARNING, "homebeat.watch"):
        tick_while(store, watch, alert, lambda before: undo_resolve(before, LATER - 1, "user:ann"))
    ((_, kinds),) = alerts(store)
    assert kinds == [TransitionKind.OPENED, TransitionKind.RESOLVED, TransitionKind.RETURNED, TransitionKind.NOTED]
    assert (watch.wrong, watch.counts["refused"], caplog.messages) == (None, 0, [])


def test_an_alert_that_is_closed_meanwhile_stays_closed_and_the_next_call_is_another(store: Store) -> None:
    watch, alert = with_an_alert(store)
    tick_while(store, watch, alert, lambda before: resolve(before, LATER - 1, "user:ann", Outcome.HELPED))
    (closed, first), (fresh, second) = sorted(alerts(store), key=lambda pair: pair[0].opened_at)
    assert (closed.id, closed.outcome, first) == (alert.id, Outcome.HELPED, [TransitionKind.OPENED, TransitionKind.RESOLVED])
    assert (fresh.since, fresh.answer, second) == (LATER, "unacknowledged", [TransitionKind.OPENED])
    assert watch.wrong is None


def test_a_watch_waits_for_its_database_however_long(sqlite_store: Store, caplog: pytest.LogCaptureFixture) -> None:
    watch = watching(sqlite_store, Scripted(), [T0])
    away = iter(range(1_000_001))

    def duty() -> None:
        if next(away, None) is not None:
            raise Unavailable("not yet")

    with caplog.at_level(logging.CRITICAL, "homebeat.watch.loop"):
        assert watch._persist(duty, InNoHurry())
