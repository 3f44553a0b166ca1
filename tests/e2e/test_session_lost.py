"""A client with our client id destroys the session: that is told, over restarts, until somebody has taken the alert."""

from __future__ import annotations

from pathlib import Path

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from homebeat.bootstrap.receiver import Receiver
from tests.brokers import Mosquitto
from tests.e2e.installation import Homebeat, Running, settle
from tests.e2e.street import home
from tests.e2e.waiting import until


def is_noted(service: Running) -> bool:
    """Whether `/readyz` tells of a lost session."""
    return any(note["part"] == "broker_session" for note in service.client.get("/readyz").json()["notes"])


def wait_connected(service: Running) -> None:
    """Wait until the watch of this very process is connected: a heartbeat of the one before looks alive for a while."""
    until(lambda: "broker" in service.client.get("/readyz").json().get("parts", []), "the watch has started")
    service.wait_ready()


def wait_noted(service: Running) -> None:
    """Wait until the loss is noted."""
    until(lambda: is_noted(service), "the loss is noted")


def test_a_lost_session_is_a_flag_until_somebody_has_seen_it(
    mosquitto_broker: Mosquitto, sqlite_url: str, family: Receiver, tmp_path: Path
) -> None:
    homebeat = Homebeat(tmp_path / "state", sqlite_url, mosquitto_broker)
    homebeat.key = settle(sqlite_url, [home(1, family.url)])
    with homebeat.serving() as service:
        wait_connected(service)
        assert not is_noted(service)
    # no watch runs: what waits now is destroyed
    evil = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="homebeat-watch", clean_session=True)
    evil.connect(mosquitto_broker.host, mosquitto_broker.mqtt_port)
    evil.loop_start()
    until(evil.is_connected, "the other client is in")
    evil.disconnect()
    evil.loop_stop()
    for is_seen in (False, True):
        with homebeat.serving() as service:
            wait_noted(service)
            (alert,) = service.items("/api/v1/alerts", rule="session_lost")
            assert (alert["service"], alert["desk"], alert["household"]) == ("broker-session", "devices", None)
            if is_seen:
                service.post(f"/api/v1/alerts/{alert['alert_id']}/acknowledge", {"version": alert["version"]})
                assert not is_noted(service)
