"""The database file is deleted under a running service: nothing more is acknowledged, it is said, and nothing is lost."""

from __future__ import annotations

import shutil
from pathlib import Path

from homebeat.bootstrap.receiver import Receiver
from homebeat.ingest.mqtt.embedded_broker import EmbeddedBroker
from homebeat.store import open_store
from tests.e2e.devices import mosquitto_pub, wall_ms
from tests.e2e.installation import Homebeat, settle
from tests.e2e.street import home
from tests.e2e.waiting import until
from tests.keys import KEY_FILE


def held_open(pid: int, name: str) -> Path:
    """A descriptor of a process that leads to the deleted file of this name."""
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        if str(descriptor.readlink()).endswith(f"/{name} (deleted)"):
            return descriptor
    raise AssertionError(f"{name} is not held open")


def test_nothing_is_lost_when_the_file_is_deleted(nats_broker: EmbeddedBroker, family: Receiver, tmp_path: Path) -> None:
    database = tmp_path / "data" / "homebeat.db"
    database.parent.mkdir()
    url = f"sqlite:///{database}"
    open_store(url, KEY_FILE).close()
    homebeat = Homebeat(tmp_path / "state", url, nats_broker)
    homebeat.key = settle(url, [home(1, family.url), home(2, family.url)])
    service = homebeat.begin("serve")
    try:
        service.wait_ready()
        mosquitto_pub(nats_broker, "b1", {"at": wall_ms(), "alarm": "sos"})
        family.wait_for(1, timeout_s=20)

        for ending in ("", "-wal", "-shm"):
            Path(f"{database}{ending}").unlink()
        until(lambda: "database_file" in service.failing(), "the loss is said, also to who has no key that could be looked up")
        assert not database.exists()
        mosquitto_pub(nats_broker, "b2", {"at": wall_ms(), "alarm": "sos"})
        until(lambda: "watch" in service.failing(), "the watch says that it cannot commit")
        assert service.client.get("/api/v1/alerts").status_code == 503
        assert f"{database} was deleted while homebeat had it open: nothing is written or acknowledged" in service.log()
        assert not database.exists()
        assert len(family.received) == 1

        # what the runbook says
        saved = tmp_path / "saved"
        saved.mkdir()
        for ending in ("", "-wal"):
            shutil.copyfile(held_open(service.child.pid, f"homebeat.db{ending}"), saved / f"homebeat.db{ending}")
        assert service.stop() == 0
    finally:
        service.kill()
    for file in saved.iterdir():
        shutil.copy(file, database.parent)
    with homebeat.serving() as again:
        again.wait_ready()
        told = family.wait_for(2, timeout_s=30)
        assert len({message.alert_id for message in told}) == 2
        assert {item["device"] for item in again.items("/api/v1/alerts", rule="sos")} == {"b1", "b2"}
        assert again.get("/api/v1/ledger")["balanced"]


def test_a_file_that_comes_back_goes_on(nats_broker: EmbeddedBroker, family: Receiver, tmp_path: Path) -> None:
    folder, elsewhere = tmp_path / "data", tmp_path / "elsewhere"
    folder.mkdir()
    url = f"sqlite:///{folder / 'homebeat.db'}"
    open_store(url, KEY_FILE).close()
    homebeat = Homebeat(tmp_path / "state", url, nats_broker)
    homebeat.key = settle(url, [home(1, family.url)])
    with homebeat.serving() as service:
        service.wait_ready()
        folder.rename(elsewhere)
        until(lambda: "database_file" in service.failing(), "the loss is said")
        mosquitto_pub(nats_broker, "b1", {"at": wall_ms(), "alarm": "sos"})
        until(lambda: "watch" in service.failing(), "the watch says that it cannot commit")
        elsewhere.rename(folder)
        service.wait_ready()
        assert family.wait_for(1, timeout_s=20)
