"""Which topics a format covers, by the rules of MQTT."""

from __future__ import annotations

import pytest

from homebeat.codecs.envelope import Format, find_format

CASES = [
    ("application/+/device/+/event/up", "application/a/device/b/event/up", True),
    ("application/+/device/+/event/up", "application/a/device/b/event/join", False),
    ("application/+/device/+/event/up", "application/a/b/device/c/event/up", False),
    ("zigbee2mqtt/#", "zigbee2mqtt/kitchen/motion", True),
    ("zigbee2mqtt/#", "zigbee2mqtt", True),
    ("zigbee2mqtt/#", "zigbee2mqttx", False),
    ("zigbee2mqtt/+", "zigbee2mqtt/", True),
    ("a.b/+", "axb/c", False),
    ("#", "anything/at/all", True),
    ("#", "$SYS/broker/uptime", False),
    ("+/up", "$SYS/up", False),
]


@pytest.mark.parametrize("topic_filter, topic, covers", CASES)
def test_a_filter_covers_what_mqtt_says_it_covers(topic_filter: str, topic: str, covers: bool) -> None:
    assert Format("test", (topic_filter,), lambda *_: []).covers(topic) is covers


@pytest.mark.parametrize("topic_filter", ["a/b+", "#/a", "a/#/b", "a#"])
def test_what_is_no_filter_is_refused(topic_filter: str) -> None:
    with pytest.raises(ValueError, match="no MQTT filter"):
        Format("test", (topic_filter,), lambda *_: []).covers("a/b")


def test_the_first_format_that_covers_a_topic_opens_it() -> None:
    first, second = Format("first", ("gateway/up", "x/+"), lambda *_: []), Format("second", ("gateway/#",), lambda *_: [])
    assert find_format((first, second), "gateway/up") is first
    assert find_format((first, second), "gateway/down") is second
    assert find_format((first, second), "other") is None
