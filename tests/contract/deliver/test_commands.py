"""A question on its way to a band, on each real broker: it arrives as documented, once, and not when nobody waits any more."""

from __future__ import annotations

import json
import queue
import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from homebeat.actions import FollowEdges, perform_in
from homebeat.deliver import CommandChannel, CommandOptions, Deliverer, StoreOutbox
from homebeat.domain.alert import WAITING, Desk, Edge, Priority, Queue, Reason, Subject, TransitionKind
from homebeat.domain.fleet import Area, Device, DeviceKind, Fleet, Household, Resident
from homebeat.domain.ids import AlertId, AreaId, DeviceId, HouseholdId, ResidentId
from homebeat.domain.instants import format_instant
from homebeat.domain.notice import COMMAND
from homebeat.domain.principal import ENGINE
from homebeat.domain.scope import EVERYTHING
from homebeat.store import AlertFilter, OutboxState, Store
from tests.brokers import Broker
from tests.contract.store.outbox_rows import rows_of
from tests.unit.deliver.fakes import eventually

NOON = 1_772_424_000_000
WAIT_MS = 900_000
HOME, WHO, BAND = HouseholdId("home-1"), ResidentId("resident-1"), DeviceId("band-1")


@contextmanager
def channel_to(broker: Broker) -> Iterator[CommandChannel]:
    channel = CommandChannel(CommandOptions(broker.host, broker.mqtt_port, "homebeat-commands-test"))
    try:
        yield channel
    finally:
        channel.close()


