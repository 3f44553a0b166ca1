"""The resident is asked by a lamp, which answers for nobody: one resident presses a switch, and the other does not."""

from __future__ import annotations

import json
import queue
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from homebeat.bootstrap.receiver import Receiver
from tests.brokers import Broker
from tests.e2e.devices import Devices, mosquitto_pub, wall_ms
from tests.e2e.installation import Homebeat, settle
from tests.e2e.street import home
from tests.e2e.waiting import until

HOUR = 3_600_000
SETTINGS = """
[tick]
judge_every = "PT1S"
lateness = "PT1S"
[rules.asked]
answer_within = "PT12S"
"""


@contextmanager
def zigbee(broker: Broker) -> Iterator[queue.Queue[tuple[str, dict[str, Any]]]]:
    """A Zigbee bridge whose lamps say how they are when they are asked; what it was told to do."""
    heard: queue.Queue[tuple[str, dict[str, Any]]] = queue.Queue()
    ready: queue.Queue[bool] = queue.Queue()
    client = paho.Client(CallbackAPIVersion.VERSION2, "zigbee")
    client.on_subscribe = lambda *_: ready.put(True)

    def on_message(client: paho.Client, _userdata: object, message: paho.MQTTMessage) -> None:
        if message.topic.endswith("/get"):
            client.publish(message.topic.removesuffix("/get"), json.dumps({"state": "OFF", "linkquality": 90}), qos=1)
        if message.topic.endswith(("/get", "/set")):
            heard.put((message.topic, json.loads(message.payload)))

    client.on_message = on_message
    client.connect(broker.host, broker.mqtt_port)
    client.subscribe("zigbee2mqtt/#", 1)
    client.loop_start()
    ready.get(timeout=20)
    try:
        yield heard
    finally:
        client.disconnect()
        client.loop_stop()


@pytest.fixture(params=["nats", "mosquitto"])
def homebeat(request: pytest.FixtureRequest, sqlite_url: str, tmp_path: Path) -> Homebeat:
    settings = tmp_path / "homebeat.toml"
    settings.write_text(SETTINGS)
    broker: Broker = request.getfixturevalue(f"{request.param}_broker")
    return Homebeat(tmp_path / "state", sqlite_url, broker, {"HOMEBEAT_CONFIG": str(settings)})


def with_lamp(n: int, receiver: str) -> dict[str, Any]:
    """A home with a meter, a lamp that may ask, and a wall switch."""
    house = home(n, receiver, devices=("m",)) | {"ask_first": True}
    house["devices"] += [
        {"id": f"lamp-{n}", "kind": "lamp", "codec": "zigbee2mqtt", "address": f"flat-{n}/lamp", "may_ask": True},
        {"id": f"switch-{n}", "kind": "motion", "codec": "zigbee2mqtt", "address": f"flat-{n}/switch"},
    ]
    return house


def quiet_since(now: int, hours: int) -> list[dict[str, Any]]:
    """A meter's list: water was drawn so many hours ago, and none since."""
    last = now - hours * HOUR
    return [{"at": last - HOUR, "volume_m3": 5.0}, *({"at": at, "volume_m3": 5.1} for at in range(last, now + 1, HOUR))]


def test_a_switch_is_an_answer_and_a_lamp_is_none(homebeat: Homebeat, family: Receiver) -> None:
    homebeat.key = settle(homebeat.store_url, [with_lamp(n, family.url) for n in (1, 2)])
    with homebeat.serving() as service, zigbee(homebeat.broker) as told, Devices(homebeat.broker) as meters:
        service.wait_ready()
        for n in (1, 2):
            mosquitto_pub(homebeat.broker, "", {"state": "OFF", "linkquality": 80}, topic=f"zigbee2mqtt/flat-{n}/lamp")
            meters.send(f"m{n}", quiet_since(wall_ms(), 11))
        heard = [told.get(timeout=40) for _ in range(4)]
        assert sorted(heard, key=str) == [
            ("zigbee2mqtt/flat-1/lamp/get", {"state": ""}),
            ("zigbee2mqtt/flat-1/lamp/set", {"effect": "breathe"}),
            ("zigbee2mqtt/flat-2/lamp/get", {"state": ""}),
            ("zigbee2mqtt/flat-2/lamp/set", {"effect": "breathe"}),
        ]
        asked = {one["household"]: one["alert_id"] for one in service.items("/api/v1/alerts", queue="none")}

        def list_codes(n: int) -> list[str]:
            return [step["reason_code"] for step in service.get(f"/api/v1/alerts/{asked[f'h{n}']}")["history"]]

        until(lambda: list_codes(1) == list_codes(2) == ["asked_by_lamp", "asked_lamp"], "that the lamps have answered is told")
        assert {service.get(f"/api/v1/alerts/{one}")["answer"] for one in asked.values()} == {"unacknowledged"}

        mosquitto_pub(homebeat.broker, "", {"action": "single", "linkquality": 70}, topic="zigbee2mqtt/flat-1/switch")
        until(lambda: service.get(f"/api/v1/alerts/{asked['h1']}")["answer"] == "resolved", "the switch is an answer")
        closed = service.get(f"/api/v1/alerts/{asked['h1']}")
        assert (closed["outcome"], closed["history"][-1]["actor"]) == ("fine", "resident")

        (raised,) = until(lambda: service.items("/api/v1/alerts", rule="no_sign_of_life"), "nobody answers in the other home")
        assert (raised["resident"], raised["reason_code"]) == ("r2", "asked_no_answer")
        (notice,) = family.wait_for(1)
        assert notice.alert_id == raised["alert_id"]
    assert told.empty()
