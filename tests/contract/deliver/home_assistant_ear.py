"""Hears what Home Assistant would hear at a broker: every message, and the last one of each topic."""

from __future__ import annotations

import json
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from tests.brokers import Broker
from tests.e2e.waiting import until


class Ear:
    """Subscribed to everything; it comes back by itself."""

    def __init__(self, broker: Broker) -> None:
        self.last: dict[str, bytes] = {}
        self.said: list[tuple[str, bytes]] = []
        self._is_subscribed = False
        self.mqtt = mqtt.Client(CallbackAPIVersion.VERSION2, clean_session=True)
        self.mqtt.on_connect = lambda client, *_: client.subscribe("#", 1)
        self.mqtt.on_subscribe = self._on_subscribe
        self.mqtt.on_message = self._on_message
        self.mqtt.reconnect_delay_set(1, 1)
        self.mqtt.connect(broker.host, broker.mqtt_port)
        self.mqtt.loop_start()
        until(lambda: self._is_subscribed, "the ear is subscribed")

    def _on_subscribe(self, *_: object) -> None:
        self._is_subscribed = True

    def _on_message(self, _client: object, _userdata: object, message: mqtt.MQTTMessage) -> None:
        self.said.append((message.topic, bytes(message.payload)))
        if message.payload:
            self.last[message.topic] = bytes(message.payload)
        else:
            self.last.pop(message.topic, None)

    def close(self) -> None:
        self.mqtt.disconnect()
        self.mqtt.loop_stop()

    def config(self, which: str) -> dict[str, Any] | None:
        """The configuration of `home-h1` and alike."""
        payload = self.last.get(f"homeassistant/device/homebeat-out-{which}/config")
        return None if payload is None else json.loads(payload)

    def state(self, place: str) -> dict[str, Any]:
        """The state of `homes/h1` and alike; empty where there is none."""
        found: dict[str, Any] = json.loads(self.last.get(f"homebeat-out/{place}/state", b"{}"))
        return found

    @property
    def availability(self) -> str:
        return self.last.get("homebeat-out/availability", b"").decode()
