"""The list of residents: who is found by whom, in which words, and what of it stands in the audit."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from homebeat.domain.alert import Outcome, resolve
from homebeat.domain.fleet import Away
from homebeat.domain.ids import DeviceId, ResidentId
from homebeat.domain.metric import Metric
from homebeat.domain.role import Role
from homebeat.domain.scope import EVERYTHING
from homebeat.store import AuditFilter, DeviceState, ResidentState
from homebeat.store.alert.writes import AlertWrites
from tests.people import add_account, sign_in
from tests.unit.api.fixtures import TestClient
from tests.unit.api.street import HOUR, Clock, Street, fleet


def enter(guest: TestClient, street: Street, role: Role) -> None:
    add_account(street.store, f"of-{role}", role)
    assert sign_in(guest, street.store, f"of-{role}").status_code == 303


def names_of(client: TestClient, query: str = "", language: str = "en") -> list[str]:
    answer = client.get(f"/residents{query}", headers={"accept-language": language})
    assert answer.status_code == 200
    return re.findall(r'<li><a href="/resident/([^"]+)"', answer.text)


def find_looks(street: Street, who: str) -> list[tuple[str, object]]:
    with street.store.read(EVERYTHING) as reader:
        page = reader.audit.read_page(100, None, AuditFilter(actor=f"user:{who}", action="look"))
    return [(entry.about, entry.detail["fields"]) for entry in page.items]


def test_everybody_in_the_order_of_the_fleet_file_with_state_and_since_when(desk: TestClient) -> None:
    assert names_of(desk) == [f"r-{n}" for n in range(12)]
    html = desk.get("/residents", headers={"accept-language": "en"}).text
    assert "86 years old" in html
    assert "<strong>Not known</strong> since 1 Mar 10:00 · 2 h 0 min ago" in html


def test_by_area_and_by_state(desk: TestClient) -> None:
    assert names_of(desk, "?state=quiet") == ["r-2", "r-6", "r-10"]
    assert names_of(desk, "?state=quiet&area=town&q=sun") == []
    assert names_of(desk, "?area=other") == []
    assert desk.get("/residents?state=fine").status_code == 422


def test_states_that_are_out_of_date_are_unknown(desk: TestClient, clock: Clock) -> None:
    clock.now += HOUR
    assert names_of(desk, "?state=active") == names_of(desk, "?state=active&q=lin") == []
    assert len(names_of(desk, "?state=unknown")) == 12
    assert "Active" not in re.findall(r"<strong>([^<]+)</strong>", desk.get("/residents").text)


def test_a_desk_finds_the_mother_by_her_daughters_number_and_it_is_on_record(desk: TestClient, street: Street) -> None:
    query = "?q=138-0000-0003"
    assert names_of(desk, query) == ["r-3"]
    html = desk.get(f"/residents{query}", headers={"accept-language": "en"}).text
    assert "Found by: the telephone number" in html or "Found by: telephone" in html
    assert "138-0000-0003" not in html.replace('value="138-0000-0003"', "").replace("q%3D138-0000-0003", ""), (
        "masked all the same"
    )
    assert ("resident:r-3", "phone") in find_looks(street, "desk-1")


def test_by_a_name_it_is_no_look(desk: TestClient, street: Street) -> None:
    assert names_of(desk, "?q=王秀") == ["r-1"]
    assert names_of(desk, "?q=chen%20gui") == ["r-2"]
    assert names_of(desk, "?q=M-4") == ["r-4"]
    assert find_looks(street, "desk-1") == []


@pytest.mark.parametrize("role", [Role.INSTALLER, Role.ADMIN, Role.INTEGRATOR])
def test_who_does_not_answer_alerts_with_it_finds_nobody_by_a_number_or_an_address(
    guest: TestClient, street: Street, role: Role
) -> None:
    enter(guest, street, role)
    for typed in ("138-0000-0003", "0003", "plum", "daughter", "plum lane 103"):
        assert names_of(guest, f"?q={typed}") == [], typed
    assert names_of(guest, "?q=王秀英") == ([] if role is Role.INTEGRATOR else ["r-1"])
    assert names_of(guest, "?q=r-3") == ["r-3"]
    assert find_looks(street, f"of-{role}") == []


@pytest.mark.parametrize("role", [Role.MANAGER, Role.AUDITOR])
def test_who_sees_no_homes_has_no_list(guest: TestClient, street: Street, role: Role) -> None:
    enter(guest, street, role)
    assert guest.get("/residents").status_code == 403


def test_a_page_ends_and_goes_on_with_the_same_question(desk: TestClient, street: Street) -> None:
    street.homes = 120
    with street.store.begin() as tx:
        tx.fleet.apply(fleet(120), street.clock())
    found = []
    query = "?q=plum+lane&area=lane"
    while query:
        found += names_of(desk, query)
        more = re.search(r'<p class="more"><a href="/residents([^"]+)"', desk.get(f"/residents{query}").text)
        query = more[1].replace("&amp;", "&") if more else ""
    assert sorted(found) == sorted(f"r-{n}" for n in range(120))
    assert len(found) == 120


def test_homes_that_wait_for_the_search_are_said(desk: TestClient, street: Street) -> None:
    many = fleet(300)
    with street.store.begin() as tx:
        tx.fleet.apply(many, street.clock())
    html = desk.get("/residents?q=lin", headers={"accept-language": "en"}).text
    assert "The search is still being prepared: 288 homes are not in it yet." in html


def test_what_cannot_be_looked_for_finds_nobody_and_says_what_to_type(desk: TestClient) -> None:
    assert names_of(desk, "?q=%3F%21") == []
    assert "Type a name, an address or a number." in desk.get("/residents?q=%3F%21", headers={"accept-language": "en"}).text
    hostile = '"><script>alert(1)</script>'
    html = desk.get("/residents", params={"q": hostile}).text
    assert "<script>alert" not in html
    assert "老人" in desk.get("/residents", headers={"accept-language": "zh-CN"}).text


def test_open_alerts_are_counted(desk: TestClient, street: Street) -> None:
    street.sos(3)
    html = desk.get("/residents?q=r-3", headers={"accept-language": "en"}).text
    assert "Open alerts: 1" in html
    assert "Plum Lane 4-103" in html, "with an open alert the desk sees the address"
    assert ("residents", "address,phone") in find_looks(street, "desk-1")


def test_filters_and_the_counts_on_top(guest: TestClient, street: Street) -> None:
    enter(guest, street, Role.NURSE)
    street.sos(3)
    with street.store.begin() as tx:
        now = street.clock()
        away = ResidentState(ResidentId("r-0"), "active", now - HOUR, now, now, True, now)
        tx.states.put([away], [DeviceState(DeviceId("m-0"), now - HOUR // 2, 50.0, True, now)])
    html = guest.get("/residents", headers={"accept-language": "en"}).text
    tiles = re.findall(r'<li class="\w*"><a href="([^"]+)">([^<]+)</a> <b>([^<]+)</b></li>', html)
    assert [(name, count) for _, name, count in tiles] == [
        ("All", "12"),
        ("Sign of life within 4 h", "6"),
        ("Quiet over 4 h", "3"),
        ("Not known", "3"),
        ("With an open alert", "1"),
    ]
    assert names_of(guest, tiles[-1][0].removeprefix("/residents")) == ["r-3"]
    # its meter is silent, and its band was never heard; the meters of r-4 and r-9 are silent as well
    assert names_of(guest, "?blind=yes") == ["r-0", "r-3", "r-4", "r-7", "r-9", "r-11"]
    assert names_of(guest, "?blind=no") == ["r-1", "r-2", "r-5", "r-6", "r-8", "r-10"]
    assert names_of(guest, "?blind=yes&away=yes") == ["r-0"]
    assert "<strong>Blind</strong> since 1 Mar 11:30 · 30 min ago" in guest.get("/residents?away=yes").text
    assert names_of(guest, "?alert=yes&q=plum") == ["r-3"]


def test_a_desk_may_not_ask_who_is_away(desk: TestClient, street: Street) -> None:
    with street.store.begin() as tx:
        now = street.clock()
        tx.states.put([ResidentState(ResidentId("r-0"), "active", now, now, now, True, now)], [])
    assert names_of(desk, "?away=yes") == names_of(desk, "?away=no") == []
    assert 'name="away"' not in desk.get("/residents").text


def test_with_a_silent_watch_everybody_is_blind(desk: TestClient, clock: Clock) -> None:
    clock.now += HOUR
    assert len(names_of(desk, "?blind=yes")) == 12
    assert names_of(desk, "?blind=no") == []
    html = desk.get("/residents", headers={"accept-language": "en"}).text
    assert "Not known</a> <b>12</b>" in html
    assert html.count("<strong>Blind</strong>") == 12


def test_the_page_of_one_has_devices_absences_and_closed_alerts_with_their_outcomes(guest: TestClient, street: Street) -> None:
    homes = fleet(12)
    gone = Away(datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 2, 3, tzinfo=UTC), "at her sister's")
    older = Away(datetime(2024, 2, 1, tzinfo=UTC), datetime(2024, 2, 3, tzinfo=UTC), "long ago")
    first, *others = homes.households
    alert = street.sos(0)
    with street.store.begin() as tx:
        tx.fleet.apply(replace(homes, households=(replace(first, away=(gone, older)), *others)), street.clock())
        AlertWrites(tx).apply(*resolve(alert, street.clock(), "user:ann", Outcome.HELPED, "called her"))
    enter(guest, street, Role.NURSE)
    html = guest.get("/resident/r-0", headers={"accept-language": "en"}).text
    for text in (
        "m-0",
        "last heard 20 min ago",
        "Away from 1 Feb 08:00 to 3 Feb 08:00 · at her sister",
        "Closed alerts",
        "Needed help, was helped",
    ):
        assert text in html, text
    assert "long ago" not in html
    assert "None in the last twelve months." in guest.get("/resident/r-1", headers={"accept-language": "en"}).text
    add_account(street.store, "desk-2", "desk")
    assert sign_in(guest, street.store, "desk-2").status_code == 303
    assert "Away from" not in guest.get("/resident/r-0", headers={"accept-language": "en"}).text, (
        "a desk sees it with an open alert"
    )


def test_the_page_of_one_says_whom_an_alert_would_reach_and_which_step_reaches_nobody(guest: TestClient, street: Street) -> None:
    enter(guest, street, Role.NURSE)
    html = guest.get("/resident/r-0", headers={"accept-language": "en"}).text
    reach = html.split('id="reach"')[1].split("When homebeat alerts")[0]
    assert "Mr Plum" in reach
    assert "message over the internet" in reach
    assert "This step reaches nobody: it is passed over." in reach
    assert "139-0000" not in reach
    add_account(street.store, "installer-1", "installer")
    assert sign_in(guest, street.store, "installer-1").status_code == 303
    other = guest.get("/resident/r-0", headers={"accept-language": "en"}).text.split('id="reach"')[1]
    assert "Mr Plum" not in other
    assert re.search(r"[0-9]+ messages", other)


def test_the_page_of_one_draws_signs_and_vital_signs_with_gaps(guest: TestClient, street: Street) -> None:
    at, quarter = street.clock() - 5 * HOUR, HOUR // 4
    readings = [(at, 70.0), (at + quarter, 72.0), (at + 3 * HOUR, 71.0)]
    for metric in (Metric.HEART_RATE_BPM, Metric.STEPS):
        street.readings("b-0", metric, readings)
    enter(guest, street, Role.NURSE)
    html = guest.get("/resident/r-0", headers={"accept-language": "en"}).text
    assert "Signs of life in the last 48 hours" in html
    vital = html.split("Vital signs in the last 24 hours")[1].split("</figure>")[0]
    assert (vital.count("<polyline"), vital.count('<circle class="dot"')) == (1, 1), "three hours without a value are a gap"
