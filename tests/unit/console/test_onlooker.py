"""The queue never goes dark when a session ends: it stays readable without anybody's data, and asks for sign-in."""

from __future__ import annotations

import json

import pytest

from homebeat.actions.identify import IDLE_MS, STAYS_MS
from homebeat.domain.durations import HOUR_MS
from homebeat.store import Keep
from tests.people import add_account, sign_in
from tests.unit.api.fixtures import TestClient
from tests.unit.api.street import Clock, Street
from tests.unit.console.fixtures import csrf_of

SAYS = "Your session is over: new alerts still appear here, without names."
PERSONAL = ("赵德明", "4-103", "139-0000-0003", "138-0000-0003", "Daughter Lin", "xanthippe")
ENDS = [12 * HOUR_MS, IDLE_MS]


@pytest.fixture
def ann(guest: TestClient, street: Street) -> TestClient:
    add_account(street.store, "xanthippe", "desk@lane")
    sign_in(guest, street.store, "xanthippe")
    guest.headers["Accept-Language"] = "en"
    return guest


@pytest.mark.parametrize("after", ENDS)
def test_when_a_session_is_over_the_queue_stays_without_names(after: int, ann: TestClient, street: Street, clock: Clock) -> None:
    alert = street.sos(3)
    form = {"csrf": csrf_of(ann.get("/").text), "version": "1"}
    assert ann.post(f"/console/alerts/{alert.id}/take", data=form).status_code == 303
    assert "赵德明" in ann.get("/").text
    clock.now += after
    street.beat()
    second = street.sos(4)
    for path in ("/", f"/?alert={alert.id}", "/?queue=care"):
        answer = ann.get(path)
        assert answer.status_code == 200
        assert SAYS in answer.text
        assert f"row-{alert.id}" in answer.text
        assert f"row-{second.id}" in answer.text
        assert not [mark for mark in PERSONAL if mark in answer.text]
        assert 'href="/sign-in"' in answer.text


@pytest.mark.parametrize("after", ENDS)
def test_nothing_else_is_open_to_them(after: int, ann: TestClient, street: Street, clock: Clock) -> None:
    alert = street.sos(3)
    form = {"csrf": csrf_of(ann.get("/").text), "version": "1", "reason": "she called for help", "note": "x"}
    clock.now += after
    card = ann.get(f"/console/card/{alert.id}", headers={"X-Console": "1"})
    assert (card.status_code, card.headers["X-Card"]) == (401, "1")
    assert SAYS in card.text
    assert not [mark for mark in PERSONAL if mark in card.text]
    for path in ("/resident/r-3", "/digest", "/account", "/people"):
        assert ann.get(path).headers["location"].startswith("/sign-in?next=")
    for path in ("take", "note"):
        assert ann.post(f"/console/alerts/{alert.id}/{path}", data=form).status_code == 401
    assert ann.post("/console/households/h-3/glass", data=form).status_code == 401
    assert street.alert(alert.id).version == 1


def test_an_open_page_goes_on_without_names(ann: TestClient, street: Street, clock: Clock) -> None:
    alert = street.sos(3)
    clock.now += 12 * HOUR_MS
    street.beat()
    with ann.stream("GET", "/console/live") as stream:
        lines = (line for line in stream.iter_lines() if line.startswith("data: "))
        operations = json.loads(next(lines).removeprefix("data: "))
        tick = json.loads(next(lines).removeprefix("data: "))
    text = json.dumps(operations, ensure_ascii=False)
    assert f"row-{alert.id}" in text
    assert not [mark for mark in PERSONAL if mark in text]
    (card,) = [operation for operation in operations if operation[:2] == ["set", "card"]]
    assert "/sign-in" in card[2]
    assert SAYS in tick["noted"]


def test_it_is_the_queue_of_their_own_areas(ann: TestClient, street: Street, clock: Clock) -> None:
    with street.store.begin() as tx:
        tx.accounts.take("user:xanthippe", tx.accounts.find("xanthippe").grants[0])  # type: ignore[union-attr]
    add_account(street.store, "bo", "desk@other")
    sign_in(ann, street.store, "bo")
    alert = street.sos(3)
    clock.now += 12 * HOUR_MS
    assert f"row-{alert.id}" not in ann.get("/").text


@pytest.mark.parametrize("why", ["long over", "signed out", "ended", "disabled", "no role", "a stranger"])
def test_it_goes_dark_when_it_must(why: str, ann: TestClient, street: Street, clock: Clock) -> None:
    html = ann.get("/").text
    match why:
        case "signed out":
            ann.post("/sign-out", data={"csrf": csrf_of(html)})
        case "ended":
            with street.store.begin() as tx:
                tx.sessions.end_all("xanthippe")
        case "disabled":
            with street.store.begin() as tx:
                tx.accounts.set_disabled("xanthippe", clock.now)
        case "no role":
            with street.store.begin() as tx:
                tx.accounts.take("user:xanthippe", tx.accounts.find("xanthippe").grants[0])  # type: ignore[union-attr]
        case "a stranger":
            ann.cookies.clear()
            ann.cookies.set("homebeat_session", "never-made")
    clock.now += 12 * HOUR_MS + (STAYS_MS if why == "long over" else 0)
    assert ann.get("/").headers["location"].startswith("/sign-in")
    assert ann.get("/console/live").status_code == 401


def test_the_row_of_a_session_is_kept_as_long_as_it_is_needed(ann: TestClient, street: Street, clock: Clock) -> None:
    keep = Keep(None, None, None, None, None, None)
    for step, left in ((12 * HOUR_MS + STAYS_MS - 1, 1), (2, 0)):
        clock.now += step
        with street.store.begin() as tx:
            tx.retention.prune(keep, clock.now)
        with street.store._database.begin_read() as connection:
            assert connection.exec_driver_sql("SELECT count(*) FROM session").scalar() == left
