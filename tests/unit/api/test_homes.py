"""Residents, homes, devices, readings, quarantine, deliveries, the ledger."""

from __future__ import annotations

from dataclasses import replace

from homebeat.domain.fleet import Fleet
from homebeat.domain.ids import AlertId, ContactId, DeviceId
from homebeat.domain.last_message import DeviceHint, HintCode, LastMessage
from homebeat.domain.metric import Metric
from homebeat.domain.notice import Notice
from homebeat.domain.scope import EVERYTHING
from homebeat.store import Attempt, DeviceState
from homebeat.store.portable.nouns import NOUNS
from tests.people import add_key
from tests.unit.api.fixtures import TestClient
from tests.unit.api.street import HOUR, MINUTE, NOON, Street, fleet


def test_residents_show_their_state_and_unknown_is_never_fine(client: TestClient) -> None:
    items = client.get("/api/v1/residents?limit=200").json()["items"]
    assert len(items) == 12
    states = {item["resident"]: item["state"]["state"] for item in items}
    assert states["r-0"] == "active"
    assert states["r-2"] == "quiet"
    assert states["r-3"] == "unknown"
    quiet = client.get("/api/v1/residents?state=quiet").json()["items"]
    assert {item["resident"] for item in quiet} == {"r-2", "r-6", "r-10"}


def test_one_resident(client: TestClient, street: Street) -> None:
    street.sos(1)
    item = client.get("/api/v1/residents/r-1").json()
    assert (item["name"], item["birth_year"], item["open_alerts"]) == ("王秀英", 1941, 1)
    assert client.get("/api/v1/residents/nobody").status_code == 404


def test_a_household_shows_everything_but_no_secret_and_no_channel_address(client: TestClient, street: Street) -> None:
    street.sos(0)
    street.readings("m-0", Metric.VOLUME_M3, [(NOON - HOUR, 12.5)])
    answer = client.get("/api/v1/households/h-0")
    item = answer.json()
    assert item["timezone"] == "Asia/Shanghai"
    assert item["contacts"] == [
        {
            "contact": "h-0/lin",
            "name": "Daughter Lin",
            "relation": "daughter",
            "phone": "138-0000-0000",
            "language": "en",
            "channels": [],
            "is_representative": False,
            "holds_key": False,
        },
        {
            "contact": "h-0/plum",
            "name": "Mr Plum",
            "relation": "key holder",
            "phone": "",
            "language": "zh-CN",
            "channels": ["webhook"],
            "is_representative": False,
            "holds_key": False,
        },
    ]
    assert "whsec" not in answer.text
    assert "example.invalid" not in answer.text
    assert {d["device"] for d in item["devices"]} == {"m-0", "b-0"}
    meter = next(d for d in item["devices"] if d["device"] == "m-0")
    assert meter["latest"][0]["value"] == 12.5
    assert client.get("/api/v1/households?area=lane").json()["items"][0]["residents"][0]["state"]["state"] == "active"


def test_devices_show_liveness_and_never_heard_is_null(client: TestClient) -> None:
    meter = client.get("/api/v1/devices/m-0").json()
    assert (meter["heard_at"], meter["silent"], meter["battery_pct"]) == ("2026-03-01T03:40:00Z", False, 71.0)
    band = client.get("/api/v1/devices/b-0").json()
    assert (band["heard_at"], band["silent"], band["resident"]) == (None, None, "r-0")
    silent = client.get("/api/v1/devices?silent=true").json()["items"]
    assert {d["device"] for d in silent} == {"m-4", "m-9"}


def test_a_device_says_what_it_may_claim_and_what_it_gives_besides(client: TestClient, street: Street) -> None:
    assert client.get("/api/v1/devices/m-1").json()["measures"] == [], "anything"
    before, now = fleet(street.homes), street.clock()
    homes = tuple(
        replace(home, devices=tuple(replace(one, measures=("volume_m3",)) if one.id == "m-1" else one for one in home.devices))
        for home in before.households
    )
    hint = DeviceHint(HintCode.UNCLAIMED, {"metrics": "heart_rate_bpm"})
    with street.store.begin() as tx:
        tx.fleet.apply(Fleet(before.areas, homes), now)
        tx.last_messages.put(
            [LastMessage(DeviceId("m-1"), "meters/1", b"{}", now, "native", ("volume_m3",), ("heart_rate_bpm",), "", hint)]
        )
    item = client.get("/api/v1/devices/m-1", headers={"Accept-Language": "en"}).json()
    assert item["measures"] == ["volume_m3"]
    assert item["last_message"]["unknown"] == ["heart_rate_bpm"]
    said = item["last_message"]["hint"]
    assert (said["code"], said["params"]) == ("unclaimed", {"metrics": "heart_rate_bpm"})
    assert "kept and not believed" in said["text"]
    assert client.get("/api/v1/devices/m-0").json()["measures"] == []


