"""Consent: entered with a paper, kept for good, and what was withdrawn is shown to nobody."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from homebeat.domain.ids import DeviceId, HouseholdId, ResidentId
from homebeat.domain.metric import Metric
from homebeat.domain.role import PERMITTED, Field, Operation, Role
from homebeat.domain.scope import EVERYTHING
from tests.people import add_account, add_key, sign_in
from tests.unit.api.fixtures import TestClient, web
from tests.unit.api.street import HOUR, Clock, Street, fleet
from tests.unit.api.test_masks import MARKS, RELATIONS, look_around, sees
from tests.unit.console.fixtures import console_app, csrf_of

DOOR = "/api/v1/residents/r-3/consent"
COVERS = {"water": Field.WATER, "band": Field.VITALS}


def paper(purpose: str = "water", *, agreed: bool = False, **more: Any) -> dict[str, Any]:
    return {"purpose": purpose, "agreed": agreed, "decided_on": "2026-02-27", "paper": "folder 12, 王 has it"} | more


@pytest.fixture
def browser(street: Street, clock: Clock) -> Iterator[TestClient]:
    with web(console_app(street, clock), follow_redirects=False) as client:
        yield client


@pytest.fixture
def call(street: Street, browser: TestClient) -> Callable[..., Any]:
    """Calls the API as a role in an area."""
    known: set[str] = set()

    def request(role: str, method: str, path: str, *, area: str | None = "lane", **more: Any) -> Any:
        secret = f"the-secret-of-{role}-{area}"
        if secret not in known:
            add_key(street.store, secret, role, f"{role}-{area}", area=area)
            known.add(secret)
        return browser.request(method, path, headers={"Authorization": f"Bearer {secret}"}, **more)

    return request


@pytest.mark.parametrize("purposes", [("water",), ("band",), ("water", "band"), ("family_values",)], ids="+".join)
@pytest.mark.parametrize("relation", RELATIONS)
@pytest.mark.parametrize("role", Role)
def test_what_was_withdrawn_is_shown_to_nobody(
    role: Role, relation: str, purposes: tuple[str, ...], street: Street, browser: TestClient, call: Callable[..., Any]
) -> None:
    for purpose in purposes:
        assert call("nurse", "PUT", DOOR, json=paper(purpose)).status_code == 200
    withdrawn = {COVERS[purpose] for purpose in purposes if purpose in COVERS}
    seen = look_around(street, browser, role, relation)
    may_read = Operation.READ_HOMES in PERMITTED[role].operations and relation != "outside"
    expected = {field for field in Field if may_read and sees(role, field, relation)} - withdrawn
    leaks = {field for field, marks in MARKS.items() if any(mark in seen.api for mark in marks)}
    assert leaks == expected
    if may_read:
        assert seen.hidden == {field.value for field in Field} - {field.value for field in expected}


def test_it_is_shown_again_when_it_is_agreed_again(street: Street, call: Callable[..., Any]) -> None:
    street.readings("b-3", Metric.HEART_RATE_BPM, [(street.clock() - HOUR, 131.0)])
    path = "/api/v1/devices/b-3/readings?metric=heart_rate_bpm"

    def look() -> Any:
        return call("nurse", "GET", path)

    assert look().status_code == 200
    call("nurse", "PUT", DOOR, json=paper("band"))
    refused = look()
    assert (refused.status_code, "consent to it was withdrawn" in refused.json()["detail"]) == (403, True)
    home = call("nurse", "GET", "/api/v1/households/h-3").json()
    assert (home["withdrawn"], home["hidden"]) == (["vitals"], ["vitals"])
    assert call("nurse", "GET", "/api/v1/households/h-4").json()["withdrawn"] == []
    call("nurse", "PUT", DOOR, json=paper("band", agreed=True))
    assert look().json()["items"][0]["value"] == 131.0


def add_neighbour(street: Street, *, with_her: bool = True) -> None:
    """Lay the street anew, with r-3 and a second resident in h-3; or with the second alone."""
    whole = fleet(street.homes)
    homes = list(whole.households)
    (she,) = homes[3].residents
    second = replace(she, id=ResidentId("r-3b"), phone="")
    meter, band = homes[3].devices
    own = replace(band, id=DeviceId("b-3b"), resident=second.id)
    homes[3] = replace(
        homes[3], residents=(she, second) if with_her else (second,), devices=(meter, band, own) if with_her else (meter, own)
    )
    with street.store.begin() as tx:
        tx.fleet.apply(replace(whole, households=tuple(homes)), street.clock())


def test_vitals_go_by_resident_and_water_by_home(street: Street, call: Callable[..., Any]) -> None:
    add_neighbour(street)
    now = street.clock()
    for device, metric in (("b-3", Metric.HEART_RATE_BPM), ("b-3b", Metric.HEART_RATE_BPM), ("m-3", Metric.VOLUME_M3)):
        street.readings(device, metric, [(now - HOUR, 61.0)])

    def find_shown() -> set[str]:
        home = call("nurse", "GET", "/api/v1/households/h-3").json()
        return {one["device"] for one in home["devices"] if one["latest"]}

    assert find_shown() == {"b-3", "b-3b", "m-3"}
    call("nurse", "PUT", DOOR, json=paper("band"))
    assert find_shown() == {"b-3b", "m-3"}
    call("nurse", "PUT", "/api/v1/residents/r-3b/consent", json=paper("water"))
    assert find_shown() == {"b-3b"}
    add_neighbour(street, with_her=False)
    assert find_shown() == {"b-3b"}
    call("nurse", "PUT", "/api/v1/residents/r-3b/consent", json=paper("water", agreed=True))
    assert find_shown() == {"b-3b", "m-3"}


def test_who_left_counts_as_long_as_their_readings_are_there(street: Street, call: Callable[..., Any]) -> None:
    street.readings("m-3", Metric.VOLUME_M3, [(street.clock() - HOUR, 61.0)])
    add_neighbour(street)
    call("nurse", "PUT", DOOR, json=paper("water"))
    add_neighbour(street, with_her=False)
    assert call("nurse", "GET", "/api/v1/devices/m-3/readings?metric=volume_m3").status_code == 403
    assert call("nurse", "PUT", DOOR, json=paper("water", agreed=True)).status_code == 200
    assert call("nurse", "GET", "/api/v1/devices/m-3/readings?metric=volume_m3").status_code == 200


def test_what_holds_by_which_paper_and_what_was_before(street: Street, clock: Clock, call: Callable[..., Any]) -> None:
    before = call("desk", "GET", DOOR).json()
    assert before["history"] == []
    assert [(one["purpose"], one["holds"], one["by"]) for one in before["purposes"]] == [
        ("water", True, None),
        ("band", True, None),
        ("family_values", False, None),
    ]
    call("nurse", "PUT", DOOR, json=paper("family_values", agreed=True, decided_on="2026-02-20"))
    clock.now += 1
    after = call("supervisor", "PUT", DOOR, json=paper("family_values", decided_on="2026-02-19")).json()
    family = after["purposes"][2]
    assert (family["holds"], family["by"]["decided_on"], family["by"]["entered_by"]) == (
        False,
        "2026-02-19",
        "key:supervisor-lane",
    )
    assert [one["agreed"] for one in after["history"]] == [False, True]
    assert after["history"][1]["paper"] == "folder 12, 王 has it"
    hidden = call("installer", "GET", DOOR).json()
    assert {one["paper"] for one in hidden["history"]} == {"[hidden]"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"purpose": "sleep"},
        {"agreed": "perhaps"},
        {"agreed": 1},
        {"decided_on": "2026-03-03"},
        {"decided_on": "1989-12-31"},
        {"decided_on": "27.2.2026"},
        {"decided_on": 20260227},
        {"paper": "  "},
        {"paper": "x" * 201},
        {"actor": "user:somebody"},
    ],
    ids=str,
)
def test_what_cannot_be_entered(wrong: dict[str, Any], call: Callable[..., Any]) -> None:
    assert call("nurse", "PUT", DOOR, json=paper() | wrong).status_code == 422
    assert call("nurse", "GET", DOOR).json()["history"] == []


def test_tomorrow_counts_where_it_is_today_there_already(clock: Clock, call: Callable[..., Any]) -> None:
    clock.now += 8 * HOUR  # 20:00 in Shanghai, and the next day further east
    assert call("nurse", "PUT", DOOR, json=paper(decided_on="2026-03-02")).status_code == 200


@pytest.mark.parametrize("path", [DOOR, "/api/v1/residents/r-99/consent"])
def test_somebody_who_is_not_there_or_lives_elsewhere_is_a_404(path: str, call: Callable[..., Any]) -> None:
    for answer in (call("nurse", "PUT", path, area="other", json=paper()), call("nurse", "GET", path, area="other")):
        assert (answer.status_code, answer.json()["detail"]) == (404, "there is no such resident")
    assert call("nurse", "GET", DOOR).json()["history"] == []


def test_the_audit_has_it_without_the_paper_and_the_paper_stands_sealed(street: Street, call: Callable[..., Any]) -> None:
    call("nurse", "PUT", DOOR, json=paper())
    with street.store.read(EVERYTHING) as reader:
        (row,) = [row for row in reader.audit.read_page(100).items if row.action == "enter_consent"]
    assert (row.actor, row.about) == ("key:nurse-lane", "resident:r-3")
    assert row.detail == {"purpose": "water", "agreed": False, "decided_on": "2026-02-27"}
    assert street.store.path is not None
    kept = b"".join(file.read_bytes() for file in street.store.path.parent.glob("street.db*"))
    assert b"folder 12" not in kept


def test_without_withdrawals_a_list_asks_for_none(street: Street) -> None:
    with street.store.read(EVERYTHING) as reader:
        assert reader.consents.find_withdrawn([HouseholdId(f"h-{n}") for n in range(12)]) == {}


def test_on_the_page_and_without_script(street: Street, browser: TestClient) -> None:
    add_account(street.store, "ann", "nurse@lane")
    sign_in(browser, street.store, "ann")
    page = browser.get("/resident/r-3", headers={"Accept-Language": "en"}).text
    assert "by enrolment; no paper was entered" in page
    form = {"csrf": csrf_of(page), "purpose": "water", "decision": "withdrawn", "decided_on": "2026-02-27", "paper": "sheet <3>"}
    door = "/console/residents/r-3/consent"
    for wrong in ({"decision": ""}, {"decided_on": "soon"}, {"decided_on": "2027-01-01"}, {"purpose": "sleep"}, {"paper": " "}):
        refused = browser.post(door, data=form | wrong, headers={"Accept-Language": "en"})
        assert (refused.status_code, "Nothing was entered" in refused.text) == (422, True)
    assert "sheet &lt;3&gt;" in browser.post(door, data=form | {"decided_on": "2027-01-01"}).text, "what was typed stays"
    assert "by enrolment; no paper was entered" in browser.get("/resident/r-3", headers={"Accept-Language": "en"}).text
    answer = browser.post(door, data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, "/resident/r-3#consent")
    page = browser.get("/resident/r-3", headers={"Accept-Language": "en"}).text
    assert "since 2026-02-27 · sheet &lt;3&gt;" in page
    assert "entered by ann" in page
    assert "已撤回" in browser.get("/resident/r-3", headers={"Accept-Language": "zh-CN"}).text


def test_the_page_of_somebody_else_in_the_home_says_that_they_are_not_watched_either(
    street: Street, browser: TestClient, call: Callable[..., Any]
) -> None:
    add_neighbour(street)
    add_account(street.store, "ann", "nurse@lane")
    sign_in(browser, street.store, "ann")
    said = "Somebody else in this home withdrew consent to this: water use."

    def find_told() -> set[str]:
        pages = {who: browser.get(f"/resident/{who}", headers={"Accept-Language": "en"}).text for who in ("r-3", "r-3b", "r-4")}
        return {who for who, page in pages.items() if said in page}

    call("nurse", "PUT", DOOR, json=paper("family_values"))
    assert find_told() == set()
    call("nurse", "PUT", DOOR, json=paper("water"))
    assert find_told() == {"r-3b"}
    add_neighbour(street, with_her=False)
    assert find_told() == set()


def test_the_card_says_why_it_is_hidden_and_offers_no_glass_for_it(
    street: Street, browser: TestClient, call: Callable[..., Any]
) -> None:
    call("nurse", "PUT", DOOR, json=paper("water"))
    alert = street.sos(3)
    add_account(street.store, "dan", "desk@lane")
    sign_in(browser, street.store, "dan")
    card = browser.get(f"/console/card/{alert.id}", headers={"Accept-Language": "en"}).text
    assert "A resident withdrew consent to this: water use. homebeat does not watch by it, and nobody is shown it." in card
    assert "Your role does not show this here" not in card
    assert "/glass" not in card
    assert "Water by the hour" not in card


def test_who_only_looks_has_no_form(street: Street, browser: TestClient) -> None:
    add_account(street.store, "dan", "desk@lane")
    sign_in(browser, street.store, "dan")
    page = browser.get("/resident/r-3", headers={"Accept-Language": "en"}).text
    assert "A nurse or a supervisor can enter this." in page
    assert "/consent" not in page
