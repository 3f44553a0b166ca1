"""Topics that devices announce, on each real broker: learned, subscribed to, read."""

from __future__ import annotations

import json

import paho.mqtt.publish as paho

from homebeat.domain.inbound import Message, QuarantineReason
from homebeat.domain.metric import Metric
from homebeat.ingest.formats import Formats
from homebeat.ingest.reading import MessageOutcome, read
from tests.brokers import Broker
from tests.contract.ingest.test_mqtt_source import drained, source_of, until

CODECS = {"door-1": "home_assistant"}


def send(broker: Broker, topic: str, payload: bytes, *, retain: bool = False) -> None:
    paho.single(topic, payload, qos=1, retain=retain, hostname=broker.host, port=broker.mqtt_port)


def test_an_announced_topic_is_subscribed_to_and_its_door_is_read(broker: Broker) -> None:
    formats = Formats()
    those = formats.list_all(codecs={"home_assistant"})
    announced = {"~": "flat/door", "stat_t": "~/state", "dev_cla": "door", "uniq_id": "door-1", "cmd_t": "~/set"}
    send(broker, "homeassistant/binary_sensor/front/config", json.dumps(announced).encode(), retain=True)
    with source_of(broker) as source:
        source.follow(formats.list_topics(those, {"home_assistant"}))
        messages = drained(source, 1)
        intake = read(messages, {"door-1": 0}, formats=those)
        assert intake.outcomes == [MessageOutcome.ACCEPTED]
        formats.serve(source, those, CODECS)
        until(lambda: "flat/door/state" in source.get_granted(), "the announced topic is subscribed to")
        send(broker, "flat/door/set", b"OFF")
        send(broker, "flat/door/state", b"ON")
        messages = drained(source, 1)
        intake = read(messages, {"door-1": 0}, formats=those)
        assert (intake.batch.metric.tolist(), intake.batch.value.tolist()) == ([Metric.DOOR_OPEN], [1.0])
        send(broker, "homeassistant/binary_sensor/front/config", b"", retain=True)
        read(drained(source, 1), {}, formats=those)
        formats.serve(source, those, CODECS)
        until(lambda: "flat/door/state" not in source.get_granted(), "nobody follows it any more")


def test_a_state_that_waited_at_the_broker_over_a_restart_is_read_when_its_announcement_has_come(broker: Broker) -> None:
    topics, announced = {"home_assistant"}, {"stat_t": "attic/door", "dev_cla": "door", "uniq_id": "door-1"}
    formats = Formats()
    those = formats.list_all(codecs=topics)
    send(broker, "homeassistant/binary_sensor/attic/config", json.dumps(announced).encode(), retain=True)
    with source_of(broker, "restarted") as source:
        source.follow(formats.list_topics(those, topics))
        read(drained(source, 1), {"door-1": 0}, formats=those)
        formats.serve(source, those, CODECS)
        until(lambda: "attic/door" in source.get_granted(), "the announced topic is subscribed to")
    send(broker, "attic/door", b"ON")
    after = Formats()  # what was learned is gone
    those = after.list_all(codecs=topics)
    with source_of(broker, "restarted") as source:
        (state,) = drained(source, 1)
        (aside,) = read([state], {"door-1": 0}, formats=those).quarantined
        assert (aside.topic, aside.reason, aside.payload) == ("attic/door", QuarantineReason.UNKNOWN_TOPIC, b"ON")
        source.follow(after.list_topics(those, topics))
        read(drained(source, 1), {"door-1": 0}, formats=those)
        assert after.list_new(those) == ["attic/door"]
        after.serve(source, those, CODECS)
        assert after.list_new(those) == []
        intake = read([Message(aside.topic, aside.payload, aside.received_at)], {"door-1": 0}, formats=those)
    assert (intake.batch.metric.tolist(), intake.batch.observed_at.tolist()) == ([Metric.DOOR_OPEN], [state.received_at])
