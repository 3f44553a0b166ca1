"""The main job, end to end, in processes of their own: from a meter's message to an answered alert and a family's phone."""

from __future__ import annotations

import json
import queue
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest

from homebeat.bootstrap.receiver import Receiver
from tests.brokers import Broker
from tests.contract.platforms.test_lane import SECRET, City
from tests.e2e.devices import mosquitto_pub, wall_ms
from tests.e2e.installation import Homebeat, Running, settle
from tests.e2e.street import home, write_fleet
from tests.e2e.waiting import PATIENCE_S, until
from tests.unit.deliver.receivers import RawReceiver

HOUR = 3_600_000
COMBINATIONS = [("nats", "sqlite"), ("mosquitto", "postgres"), ("nats", "postgres")]


@pytest.fixture(params=COMBINATIONS, ids="-".join)
def homebeat(request: pytest.FixtureRequest, tmp_path: Path) -> Homebeat:
    """An installation with empty tables, on each broker and each database."""
    broker_kind, database = request.param
    broker: Broker = request.getfixturevalue(f"{broker_kind}_broker")
    return Homebeat(tmp_path / "state", request.getfixturevalue(f"{database}_url"), broker)


class Integrator:
    """Follows the live stream of alert changes, until the service ends it."""

    def __init__(self, service: Running) -> None:
        self._url, self._headers = f"{service.client.base_url}/api/v1/stream", service.client.headers
        self._events: queue.Queue[dict[str, Any]] = queue.Queue()
        self._connected = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="integrator", daemon=True)
        self._thread.start()
        assert self._connected.wait(PATIENCE_S)

    def _follow(self) -> None:
        kind = ""
        with httpx2.stream("GET", self._url, headers=self._headers, timeout=20) as answer:
            assert answer.status_code == 200
            for line in answer.iter_lines():
                self._connected.set()
                name, _, value = line.partition(": ")
                if name == "event":
                    kind = value
                elif name == "data" and kind == "alert":
                    self._events.put(json.loads(value))

    def next(self, transition: str) -> dict[str, Any]:
        """The next change of that kind."""
        while (event := self._events.get(timeout=PATIENCE_S))["transition"] != transition:
            pass
        return event

    def assert_ended(self) -> None:
        """A service that stops ends its streams."""
        self._thread.join(PATIENCE_S)
        assert not self._thread.is_alive()


def settings_of(homebeat: Homebeat, folder: Path, url: str) -> str:
    """Write a settings file with a city's platform; returns the failpoint, which is none."""
    file = folder / "homebeat.toml"
    file.write_text(f'[platforms.city]\nurl = "{url}"\nsecret = "{SECRET}"\n')
    file.chmod(0o600)
    homebeat.more["HOMEBEAT_CONFIG"] = str(file)
    return ""


def test_from_a_message_to_an_answered_alert(homebeat: Homebeat, family: Receiver, tmp_path: Path) -> None:
    street = [home(1, family.url), home(2, family.url, devices=("b",))]
    fleet = tmp_path / "fleet.json"
    if homebeat.store_url.startswith("sqlite"):
        assert "households: 2 added: h1, h2" in homebeat.run("fleet", "import", write_fleet(fleet, street)).stdout
        homebeat.key = homebeat.run("key", "create", "desk-1", "--role", "nurse").stdout.strip()
    else:
        homebeat.key = settle(homebeat.store_url, street)  # the same, without the cost of two commands
    homebeat.more["HOMEBEAT_AUDIT_CHECKPOINTS"] = str(tmp_path / "elsewhere.jsonl")
    city = City()
    with RawReceiver(city.script) as platform, homebeat.serving(settings_of(homebeat, tmp_path, platform.url)) as service:
        service.wait_ready()
        until(lambda: city.is_proven, "the city's platform has answered the challenge")
        integrator = Integrator(service)
        readings_come_in(homebeat.broker, service)
        an_sos_is_answered(homebeat.broker, service, family, integrator)
        a_stranger_is_registered(homebeat, service, write_fleet(fleet, [home(1, family.url), home(2, family.url)]))
        ledger = service.get("/api/v1/ledger")
        assert ledger["balanced"]
        assert (ledger["delivered"], ledger["accepted"], ledger["duplicate"], ledger["quarantined"]) == (8, 5, 1, 2)
        assert not service.failing()
        until(lambda: {"alert.opened", "alert.acknowledged", "alert.resolved"} <= set(city.types), "the city has followed it")
    integrator.assert_ended()
    the_audit_is_signed(homebeat, tmp_path / "elsewhere.jsonl")
    if homebeat.store_url.startswith("sqlite"):
        homebeat.more["HOMEBEAT_PUBLIC_URL"] = "https://desk.example"  # links were on this machine so far
        said = homebeat.run("check").stdout
        assert "8 delivered = 5 accepted + 1 duplicate + 2 quarantined" in said
        assert said.endswith("all well\n")


