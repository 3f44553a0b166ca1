"""Every act of every role, at the desk's pages; buttons that a role may not press are not there."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute

from homebeat.console.web.page import Templates
from homebeat.console.web.route import make_page_route
from homebeat.console.web.session import make_csrf
from homebeat.domain.alert import Alert
from homebeat.domain.role import Operation, Role, find_permissions
from tests.people import add_account, sign_in
from tests.unit.api.fixtures import TestClient
from tests.unit.api.street import Clock, Street
from tests.unit.console.fixtures import console_app, csrf_of

ACTS: dict[str, tuple[Operation, dict[str, str]]] = {
    "/console/alerts/{alert_id}/take": (Operation.ANSWER, {"version": "1"}),
    "/console/alerts/{alert_id}/release": (Operation.ANSWER, {"version": "1"}),
    "/console/alerts/{alert_id}/reopen": (Operation.ANSWER, {"version": "1"}),
    "/console/alerts/{alert_id}/resolve": (Operation.CLOSE_CRITICAL, {"version": "1", "outcome": "fine"}),
    "/console/alerts/{alert_id}/follow-up": (Operation.ANSWER, {"answer": "good", "note": "asked her son"}),
    "/console/alerts/{alert_id}/calls/{result}": (Operation.ANSWER, {"callee": "contact", "called": "h-0/lin"}),
    "/console/alerts/{alert_id}/visits": (Operation.ANSWER, {"version": "1", "responder": "wang"}),
    "/console/alerts/{alert_id}/visits/{visit_id}/cancel": (Operation.ANSWER, {}),
    "/console/alerts/{alert_id}/note": (Operation.REMARK, {"note": "has a key"}),
    "/console/devices/set-aside/retry": (Operation.FIT_DEVICES, {"message": "1"}),
    "/console/areas": (Operation.MANAGE_HOMES, {"id": "close", "name": "Close", "parent": "lane"}),
    "/console/visits/{alert_id}/open": (Operation.ANSWER, {}),
    "/console/duty/give": (Operation.OWN_SHIFTS, {"rota": "desk", "shift": "2026-03-05/day", "to": "li"}),
    "/console/duty/swap": (Operation.OWN_SHIFTS, {"rota": "desk", "first": "2026-03-05/day", "second": "2026-03-06/day"}),
    "/console/duty/leave": (Operation.OWN_SHIFTS, {"absent": "li", "starts": "2026-03-05T00:00", "ends": "2026-03-06T00:00"}),
    "/console/duty/feeds": (Operation.OWN_SHIFTS, {}),
    "/console/duty/feeds/{feed_id}/end": (Operation.OWN_SHIFTS, {}),
    "/console/duty/roster": (Operation.READ_HOMES, {"area": "moon", "reason": "drill"}),
    "/console/hand-overs": (Operation.ANSWER, {"area": "lane", "accepting": "nobody"}),
    "/console/hand-overs/{offer_id}/accept": (Operation.ANSWER, {}),
    "/console/devices/fields": (Operation.FIT_DEVICES, {"do": "save"}),
    "/console/devices/fields/stop": (Operation.FIT_DEVICES, {"name": "acme", "version": "7"}),
    "/console/devices/fields/undo": (Operation.FIT_DEVICES, {"name": "acme", "version": "7"}),
    "/console/guides": (Operation.SET_GUIDES, {"area": "lane", "rule": "gas", "language": "en", "version": "0", "text": "knock"}),
    "/console/rotas": (Operation.ARRANGE_DUTY, {"area": "lane", "kind": "desk"}),
    "/console/rotas/{rota}/retire": (Operation.ARRANGE_DUTY, {"version": "1"}),
    "/console/rotas/{rota}/undo": (Operation.ARRANGE_DUTY, {"version": "1"}),
    "/console/channels/test": (Operation.OWN_SHIFTS, {"to": "/nobody"}),
    "/console/homes/{household_id}/channels/test": (Operation.KEEP_HOMES, {"to": "h-0/plum"}),
    "/console/plans/choice": (Operation.SET_RULES, {"area": "lane", "newest": "9", "plan": "desk_only"}),
    "/console/plans/own": (
        Operation.SET_RULES,
        {"name": "night", "newest": "9", "steps[0].who": "desk", "steps[0].wait": "5 min"},
    ),
    "/console/rules": (Operation.SET_RULES, {"area": "lane", "rule": "no_water", "newest": "0", "rule.litres": "5"}),
    "/console/settings/{change_id}/decide": (Operation.SET_RULES, {"word": "no"}),
    "/console/settings/{change_id}/withdraw": (Operation.SET_RULES, {}),
    "/console/settings/{change_id}/undo": (Operation.SET_RULES, {}),
    "/console/silences": (
        Operation.SILENCE,
        {"rule": "no_water", "area": "lane", "reason": "the main is renewed", "minutes": "60"},
    ),
    "/console/silences/maintenance": (Operation.SILENCE, {"area": "lane", "reason": "new meters", "minutes": "60"}),
    "/console/silences/{silence_id}/lift": (Operation.SHELVE, {}),
    "/console/providers/{provider}/suspend": (Operation.SUSPEND, {"reason": "nobody came", "version": "0"}),
    "/console/providers/{provider}/resume": (Operation.SUSPEND, {"reason": "they came back", "version": "0"}),
    "/console/complaints/{complaint_id}/responder": (Operation.ANSWER_COMPLAINT, {"responder": "care-co"}),
    "/console/complaints/{complaint_id}": (Operation.ANSWER_COMPLAINT, {"word": "they apologised", "verdict": "uphold"}),
    "/console/residents/{resident_id}/limits": (Operation.CHOOSE, {"version": "0", "budget": "1"}),
    "/console/homes": (Operation.MANAGE_HOMES, {"id": "h-99"}),
    "/console/homes/{household_id}/trial/announce": (Operation.FIT_DEVICES, {}),
    "/console/homes/{household_id}/trial/close": (Operation.CLOSE_CRITICAL, {"alert": "none", "version": "1"}),
    "/console/homes/{household_id}/place": (Operation.KEEP_HOMES, {"version": "1"}),
    "/console/homes/{household_id}/people": (Operation.KEEP_HOMES, {"version": "9"}),
    "/console/homes/{household_id}/contacts": (Operation.KEEP_HOMES, {"version": "9"}),
    "/console/homes/{household_id}/absences": (Operation.KEEP_HOMES, {"away.from": "2026-02-27", "away.reason": "he called"}),
    "/console/homes/{household_id}/absences/end": (Operation.KEEP_HOMES, {"starts_at": "1"}),
    "/console/homes/{household_id}/devices": (Operation.FIT_DEVICES, {"devices[0].id": "b-99", "devices[0].kind": "button"}),
    "/console/homes/{household_id}/devices/retire": (Operation.FIT_DEVICES, {"device": "nothing"}),
    "/console/homes/{household_id}/retire": (Operation.MANAGE_HOMES, {"version": "9", "reason": "moved away"}),
    "/console/homes/{household_id}/undo": (Operation.READ_HOMES, {"version": "9"}),
    "/console/people": (Operation.MANAGE_PEOPLE, {"name": "new", "role": "nurse", "language": "en"}),
    "/console/people/{name}/link": (Operation.MANAGE_PEOPLE, {}),
    "/console/people/{name}/give": (Operation.MANAGE_PEOPLE, {"role": "nurse"}),
    "/console/people/{name}/take": (Operation.MANAGE_PEOPLE, {"role": "desk"}),
    "/console/people/{name}/disable": (Operation.MANAGE_PEOPLE, {}),
    "/console/people/{name}/enable": (Operation.MANAGE_PEOPLE, {}),
    "/console/people/{name}/connect": (Operation.MANAGE_PEOPLE, {"subject": "1"}),
    "/console/people/{name}/disconnect": (Operation.MANAGE_PEOPLE, {}),
    "/console/people/{name}/sessions/{session_id}/end": (Operation.MANAGE_PEOPLE, {}),
    "/console/keys": (Operation.MANAGE_PEOPLE, {"name": "new", "role": "nurse", "days": "30"}),
    "/console/keys/{name}/revoke": (Operation.MANAGE_PEOPLE, {}),
    "/console/residents/{resident_id}/consent": (
        Operation.CONSENT,
        {"purpose": "water", "decision": "agreed", "decided_on": "2026-02-27", "paper": "folder 12"},
    ),
    "/console/residents/{resident_id}/family-links": (Operation.CONSENT, {"contact": "h-0/lin"}),
    "/console/households/{household_id}/glass": (Operation.BREAK_GLASS, {"reason": "she called for help"}),
    "/console/labels": (Operation.DOOR_CODES, {"area": "lane"}),
    "/console/labels/renew": (Operation.DOOR_CODES, {"household": "h-0"}),
    "/console/glass/{glass_id}": (Operation.REVIEW_GLASS, {}),
    "/account/password": (Operation.OWN_ACCOUNT, {"new": "x", "again": "y"}),
    "/account/second-factor/begin": (Operation.OWN_ACCOUNT, {}),
    "/account/second-factor": (Operation.OWN_ACCOUNT, {"secret": "x", "code": "1", "proof": "x"}),
    "/account/second-factor/remove": (Operation.OWN_ACCOUNT, {}),
    "/account/sessions/end": (Operation.OWN_ACCOUNT, {"session": "x"}),
    "/console/audit/verify": (Operation.READ_AUDIT, {}),
    "/console/audit/export": (Operation.READ_AUDIT, {}),
}
OPEN = {
    *("/sign-in", "/sign-in/code", "/sign-out"),
    *("/f", "/f/{token}", "/f/{token}/key", "/v/{token}", "/v/{token}/photo"),
    "/receipts/{kind}/{secret}",
}


def enter(guest: TestClient, street: Street, role: str) -> int:
    add_account(street.store, f"of-{role}", role)
    status: int = sign_in(guest, street.store, f"of-{role}").status_code
    return status


def may(role: str, operation: Operation) -> bool:
    row = find_permissions(role)
    return row is not None and operation in row.operations


def forms_of(app: FastAPI) -> set[str]:
    routes = [route for route in app.routes if isinstance(route, APIRoute)]
    return {route.path for route in routes if "POST" in (route.methods or ()) and not route.path.startswith("/api/")}


def test_every_form_is_in_the_table(street: Street, clock: Clock) -> None:
    assert forms_of(console_app(street, clock)) == set(ACTS) | OPEN


def send(guest: TestClient, path: str, alert: Alert) -> Any:
    csrf = make_csrf(guest.cookies["homebeat_session"])
    address = path.format(
        alert_id=alert.id,
        result="spoke",
        visit_id="v0",
        resident_id="r-0",
        name="desk-1",
        session_id="a0",
        household_id="h-0",
        glass_id=1,
        provider="care-co",
        complaint_id=1,
        feed_id="a0",
        silence_id=1,
        change_id=1,
        offer_id=1,
        rota="lane-desk",
    )
    return guest.post(address, data=ACTS[path][1] | {"csrf": csrf})


@pytest.mark.parametrize("role, path", [(role, path) for role in Role for path in ACTS if may(role, ACTS[path][0])])
def test_who_may_send_which_form(role: Role, path: str, guest: TestClient, street: Street) -> None:
    alert = street.sos(0)
    assert enter(guest, street, role) == 303
    answer = send(guest, path, alert)
    assert answer.status_code != 403, answer.text


@pytest.mark.parametrize("role", Role)
def test_no_other_form_is_taken_of_a_role(role: Role, guest: TestClient, street: Street) -> None:
    alert = street.sos(0)
    assert enter(guest, street, role) == 303
    for path, (operation, _) in ACTS.items():
        if not may(role, operation):
            answer = send(guest, path, alert)
            assert answer.status_code == 403, (path, answer.text)
            assert street.alert(alert.id).version == alert.version, path


def test_a_role_that_is_none_of_ours_cannot_sign_in(guest: TestClient, street: Street) -> None:
    assert enter(guest, street, "god") == 401


@pytest.mark.parametrize(
    "role, buttons",
    [
        (Role.ADMIN, set()),
        (Role.INSTALLER, {"note"}),
        (Role.DESK, {"take", "resolve", "note"}),
        (Role.SUPERVISOR, {"take", "resolve", "note"}),
    ],
)
def test_the_card_has_the_buttons_that_the_role_may_press(
    role: Role, buttons: set[str], guest: TestClient, street: Street
) -> None:
    alert = street.open("no_sign_of_life", 0)
    enter(guest, street, role)
    card = guest.get(f"/console/card/{alert.id}").text
    assert {act for act in ("take", "resolve", "note") if f"{alert.id}/{act}" in card} == buttons
    assert ("looks-only" in guest.get("/").text) is (role in {Role.ADMIN, Role.INSTALLER})


READS = {
    "/account": Operation.OWN_ACCOUNT,
    "/": Operation.READ_ALERTS,
    "/digest": Operation.READ_ALERTS,
    "/resident/r-0": Operation.READ_HOMES,
    "/supervisor": Operation.READ_TOTALS,
    "/duty": Operation.READ_DUTY,
    "/duty/roster": Operation.READ_DUTY,
    "/hand-over": Operation.ANSWER,
    "/silences": Operation.READ_ALERTS,
    "/homes/h-0/edit": Operation.READ_HOMES,
    "/homes/h-0/trial": Operation.READ_HOMES,
    "/homes/new": Operation.MANAGE_HOMES,
    "/people": Operation.READ_PEOPLE,
    "/people/desk-1": Operation.READ_PEOPLE,
    "/keys": Operation.READ_PEOPLE,
    "/audit": Operation.READ_AUDIT,
    "/settings": Operation.SET_RULES,
    "/settings/plans": Operation.SET_RULES,
    "/settings/plans/own": Operation.SET_RULES,
    "/settings/rules": Operation.SET_RULES,
    "/settings/rules/no_water": Operation.SET_RULES,
    "/settings/guides": Operation.SET_GUIDES,
    "/settings/channels": Operation.READ_SERVICE,
    "/settings/rotas": Operation.ARRANGE_DUTY,
    "/settings/rotas/edit?area=lane": Operation.ARRANGE_DUTY,
    "/homes/h-0/channels": Operation.KEEP_HOMES,
    "/devices/one?id=m-0": Operation.READ_HOMES,
    "/devices/fields": Operation.FIT_DEVICES,
    "/devices/labels": Operation.FIT_DEVICES,
    "/devices/fields/edit": Operation.FIT_DEVICES,
    "/glass": Operation.REVIEW_GLASS,
}


@pytest.mark.parametrize("role", Role)
def test_who_may_see_which_page(role: Role, guest: TestClient, street: Street) -> None:
    street.sos(0)
    assert enter(guest, street, role) == 303
    for path, operation in READS.items():
        answer = guest.get(path)
        if path == "/" and role in {Role.AUDITOR, Role.MANAGER}:
            assert (answer.status_code, answer.headers["location"]) == (303, "/supervisor"), "who sees no queue begins elsewhere"
        else:
            assert answer.status_code == (200 if may(role, operation) else 403), path


def test_a_page_that_declares_no_operation_cannot_be_built() -> None:
    routes = APIRouter(route_class=make_page_route(Templates()))
    with pytest.raises(TypeError, match="does not declare its operation"):

        @routes.get("/undeclared")
        def undeclared() -> str:
            return "never"


def test_what_a_role_may_not_do_is_said_on_a_page(guest: TestClient, street: Street) -> None:
    alert = street.sos(0)
    enter(guest, street, Role.INSTALLER)
    csrf = csrf_of(guest.get("/").text)
    page = guest.post(f"/console/alerts/{alert.id}/take", data={"csrf": csrf, "version": "1"}, headers={"Accept-Language": "en"})
    assert (page.status_code, "Your role may look at this, and not do it." in page.text) == (403, True)
