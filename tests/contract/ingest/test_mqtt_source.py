"""What the source promises, on each real broker: nothing lost, nothing acknowledged early, nothing silent."""

from __future__ import annotations

import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from homebeat.domain.inbound import Message
from homebeat.ingest.mqtt.embedded_broker import BrokerOptions, EmbeddedBroker
from homebeat.ingest.mqtt.source import MqttSource
from homebeat.ingest.source import MqttOptions
from tests.brokers import Broker

PATIENCE_S = 30.0
RETRY_S = (0.05, 0.2)


def until(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    pause = threading.Event()
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain until {what}"
        pause.wait(0.01)


@contextmanager
def source_of(broker: Broker, client_id: str = "watch", queue_bound: int = 1000, keepalive_s: int = 60) -> Iterator[MqttSource]:
    options = MqttOptions(
        broker.host, broker.mqtt_port, client_id, retry_s=RETRY_S, queue_bound=queue_bound, keepalive_s=keepalive_s
    )
    source = MqttSource(options)
    source.start()
    try:
        # Behind a backlog larger than the queue the broker's answer to SUBSCRIBE waits like everything else.
        until(lambda: source.get_state().subscribed or source.get_state().queue_depth > 0, "the source has subscribed")
        yield source
    finally:
        source.close()


class Publisher:
    """A device's side: keeps what was not confirmed and sends it again, as a device must."""

    def __init__(self, broker: Broker, client_id: str = "devices") -> None:
        self._client = paho.Client(CallbackAPIVersion.VERSION2, client_id, clean_session=False)
        self._client.reconnect_delay_set(1, 1)
        self._client.max_queued_messages_set(0)
        self._client.connect(broker.host, broker.mqtt_port)
        self._client.loop_start()
        self._sent: list[paho.MQTTMessageInfo] = []

    def send(self, first: int, count: int) -> None:
        for n in range(first, first + count):
            self._sent.append(self._client.publish(f"homebeat/v1/m{n % 7}/readings", b'{"steps":%d}' % n, qos=1))

    def wait(self) -> None:
        until(lambda: all(info.is_published() for info in self._sent), "the broker has confirmed every publish")

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


@pytest.fixture
def publisher(broker: Broker) -> Iterator[Publisher]:
    found = Publisher(broker)
    yield found
    found.close()


def drained(source: MqttSource, count: int, *, acknowledge: bool = True) -> list[Message]:
    """Drain until `count` different payloads came."""
    found: list[Message] = []
    deadline = time.monotonic() + PATIENCE_S
    while len({m.payload for m in found}) < count:
        assert time.monotonic() < deadline, f"{len({m.payload for m in found})} of {count} messages came"
        messages = source.drain(500, 0.5)
        found += messages
        if acknowledge:
            source.acknowledge(messages)
    return found


def test_messages_arrive_in_order_with_arrival_times(broker: Broker, publisher: Publisher) -> None:
    with source_of(broker) as source:
        publisher.send(0, 300)
        found = drained(source, 300)
        assert [m.payload for m in found] == [b'{"steps":%d}' % n for n in range(300)]
        assert found[1].topic == "homebeat/v1/m1/readings"
        arrivals = [m.received_at for m in found]
        assert arrivals == sorted(arrivals)
        until(lambda: source.get_state().acknowledged == 300, "all are acknowledged")
        assert source.get_state().is_healthy


def test_what_was_not_acknowledged_comes_again(broker: Broker, publisher: Publisher) -> None:
    with source_of(broker) as source:
        publisher.send(0, 50)
        first = drained(source, 50, acknowledge=False)
        source.acknowledge(first[:20])
        until(lambda: source.get_state().acknowledged == 20, "twenty are acknowledged")
    with source_of(broker) as source:
        again = drained(source, 30)
        assert {m.payload for m in again} == {m.payload for m in first[20:]}
    with source_of(broker) as source:
        assert source.drain(10, 0.2) == []


def test_messages_wait_while_the_source_is_away(broker: Broker, publisher: Publisher) -> None:
    with source_of(broker):
        pass
    publisher.send(0, 2000)
    publisher.wait()
    with source_of(broker) as source:
        assert len({m.payload for m in drained(source, 2000)}) == 2000


def test_a_full_queue_stops_reading_and_loses_nothing(broker: Broker, publisher: Publisher) -> None:
    with source_of(broker, queue_bound=10, keepalive_s=5) as source:
        publisher.send(0, 1000)
        publisher.wait()
        until(lambda: source.get_state().queue_depth >= 10, "the queue is full")
        assert source.get_state().queue_depth <= 11
        assert {m.payload for m in drained(source, 1000)} == {b'{"steps":%d}' % n for n in range(1000)}


def test_an_acknowledgement_for_an_old_connection_confirms_nothing(broker: Broker, publisher: Publisher) -> None:
    with source_of(broker) as source:
        publisher.send(0, 5)
        old = drained(source, 5, acknowledge=False)
        broker.stop()
        until(lambda: not source.get_state().connected, "the source has noticed")
        broker.start()
        until(lambda: source.get_state().subscribed, "the source is back")
        source.acknowledge(old)
        again = drained(source, 5, acknowledge=False)
        assert {m.payload for m in again} >= {m.payload for m in old}
        assert source.get_state().acknowledged == 0


def test_the_broker_restarts_under_load(broker: Broker, publisher: Publisher) -> None:
    with source_of(broker) as source:
        publisher.send(0, 500)
        found = drained(source, 100)
        broker.stop()
        publisher.send(500, 500)
        broker.start()
        missing = {b'{"steps":%d}' % n for n in range(1000)} - {m.payload for m in found}
        deadline = time.monotonic() + PATIENCE_S
        while missing:
            assert time.monotonic() < deadline, f"{len(missing)} messages are missing"
            messages = source.drain(500, 0.5)
            missing -= {m.payload for m in messages}
            source.acknowledge(messages)
        assert source.get_state().sessions_lost == 0


def test_the_source_starts_before_the_broker(broker: Broker) -> None:
    broker.stop()
    source = MqttSource(MqttOptions(broker.host, broker.mqtt_port, "early", retry_s=RETRY_S))
    source.start()
    try:
        assert not source.get_state().connected
        assert source.drain(1, 0.05) == []
        broker.start()
        until(lambda: source.get_state().is_healthy, "the source has found the broker")
    finally:
        source.close()


def test_two_with_one_name_are_noticed(broker: Broker) -> None:
    with source_of(broker, "same") as one:
        other = MqttSource(MqttOptions(broker.host, broker.mqtt_port, "same", retry_s=RETRY_S))
        other.start()
        try:
            until(lambda: one.get_state().contested or other.get_state().contested, "one of the two has noticed the other")
            assert max(one.get_state().kicks, other.get_state().kicks) >= 3
        finally:
            other.close()


def test_a_foreign_publisher(broker: Broker) -> None:
    tool = shutil.which("mosquitto_pub")
    if tool is None:
        pytest.skip("mosquitto_pub is not installed (apt-get install mosquitto-clients)")
    with source_of(broker) as source:
        topic = "homebeat/v1/band-1/readings"
        where = ["-h", broker.host, "-p", str(broker.mqtt_port), "-V", "311"]
        subprocess.run([tool, *where, "-q", "1", "-t", topic, "-m", '{"alarm":"sos"}'], check=True, timeout=20)
        (message,) = drained(source, 1)
        assert message.topic == topic
        assert message.payload == b'{"alarm":"sos"}'
        assert not message.retained


def test_topics_one_letter_off_arrive_and_arrive_once(broker: Broker) -> None:
    right = "homebeat/v1/m1/readings"
    off = [
        "homebeat/v1/m1/reading",
        f"{right}/",
        "homebeat/v2/m1/readings",
        f"/{right}",
        "Homebeat/v1/m1/readings",
        "HOMEBEAT/v1/m1/readings",
    ]
    with source_of(broker) as source:
        device = Publisher(broker)
        for topic in (*off, right):
            device._client.publish(topic, topic.encode(), qos=1).wait_for_publish(PATIENCE_S)
        device.close()
        assert sorted(message.topic for message in drained(source, len(off) + 1)) == sorted((*off, right))
        assert source.get_state().delivered == len(off) + 1


def test_what_devices_are_told_does_not_come_back_and_a_will_is_nobodys_word(broker: Broker) -> None:
    with source_of(broker) as source:
        device = Publisher(broker)
        for qos in (0, 1):
            device._client.publish("homebeat/v1/m1/commands", b'{"command":"ask"}', qos=qos).wait_for_publish(PATIENCE_S)
            device._client.publish("homebeat/v1/m1/will", b'{"alarm":"sos"}', qos=qos).wait_for_publish(PATIENCE_S)
        device.send(1, 1)
        device.wait()
        device.close()
        assert [message.topic for message in drained(source, 1, acknowledge=False)] == ["homebeat/v1/m1/readings"]
        assert source.get_state().delivered == 1
    with source_of(broker) as again:
        assert drained(again, 1)[0].topic == "homebeat/v1/m1/readings"  # the others were acknowledged, the reading was not
        assert again.get_state().delivered == 1


def test_what_is_published_goes_out_once(broker: Broker) -> None:
    with source_of(broker) as source:
        source.follow(("spBv1.0/+/NCMD/+",))
        until(lambda: "spBv1.0/+/NCMD/+" in source.get_granted(), "the new topic is subscribed to")
        source.publish("spBv1.0/flats/NCMD/n1", b"born?")
        (message,) = drained(source, 1)
        assert (message.topic, message.payload, message.retained) == ("spBv1.0/flats/NCMD/n1", b"born?", False)
        assert source.drain(10, 0.2) == []


def test_a_retained_message_says_so(broker: Broker) -> None:
    device = Publisher(broker, "keeper")
    device._client.publish("homebeat/v1/m1/readings", b'{"steps":1}', qos=1, retain=True).wait_for_publish(PATIENCE_S)
    device.close()
    with source_of(broker) as source:
        (message,) = drained(source, 1)
        assert message.retained


def test_a_refused_subscription_is_said(tmp_path: Path) -> None:
    denied = {"user": "watch", "password": "invented-1", "permissions": {"subscribe": {"deny": ["homebeat.>"]}}}
    options = BrokerOptions(tmp_path / "nats", mqtt_port=0, sync=False, authorization={"users": [denied]})
    with EmbeddedBroker(options) as broker:
        source = MqttSource(MqttOptions(broker.host, broker.mqtt_port, username="watch", password="invented-1", retry_s=RETRY_S))
        source.start()
        try:
            until(lambda: bool(source.get_state().refused), "the refusal is in the state")
            state = source.get_state()
            assert state.refused == ("homebeat/+/+/+", "homebeat/+/+/+/+")
            assert state.connected
            assert not state.subscribed
            assert not state.is_healthy
        finally:
            source.close()


def test_a_wrong_password_is_said(tmp_path: Path) -> None:
    users = {"users": [{"user": "watch", "password": "invented-1"}]}
    with EmbeddedBroker(BrokerOptions(tmp_path / "nats", mqtt_port=0, sync=False, authorization=users)) as broker:
        source = MqttSource(MqttOptions(broker.host, broker.mqtt_port, username="watch", password="wrong", retry_s=RETRY_S))
        source.start()
        try:
            until(lambda: bool(source.get_state().refused), "the refusal is in the state")
            assert "refused" in source.get_state().refused[0]
            assert not source.get_state().connected
        finally:
            source.close()


def test_a_dead_network_thread_is_said_and_reported(nats_broker: Broker) -> None:
    """The clock is the one thing on that thread that a test can break; paho itself would die as silently."""
    told: list[str] = []

    def broken_clock() -> int:
        raise OSError("no clock")

    options = MqttOptions(nats_broker.host, nats_broker.mqtt_port, retry_s=RETRY_S)
    source = MqttSource(options, on_dead=told.append, clock_ms=broken_clock)
    source.start()
    device = Publisher(nats_broker)
    try:
        until(lambda: source.get_state().subscribed, "the source has subscribed")
        device.send(0, 1)
        until(lambda: bool(told), "the supervisor has called")
        assert "no clock" in told[0]
        assert "no clock" in source.get_state().failure
        assert not source.get_state().is_healthy
        assert not source.get_state().connected
    finally:
        device.close()
        source.close()


@pytest.mark.slow
def test_a_long_pause_does_not_cost_the_connection(mosquitto_broker: Broker) -> None:
    """Mosquitto hangs up after one and a half keep-alives of silence; a full queue must not look like that."""
    device = Publisher(mosquitto_broker)
    try:
        with source_of(mosquitto_broker, queue_bound=5, keepalive_s=5) as source:
            device.send(0, 50)
            until(lambda: source.get_state().queue_depth >= 5, "the queue is full")
            threading.Event().wait(11.0)  # twice the keep-alive: the length of the silence is what is tested
            assert source.get_state().connected
            found = drained(source, 50)
            assert len(found) == 50
            assert source.get_state().kicks == 0
    finally:
        device.close()


def publish_elsewhere(broker: Broker, *topics: str) -> None:
    """Publish one message on each topic, and wait until the broker has confirmed it."""
    client = paho.Client(CallbackAPIVersion.VERSION2, "elsewhere")
    client.connect(broker.host, broker.mqtt_port)
    client.loop_start()
    sent = [client.publish(topic, topic.encode(), qos=1) for topic in topics]
    until(lambda: all(info.is_published() for info in sent), "the broker has confirmed every publish")
    client.disconnect()
    client.loop_stop()


def test_it_follows_the_topics_that_the_registry_needs_and_leaves_those_it_does_not(broker: Broker) -> None:
    with source_of(broker) as source:
        source.follow(("meters/+",))
        until(lambda: "meters/+" in source.get_granted(), "the broker has granted the new filter")
        publish_elsewhere(broker, "meters/1", "zigbee/door", "homebeat/v1/m1/readings")
        assert sorted(message.topic for message in drained(source, 2)) == ["homebeat/v1/m1/readings", "meters/1"]
        source.follow(("zigbee/#",))
        until(lambda: source.get_granted() >= {"zigbee/#"}, "the broker has granted the other filter")
        assert "meters/+" not in source.get_granted()
        publish_elsewhere(broker, "zigbee/door")
        assert [message.topic for message in drained(source, 1)] == ["zigbee/door"]
        assert source.get_state().wrong is None


def test_it_is_not_ready_before_the_broker_has_answered_for_every_topic(broker: Broker) -> None:
    wanted = ("meters/+", "zigbee/#")
    with source_of(broker) as source:
        assert source.get_state().unready is None
        source.follow(wanted)
        # nobody is deaf meanwhile: the topics of the settings are there
        assert source.get_state().wrong is None
        until(lambda: source.get_state().unready is None, "the broker has granted both")
        assert source.get_granted().issuperset(wanted)
    source.follow(("tele/#",))  # nobody asks the broker any more
    assert source.get_state().pending == ("tele/#",)


def test_what_was_followed_is_subscribed_to_again_by_the_next_process(broker: Broker) -> None:
    with source_of(broker, "next") as source:
        source.follow(("meters/+",))
        until(lambda: "meters/+" in source.get_granted(), "the broker has granted the new filter")
    publish_elsewhere(broker, "meters/1")
    with source_of(broker, "next") as source:
        source.follow(("meters/+",))
        assert [message.topic for message in drained(source, 1)] == ["meters/1"]
        until(lambda: "meters/+" in source.get_granted(), "the broker has granted the filter again")
