"""Topics that devices announce, on each real broker: learned, subscribed to, read."""

from __future__ import annotations

import json

import paho.mqtt.publish as paho

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
