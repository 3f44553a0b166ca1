"""A question on its way to a lamp or a siren, on each real broker: what it proves, and what it never does."""

from __future__ import annotations

import queue
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from homebeat.actions import FollowEdges, perform_in
from homebeat.codecs.question import BREATHE, READ_STATE, SOUND
from homebeat.deliver import CommandChannel, CommandOptions, Deliverer, StoreOutbox
from homebeat.deliver.echoes import EchoNoter
from homebeat.domain.alert import Answer, Condition, Desk, Edge, Priority, Reason, Subject, TransitionKind
from homebeat.domain.fleet import Area, Device, DeviceKind, Fleet, Household, Resident
from homebeat.domain.ids import AlertId, AreaId, DeviceId, HouseholdId, ResidentId
from homebeat.domain.message_proof import MessageProof
from homebeat.domain.notice import COMMAND
from homebeat.domain.principal import ENGINE
from homebeat.domain.response_plan import PlanBook, PlanChoice
from homebeat.domain.scope import EVERYTHING
from homebeat.response.setup import ResponseSetup
from homebeat.store import AlertDetail, MessageEntry, OutboxState, Store
from tests.brokers import Broker
from tests.unit.deliver.fakes import eventually

NOON = 1_772_424_000_000
HOME, WHO = HouseholdId("home-1"), ResidentId("resident-1")
LAMP = Device(DeviceId("lamp-1"), DeviceKind.LAMP, codec="zigbee2mqtt", address="hall/lamp", may_ask=True)
SIREN = Device(DeviceId("siren-1"), DeviceKind.SIREN, codec="zigbee2mqtt", address="siren", may_ask=True)
#: The resident first, for five minutes; then everybody.
SETUP = ResponseSetup("https://desk.example", PlanBook(everywhere=PlanChoice("resident_first")))


class Bridge:
    """A Zigbee bridge with a lamp that answers, and a siren that reports that it sounds."""

    def __init__(self, broker: Broker, *, is_dead: bool = False) -> None:
        self.heard: queue.Queue[tuple[str, bytes, int, bool]] = queue.Queue()
        subscribed = threading.Event()
        self.client = paho.Client(CallbackAPIVersion.VERSION2, "bridge")
        self.client.on_subscribe = lambda *_: subscribed.set()

        def on_message(client: paho.Client, _userdata: object, message: paho.MQTTMessage) -> None:
            if not message.topic.endswith(("/set", "/get")):
                return
            self.heard.put((message.topic, bytes(message.payload), message.qos, message.retain))
            if is_dead:
                return
            if message.payload == READ_STATE:
                client.publish(message.topic.removesuffix("/get"), b'{"state":"OFF","linkquality":90}')
            elif message.payload == SOUND:
                client.publish(message.topic.removesuffix("/set"), b'{"alarm":true,"battery":90}')

        self.client.on_message = on_message
        self.client.connect(broker.host, broker.mqtt_port)
        self.client.subscribe("zigbee2mqtt/#", 1)
        self.client.loop_start()
        assert subscribed.wait(20)

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


@contextmanager
def bridging(broker: Broker, *, is_dead: bool = False) -> Iterator[Bridge]:
    bridge = Bridge(broker, is_dead=is_dead)
    try:
        yield bridge
    finally:
        bridge.close()


def settle(store: Store, *devices: Device) -> None:
    home = Household(HOME, AreaId("a"), "Asia/Shanghai", residents=(Resident(WHO, "R"),), devices=devices)
    with store.begin() as tx:
        tx.fleet.apply(Fleet((Area(AreaId("a"), "A"),), (home,)), NOON)


def open_alert(store: Store) -> AlertId:
    edge = Edge(
        NOON,
        "no_sign_of_life",
        Subject(HOME, WHO),
        TransitionKind.OPENED,
        Priority.HIGH,
        Desk.CARE,
        NOON - 1,
        Reason("no_sign_of_life", {}),
        NOON - 1,
    )
    with store.begin() as tx:
        perform_in(tx, ENGINE, FollowEdges([edge]), NOON, SETUP)
    return edge.alert_id


@contextmanager
def delivering(store: Store, broker: Broker) -> Iterator[Deliverer]:
    noter, stop = EchoNoter(store, lambda: NOON + 2_000, SETUP), threading.Event()
    noting = threading.Thread(target=noter.run, args=(stop,))
    noting.start()
    channel = CommandChannel(CommandOptions(broker.host, broker.mqtt_port, "homebeat-lamps-test"), noter.put)
    deliverer = Deliverer(
        StoreOutbox(store, "here"), {COMMAND: channel}, clock=lambda: NOON, chance=random.Random(1), count_echoes=noter.count
    )
    try:
        yield deliverer
    finally:
        deliverer.close()
        channel.close()
        stop.set()
        noting.join()


