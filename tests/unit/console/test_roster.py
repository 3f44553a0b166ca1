"""The roster on paper: who is on duty with their numbers, and the residents for whoever always sees them."""

from __future__ import annotations

import pytest

from homebeat.actions import print_roster
from homebeat.domain.role import Role
from homebeat.domain.scope import EVERYTHING
from tests.people import add_account, sign_in
from tests.unit.api.fixtures import TestClient
from tests.unit.api.street import Clock, Street
from tests.unit.console.fixtures import csrf_of
from tests.unit.console.test_duty_page import office

__all__ = ["office"]


def enter(guest: TestClient, street: Street, role: Role, clock: Clock) -> str:
    add_account(street.store, f"of-{role}", f"{role}@town")
    assert sign_in(guest, street.store, f"of-{role}", now=clock()).status_code == 303
    return guest.get("/duty/roster?area=lane&week=2026-03-04").text


def test_a_supervisor_prints_who_is_on_duty_and_nobody_elses_number(guest: TestClient, office: Street, clock: Clock) -> None:
    html = enter(guest, office, Role.SUPERVISOR, clock)
    for text in ("week from 2 Mar", "<strong>Li</strong>", "139-0000-0000", "Emergency: 120", "4 Mar 20:00 – 5 Mar 08:00"):
        assert text in html, text
    assert "/console/duty/roster" not in html
    said = {"csrf": csrf_of(guest.get("/duty").text), "area": "lane", "reason": "ready"}
    refused = guest.post("/console/duty/roster", data=said)
    assert (refused.status_code, "138-0000-0000" in refused.text) == (403, False)
    assert guest.get("/duty/roster?area=moon").status_code == 404


def test_a_nurse_prints_the_residents_and_that_is_on_record(guest: TestClient, office: Street, clock: Clock) -> None:
    html = enter(guest, office, Role.NURSE, clock)
    said = {"csrf": csrf_of(html), "area": "lane", "reason": "drill", "week": "2026-03-02"}
    page = guest.post("/console/duty/roster", data=said)
    assert page.status_code == 200
    for text in ("Lin Yue · 139-0000-0000", "Plum Lane 1-100", "Daughter Lin · daughter · 138-0000-0000", "Mr Plum · key holder"):
        assert text in page.text, text
    assert "Personal data" in page.text
    with office.store.read(EVERYTHING) as reader:
        rows = reader.audit.read_page(100).items
    (printed,) = [one for one in rows if one.action == "print_roster"]
    assert (printed.about, printed.detail) == ("area:lane", {"homes": 12, "reason": "drill"})
    looks = {one.about for one in rows if one.action == "look"}
    assert {"duty", "households", "resident:r-0"} <= looks
    assert [guest.post("/console/duty/roster", data=said | {"area": one}).status_code for one in ("moon", "other")] == [404, 404]


def test_a_large_area_is_refused(guest: TestClient, office: Street, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    html = enter(guest, office, Role.NURSE, clock)
    monkeypatch.setattr(print_roster, "MOST_HOMES", 5)
    said = {"csrf": csrf_of(html), "area": "lane", "reason": "ready"}
    refused = guest.post("/console/duty/roster", data=said)
    assert (refused.status_code, "choose a smaller one" in refused.text) == (422, True)
