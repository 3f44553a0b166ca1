"""What a cloud pushes: nothing answered is lost, nothing is there twice, and a flood of it delays no SOS of the broker."""

from __future__ import annotations

import socket
import time
from pathlib import Path

import pytest

from homebeat.bootstrap.receiver import Receiver
from homebeat.domain.scope import EVERYTHING
from homebeat.ingest.mqtt.embedded_broker import EmbeddedBroker
from homebeat.store import open_store
from tests.brokers import Mosquitto
from tests.e2e.accounts import stored_steps
from tests.e2e.devices import Devices, wall_ms
from tests.e2e.installation import Homebeat, Running, settle
from tests.e2e.pushing import PushingCloud, set_up_cloud, wrap
from tests.e2e.street import home
from tests.e2e.waiting import until
from tests.keys import KEY_FILE

BANDS = ["b10", "b11", "b12"]
INTAKE = ["intake.written:20", "intake.synced:20"]
WATCH = ["watch.readings_appended:3", "watch.before_commit:5", "watch.after_commit:5", "watch.acknowledged:5"]
#: On a machine of two processors with a flood beside it; the flood lasts for longer.
SOS_WITHIN_S = 4.0


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def find_calls(service: Running) -> dict[str, str]:
    """By device, the alert of its SOS."""
    alerts = service.items("/api/v1/alerts", rule="sos")
    found = {str(alert["device"]): str(alert["alert_id"]) for alert in alerts}
    assert len(found) == len(alerts), "one alert for each device that called"
    return found


@pytest.mark.slow
def test_intake_and_watch_are_killed_at_every_point(
    nats_broker: EmbeddedBroker, sqlite_url: str, family: Receiver, tmp_path: Path, port: int
) -> None:
    callers = [f"b{n}" for n in range(len(INTAKE) + len(WATCH))]
    key = settle(sqlite_url, [home(n, family.url) for n in (*range(len(callers)), 10, 11, 12)])
    homebeat = Homebeat(tmp_path / "state", sqlite_url, nats_broker, key=key)
    set_up_cloud(tmp_path / "state", homebeat, port)
    calling = iter(callers)
    with PushingCloud(port) as cloud:
        cloud.stream(BANDS, per_s=100)
        for point in INTAKE:
            cloud.send(wrap(next(calling), {"sos": 1}))
            homebeat.begin("intake", failpoint=point).wait_killed()
        intake = homebeat.begin("intake")
        try:
            for point in WATCH:
                cloud.send(wrap(next(calling), {"sos": 1}))
                homebeat.begin("serve", failpoint=point).wait_killed()
            with homebeat.serving() as service:
                service.wait_ready()
                cloud.end()
                sent = {band: sorted(steps.items()) for band, steps in cloud.steps.items()}
                store = open_store(sqlite_url, KEY_FILE, create=False)
                total = sum(map(len, sent.values()))
                until(lambda: sum(len(stored_steps(store, band)) for band in BANDS) >= total, f"{total} counts are stored", 60)
                assert {band: stored_steps(store, band) for band in BANDS} == sent
                until(lambda: len(find_calls(service)) == len(callers), "each call is an alert", 30)
                assert sorted(find_calls(service)) == sorted(callers)
                with store.read(EVERYTHING) as reader:
                    ledger = reader.read_balance()
                store.close()
                assert ledger.is_balanced
                assert ledger.duplicate > 0, "without a second reading nothing was proven"
                assert total > 300
            assert intake.stop() == 0, intake.log()
        finally:
            intake.kill()


def test_a_flood_of_pushes_delays_no_sos_of_the_broker(
    mosquitto_broker: Mosquitto, sqlite_url: str, family: Receiver, tmp_path: Path, port: int
) -> None:
    key = settle(sqlite_url, [home(n, family.url) for n in (1, 2, 3, 10, 11, 12)])
    homebeat = Homebeat(tmp_path / "state", sqlite_url, mosquitto_broker, key=key)
    set_up_cloud(tmp_path / "state", homebeat, port)
    intake = homebeat.begin("intake")
    try:
        with homebeat.serving() as service, PushingCloud(port, threads=8) as cloud, Devices(mosquitto_broker) as devices:
            until(lambda: "takes pushes" in intake.said(), "the intake listens")
            service.wait_ready(60)
            cloud.stream(BANDS, per_s=1_000)
            until(lambda: cloud.answered > 200, "the flood has begun")
            took = []
            for caller in ("b1", "b2", "b3"):
                so_far, began_s = cloud.answered, time.monotonic()
                devices.send(caller, {"at": wall_ms(), "alarm": "sos"})
                until(lambda name=caller: name in find_calls(service), f"the call of {caller} is an alert")  # type: ignore[misc]
                took.append(time.monotonic() - began_s)
                until(lambda count=so_far: cloud.answered > count + 150, "the flood goes on")  # type: ignore[misc]
            assert max(took) < SOS_WITHIN_S, took
            cloud.end()
            assert service.failing() == {}
        assert intake.stop() == 0, intake.log()
    finally:
        intake.kill()