def read(store: Store, alert: AlertId) -> tuple[AlertDetail, list[MessageEntry]]:
    with store.read(EVERYTHING) as reader:
        detail = reader.alerts.get(alert)
        assert detail is not None
        return detail, [one for one in reader.outbox.list_messages(alert, 10) if one.channel_kind == COMMAND]


def count_echoes(deliverer: Deliverer, store: Store) -> object:
    """How many answers the heartbeat says were kept."""
    deliverer.beat(NOON)
    with store.read(EVERYTHING) as reader:
        return reader.heartbeats.read_all()["deliver"].detail["echoes_kept"]


@pytest.mark.parametrize(
    "device, sent, code",
    [
        (LAMP, [("zigbee2mqtt/hall/lamp/set", BREATHE), ("zigbee2mqtt/hall/lamp/get", READ_STATE)], "asked_lamp"),
        (SIREN, [("zigbee2mqtt/siren/set", SOUND)], "asked_siren"),
    ],
    ids=["lamp", "siren"],
)
def test_an_answer_of_the_device_is_told_and_answers_for_nobody(
    broker: Broker, store: Store, device: Device, sent: list[tuple[str, bytes]], code: str
) -> None:
    settle(store, device)
    alert = open_alert(store)
    with store.read(EVERYTHING) as reader:
        before = reader.deadlines.find([alert])[alert]
    with bridging(broker) as bridge, delivering(store, broker) as deliverer:
        deliverer.step(NOON)
        assert [bridge.heard.get(timeout=20)[:2] for _ in sent] == sent
        eventually(lambda: read(store, alert)[1][0].arrival is MessageProof.ECHOED, within_s=20)
        # what it says again is nothing new
        bridge.client.publish(f"zigbee2mqtt/{device.address}", b'{"state":"ON","alarm":true}', qos=1).wait_for_publish(5)
        eventually(lambda: count_echoes(deliverer, store) == 1)
    detail, (message,) = read(store, alert)
    assert (message.state, str(message.contact)) == (OutboxState.DELIVERED, device.id)
    assert [(step.kind, step.reason.code) for step in detail.history if step.reason.code == code] == [
        (TransitionKind.NOTED, code)
    ]
    assert detail.history[-1].reason.params == {"device": device.id, "echoed_at": NOON + 2_000}
    standing = detail.entry.alert
    assert (standing.answer, standing.condition) == (Answer.UNACKNOWLEDGED, Condition.FIRING)
    with store.read(EVERYTHING) as reader:
        assert reader.deadlines.find([alert])[alert] == before  # the plan goes on when it would have


def test_a_lamp_that_does_not_answer_has_not_and_is_not_asked_twice(broker: Broker, sqlite_store: Store) -> None:
    settle(sqlite_store, LAMP)
    alert = open_alert(sqlite_store)
    with bridging(broker, is_dead=True) as bridge, delivering(sqlite_store, broker) as deliverer:
        # what the broker has kept from yesterday is no answer
        bridge.client.publish("zigbee2mqtt/hall/lamp", b'{"state":"ON"}', retain=True, qos=1).wait_for_publish(5)
        deliverer.step(NOON)
        topic, payload, qos, is_retained = bridge.heard.get(timeout=20)
        assert (topic, payload, qos, is_retained) == ("zigbee2mqtt/hall/lamp/set", BREATHE, 0, False)
        eventually(lambda: read(sqlite_store, alert)[1][0].state is OutboxState.DELIVERED)
        assert deliverer.step(NOON + 60_000) == 0
    detail, (message,) = read(sqlite_store, alert)
    assert message.arrival is MessageProof.AWAITED
    assert "asked_lamp" not in {step.reason.code for step in detail.history}


@pytest.mark.parametrize("may_ask", [None, False])
def test_a_lamp_that_may_not_ask_is_left_alone(sqlite_store: Store, may_ask: bool | None) -> None:
    lamp = Device(DeviceId("lamp-1"), DeviceKind.LAMP, codec="zigbee2mqtt", address="hall/lamp", may_ask=may_ask)
    watch = Device(DeviceId("watch-1"), DeviceKind.WRISTBAND, WHO, codec="kati", address="862000000000001")
    settle(sqlite_store, lamp, watch)
    assert read(sqlite_store, open_alert(sqlite_store))[1] == []
    with sqlite_store.read(EVERYTHING) as reader:
        assert reader.fleet.find_own_ways([HOME]) == {}


def test_what_may_not_ask_any_more_is_not_asked_although_it_was_decided(broker: Broker, sqlite_store: Store) -> None:
    settle(sqlite_store, LAMP)
    alert = open_alert(sqlite_store)
    settle(sqlite_store)
    with bridging(broker) as bridge, delivering(sqlite_store, broker) as deliverer:
        deliverer.step(NOON)
        eventually(lambda: read(sqlite_store, alert)[1][0].state is OutboxState.DEAD)
        assert bridge.heard.empty()
