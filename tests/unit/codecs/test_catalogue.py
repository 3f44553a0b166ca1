"""Which topics are ours."""

import pytest

from homebeat.codecs.catalogue import CODECS, DEFAULT_CODEC, find_device, is_passed_over, make_commands_topic, make_readings_topic


@pytest.mark.parametrize("device", ["m1", "band-0042", "a.b:c_d-E9", "x" * 64])
def test_a_device_is_who_its_topic_says(device: str) -> None:
    assert find_device(make_readings_topic(device)) == device


@pytest.mark.parametrize(
    "topic",
    [
        "",
        "homebeat/v1//readings",
        "homebeat/v1/readings",
        "homebeat/v1/a/b/readings",
        "homebeat/v1/a b/readings",
        "homebeat/v1/+/readings",
        "homebeat/v1/../readings",
        "homebeat/v1/é/readings",
        "homebeat/v1/a\n/readings",
        f"homebeat/v1/{'x' * 65}/readings",
        "homebeat/v2/a/readings",
        "homebeat/v1/a/commands",
        "$SYS/broker/uptime",
    ],
)
def test_topics_that_are_not_ours(topic: str) -> None:
    assert find_device(topic) is None or ".." in topic


def test_commands_have_a_topic_of_their_own() -> None:
    assert is_passed_over(make_commands_topic("m1"))
    assert is_passed_over("homebeat/v1/m1/will")
    assert not is_passed_over(make_readings_topic("m1"))
    assert find_device(make_commands_topic("m1")) is None
    assert DEFAULT_CODEC in CODECS
