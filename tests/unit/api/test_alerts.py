"""Alerts over HTTP: list, one with its history, and what people do to them."""

from __future__ import annotations

from homebeat.domain.alert import Alert, Desk, Priority, Reason, Subject, TransitionKind
from homebeat.domain.ids import AreaId, DeviceId
from homebeat.domain.notice import Notice
from tests.contract.store.outbox_rows import rows_of
from tests.unit.api.fixtures import TestClient
from tests.unit.api.street import MINUTE, NOON, Clock, Street
from tests.unit.console.test_messages import send

REPLAY_FIELDS = {"at", "alert_id", "rule", "household", "resident", "device", "transition", "priority", "since", "reason"}


def ids(client: TestClient, query: str = "") -> list[str]:
    answer = client.get(f"/api/v1/alerts{query}")
    assert answer.status_code == 200, answer.text
    return [item["alert_id"] for item in answer.json()["items"]]


def test_a_list_item_has_at_least_the_fields_of_a_replay(client: TestClient, street: Street) -> None:
    alert = street.open("no_sign_of_life", 0)
    (item,) = client.get("/api/v1/alerts").json()["items"]
    assert item.keys() >= REPLAY_FIELDS | {
        "answer",
        "condition",
        "owner",
        "outcome",
        "version",
        "desk",
        "opened_at",
        "reason_code",
    }
    assert item["alert_id"] == alert.id
    assert item["at"] == item["opened_at"] == "2026-03-01T03:55:00Z"
    assert (item["transition"], item["answer"], item["condition"]) == ("opened", "unacknowledged", "firing")


def close(client: TestClient, alert: Alert, outcome: str = "fine") -> None:
    """Take it and close it, as a critical one asks for."""
    client.post(f"/api/v1/alerts/{alert.id}/acknowledge")
    said = {"outcome": outcome, "note": "she answered the telephone"}
    assert client.post(f"/api/v1/alerts/{alert.id}/resolve", json=said).status_code == 200


def test_a_critical_alert_is_closed_only_after_it_was_taken_and_with_a_note(client: TestClient, street: Street) -> None:
    path, said = f"/api/v1/alerts/{street.sos(0).id}", {"outcome": "fine", "note": "she answered the telephone"}
    untaken = client.post(f"{path}/resolve", json=said)
    assert (untaken.status_code, untaken.json()["type"]) == (409, "urn:homebeat:problem:not-taken")
    client.post(f"{path}/acknowledge")
    bare = client.post(f"{path}/resolve", json={"outcome": "fine", "note": " "})
    assert (bare.status_code, bare.json()["type"]) == (422, "urn:homebeat:problem:invalid")
    assert client.post(f"{path}/resolve", json=said).json()["outcome"] == "fine"


def test_the_latest_closed_first(client: TestClient, street: Street, clock: Clock) -> None:
    first, second, _still = street.sos(0, minutes_ago=9), street.sos(1, minutes_ago=30), street.sos(2)
    close(client, first, "helped")
    clock.now += MINUTE
    close(client, second)
    assert ids(client, "?order=closed") == [second.id, first.id]
    assert ids(client, "?order=closed&outcome=helped") == ids(client, "?order=closed&until=2026-03-01T04:00:30Z") == [first.id]
    page = client.get("/api/v1/alerts?order=closed&limit=1").json()
    assert ids(client, f"?order=closed&limit=1&cursor={page['next_cursor']}") == [first.id]


def test_most_urgent_first_then_longest_waiting(client: TestClient, street: Street) -> None:
    young = street.open("no_sign_of_life", 0, minutes_ago=5)
    old = street.open("no_sign_of_life", 1, minutes_ago=50)
    sos = street.sos(2)
    assert ids(client) == [sos.id, old.id, young.id]


