"""After a restart a state may come before the announcement that explains it: it is read then, at its own time, and not lost."""

from __future__ import annotations

import json
import threading
from dataclasses import replace

from homebeat.domain.durations import DAY_MS
from homebeat.domain.fleet import Fleet
from homebeat.domain.ids import DeviceId
from homebeat.domain.inbound import Message, QuarantineReason
from homebeat.domain.metric import Metric
from homebeat.domain.scope import EVERYTHING
from homebeat.store import AlertFilter, QuarantineEntry, Store
from tests.contract.store.conftest import STREET, T0
from tests.contract.watch.test_gone import watching

HOME = STREET.households[0]
BAND = next(one for one in HOME.devices if one.id == "h1-band")
ANNOUNCED = replace(BAND, codec="home_assistant")
FLEET = Fleet(
    STREET.areas,
    (replace(HOME, devices=tuple(ANNOUNCED if one is BAND else one for one in HOME.devices)), *STREET.households[1:]),
)
TOPIC = "flat/band/event"


def announce(at: int) -> Message:
    said = {"uniq_id": "h1-band", "stat_t": TOPIC, "name": "Band"}
    return Message("homeassistant/event/band/config", json.dumps(said).encode(), at, retained=True)


def press(at: int, *, retained: bool = False) -> Message:
    return Message(TOPIC, b'{"event_type": "single"}', at, retained=retained)


def list_alerts(store: Store) -> list[tuple[str, int]]:
    with store.read(EVERYTHING) as reader:
        return [(one.alert.rule, one.alert.since) for one in reader.alerts.read_page(AlertFilter()).items]


def list_aside(store: Store) -> list[QuarantineEntry]:
    with store.read(EVERYTHING) as reader:
        return sorted(reader.quarantine.read_page().items, key=lambda one: one.id)


def test_a_press_before_its_announcement_opens_its_alert_at_its_own_time(store: Store) -> None:
    now = [T0]
    with store.begin() as tx:
        tx.fleet.apply(FLEET, T0)
    watch = watching(store, now, [press(T0), announce(T0)], [], [])
    watch.tick(threading.Event())
    assert (list_alerts(store), len(list_aside(store))) == ([], 1)
    for _ in range(2):
        now[0] += 3_000
        watch.tick(threading.Event())
    assert list_alerts(store) == [("sos", T0)]
    assert [one.retried_outcome for one in list_aside(store)] == ["accepted"]
    with store.read(EVERYTHING) as reader:
        (found,) = [one for one in reader.readings.read_latest(DeviceId("h1-band")) if one.metric == Metric.ALARM_SOS]
    assert found.observed_at == T0


def test_what_the_broker_had_kept_and_what_is_older_than_a_day_stays_aside(store: Store) -> None:
    now = [T0]
    with store.begin() as tx:
        tx.fleet.apply(FLEET, T0)
    later = T0 + DAY_MS + 6_000
    watch = watching(store, now, [press(T0)], [press(later, retained=True), announce(later)], [])
    watch.tick(threading.Event())
    now[0] = later
    watch.tick(threading.Event())
    now[0] += 3_000
    watch.tick(threading.Event())
    assert [rule for rule, _ in list_alerts(store) if rule == "sos"] == []
    assert [(one.reason, one.retried_outcome) for one in list_aside(store)] == [
        (QuarantineReason.UNKNOWN_TOPIC, None),
        (QuarantineReason.RETAINED, None),
    ]