def readings_come_in(broker: Broker, service: Running) -> None:
    """One object, a list that fills a gap, SenML: all three are readings of a time range afterwards."""
    now = wall_ms()
    mosquitto_pub(broker, "m1", [{"at": now - hours * HOUR, "volume_m3": 120.0 + (5 - hours) / 100} for hours in (3, 2, 1)])
    mosquitto_pub(broker, "m1", {"at": now, "volume_m3": 120.06, "battery_pct": 80})
    mosquitto_pub(broker, "m1", {"at": now, "volume_m3": 120.06, "battery_pct": 80})  # a second time
    mosquitto_pub(broker, "b1", [{"bn": "b1:", "bt": now / 1000, "n": "heart_rate_bpm", "v": 71}])
    path = "/api/v1/devices/m1/readings"
    until(lambda: service.get("/api/v1/ledger")["delivered"] == 4, "four messages have been committed")
    found = service.items(path, metric="volume_m3", limit=2, **{"from": iso(now - 4 * HOUR)})
    assert [item["value"] for item in found] == [120.02, 120.03, 120.04, 120.06]
    assert [i["value"] for i in service.items(path, metric="volume_m3", **{"from": iso(now - 2 * HOUR), "to": iso(now)})] == [
        120.03,
        120.04,
    ]
    assert [i["value"] for i in service.items("/api/v1/devices/b1/readings")] == [71]


def an_sos_is_answered(broker: Broker, service: Running, family: Receiver, integrator: Integrator) -> None:
    """Opened, told, taken, closed, told again: on the API, on the live stream and at the family's."""
    mosquitto_pub(broker, "b1", {"at": wall_ms(), "alarm": "sos"})
    seen = integrator.next("opened")
    assert (seen["rule"], seen["resident"], seen["priority"], seen["answer"]) == ("sos", "r1", "critical", "unacknowledged")
    alert = seen["alert_id"]
    assert [item["alert_id"] for item in service.items("/api/v1/alerts", rule="sos", open="true")] == [alert]
    (told,) = family.wait_for(1)
    assert (told.type, told.alert_id) == ("alert.opened", alert)
    assert json.loads(told.body)["data"]["link"] == f"{service.client.base_url}/?alert={alert}"

    taken = service.post(f"/api/v1/alerts/{alert}/acknowledge", {"version": seen["version"], "note": "calling her"})
    assert (taken["answer"], taken["owner"]) == ("acknowledged", "key:desk-1")
    assert integrator.next("acknowledged")["alert_id"] == alert
    stale = service.client.post(f"/api/v1/alerts/{alert}/resolve", json={"outcome": "fine", "version": seen["version"]})
    assert stale.status_code == 409
    closed = service.post(
        f"/api/v1/alerts/{alert}/resolve", {"outcome": "helped", "note": "helped up", "version": taken["version"]}
    )
    assert (closed["answer"], closed["outcome"]) == ("resolved", "helped")
    assert [step["transition"] for step in closed["history"]] == ["opened", "acknowledged", "resolved"]
    assert integrator.next("resolved")["alert_id"] == alert
    _, told_again = family.wait_for(2)
    assert (told_again.type, told_again.alert_id) == ("alert.resolved", alert)
    until(lambda: len(service.items("/api/v1/deliveries", alert=alert)) == 2, "both deliveries are written down")
    assert all(item["ok"] for item in service.items("/api/v1/deliveries", alert=alert))


def a_stranger_is_registered(homebeat: Homebeat, service: Running, fleet: Path) -> None:
    """What a device nobody knows says is set aside, and used once the device is registered; junk stays."""
    now = wall_ms()
    mosquitto_pub(homebeat.broker, "m2", {"at": now, "volume_m3": 7.5})
    mosquitto_pub(homebeat.broker, "m1", b"\xff\x00 this is no JSON")
    until(lambda: len(service.items("/api/v1/quarantine")) == 2, "two are set aside")
    aside = service.items("/api/v1/quarantine")
    assert {(item["topic"].split("/")[2], item["reason"]) for item in aside} == {("m2", "unknown_device"), ("m1", "not_json")}
    assert service.client.get("/api/v1/devices/m2/readings").status_code == 404

    assert "devices: 1 added: m2" in homebeat.run("fleet", "import", fleet).stdout
    assert homebeat.run("quarantine", "retry").stdout.startswith("2 messages tried again, 1 can be used")
    until(lambda: service.items("/api/v1/devices/m2/readings"), "the watch has taken it in")
    assert [item["value"] for item in service.items("/api/v1/devices/m2/readings")] == [7.5]
    again = {item["topic"].split("/")[2]: item for item in service.items("/api/v1/quarantine")}
    assert again["m2"]["retried_outcome"] == "accepted"
    assert again["m1"]["retried_at"] is None
    # the watch, which was never restarted, knows the device by now
    mosquitto_pub(homebeat.broker, "m2", {"at": now + 1, "volume_m3": 7.6})
    until(lambda: len(service.items("/api/v1/devices/m2/readings")) == 2, "the new device's next reading is used")


def the_audit_is_signed(homebeat: Homebeat, elsewhere: Path) -> None:
    """What was done is on record, and the last checkpoint stands in the database and in the file outside."""
    said = homebeat.run("audit", "verify").stdout.splitlines()
    assert said[-1].startswith("all well: ")
    kept = elsewhere.read_text().splitlines()
    assert said[0].startswith(f"{2 * len(kept)} signed checkpoints agree, the last at row {json.loads(kept[-1])['number']}.")
    done = homebeat.run("audit", "list", "--who", "key:desk-1").stdout
    verbs = [line.split("  ")[3] for line in done.splitlines()]
    assert [verb for verb in verbs if verb != "look"] == ["resolve", "acknowledge"]
    assert "look" in verbs  # the readings of its devices were asked for


def iso(at_ms: int) -> str:
    """A time as the API takes it."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat()
