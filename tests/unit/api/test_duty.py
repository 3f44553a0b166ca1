"""Duty at the API: who is on duty, swaps, leave, hand-overs, and shifts as a calendar."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from homebeat.api import create_app
from homebeat.domain.alert import Answer
from homebeat.domain.durations import DAY_MS, HOUR_MS
from homebeat.domain.fleet import Responder, ResponderKind
from homebeat.domain.ids import AreaId, ResponderId, RotaId
from homebeat.domain.rota import EVERY_DAY, DutyHours, Rota, ShiftPattern
from homebeat.domain.scope import EVERYTHING
from tests.people import add_account, add_key
from tests.unit.api.fixtures import TestClient, api_context, web
from tests.unit.api.street import NOON, Clock, Street, fleet
from tests.unit.domain.test_calendar import parse

LI, WANG, ZHAO = (ResponderId(name) for name in ("li", "wang", "zhao"))
DAY, NIGHT = DutyHours(EVERY_DAY, 8 * 60, 20 * 60), DutyHours(EVERY_DAY, 20 * 60, 8 * 60)
ROTA = Rota(
    *(RotaId("desk"), AreaId("lane"), ResponderKind.DESK, "Asia/Shanghai", date(2026, 1, 1)),
    (ShiftPattern("day", DAY, (LI,)), ShiftPattern("night", NIGHT, (WANG,))),
)


@pytest.fixture
def office(street: Street) -> Street:
    """Two of the desk with accounts of their own, and a third without shifts."""
    people = tuple(
        Responder(who, who.title(), ResponderKind.DESK, (AreaId("lane"),), account=f"{who}.w", language="zh-CN")
        for who in (LI, WANG, ZHAO)
    )
    with street.store.begin() as tx:
        tx.fleet.apply(replace(fleet(street.homes), responders=people), NOON)
        tx.rotas.set_all([ROTA], "command:ops", NOON)
        tx.rotas.refresh({ROTA.id: ROTA}, NOON)
    for who in (LI, WANG, ZHAO):
        add_account(street.store, f"{who}.w", "desk@lane")
    return street


@pytest.fixture
def browser(office: Street, clock: Clock) -> Iterator[TestClient]:
    with web(create_app(api_context(office.store, clock))) as client:
        yield client


def call(office: Street, browser: TestClient, who: str, role: str = "desk", area: str | None = "lane") -> Any:
    """Calls with a key that somebody has made for themselves."""
    secret = f"the-secret-of-{who}-{role}"
    add_key(office.store, secret, role, f"{who}-{role}", area=area, made_by=f"user:{who}.w")

    def request(method: str, path: str, **more: Any) -> Any:
        return browser.request(method, f"/api/v1/duty{path}", headers={"Authorization": f"Bearer {secret}"}, **more)

    return request


def test_who_is_on_duty_and_who_is_next(office: Street, browser: TestClient) -> None:
    li = call(office, browser, "li")
    found = li("GET", "", params={"area": "lane"}).json()
    assert (found["at"], [one["who"] for one in found["now"]], [one["who"] for one in found["next"]]) == (
        "2026-03-01T04:00:00Z", ["li"], ["wang"],
    )  # fmt: skip
    assert found["next"][0] == {
        "rota": "desk",
        "area": "lane",
        "kind": "desk",
        "day": "2026-03-01",
        "shift": "night",
        "starts_at": "2026-03-01T12:00:00Z",
        "ends_at": "2026-03-02T00:00:00Z",
        "who": "wang",
        "account": "wang.w",
    }
    later = li("GET", "", params={"area": "lane", "at": "2026-03-01T21:00:00+08:00"}).json()
    assert [one["who"] for one in later["now"]] == ["wang"]
    # whoever sees another community sees nothing of this one
    far = call(office, browser, "zhao", area="other")
    assert far("GET", "", params={"area": "lane"}).json()["now"] == []
    assert far("GET", "/rotas").json()["items"] == []


def test_a_shift_is_given_swapped_and_left(office: Street, browser: TestClient) -> None:
    li, boss = call(office, browser, "li"), call(office, browser, "wu", "supervisor")
    day = {"rota": "desk", "day": "2026-03-03", "shift": "day"}
    night = {"rota": "desk", "day": "2026-03-04", "shift": "night"}
    assert li("POST", "/shifts/give", json={**night, "who": "zhao"}).status_code == 403
    assert li("POST", "/shifts/swap", json={"first": day, "second": night}).status_code == 200
    assert [one["who"] for one in li("GET", "", params={"area": "lane", "at": "2026-03-03T12:00:00+08:00"}).json()["now"]] == [
        "wang"
    ]
    answer = boss("POST", "/shifts/give", json={**night, "who": None})
    assert answer.json() == {"gaps": [{"starts_at": "2026-03-04T12:00:00Z", "ends_at": "2026-03-05T00:00:00Z"}]}
    assert boss("GET", "/rotas").json()["items"][0]["gaps"] == answer.json()["gaps"]
    assert boss("POST", "/shifts/give", json={**day, "who": "nobody"}).status_code == 422
    assert boss("POST", "/shifts/give", json={**day, "day": "2026-02-01", "who": "zhao"}).status_code == 404
    wanted = {"who": "li", "starts_at": "2026-03-06T00:00:00+08:00", "ends_at": "2026-03-07T00:00:00+08:00"}
    (taken,) = li("POST", "/leave", json=wanted).json()["replacements"]
    assert (taken["day"], taken["shift"], taken["who"]) == ("2026-03-06", "day", "zhao")
    (leave,) = li("GET", "/leave").json()["items"]
    assert (leave["who"], leave["starts_at"], leave["entered_by"]) == ("li", "2026-03-05T16:00:00Z", "key:li-desk")
    assert li("POST", "/leave", json={**wanted, "who": "wang"}).status_code == 403
    assert li("POST", "/leave", json={**wanted, "ends_at": "2026-03-05T00:00:00Z"}).status_code == 422
    assert [one["who"] for one in li("GET", "/shifts", params={"who": "zhao", "days": 14}).json()["items"]] == ["zhao"]


def test_the_open_alerts_of_whoever_leaves_are_taken_over_by_name(office: Street, browser: TestClient) -> None:
    li, wang, zhao = (call(office, browser, who) for who in (LI, WANG, ZHAO))
    mine = [office.sos(n) for n in range(3)]
    headers = {"Authorization": "Bearer the-secret-of-li-desk"}
    for alert in mine[:2]:
        assert browser.post(f"/api/v1/alerts/{alert.id}/acknowledge", json={}, headers=headers).status_code == 200
    offer = li("POST", "/hand-overs", json={"area": "town", "accepting": "wang.w"})
    assert offer.status_code == 404, "a desk of the lane hands over the lane"
    offer = li("POST", "/hand-overs", json={"area": "lane", "accepting": "wang.w"})
    assert offer.status_code == 201
    assert set(offer.json()["alerts"]) == {alert.id for alert in mine[:2]}
    assert office.alert(mine[0].id).owner == "key:li-desk", "nothing changes hands before it is accepted"
    ident = offer.json()["hand_over"]["id"]
    # one more is taken meanwhile; and nobody else can accept
    browser.post(f"/api/v1/alerts/{mine[2].id}/acknowledge", json={}, headers=headers)
    assert zhao("POST", f"/hand-overs/{ident}/accept").status_code == 403
    taken = wang("POST", f"/hand-overs/{ident}/accept")
    assert set(taken.json()["alerts"]) == {alert.id for alert in mine}
    assert (taken.json()["hand_over"]["moved"], taken.json()["hand_over"]["accepting"]) == (3, "user:wang.w")
    for alert in mine:
        now = office.alert(alert.id)
        assert (now.owner, now.answer) == ("user:wang.w", Answer.ACKNOWLEDGED)
    with office.store.read(EVERYTHING) as reader:
        detail = reader.alerts.get(mine[0].id)
        actions = [row.action for row in reader.audit.read_page(50).items if row.action.endswith("hand_over")]
    assert detail is not None
    assert [(step.kind, step.actor, step.reason.code) for step in detail.history][-1] == (
        "acknowledged", "key:wang-desk", "handed_over",
    )  # fmt: skip
    assert actions == ["accept_hand_over", "offer_hand_over"]
    assert wang("POST", f"/hand-overs/{ident}/accept").status_code == 409
    assert wang("GET", "/hand-overs").json()["items"] == [taken.json()["hand_over"]]
    assert wang("POST", "/hand-overs/99/accept").status_code == 404


def test_a_supervisor_offers_what_somebody_left_and_an_offer_ends(office: Street, browser: TestClient, clock: Clock) -> None:
    wang, boss = call(office, browser, "wang"), call(office, browser, "wu", "supervisor")
    wanted = {"area": "lane", "accepting": "wang.w", "leaving": "li.w"}
    assert call(office, browser, "zhao")("POST", "/hand-overs", json=wanted).status_code == 403
    ident = boss("POST", "/hand-overs", json=wanted).json()["hand_over"]["id"]
    clock.now += 12 * HOUR_MS + 1
    assert wang("POST", f"/hand-overs/{ident}/accept").status_code == 409
    for accepting in ("nobody", "li.w"):
        assert boss("POST", "/hand-overs", json={**wanted, "accepting": accepting}).status_code == 422
    add_account(office.store, "far", "desk@other")
    assert boss("POST", "/hand-overs", json={**wanted, "accepting": "far"}).status_code == 422


def test_whoever_does_not_answer_there_any_more_takes_nothing_over(office: Street, browser: TestClient) -> None:
    li, wang = call(office, browser, "li"), call(office, browser, "wang", area="other")
    offer = li("POST", "/hand-overs", json={"area": "lane", "accepting": "wang.w"}).json()["hand_over"]["id"]
    assert wang("POST", f"/hand-overs/{offer}/accept").status_code == 404, "a key for another area sees no offer of this one"
    town = call(office, browser, "wang", role="manager", area="town")
    assert town("POST", f"/hand-overs/{offer}/accept").status_code == 403


def test_shifts_in_a_calendar_by_a_secret_address_that_can_be_ended(office: Street, browser: TestClient, clock: Clock) -> None:
    li = call(office, browser, "li")
    assert call(office, browser, "wang")("POST", "/feeds", json={"who": "li"}).status_code == 403
    assert li("POST", "/feeds", json={"who": "nobody"}).status_code == 404
    made = li("POST", "/feeds", json={"who": "li"})
    assert made.status_code == 201
    path = "/calendar/" + made.json()["address"].rpartition("/")[2]
    answer = browser.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/calendar; charset=utf-8")
    assert answer.headers["cache-control"] == "no-store"
    calendar, events, _ = parse(answer.content)
    assert calendar["X-WR-CALNAME"] == "值班（homebeat）"
    assert events[0] == {
        "UID": "desk.2026-03-01.day@homebeat",
        "DTSTAMP": "20260301T040000Z",
        "DTSTART": "20260301T040000Z",  # from when the rota was known
        "DTEND": "20260301T120000Z",
        "SUMMARY": "值班：day",
        "LOCATION": "Plum Lane",
    }
    assert len({event["UID"] for event in events}) == len(events) == 56 + 1
    with office.store._database.begin_read() as connection:
        raw = connection.exec_driver_sql("SELECT * FROM shift_feed").all()
    assert made.json()["address"].rpartition("_")[2].removesuffix(".ics") not in str(raw)
    feed = made.json()["feed"]
    assert [one["feed"] for one in li("GET", "/feeds", params={"who": "li"}).json()["items"]] == [feed]
    wrong = path.replace(".ics", "").removeprefix("/calendar/")
    for secret in (wrong[:-1] + ("a" if wrong[-1] != "a" else "b"), "hb_x_y", "..%2f", "%00", wrong.upper()):
        assert browser.get(f"/calendar/{secret}.ics").status_code in {404, 422}, secret
    clock.now += 40 * DAY_MS
    assert browser.get(path).status_code == 200
    assert call(office, browser, "zhao")("DELETE", f"/feeds/{feed}").status_code == 403
    assert li("DELETE", f"/feeds/{feed}").status_code == 200
    assert browser.get(path).status_code == 404
    assert li("DELETE", "/feeds/none").status_code == 404


def test_an_address_is_shown_once(office: Street, browser: TestClient) -> None:
    add_key(office.store, "once", "desk", "once", area="lane", made_by="user:li.w")
    headers = {"Authorization": "Bearer once", "Idempotency-Key": "k1"}
    first, again = (browser.post("/api/v1/duty/feeds", json={"who": "li"}, headers=headers).json() for _ in range(2))
    assert first["address"]
    assert (again["feed"], again["address"]) == (first["feed"], None)
