"""What homebeat says of itself becomes alerts in the next tick's transaction."""

from __future__ import annotations

import threading

from homebeat.domain.alert import Condition, Reason, Subject
from homebeat.domain.scope import EVERYTHING
from homebeat.store import AlertFilter, Store
from tests.contract.store.conftest import T0
from tests.contract.watch.test_upkeep import HOUR, Scripted, watching

SESSION = Subject(service="broker-session")


def test_what_is_said_between_ticks_is_an_alert_after_the_next(store: Store) -> None:
    now, stop = [T0 + HOUR], threading.Event()
    watch = watching(store, Scripted(), now)
    watch.own_alerts.open("delivery_failed", SESSION, Reason("delivery_failed", {"attempts": 1}))
    watch.own_alerts.open("delivery_failed", SESSION, Reason("delivery_failed", {"attempts": 2}))
    with store.read(EVERYTHING) as reader:
        assert reader.alerts.count() == 0
    watch.tick(stop)
    with store.read(EVERYTHING) as reader:
        (entry,) = reader.alerts.read_page(AlertFilter(is_open=True)).items
    assert (entry.alert.subject, entry.alert.condition) == (SESSION, Condition.FIRING)
    now[0] += 1_000
    watch.own_alerts.clear("delivery_failed", SESSION, Reason("cleared", {"rule": "delivery_failed"}))
    watch.tick(stop)
    watch.tick(stop)
    with store.read(EVERYTHING) as reader:
        (entry,) = reader.alerts.read_page(AlertFilter(is_open=True)).items
    assert (entry.alert.subject, entry.alert.condition) == (SESSION, Condition.CLEARED)