def test_a_device_that_fires_by_itself_says_so(client: TestClient, street: Street) -> None:
    assert client.get("/api/v1/devices/m-1").json()["beats_every_s"] is None
    now = street.clock()
    with street.store.begin() as tx:
        tx.states.put(devices=[DeviceState(DeviceId("m-1"), now, None, False, now, beats_every_s=4 * 3_600)])
    assert client.get("/api/v1/devices/m-1").json()["beats_every_s"] == 14_400
    assert client.get("/api/v1/devices/m-1").json()["beats_litres"] is None
    with street.store.begin() as tx:
        tx.states.put(devices=[DeviceState(DeviceId("m-1"), now, None, False, now, beats_every_s=14_400, beats_litres=5)])
    assert client.get("/api/v1/devices/m-1").json()["beats_litres"] == 5


def test_readings_by_time_range_oldest_first_in_pages(client: TestClient, street: Street) -> None:
    street.sos(0)
    street.readings("m-0", Metric.VOLUME_M3, [(NOON - n * MINUTE, 10.0 - n / 100) for n in range(50, 0, -1)])
    seen, cursor = [], ""
    while True:
        page = client.get(f"/api/v1/devices/m-0/readings?metric=volume_m3&from=2026-03-01T03:30:00Z&limit=7{cursor}").json()
        seen += [r["observed_at"] for r in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert seen == sorted(set(seen))
    assert (len(seen), seen[0]) == (30, "2026-03-01T03:30:00Z")
    none = client.get("/api/v1/devices/m-0/readings?metric=heart_rate_bpm").json()
    assert none == {"items": [], "next_cursor": None}


def test_quarantine_shows_bytes_as_text(client: TestClient, street: Street) -> None:
    street.quarantine(3)
    items = client.get("/api/v1/quarantine?limit=2").json()
    assert len(items["items"]) == 2
    assert items["next_cursor"]
    assert items["items"][0]["payload"] == "\\xff{"
    assert client.get("/api/v1/quarantine?reason=empty").json()["items"] == []


def test_deliveries_and_ledger(client: TestClient, street: Street) -> None:
    alert = street.sos(0)
    with street.store.begin() as tx:
        tx.ledger.add(delivered=5, accepted=3, duplicate=1, quarantined=1, readings_accepted=9)
        notice = Notice(
            AlertId(alert.id), ContactId("h-0/plum"), "webhook", 0, "alert.opened", NOON, {"alert_id": alert.id}, "cause"
        )
        tx.outbox.add([notice], NOON)
        (leased,) = tx.outbox.claim(NOON, "me", 5, 1000)
        tx.outbox.settle(leased.id, "me", Attempt(NOON, 12, False, 503, "the endpoint answered 503", NOON + 5000))
    (item,) = client.get(f"/api/v1/deliveries?alert={alert.id}").json()["items"]
    assert (item["ok"], item["status"], item["attempt"], item["next_due_at"]) == (False, 503, 1, "2026-03-01T04:00:05Z")
    ledger = client.get("/api/v1/ledger").json()
    assert (ledger["delivered"], ledger["missing"], ledger["balanced"]) == (5, 0, True)


def read_reasons(street: Street) -> dict[str, str]:
    devices = next(noun for noun in NOUNS if noun.name == "devices")
    with street.store.read(EVERYTHING) as reader:
        return {row["id"]: row["retired_for"] for rows in reader.portable.read_rows(devices) for row in rows}


def test_who_retires_or_replaces_a_device_may_say_why(client: TestClient, street: Street) -> None:
    home = "/api/v1/households/h-1"
    add_key(street.store, "its-secret", "installer")
    client.headers["Authorization"] = "Bearer its-secret"
    new = {"id": "b-77", "replaces": "b-1", "retired_for": "battery"}
    assert client.post(f"{home}/devices", json=new).status_code == 200
    assert client.post(f"{home}/devices/m-1/retire", json={"reason": "broken"}).status_code == 200
    assert client.post("/api/v1/households/h-2/devices/m-2/retire").status_code == 200
    reasons = read_reasons(street)
    assert [reasons[name] for name in ("b-1", "m-1", "m-2", "b-77")] == ["battery", "broken", "", ""]
    strange = client.post("/api/v1/households/h-3/devices/m-3/retire", json={"reason": "bored"})
    assert (strange.status_code, "wrong_device" in strange.text) == (422, True)
    alone = client.post("/api/v1/households/h-3/devices", json={"id": "x-3", "kind": "button", "retired_for": "lost"})
    assert (alone.status_code, "needs replaces" in alone.text) == (422, True)
