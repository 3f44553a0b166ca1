"""Devices on the market, as their gateways publish them, by Mosquitto's own client: known by their addresses, read, and heard."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from homebeat.bootstrap.receiver import Receiver
from tests.brokers import Broker
from tests.e2e.devices import mosquitto_pub, wall_ms
from tests.e2e.installation import Homebeat, settle
from tests.e2e.street import home
from tests.e2e.waiting import until

DETECTOR, METER, BUTTON = "00030201", "00412233", "a840410000000101"


@pytest.fixture(params=["nats", "mosquitto"])
def homebeat(request: pytest.FixtureRequest, sqlite_url: str, tmp_path: Path) -> Homebeat:
    """An installation on each broker."""
    broker: Broker = request.getfixturevalue(f"{request.param}_broker")
    return Homebeat(tmp_path / "state", sqlite_url, broker)


def telegram(number: str, **said: Any) -> tuple[str, dict[str, Any]]:
    """What wmbusmeters publishes."""
    at = datetime.fromtimestamp(wall_ms() // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return f"wmbusmeters/{number}", {"_": "telegram", "name": "n", "id": number, "timestamp": at, **said}


def uplink(device: str, said: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """What ChirpStack publishes."""
    at = datetime.fromtimestamp(wall_ms() / 1000, UTC).isoformat()
    event = {"time": at, "deviceInfo": {"devEui": device, "deviceName": "b"}, "fPort": 85, "data": "AQ==", "object": said}
    return f"application/street/device/{device}/event/up", event


def test_devices_of_makers_are_read_and_heard(homebeat: Homebeat, family: Receiver) -> None:
    house = home(1, family.url, devices=())
    house["devices"] = [
        {"id": "kitchen", "kind": "water_meter", "codec": "wmbusmeters", "address": METER},
        {"id": "hall", "kind": "smoke", "codec": "wmbusmeters", "address": DETECTOR},
        {"id": "bedside", "kind": "button", "resident": "r1", "codec": "chirpstack", "address": "A8:40:41:00:00:00:01:01"},
    ]
    homebeat.key = settle(homebeat.store_url, [house])

    def send(message: tuple[str, dict[str, Any]]) -> None:
        mosquitto_pub(homebeat.broker, "", message[1], topic=message[0])

    with homebeat.serving() as service:
        service.wait_ready()
        send(telegram(METER, media="cold water", meter="kamwater", total_m3=121.577, target_m3=118.2, status="OK"))
        until(lambda: service.items("/api/v1/devices/kitchen/readings", metric="volume_m3"), "the meter is read")
        assert [one["value"] for one in service.items("/api/v1/devices/kitchen/readings", metric="volume_m3")] == [121.577]

        send(telegram(DETECTOR, media="smoke detector", meter="lansensm", status="SMOKE"))
        until(lambda: service.items("/api/v1/alerts", rule="smoke", open="true"), "the smoke is told")
        send(uplink(BUTTON, {"battery": 88, "button_event": {"status": "short press", "msgid": 4711}}))
        (called,) = until(lambda: service.items("/api/v1/alerts", rule="sos", open="true"), "the press is told")
        assert (called["resident"], called["priority"]) == ("r1", "critical")
        assert {told.type for told in family.wait_for(2)} == {"alert.opened"}

        send(telegram("99999999", media="water", meter="iperl", total_m3=5.0))
        until(lambda: service.items("/api/v1/quarantine"), "what nobody registered is set aside")
        assert [one["reason"] for one in service.items("/api/v1/quarantine")] == ["unknown_device"]
        assert not service.failing()
