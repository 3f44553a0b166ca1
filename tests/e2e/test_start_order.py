"""Parts start and fail in any order: `/readyz` tells the truth, and everything comes up when what it needs does."""

from __future__ import annotations

from pathlib import Path

from homebeat.bootstrap.receiver import Receiver
from tests.brokers import Mosquitto, mosquitto_executable
from tests.e2e.devices import mosquitto_pub, wall_ms
from tests.e2e.installation import Homebeat, Running, settle
from tests.e2e.postgres import Postgres
from tests.e2e.street import home
from tests.e2e.waiting import until


def test_service_first_database_later_broker_last(postgres: Postgres, family: Receiver, tmp_path: Path) -> None:
    postgres.start()
    key = settle(postgres.url, [home(1, family.url)])
    postgres.stop()
    broker = Mosquitto(mosquitto_executable(), tmp_path / "mosquitto")
    with Homebeat(tmp_path / "state", postgres.url, broker, key=key).serving() as service:
        assert service.client.get("/livez").status_code == 200
        until(lambda: "database" in service.failing(), "the database is said to be away")
        assert service.client.get("/api/v1/alerts").status_code == 503

        postgres.start()
        until(lambda: {"broker"} == set(service.failing()), "only the broker is missing")
        assert service.failing()["broker"] == "the broker is away"

        broker.start()
        try:
            service.wait_ready(45)
            assert a_reading_arrives(service, broker, 1)

            broker.stop()
            until(lambda: "broker" in service.failing(), "the broker is said to be away")
            assert service.items("/api/v1/devices/m1/readings")  # what is known can still be looked at
            broker.start()
            service.wait_ready(45)

            postgres.stop()
            until(lambda: "database" in service.failing(), "the database is said to be away")
            mosquitto_pub(broker, "m1", {"at": wall_ms(), "volume_m3": 2})
            mosquitto_pub(broker, "b1", {"at": wall_ms(), "alarm": "sos"})
            postgres.start()
            service.wait_ready(45)
            until(lambda: [i["value"] for i in volumes(service)] == [1, 2], "what came meanwhile is there")
            (told,) = family.wait_for(1, timeout_s=20)
            assert told.type == "alert.opened"
            assert service.get("/api/v1/ledger")["balanced"]
        finally:
            broker.stop()


def volumes(service: Running) -> list[dict[str, object]]:
    """The meter's readings."""
    return service.items("/api/v1/devices/m1/readings", metric="volume_m3")


def a_reading_arrives(service: Running, broker: Mosquitto, volume_m3: float) -> bool:
    """Whether a reading published now is soon in the database."""
    mosquitto_pub(broker, "m1", {"at": wall_ms(), "volume_m3": volume_m3})
    return bool(until(lambda: [i["value"] for i in volumes(service)] == [volume_m3], "the reading is there"))
