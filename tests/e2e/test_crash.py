"""kill -9 under a stream of messages: of homebeat at each named point, of the database, of the broker."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from homebeat.bootstrap.receiver import Receiver
from homebeat.ingest.mqtt.embedded_broker import EmbeddedBroker
from tests.brokers import Broker
from tests.e2e.accounts import assert_all_is_stored_once, assert_each_sos_is_one_alert
from tests.e2e.devices import Devices, wall_ms
from tests.e2e.installation import Homebeat, Running, settle
from tests.e2e.postgres import Postgres
from tests.e2e.street import home
from tests.e2e.waiting import until

#: Deliveries first: the lease of a dead deliverer runs out while the others are killed.
DELIVERY = ["deliver.before_send", "deliver.after_send"]
TICK = ["watch.readings_appended:3", "watch.before_commit:5", "watch.after_commit:5", "watch.acknowledged:5"]
WALKERS = ["b10", "b11", "b12"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("broker_kind", "database", "points"),
    [("nats", "sqlite", DELIVERY + TICK), ("mosquitto", "postgres", TICK)],
    ids=["nats-sqlite", "mosquitto-postgres"],
)
def test_homebeat_is_killed_at_every_point(
    request: pytest.FixtureRequest, family: Receiver, tmp_path: Path, broker_kind: str, database: str, points: list[str]
) -> None:
    broker: Broker = request.getfixturevalue(f"{broker_kind}_broker")
    callers = [f"b{n}" for n in range(len(points))]
    url: str = request.getfixturevalue(f"{database}_url")
    key = settle(url, [home(n, family.url) for n in (*range(len(points)), 10, 11, 12)])
    homebeat = Homebeat(tmp_path / "state", url, broker, key=key)
    with homebeat.serving() as service:
        service.wait_ready()  # the session exists before devices are let in
    with Devices(broker) as devices:
        devices.stream(WALKERS, per_s=150)
        for caller, point in zip(callers, points, strict=True):
            devices.send(caller, {"at": wall_ms(), "alarm": "sos"})
            homebeat.begin("serve", failpoint=point).wait_killed()
        with homebeat.serving() as service:
            service.wait_ready()
            devices.end()
            assert_all_is_stored_once(url, devices)
            assert_each_sos_is_one_alert(url, callers, family, again=len(DELIVERY))
            # a broker that was not told of a commit sends again: without any of that nothing was proven
            assert service.get("/api/v1/ledger")["duplicate"] > 0


@pytest.mark.slow
def test_the_database_is_killed_under_load(
    nats_broker: EmbeddedBroker, postgres: Postgres, family: Receiver, tmp_path: Path
) -> None:
    postgres.start()
    key = settle(postgres.url, [home(n, family.url) for n in (1, 2, 10, 11, 12)])
    with Homebeat(tmp_path / "state", postgres.url, nats_broker, key=key).serving() as service:
        service.wait_ready()
        with Devices(nats_broker) as devices:
            devices.stream(WALKERS, per_s=300)
            for caller in ("b1", "b2"):
                so_far = service.get("/api/v1/ledger")["delivered"]
                until(partial(has_delivered, service, so_far + 400), "messages are committed")
                postgres.kill()
                devices.send(caller, {"at": wall_ms(), "alarm": "sos"})
                until(lambda: "database" in service.failing(), "the database is said to be away")
                postgres.start()
                service.wait_ready()
            devices.end()
            assert_all_is_stored_once(postgres.url, devices)
            assert_each_sos_is_one_alert(postgres.url, ["b1", "b2"], family, again=2)


@pytest.mark.slow
def test_the_nats_broker_is_killed_under_load(
    nats_broker: EmbeddedBroker, sqlite_url: str, family: Receiver, tmp_path: Path
) -> None:
    key = settle(sqlite_url, [home(n, family.url) for n in (1, 2, 10, 11, 12)])
    with Homebeat(tmp_path / "state", sqlite_url, nats_broker, key=key).serving() as service:
        service.wait_ready()
        with Devices(nats_broker) as devices:
            devices.stream(WALKERS, per_s=300)
            for caller in ("b1", "b2"):
                until(partial(has_confirmed, devices, devices.confirmed + 400), "messages are confirmed")
                nats_broker.kill()
                devices.send(caller, {"at": wall_ms(), "alarm": "sos"})
                until(lambda: "broker" in service.failing(), "the broker is said to be away")
                nats_broker.start()
                service.wait_ready(45)
            devices.end()
            assert_all_is_stored_once(sqlite_url, devices)
            assert_each_sos_is_one_alert(sqlite_url, ["b1", "b2"], family, again=0)


def has_delivered(service: Running, count: int) -> bool:
    """Whether so many messages have been committed."""
    return bool(service.get("/api/v1/ledger")["delivered"] > count)


def has_confirmed(devices: Devices, count: int) -> bool:
    """Whether the broker has acknowledged so many messages."""
    return devices.confirmed > count
