"""A city platform that takes no events: its alert opens and clears in the store, on both databases."""

from __future__ import annotations

from sqlalchemy import update

from homebeat.actions import Perform, watch_platforms
from homebeat.actions.watch_platforms import DOWN_MS
from homebeat.domain.alert import Alert, Condition
from homebeat.domain.scope import EVERYTHING
from homebeat.store import AlertFilter, Store
from homebeat.store.notice.tables import platform

T0 = 1_772_372_400_000


def list_alerts(store: Store) -> list[Alert]:
    with store.read(EVERYTHING) as reader:
        return list(reader.alerts.read_plain_page(AlertFilter(rule="platform_down"), limit=10).items)


def test_an_outage_of_hours_is_one_alert_until_the_platform_takes_events(store: Store) -> None:
    with store.begin() as tx:
        tx.platforms.claim("city", "a", T0, 1, 1)
        tx.connection.execute(update(platform).values(failing_since=T0))
    now = T0 + DOWN_MS - 1
    perform = Perform(store, lambda: now)
    watch_platforms(store, perform, now)
    assert list_alerts(store) == []
    for now in (T0 + DOWN_MS, T0 + 2 * DOWN_MS):
        watch_platforms(store, perform, now)
        (alert,) = list_alerts(store)
        assert (alert.subject.service, alert.condition, alert.version) == ("platform-city", Condition.FIRING, 1)
    with store.begin() as tx:
        tx.connection.execute(update(platform).values(failing_since=None))
    for _ in range(2):
        watch_platforms(store, perform, now)
        assert [(one.condition, one.version) for one in list_alerts(store)] == [(Condition.CLEARED, 2)]
