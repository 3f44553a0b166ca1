"""`homebeat check --connect`: what is away, refuses us, or cannot be reached is said, and nothing is sent."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr

from homebeat.bootstrap.connecting import try_connections
from homebeat.bootstrap.receiver import Receiver
from homebeat.deliver.reachability import try_to_reach
from homebeat.domain.fleet import Channel, Contact
from homebeat.domain.ids import ContactId
from homebeat.egress.policy import EgressPolicy
from homebeat.ingest.mqtt.reachability import try_broker
from homebeat.ingest.source import MqttOptions
from homebeat.rules.catalogue import RULES
from homebeat.settings import InForce, load
from homebeat.settings.platforms import PlatformSettings
from tests.brokers import Broker, ConfiguredNats

OPEN = EgressPolicy(allow_private=True, allow_http=True, ports=None)
SECRET = "whsec_" + "a" * 32


@pytest.fixture
def closed_port() -> int:
    """A port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A port that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield int(server.getsockname()[1])


def test_a_broker_that_lets_us_in_is_well(broker: Broker) -> None:
    assert try_broker(MqttOptions(broker.host, broker.mqtt_port), 10) == ""


def test_a_broker_that_is_away_or_silent_is_said(closed_port: int, silent_port: int) -> None:
    assert try_broker(MqttOptions("127.0.0.1", closed_port), 2).startswith("it cannot be reached: ")
    assert try_broker(MqttOptions("127.0.0.1", silent_port), 0.3) == "it did not answer within 0 s"


def test_a_broker_that_refuses_us_is_said(tmp_path: Path) -> None:
    users = 'authorization { users: [ { user: "homebeat", password: "right", permissions: { subscribe: ["a.b.c"] } } ] }'
    broker = ConfiguredNats(tmp_path, users).start()
    try:
        options = MqttOptions(broker.host, broker.mqtt_port, username="homebeat", topics=("a/b/c", "a/b/d"))
        assert "refused us" in try_broker(options, 5)
        told = try_broker(MqttOptions(broker.host, broker.mqtt_port, username="homebeat", password="right", topics=("a/b/d",)), 5)
        assert told == "it refused the subscription to a/b/d"
    finally:
        broker.stop()


def test_a_receiver_is_reached_without_a_message(closed_port: int, silent_port: int) -> None:
    with Receiver(SECRET) as receiver:
        assert try_to_reach(receiver.url, OPEN, 5) == ""
        assert not receiver.received
    assert "could not be reached" in try_to_reach(f"http://127.0.0.1:{closed_port}/", OPEN, 2)
    assert try_to_reach(f"https://127.0.0.1:{silent_port}/", OPEN, 0.3) != ""
    assert try_to_reach("https://family.example/", OPEN, 1, lambda _host, _port: ["169.254.169.254"]) != ""
    assert "may not be called" in try_to_reach("https://127.0.0.1/", EgressPolicy(), 1)


def _force(port: int) -> InForce:
    return load(
        {
            "HOMEBEAT_MQTT_PORT": str(port),
            "HOMEBEAT_EGRESS_ALLOW_PRIVATE": "yes",
            "HOMEBEAT_EGRESS_ALLOW_HTTP": "yes",
            "HOMEBEAT_EGRESS_PORTS": "",
        },
        RULES,
    )


def test_everything_is_tried_and_what_is_wrong_has_what_to_do(closed_port: int, capsys: pytest.CaptureFixture[str]) -> None:
    url = f"http://127.0.0.1:{closed_port}"
    contacts = [Contact(ContactId(f"h/{n}"), "Wei", channels=(Channel("webhook", {"url": f"{url}/{n}"}),)) for n in range(5)]
    force = _force(closed_port)
    platforms = {"city": PlatformSettings(url=SecretStr(f"{url}/orders")), "pulls": PlatformSettings(key="pulls")}
    force = replace(force, settings=force.settings.model_copy(update={"platforms": platforms}))
    found = try_connections(force, contacts)
    assert len(found) == 3
    assert all(finding.is_wrong and finding.do for finding in found)
    assert any(finding.what.startswith(f"the broker 127.0.0.1:{closed_port}: it cannot be reached") for finding in found)
    assert any(finding.what.startswith("the address of h/0, h/1, h/2 and 2 more: it could not be reached") for finding in found)
    assert any(finding.what.startswith("the platform city: it could not be reached") for finding in found)
    assert "tried 3 of 3" in capsys.readouterr().err
