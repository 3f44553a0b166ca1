"""Breaking the glass: with a reason, for half an hour, on record, and a supervisor is told."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from homebeat.domain.alert import Alert
from homebeat.domain.durations import HOUR_MS, MINUTE_MS
from homebeat.domain.ids import HouseholdId, ResidentId
from homebeat.domain.scope import EVERYTHING
from homebeat.store import AlertFilter
from tests.people import add_account, add_key, sign_in
from tests.unit.api.fixtures import TestClient, web
from tests.unit.api.street import Clock, Street, fleet
from tests.unit.console.fixtures import console_app, csrf_of

WHY = {"reason": "the ambulance asks for the flat, 王 is at the door"}
DOOR = "/api/v1/households/h-3/glass"


@pytest.fixture
def browser(street: Street, clock: Clock) -> Iterator[TestClient]:
    with web(console_app(street, clock), follow_redirects=False) as client:
        yield client


def call(street: Street, browser: TestClient, role: str, area: str | None = None, made_by: str = "") -> Any:
    """Calls the API with a key of this role, which somebody has made for themselves."""
    secret = f"the-secret-of-{role}-{area}"
    add_key(street.store, secret, role, f"{role}-{area}", area=area, made_by=made_by or f"user:{role}-{area}")
    headers = {"Authorization": f"Bearer {secret}"}

    def request(method: str, path: str, **more: Any) -> Any:
        return browser.request(method, path, headers=headers, **more)

    return request


def rows(street: Street) -> list[tuple[str, str, str]]:
    with street.store.read(EVERYTHING) as reader:
        return [
            (row.actor, row.action, row.about) for row in reversed(reader.audit.read_page(100).items) if row.action != "make_key"
        ]


def test_for_half_an_hour_one_home_is_shown(street: Street, clock: Clock, browser: TestClient) -> None:
    admin = call(street, browser, "admin", "lane")

    def address(home: str) -> str:
        found: str = admin("GET", f"/api/v1/households/{home}").json()["address"]
        return found

    assert address("h-3") == "[hidden]"
    answer = admin("POST", DOOR, json=WHY)
    assert (answer.status_code, answer.json()) == (200, {"household": "h-3", "until": "2026-03-01T04:30:00Z"})
    assert (address("h-3"), address("h-4")) == ("Plum Lane 4-103", "[hidden]")
    clock.now += 30 * MINUTE_MS - 1
    assert address("h-3") == "Plum Lane 4-103"
    clock.now += 1
    assert address("h-3") == "[hidden]"
    assert rows(street) == [("key:admin-lane", "break_glass", "household:h-3"), *[("key:admin-lane", "look", "resident:r-3")] * 2]


def test_somebody_else_sees_no_more_for_it(street: Street, browser: TestClient) -> None:
    call(street, browser, "admin", "lane")("POST", DOOR, json=WHY)
    desk = call(street, browser, "desk", "lane")
    assert desk("GET", "/api/v1/households/h-3").json()["address"] == "[hidden]"


@pytest.mark.parametrize("reason", ["", "    ", "now!", "x" * 501, None])
def test_without_a_reason_nothing_is_shown(reason: str | None, street: Street, browser: TestClient) -> None:
    admin = call(street, browser, "admin", "lane")
    assert admin("POST", DOOR, json={"reason": reason}).status_code == 422
    assert admin("GET", "/api/v1/households/h-3").json()["address"] == "[hidden]"


@pytest.mark.parametrize("path", [DOOR, "/api/v1/households/h-99/glass"])
def test_a_home_that_is_not_there_or_lies_elsewhere_is_a_404(path: str, street: Street, browser: TestClient) -> None:
    elsewhere = call(street, browser, "admin", "other")
    answer = elsewhere("POST", path, json=WHY)
    assert (answer.status_code, answer.json()["detail"]) == (404, "there is no such household")


def test_a_supervisor_looks_at_it_and_nobody_at_their_own(street: Street, clock: Clock, browser: TestClient) -> None:
    admin, boss = call(street, browser, "admin", "lane"), call(street, browser, "supervisor", "town")
    elsewhere = call(street, browser, "supervisor", "other")
    admin("POST", DOOR, json=WHY)
    (item,) = boss("GET", "/api/v1/glass?unseen=true").json()["items"]
    assert (item["actor"], item["household"], item["reason"], item["seen_by"]) == ("key:admin-lane", "h-3", WHY["reason"], None)
    assert admin("GET", "/api/v1/glass").json()["items"][0]["reason"] == WHY["reason"], "one's own"
    assert elsewhere("GET", "/api/v1/glass").json()["items"] == []
    door = f"/api/v1/glass/{item['id']}/seen"
    assert admin("POST", door).status_code == 409
    assert elsewhere("POST", door).status_code == 404
    clock.now += 1_000
    assert boss("POST", door).json()["seen_by"] == "key:supervisor-town"
    another = call(street, browser, "supervisor")
    assert another("POST", door).json()["seen_by"] == "key:supervisor-town", "who looked first stays"
    assert boss("GET", "/api/v1/glass?unseen=true").json()["items"] == []


def test_who_does_not_see_why_cannot_say_that_they_have_looked(street: Street, browser: TestClient) -> None:
    call(street, browser, "desk", "lane")("POST", DOOR, json=WHY)
    admin = call(street, browser, "admin")
    (item,) = admin("GET", "/api/v1/glass").json()["items"]
    assert item["reason"] == "[hidden]"
    assert admin("POST", f"/api/v1/glass/{item['id']}/seen").status_code == 403
    assert admin("GET", "/api/v1/glass?unseen=true").json()["items"] == [item]
    add_account(street.store, "ann", "admin@lane")
    sign_in(browser, street.store, "ann")
    page = browser.get("/glass", headers={"Accept-Language": "en"}).text
    assert "Nobody has looked at it yet." in page
    assert "I have looked at it" not in page


def test_of_a_home_that_was_erased_the_page_says_so(street: Street, browser: TestClient) -> None:
    call(street, browser, "desk", "lane")("POST", DOOR, json=WHY)
    street.store.erase([ResidentId("r-3")], [HouseholdId("h-3")])
    boss = call(street, browser, "supervisor", "lane")
    (item,) = boss("GET", "/api/v1/glass").json()["items"]
    assert item["reason"] == "[erased]"
    add_account(street.store, "bo", "supervisor@lane")
    sign_in(browser, street.store, "bo")
    page = browser.get("/glass", headers={"Accept-Language": "en"})
    assert (page.status_code, "[erased]" in page.text, WHY["reason"] in page.text) == (200, True, False)
    assert boss("POST", f"/api/v1/glass/{item['id']}/seen").json()["reason"] == "[erased]"


def test_the_reason_stands_sealed(street: Street, browser: TestClient) -> None:
    call(street, browser, "admin", "lane")("POST", DOOR, json=WHY)
    assert street.store.path is not None
    kept = b"".join(file.read_bytes() for file in street.store.path.parent.glob("street.db*"))
    assert b"ambulance" not in kept


def test_on_the_page(street: Street, browser: TestClient) -> None:
    add_account(street.store, "ann", "admin@lane")
    add_account(street.store, "bo", "supervisor@lane")
    sign_in(browser, street.store, "ann")
    page = browser.get("/resident/r-3", headers={"Accept-Language": "en"}).text
    assert "Plum Lane 4-103" not in page
    assert "Your role does not show this here, or not now: address, telephone, contacts" in page
    form = {"csrf": csrf_of(page), "reason": WHY["reason"], "back": "/resident/r-3"}
    answer = browser.post("/console/households/h-3/glass", data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, "/resident/r-3")
    page = browser.get("/resident/r-3").text
    assert "Plum Lane 4-103" in page
    assert "138-0000-0003" in page
    for back in ("//evil.example", "https://evil.example/", "/\\evil.example"):
        assert browser.post("/console/households/h-3/glass", data=form | {"back": back}).headers["location"] == "/"
    own = browser.get("/glass", headers={"Accept-Language": "en"}).text
    assert "Your own: somebody else must look at it." in own
    assert "I have looked at it" not in own
    browser.cookies.clear()
    sign_in(browser, street.store, "bo")
    assert (
        '<a class="language" href="/glass">Broken glass <b>1</b></a>' in browser.get("/", headers={"Accept-Language": "en"}).text
    )
    page = browser.get("/glass", headers={"Accept-Language": "en"}).text
    assert WHY["reason"] in page
    assert browser.post("/console/glass/1", data={"csrf": csrf_of(page)}).status_code == 303
    assert "bo has looked at it" in browser.get("/glass", headers={"Accept-Language": "en"}).text


def test_the_form_stands_only_where_it_would_show_something(street: Street, browser: TestClient) -> None:
    """A desk operator of the other area installs devices in the lane: there, breaking the glass would be a 404."""
    add_account(street.store, "ann", "desk@other", "installer@lane")
    add_account(street.store, "bo", "desk@lane", "installer@other")
    street.sos(3)
    street.drift("night_use_drift", 4)
    for name, is_there in (("ann", False), ("bo", True)):
        browser.cookies.clear()
        sign_in(browser, street.store, name)
        page = browser.get("/resident/r-4", headers={"Accept-Language": "en"}).text
        assert "Your role does not show this here" in page
        assert ("/console/households/h-4/glass" in page) is is_there


def test_the_row_of_who_broke_the_glass_is_theirs_alone(street: Street, browser: TestClient) -> None:
    """Pages of one role share what was read, but not with somebody who sees more just now."""
    street.sos(3)
    add_account(street.store, "ann", "admin@lane")
    add_account(street.store, "cy", "admin@lane")
    for name, sees in (("ann", True), ("cy", False)):
        browser.cookies.clear()
        sign_in(browser, street.store, name)
        html = browser.get("/").text
        assert "4-103" not in html
        if sees:
            browser.post("/console/households/h-3/glass", data={"csrf": csrf_of(html), "reason": WHY["reason"]})
            assert "4-103" in browser.get("/").text


@pytest.mark.parametrize(
    ("breaks", "looks"),
    [("key of bo", "bo"), ("bo", "key of bo"), ("key of bo", "another key of bo"), ("key of a key of bo", "bo")],
)
def test_nobody_looks_at_their_own_by_another_credential(
    breaks: str, looks: str, street: Street, browser: TestClient, clock: Clock
) -> None:
    add_account(street.store, "bo", "supervisor@lane")
    makers = {"key of bo": "user:bo", "another key of bo": "user:bo", "key of a key of bo": "key:key of bo"}
    for name, maker in makers.items():
        add_key(street.store, f"secret of {name}", "supervisor", name, area="lane", made_by=maker)
    sign_in(browser, street.store, "bo")
    csrf = csrf_of(browser.get("/account").text)

    def ask(who: str, path: str, api_path: str, **sent: str) -> int:
        if who == "bo":
            return browser.post(f"/console/{path}", data={"csrf": csrf, **sent}).status_code
        headers = {"Authorization": f"Bearer secret of {who}"}
        return browser.post(f"/api/v1/{api_path}", json=sent, headers=headers).status_code

    assert ask(breaks, "households/h-3/glass", "households/h-3/glass", **WHY) in {200, 303}
    assert ask(looks, "glass/1", "glass/1/seen") == 409
    page = browser.get("/glass", headers={"Accept-Language": "en"}).text
    assert "Your own: somebody else must look at it." in page
    assert "I have looked at it" not in page
    another = call(street, browser, "supervisor", "lane")
    assert another("POST", "/api/v1/glass/1/seen").status_code == 200


def break_some(street: Street, clock: Clock, browser: TestClient, name: str, homes: range, every: int = MINUTE_MS) -> None:
    """Somebody breaks the glass of one home after the other."""
    browser.cookies.clear()
    sign_in(browser, street.store, name, now=clock.now)
    csrf = csrf_of(browser.get("/account").text)
    for n in homes:
        clock.now += every
        answer = browser.post(f"/console/households/h-{n}/glass", data={"csrf": csrf, **WHY})
        assert answer.status_code == 303, "it is never prevented"


def find_told(street: Street) -> list[Alert]:
    with street.store.read(EVERYTHING) as reader:
        return [one.alert for one in reader.alerts.read_page(AlertFilter(rule="glass_broken_often")).items]


def test_who_opens_many_homes_within_an_hour_is_told_at_once_and_once(street: Street, clock: Clock, browser: TestClient) -> None:
    add_account(street.store, "ann", "desk@lane")
    break_some(street, clock, browser, "ann", range(5))
    assert find_told(street) == []
    break_some(street, clock, browser, "ann", range(4, 5))
    assert find_told(street) == [], "the same home again"
    break_some(street, clock, browser, "ann", range(5, 9))
    (alert,) = find_told(street)
    assert (alert.subject.area, alert.desk, alert.priority) == ("lane", "care", "high")
    assert (alert.reason.code, dict(alert.reason.params)) == ("glass_broken_often", {"homes": 6})
    boss = call(street, browser, "supervisor", "lane")
    shown = boss("GET", f"/api/v1/alerts/{alert.id}", params={}).json()
    assert (len(shown["history"]), "ann" in str(shown), "h-5" in str(shown)) == (1, False, False)
    elsewhere = call(street, browser, "supervisor", "other")
    assert elsewhere("GET", f"/api/v1/alerts/{alert.id}").status_code == 404


def test_it_is_told_again_each_hour_that_it_goes_on_and_for_each_person(
    street: Street, clock: Clock, browser: TestClient
) -> None:
    add_account(street.store, "ann", "desk@lane")
    add_account(street.store, "cy", "desk@lane")

    def count_steps() -> int:
        (alert,) = find_told(street)
        with street.store.read(EVERYTHING) as reader:
            detail = reader.alerts.get(alert.id)
        return len(detail.history) if detail else 0

    clock.now += HOUR_MS - clock.now % HOUR_MS
    break_some(street, clock, browser, "ann", range(8))
    assert count_steps() == 1
    break_some(street, clock, browser, "cy", range(6))
    assert count_steps() == 2
    clock.now += HOUR_MS - clock.now % HOUR_MS
    break_some(street, clock, browser, "ann", range(8), every=2 * MINUTE_MS)
    assert count_steps() == 3
    clock.now += 2 * HOUR_MS
    break_some(street, clock, browser, "ann", range(5))
    assert count_steps() == 3


def test_whoever_closes_the_alert_and_goes_on_opens_another(street: Street, clock: Clock, browser: TestClient) -> None:
    add_account(street.store, "ann", "desk@lane")
    key = call(street, browser, "desk", "lane", made_by="user:ann")
    clock.now += HOUR_MS - clock.now % HOUR_MS
    break_some(street, clock, browser, "ann", range(7))
    (alert,) = find_told(street)
    for verb, body in (("acknowledge", {}), ("resolve", {"outcome": "false", "note": "all is well"})):
        version = key("GET", f"/api/v1/alerts/{alert.id}").json()["version"]
        assert key("POST", f"/api/v1/alerts/{alert.id}/{verb}", json={"version": version, **body}).status_code == 200
    break_some(street, clock, browser, "ann", range(7, 9))
    assert [(one.answer, one.reason.params["homes"]) for one in find_told(street)] == [("resolved", 6), ("unacknowledged", 8)]


def test_keys_of_one_person_count_together(street: Street, clock: Clock, browser: TestClient) -> None:
    add_account(street.store, "ann", "desk@lane")
    key = call(street, browser, "desk", "lane", made_by="user:ann")
    break_some(street, clock, browser, "ann", range(3))
    for n in range(3, 6):
        assert key("POST", f"/api/v1/households/h-{n}/glass", json=WHY).status_code == 200
    assert [alert.reason.params["homes"] for alert in find_told(street)] == [6]


def test_many_who_open_few_each_are_told_of_their_area(street: Street, clock: Clock, browser: TestClient) -> None:
    with street.store.begin() as tx:
        tx.fleet.apply(fleet(16), clock.now)
    for number, name in enumerate(("ann", "bo", "cy", "di")):
        add_account(street.store, name, "desk@lane")
        break_some(street, clock, browser, name, range(4 * number, 4 * number + 4))
    (alert,) = find_told(street)
    assert (alert.reason.code, dict(alert.reason.params)) == ("glass_broken_in_area", {"homes": 16})


def test_where_nobody_else_could_look_the_page_says_so(street: Street, clock: Clock, browser: TestClient) -> None:
    nobody = "Nobody else could: in this area nobody else has a role that reviews, such as supervisor."
    add_account(street.store, "ann", "admin@lane")
    add_account(street.store, "bo", "supervisor@lane")
    add_account(street.store, "far", "supervisor@other")
    for name in ("ann", "bo"):
        break_some(street, clock, browser, name, range(3, 4))
    page = browser.get("/glass", headers={"Accept-Language": "en"}).text
    assert page.count(nobody) == 1, "bo's own"
    add_account(street.store, "cy", "supervisor@town")
    assert nobody not in browser.get("/glass", headers={"Accept-Language": "en"}).text
    with street.store.begin() as tx:
        tx.accounts.set_disabled("cy", clock.now)
    assert nobody in browser.get("/glass", headers={"Accept-Language": "en"}).text
