"""The page of silences: what is held back, by whom and until when; making and ending them by forms."""

from __future__ import annotations

import re

from homebeat.actions import Shelve
from homebeat.domain.durations import MINUTE_MS
from homebeat.domain.role import Role
from tests.people import add_account, person, sign_in
from tests.unit.api.fixtures import TestClient, api_context
from tests.unit.api.street import Clock, Street
from tests.unit.console.fixtures import csrf_of


def enter(guest: TestClient, street: Street, role: Role, clock: Clock) -> str:
    add_account(street.store, f"of-{role}", role)
    assert sign_in(guest, street.store, f"of-{role}", now=clock()).status_code == 303
    return guest.get("/silences").text


def test_a_supervisor_silences_a_rule_and_ends_it(guest: TestClient, street: Street, clock: Clock) -> None:
    html = enter(guest, street, Role.SUPERVISOR, clock)
    rules = html.partition('<select name="rule"')[2].partition("</select>")[0]
    assert ('value="no_water"' in rules, 'value="sos"' in rules) == (True, False)
    said = {"csrf": csrf_of(html), "rule": "no_water", "area": "lane", "reason": "the main is renewed", "minutes": "480"}
    assert guest.post("/console/silences", data=said).status_code == 303
    html = guest.get("/silences").text
    for text in (
        "Too little water used",
        "Plum Lane",
        "the main is renewed",
        "holds until 1 Mar 20:00, for 8 h more",
        "held back 0",
    ):
        assert text in html, text
    for wrong, status in (({"reason": " no "}, 422), ({"rule": "sos"}, 409), ({"area": "moon"}, 404)):
        refused = guest.post("/console/silences", data=said | wrong)
        assert (refused.status_code, "Not done" in refused.text) == (status, True)
    (lift,) = re.findall(r'action="(/console/silences/\d+/lift)"', html)
    assert guest.post(lift, data={"csrf": said["csrf"]}).status_code == 303
    assert "the main is renewed" not in guest.get("/silences").text
    past = guest.get("/silences?past=yes", headers={"accept-language": "zh-CN"}).text
    assert ("the main is renewed" in past, "已结束：of-supervisor于" in past) == (True, True)
    assert guest.post(lift, data={"csrf": said["csrf"]}).status_code == 409


def test_work_on_devices_is_planned_ahead(guest: TestClient, street: Street, clock: Clock) -> None:
    html = enter(guest, street, Role.SUPERVISOR, clock)
    said = {"csrf": csrf_of(html), "household": "h-0", "reason": "new meters", "minutes": "240", "starts": "2026-03-02T08:00"}
    assert guest.post("/console/silences/maintenance", data=said).status_code == 303
    html = guest.get("/silences").text
    assert ("from 2 Mar 08:00 until 2 Mar 12:00" in html, "Lin Yue · Plum Lane" in html) == (True, True)
    for wrong in ({"starts": "soon"}, {"area": "lane"}, {"household": ""}):
        assert guest.post("/console/silences/maintenance", data=said | wrong).status_code == 422


def test_who_shelved_an_alert_ends_that_alone(guest: TestClient, street: Street, clock: Clock) -> None:
    alert, perform = street.open("no_water", 0), api_context(street.store, clock).perform
    for who in ("of-desk", "somebody"):
        perform(person(who, "desk"), Shelve(alert.id, f"{who} knows it", 10 * MINUTE_MS))
    html = enter(guest, street, Role.DESK, clock)
    assert (html.count("Shelved, of one home"), html.count("/lift")) == (2, 1)
    assert 'action="/console/silences"' not in html
    clock.now += 20 * MINUTE_MS
    assert "over since" in guest.get("/silences?past=yes").text
