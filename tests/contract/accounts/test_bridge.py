"""The bridge on the page of brokers, word for word: a Mosquitto that devices speak to passes their messages on to NATS."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from tests.brokers import Broker, ConfiguredNats, Mosquitto, mosquitto_executable
from tests.docs.pages import DOCS, blocks
from tests.e2e.waiting import until

READINGS, COMMANDS = "homebeat/v1/wb-1/readings", "homebeat/v1/wb-1/commands"


@pytest.fixture
def nats(tmp_path: Path) -> Iterator[ConfiguredNats]:
    (accounts,) = blocks(DOCS / "brokers.md", "nats")
    broker = ConfiguredNats(tmp_path / "nats", accounts).start()
    yield broker
    broker.stop()


@pytest.fixture
def mosquitto(tmp_path: Path, nats: ConfiguredNats) -> Iterator[Mosquitto]:
    (bridge,) = blocks(DOCS / "brokers.md", "mosquitto")
    here = bridge.replace("127.0.0.1:1884", f"127.0.0.1:{nats.mqtt_port}").split("persistence true")[0]
    broker = Mosquitto(mosquitto_executable(), tmp_path / "mosquitto", f"allow_anonymous true\n{here}").start()
    yield broker
    broker.stop()


class Client:
    """A client that keeps what it gets, and whose session the broker keeps."""

    def __init__(self, broker: Broker, name: str, topic: str, user: str = "") -> None:
        self.got: list[tuple[str, bytes]] = []
        self._is_subscribed = False
        self.mqtt = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=name, clean_session=False)
        if user:
            self.mqtt.username_pw_set(user, "PASSWORD")
        self.mqtt.on_connect = lambda client, *_: client.subscribe(topic, 1)
        self.mqtt.on_subscribe = self._on_subscribe
        self.mqtt.on_message = lambda _client, _userdata, message: self.got.append((message.topic, bytes(message.payload)))
        self.mqtt.reconnect_delay_set(1, 1)
        self.mqtt.connect(broker.host, broker.mqtt_port)
        self.mqtt.loop_start()
        until(lambda: self._is_subscribed, f"{name} is subscribed")

    def _on_subscribe(self, *_: object) -> None:
        self._is_subscribed = True

    def say(self, topic: str, payload: str) -> None:
        """Publish, and wait until the broker has acknowledged."""
        self.mqtt.publish(topic, payload, 1).wait_for_publish(10)

    def leave(self) -> None:
        self.mqtt.disconnect()
        self.mqtt.loop_stop()


def has_come(device: Client, homebeat: Client) -> bool:
    """Send a command again until the device has it: the bridge subscribes a moment after it has connected."""
    homebeat.say(COMMANDS, "ask")
    return bool(device.got)


def test_readings_cross_the_bridge_commands_come_back_and_an_absence_of_nats_loses_nothing(
    nats: ConfiguredNats, mosquitto: Mosquitto
) -> None:
    homebeat = Client(nats, "homebeat", "homebeat/v1/+/readings", "homebeat")
    device = Client(mosquitto, "wb-1", COMMANDS)
    device.say(READINGS, '{"alarm": "sos"}')
    until(lambda: homebeat.got == [(READINGS, b'{"alarm": "sos"}')], "the SOS has crossed")
    until(lambda: has_come(device, homebeat), "the command has come back")
    nats.stop()
    for steps in range(3):
        device.say(READINGS, f'{{"steps": {steps}}}')
    nats.start()
    until(lambda: len(homebeat.got) == 4, "what was said meanwhile has crossed", within_s=30)
    assert [payload for _, payload in homebeat.got[1:]] == [b'{"steps": 0}', b'{"steps": 1}', b'{"steps": 2}']
    homebeat.leave()
    device.leave()
