"""The page of providers: what everybody of the desk sees, and what a supervisor decides there."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import pytest

from homebeat.console.providers import page
from homebeat.domain.certificate import Certificate
from homebeat.domain.circuit import CircuitCause, CircuitState
from homebeat.domain.complaint import Complaint, ComplaintState
from homebeat.domain.contract import Contract
from homebeat.domain.fleet import Responder, ResponderKind
from homebeat.domain.ids import AreaId, ResponderId
from homebeat.domain.role import Role
from homebeat.domain.scope import EVERYTHING
from tests.contract.response.street import webhook
from tests.people import add_account, sign_in
from tests.unit.api.fixtures import TestClient
from tests.unit.api.street import Clock, Street, fleet
from tests.unit.console.fixtures import csrf_of

CARE, RELIEF, WANG = ResponderId("care-co"), ResponderId("relief-co"), ResponderId("wang")


@pytest.fixture
def place(street: Street) -> Street:
    """A provider with a standby, and a volunteer one of whose certificates has ended."""
    (area, *_), homes = (one.id for one in fleet(1).areas), 12
    course, licence = Certificate("first aid course", date(2026, 1, 1), ("first aid",)), Certificate("licence", date(2026, 3, 20))
    staff = [
        Responder(CARE, "Care", ResponderKind.PROVIDER, (area,), contract=Contract((RELIEF,), last_day=date(2026, 3, 9))),
        Responder(RELIEF, "Relief", ResponderKind.PROVIDER, (area,)),
        Responder(WANG, "Wang", ResponderKind.VOLUNTEER, (area,), skills=("first aid", "lift"), certificates=(course, licence)),
    ]
    reachable = [replace(one, channels=webhook(one.id)) for one in staff]
    with street.store.begin() as tx:
        tx.fleet.apply(replace(fleet(homes), responders=tuple(reachable)), street.clock())
        tx.complaints.add(Complaint(0, AreaId(area), None, None, CARE, "nobody came", "user:chen", street.clock()))
    return street


def enter(guest: TestClient, street: Street, role: Role, clock: Clock) -> str:
    add_account(street.store, f"of-{role}", role)
    assert sign_in(guest, street.store, f"of-{role}", now=clock()).status_code == 303
    return guest.get("/providers").text


def test_a_desk_operator_sees_and_decides_nothing(guest: TestClient, place: Street, clock: Clock) -> None:
    html = enter(guest, place, Role.DESK, clock)
    for text in (
        "<strong>care-co</strong> Gets its work · standby: relief-co",
        "its contract ends on 2026-03-09",
        "<span>lift</span>",
        "lost until a certificate is renewed: first aid",
        "first aid course has ended (2026-01-01) · licence ends on 2026-03-20",
        "nobody came",
    ):
        assert text in html, text
    assert "/console/" not in html.partition("<main>")[2]
    assert "服务机构与志愿者" in guest.get("/providers", headers={"accept-language": "zh-CN"}).text


def test_a_supervisor_suspends_and_gives_back(guest: TestClient, place: Street, clock: Clock) -> None:
    html = enter(guest, place, Role.SUPERVISOR, clock)
    form, csrf = "/console/providers/care-co", csrf_of(html)
    assert f'action="{form}/suspend"' in html
    assert f'action="{form}/resume"' not in html
    said = {"csrf": csrf, "version": "0", "reason": "the committee voted on Monday", "veto": "yes"}
    assert guest.post(f"{form}/suspend", data=said | {"reason": " no "}).status_code == 422
    assert guest.post(f"{form}/suspend", data=said).status_code == 303
    html = guest.get("/providers").text
    assert "<strong>care-co</strong> Its work goes to: relief-co" in html
    assert "vetoed by the residents&#39; committee · of-supervisor · the committee voted on Monday" in html
    desk = enter(guest, place, Role.DESK, clock)
    assert "vetoed by the residents&#39; committee · of-supervisor · [hidden from your role]" in desk
    assert "voted" not in desk, "what people said is for whoever decides"
    assert sign_in(guest, place.store, "of-supervisor", now=clock()).status_code == 303
    said["csrf"] = csrf = csrf_of(guest.get("/providers").text)
    stale = guest.post(f"{form}/resume", data=said)
    assert (stale.status_code, "Nothing was written" in stale.text) == (409, True)
    back = {"csrf": csrf, "version": "1", "reason": "they have hired two people", "trial": "yes"}
    assert guest.post(f"{form}/resume", data=back).status_code == 303
    assert "On trial, together with: relief-co" in guest.get("/providers").text
    with place.store.read(EVERYTHING) as reader:
        circuit = reader.providers.find_circuits([CARE])[CARE]
    assert (circuit.state, circuit.cause, circuit.version) == (CircuitState.TRIAL, CircuitCause.DECISION, 2)
    with place.store.read(EVERYTHING) as reader:
        looks = {(one.about, one.detail["fields"]) for one in reader.audit.read_page(50).items if one.action == "look"}
    assert looks == {("complaints", "notes"), ("providers", "notes")}


def test_whoever_is_suspended_without_a_standby_is_still_notified(guest: TestClient, place: Street, clock: Clock) -> None:
    html = enter(guest, place, Role.SUPERVISOR, clock)
    said = {"csrf": csrf_of(html), "version": "0", "reason": "they have closed"}
    for one in (RELIEF, CARE):
        assert guest.post(f"/console/providers/{one}/suspend", data=said).status_code == 303
    assert "<strong>care-co</strong> Its work goes to: nobody, so it is still notified" in guest.get("/providers").text


def test_a_supervisor_answers_a_complaint_once(guest: TestClient, place: Street, clock: Clock) -> None:
    html = enter(guest, place, Role.SUPERVISOR, clock)
    said = {"csrf": csrf_of(html), "word": "the door camera shows them", "verdict": "reject"}
    assert guest.post("/console/complaints/1", data=said).status_code == 303
    assert "nobody came" not in guest.get("/providers").text
    assert guest.post("/console/complaints/1", data=said).status_code == 409
    with place.store.read(EVERYTHING) as reader:
        found = reader.complaints.find(1)
    assert found is not None
    assert (found.state, found.word, found.answered_by) == (ComplaintState.REJECTED, said["word"], "user:of-supervisor")


def test_a_supervisor_says_whom_a_complaint_concerns(guest: TestClient, place: Street, clock: Clock) -> None:
    with place.store.begin() as tx:
        number = tx.complaints.add(Complaint(0, fleet(1).areas[0].id, None, None, None, "nobody called", "user:li", clock()))
    form = f"/console/complaints/{number}/responder"
    html = enter(guest, place, Role.SUPERVISOR, clock)
    assert [html.count(text) for text in ("Whom does it concern?", "It concerns somebody else …")] == [1, 1]
    said = {"csrf": csrf_of(html), "responder": "relief-co"}
    assert guest.post(form, data=said).status_code == 303
    assert guest.post(form, data=said).status_code == 409
    with place.store.read(EVERYTHING) as reader:
        found = reader.complaints.find(number)
    assert found is not None
    assert (found.responder, found.counts_from) == (RELIEF, clock())
    html = guest.get("/providers").text
    (offered,) = re.findall(rf'action="{form}".*?</select>', html)
    assert (f"<option>{CARE}<" in offered, f"<option>{RELIEF}<" in offered) == (True, False)
    assert guest.post(form, data=said | {"responder": CARE}).status_code == 303, "it was wrong"


def test_that_more_complaints_wait_is_said(
    guest: TestClient, place: Street, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with place.store.begin() as tx:
        tx.complaints.add(Complaint(0, AreaId(fleet(1).areas[0].id), None, None, CARE, "late", "user:li", clock() - 1))
    assert "and 1 more" not in enter(guest, place, Role.DESK, clock)
    monkeypatch.setattr(page, "_MOST", 1)
    assert "and 1 more" in guest.get("/providers").text