class Band:
    """A band's side: a session of its own that the broker keeps."""

    def __init__(self, broker: Broker) -> None:
        self.heard: queue.Queue[tuple[str, int, dict[str, Any]]] = queue.Queue()
        self._broker = broker

    def comes(self) -> None:
        subscribed = threading.Event()
        self._client = paho.Client(CallbackAPIVersion.VERSION2, "band-1", clean_session=False)
        self._client.on_connect = lambda client, *_: client.subscribe("homebeat/v1/band-1/commands", 1)
        self._client.on_subscribe = lambda *_: subscribed.set()
        self._client.on_message = lambda _c, _u, m: self.heard.put((m.topic, m.qos, json.loads(m.payload)))
        self._client.connect(self._broker.host, self._broker.mqtt_port)
        self._client.loop_start()
        assert subscribed.wait(20)

    def goes(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


@pytest.fixture
def band(broker: Broker) -> Iterator[Band]:
    found = Band(broker)
    found.comes()
    yield found
    found.goes()


def asked(kind: TransitionKind, at: int, reason: Reason) -> Edge:
    return Edge(at, "asked", Subject(HOME, WHO), kind, Priority.LOW, Desk.RESIDENT, NOON - 1, reason, NOON - 1)


def ask(store: Store, at: int = NOON) -> AlertId:
    return _commit(store, asked(TransitionKind.OPENED, at, Reason("asked", {"ask_s": WAIT_MS // 1000, "asked_on": BAND})))


def _commit(store: Store, edge: Edge) -> AlertId:
    """As the watch does: alert and question in one transaction."""
    with store.begin() as tx:
        perform_in(tx, ENGINE, FollowEdges([edge]), edge.at)
    return edge.alert_id


@pytest.fixture
def street(sqlite_store: Store) -> Store:
    home = Household(
        HOME, AreaId("a"), "Asia/Shanghai", residents=(Resident(WHO, "R"),), devices=(Device(BAND, DeviceKind.WRISTBAND, WHO),)
    )
    with sqlite_store.begin() as tx:
        tx.fleet.apply(Fleet((Area(AreaId("a"), "A"),), (home,)), NOON)
    return sqlite_store


@contextmanager
def delivering(store: Store, channel: CommandChannel, clock: Callable[[], int]) -> Iterator[Deliverer]:
    deliverer = Deliverer(StoreOutbox(store, "here"), {COMMAND: channel}, clock=clock, chance=random.Random(1))
    try:
        yield deliverer
    finally:
        deliverer.close()


def state_of(store: Store, alert: AlertId) -> OutboxState:
    (row,) = rows_of(store, alert)
    return row.state


def test_a_question_arrives_as_documented_and_once(broker: Broker, band: Band, street: Store) -> None:
    alert = ask(street)
    ask(street)  # after a crash the same edge is decided again
    with channel_to(broker) as channel, delivering(street, channel, lambda: NOON) as deliverer:
        assert deliverer.step(NOON) == 1
        topic, qos, payload = band.heard.get(timeout=20)
        eventually(lambda: state_of(street, alert) is OutboxState.DELIVERED)
        assert deliverer.step(NOON + 60_000) == 0
    assert (topic, qos) == ("homebeat/v1/band-1/commands", 1)
    assert payload == {"id": alert, "command": "ask", "at": format_instant(NOON), "expires_at": format_instant(NOON + WAIT_MS)}
    assert band.heard.empty()


def test_a_band_that_is_away_gets_it_when_it_comes_back(broker: Broker, band: Band, street: Store) -> None:
    band.goes()
    alert = ask(street)
    with channel_to(broker) as channel, delivering(street, channel, lambda: NOON) as deliverer:
        deliverer.step(NOON)
        eventually(lambda: state_of(street, alert) is OutboxState.DELIVERED)
    assert band.heard.empty()
    band.comes()
    assert band.heard.get(timeout=20)[2]["expires_at"] == format_instant(NOON + WAIT_MS)


def test_a_broker_that_is_away_is_tried_again(broker: Broker, band: Band, street: Store) -> None:
    broker.stop()
    alert, now = ask(street), [NOON]
    with channel_to(broker) as channel, delivering(street, channel, lambda: now[0]) as deliverer:
        deliverer.step(now[0])
        eventually(lambda: deliverer.get_state().failed == 1, within_s=20)
        assert state_of(street, alert) is OutboxState.PENDING
        broker.start()
        now[0] += 60_000
        deliverer.step(now[0])
        assert band.heard.get(timeout=30)[2]["id"] == alert


def test_a_question_that_nobody_waits_for_is_not_sent_and_no_alarm(broker: Broker, band: Band, street: Store) -> None:
    alert, late = ask(street), NOON + WAIT_MS
    with channel_to(broker) as channel, delivering(street, channel, lambda: late) as deliverer:
        deliverer.step(late)
        eventually(lambda: state_of(street, alert) is OutboxState.SUPERSEDED)
    assert band.heard.empty()
    assert _failures(street) == 0


def test_a_question_answered_meanwhile_is_not_put(broker: Broker, band: Band, street: Store) -> None:
    alert = ask(street)
    _commit(street, asked(TransitionKind.CLEARED, NOON + 1, Reason("asked_answered", {"life_at": NOON + 1})))
    with channel_to(broker) as channel, delivering(street, channel, lambda: NOON + 2) as deliverer:
        deliverer.step(NOON + 2)
        eventually(lambda: state_of(street, alert) is OutboxState.SUPERSEDED)
    assert band.heard.empty()
    with street.read(EVERYTHING) as reader:
        found = reader.alerts.get(alert)
    assert found is not None
    closed = found.entry.alert
    assert (closed.answer, closed.outcome, closed.resolved_by) == ("resolved", "fine", "resident")


def test_a_question_that_cannot_be_put_troubles_nobody(street: Store) -> None:
    alert = ask(street)
    deliverer = Deliverer(StoreOutbox(street, "here"), {}, clock=lambda: NOON, chance=random.Random(1))
    deliverer.step(NOON)
    eventually(lambda: state_of(street, alert) is OutboxState.DEAD)
    deliverer.close()
    assert _failures(street) == 0


def test_what_a_resident_was_asked_waits_in_no_queue(street: Store) -> None:
    ask(street)
    with street.read(EVERYTHING) as reader:
        assert reader.alerts.count_open() == ()
        assert reader.alerts.read_page(AlertFilter(is_open=True, queues=WAITING)).items == ()
        assert reader.alerts.read_page(AlertFilter(is_open=True, area=AreaId("a"), queues=WAITING)).items == ()
        assert [e.alert.queue for e in reader.alerts.read_page(AlertFilter(queues=frozenset({Queue.NONE}))).items] == [Queue.NONE]
        assert reader.alerts.read_page(AlertFilter(queues=frozenset({Queue.DIGEST}))).items == ()


def _failures(store: Store) -> int:
    with store.read(EVERYTHING) as reader:
        return reader.alerts.count(AlertFilter(rule="delivery_failed"))