def test_every_filter_narrows_the_list(client: TestClient, street: Street) -> None:
    care = street.open("no_sign_of_life", 0, minutes_ago=90)
    leak = street.open("water_running", 1, priority=Priority.MEDIUM, desk=Desk.PROPERTY, minutes_ago=30)
    done = street.sos(2)
    close(client, done)
    street.step(leak, TransitionKind.CLEARED, Reason("cleared", {"rule": "water_running"}))
    assert ids(client, "?answer=resolved") == [done.id]
    assert ids(client, "?open=true") == [care.id, leak.id]
    assert ids(client, "?condition=cleared") == [leak.id]
    assert ids(client, "?priority=high") == [care.id]
    assert ids(client, "?queue=property") == [leak.id]
    assert ids(client, "?rule=sos") == [done.id]
    assert ids(client, "?household=h-0") == ids(client, "?resident=r-0") == [care.id]
    assert ids(client, "?area=town&open=true") == [care.id, leak.id]
    assert ids(client, "?area=other") == []
    assert ids(client, "?since=2026-03-01T03:00:00Z&open=true") == [leak.id]
    assert ids(client, "?until=2026-03-01T11:00:00%2B08:00") == [care.id]


def test_pages_follow_each_other_without_gap_or_repeat(client: TestClient, street: Street) -> None:
    for n in range(7):
        street.open("no_sign_of_life", n, minutes_ago=10 + n)
    whole, seen, cursor = ids(client), [], ""
    while True:
        page = client.get(f"/api/v1/alerts?limit=3{cursor}").json()
        seen += [item["alert_id"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert seen == whole
    assert len(seen) == 7


def test_the_reason_is_in_the_language_of_the_asker(client: TestClient, street: Street) -> None:
    street.sos(0)
    english = client.get("/api/v1/alerts", headers={"Accept-Language": "en"})
    chinese = client.get("/api/v1/alerts", headers={"Accept-Language": "zh-CN,zh;q=0.9"})
    assert english.headers["content-language"] == "en"
    assert chinese.headers["content-language"] == "zh-CN"
    one, other = english.json()["items"][0]["reason"], chinese.json()["items"][0]["reason"]
    assert one.isascii()
    assert any("\u4e00" <= c <= "\u9fff" for c in other)


def test_taking_and_closing_leave_a_history_with_who_and_why(client: TestClient, street: Street, clock: Clock) -> None:
    alert = street.sos(0)
    clock.now += 30_000
    taken = client.post(f"/api/v1/alerts/{alert.id}/acknowledge", json={"version": 1, "note": "calling"}).json()
    assert (taken["answer"], taken["owner"], taken["version"]) == ("acknowledged", "key:desk-1", 2)
    clock.now += 60_000
    closed = client.post(
        f"/api/v1/alerts/{alert.id}/resolve", json={"outcome": "helped", "note": "fell, helped up", "version": 2}
    ).json()
    assert (closed["answer"], closed["outcome"], closed["condition"]) == ("resolved", "helped", "firing")
    steps = [(s["transition"], s["actor"], s["note"], s["outcome"]) for s in closed["history"]]
    assert steps == [
        ("opened", "engine", "", None),
        ("acknowledged", "key:desk-1", "calling", None),
        ("resolved", "key:desk-1", "fell, helped up", "helped"),
    ]


def test_taking_twice_changes_nothing(client: TestClient, street: Street) -> None:
    alert = street.sos(0)
    first = client.post(f"/api/v1/alerts/{alert.id}/acknowledge")
    again = client.post(f"/api/v1/alerts/{alert.id}/acknowledge", json={"version": 1})
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.json()["version"] == 2


def test_a_stale_version_is_refused_and_writes_nothing(client: TestClient, street: Street) -> None:
    alert = street.open("no_sign_of_life", 0)
    street.step(alert, TransitionKind.CLEARED, Reason("life_again", {"life_at": NOON}))
    answer = client.post(f"/api/v1/alerts/{alert.id}/resolve", json={"outcome": "fine", "version": 1})
    assert answer.status_code == 409
    assert answer.json()["type"] == "urn:homebeat:problem:stale-version"
    assert street.alert(alert.id).outcome is None


def test_a_closed_alert_takes_remarks_but_no_second_outcome(client: TestClient, street: Street) -> None:
    alert = street.sos(0)
    close(client, alert)
    assert client.post(f"/api/v1/alerts/{alert.id}/resolve", json={"outcome": "false"}).status_code == 409
    assert client.post(f"/api/v1/alerts/{alert.id}/acknowledge").status_code == 409
    noted = client.post(f"/api/v1/alerts/{alert.id}/note", json={"note": "the key is with Mr Plum"})
    assert noted.status_code == 200
    assert noted.json()["history"][-1]["note"] == "the key is with Mr Plum"


def test_closing_needs_an_outcome_from_the_list(client: TestClient, street: Street) -> None:
    alert = street.sos(0)
    for body in ({}, {"outcome": "whatever"}, {"outcome": "fine", "extra": 1}, {"outcome": "fine", "version": 0}):
        answer = client.post(f"/api/v1/alerts/{alert.id}/resolve", json=body)
        assert answer.status_code == 422, body
        assert answer.json()["errors"]


def test_closing_tells_those_who_were_told(client: TestClient, street: Street) -> None:
    alert = street.sos(0)
    with street.store.begin() as tx:
        contact = tx.fleet.load().households[0].contacts[1].id
        tx.outbox.add([Notice(alert.id, contact, "webhook", 0, "alert.opened", NOON, {"alert_id": alert.id}, "cause")], NOON)
    close(client, alert, "hospital")
    notices = rows_of(street.store, alert.id)
    assert sorted(n.event for n in notices) == ["alert.opened", "alert.resolved"]
    assert {n.contact for n in notices} == {contact}


def test_what_is_told_is_thin_and_links_to_the_card(client: TestClient, street: Street) -> None:
    alert = street.sos(0)
    tell(street, alert)
    close(client, alert)
    with street.store.begin() as tx:
        payloads = {n.event: n.payload for n in tx.outbox.claim(NOON + 1, "me", 10, 1)}
    assert payloads["alert.resolved"] == {
        "alert_id": alert.id,
        "priority": "critical",
        "condition": "firing",
        "answer": "resolved",
        "opened_at": "2026-03-01T03:59:00Z",
        "link": f"https://desk.example/?alert={alert.id}",
    }


def test_who_took_an_alert_can_give_it_back(client: TestClient, street: Street, clock: Clock) -> None:
    alert = street.sos(0)
    assert client.post(f"/api/v1/alerts/{alert.id}/release").status_code == 409
    client.post(f"/api/v1/alerts/{alert.id}/acknowledge")
    assert client.post(f"/api/v1/alerts/{alert.id}/release", json={"version": 1}).status_code == 409
    clock.now += MINUTE
    free = client.post(f"/api/v1/alerts/{alert.id}/release", json={"version": 2, "note": "shift over"}).json()
    assert (free["answer"], free["owner"], free["acknowledged_at"], free["version"]) == ("unacknowledged", None, None, 3)
    assert (free["history"][-1]["transition"], free["history"][-1]["note"]) == ("released", "shift over")


def test_a_slip_is_taken_back_and_those_who_were_told_are_told(client: TestClient, street: Street, clock: Clock) -> None:
    alert = street.sos(0)
    tell(street, alert)
    client.post(f"/api/v1/alerts/{alert.id}/acknowledge")
    clock.now += MINUTE
    close(client, alert, "false")
    clock.now += 5 * MINUTE
    open_again = client.post(f"/api/v1/alerts/{alert.id}/reopen", json={"version": 3}).json()
    assert (open_again["answer"], open_again["owner"], open_again["outcome"], open_again["resolved_at"]) == (
        "acknowledged",
        "key:desk-1",
        None,
        None,
    )
    assert open_again["history"][-1]["transition"] == "returned"
    assert sorted(n.event for n in rows_of(street.store, alert.id)) == ["alert.opened", "alert.reopened", "alert.resolved"]


def test_a_slip_that_is_too_old_stays(client: TestClient, street: Street, clock: Clock) -> None:
    alert = street.sos(0)
    assert client.post(f"/api/v1/alerts/{alert.id}/reopen").status_code == 409
    close(client, alert, "false")
    clock.now += 5 * MINUTE + 1
    answer = client.post(f"/api/v1/alerts/{alert.id}/reopen")
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:homebeat:problem:not-allowed")


def test_a_closed_alert_does_not_come_back_beside_a_newer_one(client: TestClient, street: Street) -> None:
    alert = street.sos(0, minutes_ago=2)
    close(client, alert, "false")
    newer = street.sos(0, minutes_ago=1)
    answer = client.post(f"/api/v1/alerts/{alert.id}/reopen")
    assert (answer.status_code, answer.json()["detail"]) == (409, "another alert has been opened for the same cause since")
    assert ids(client, "?open=true") == [newer.id]


def tell(street: Street, alert: Alert) -> None:
    with street.store.begin() as tx:
        contact = tx.fleet.load().households[0].contacts[1].id
        tx.outbox.add([Notice(alert.id, contact, "webhook", 0, "alert.opened", NOON, {"alert_id": alert.id}, "cause")], NOON)


def test_an_unknown_alert_is_not_found(client: TestClient) -> None:
    for answer in (client.get("/api/v1/alerts/none"), client.post("/api/v1/alerts/none/acknowledge")):
        assert answer.status_code == 404
        assert answer.json()["type"] == "urn:homebeat:problem:not-found"


def test_times_without_a_zone_are_refused(client: TestClient) -> None:
    answer = client.get("/api/v1/alerts?since=2026-03-01T08:00:00")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "query.since"


def test_what_is_about_no_home_says_what_it_is_about_and_can_be_closed(client: TestClient, street: Street) -> None:
    subjects = (Subject(device=DeviceId("wb-9")), Subject(area=AreaId("town")), Subject(service="broker-session"))
    opened = [street.open_about(about, "delivery_failed", Reason("delivery_failed", {"attempts": 2})) for about in subjects]
    items = {item["alert_id"]: item for item in client.get("/api/v1/alerts?area=other").json()["items"]}
    items |= {item["alert_id"]: item for item in client.get("/api/v1/alerts?area=town").json()["items"]}
    names = [[items[alert.id][name] for name in ("household", "device", "area", "service")] for alert in opened]
    assert names == [[None, "wb-9", None, None], [None, None, "town", None], [None, None, None, "broker-session"]]
    for alert in opened:
        closed = client.post(f"/api/v1/alerts/{alert.id}/resolve", json={"outcome": "device"})
        assert (closed.status_code, closed.json()["answer"]) == (200, "resolved")


def test_away_without_a_note_is_refused(client: TestClient, street: Street) -> None:
    alert = street.open("no_sign_of_life", 0)
    refused = client.post(f"/api/v1/alerts/{alert.id}/resolve", json={"outcome": "away"})
    assert (refused.status_code, refused.json()["type"]) == (422, "urn:homebeat:problem:invalid")
    assert street.alert(alert.id).outcome is None


def test_an_alert_says_what_became_of_its_messages(client: TestClient, street: Street) -> None:
    alert = street.open("no_sign_of_life", 3)
    send(street, alert.id)
    call, chat = sorted(client.get(f"/api/v1/alerts/{alert.id}").json()["messages"], key=lambda one: one["channel"])
    assert (call["contact"], call["relation"], call["standing"], call["channel"]) == ("h-3/lin", "daughter", "awaited", "voice")
    assert (chat["contact"], chat["relation"], chat["standing"]) == ("/wang", "", "again")
    assert call["text"] == "taken by the provider, no receipt yet"
