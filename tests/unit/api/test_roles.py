"""Every operation of every role, at the API: what is not in the table is refused, a role that is none of ours opens nothing."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi import APIRouter

from homebeat.api import create_app
from homebeat.api.route import ApiRoute
from homebeat.domain.alert import Alert
from homebeat.domain.role import FAMILY, Operation, Role, find_permissions
from tests.people import add_key
from tests.unit.api.fixtures import TestClient, api_context, web
from tests.unit.api.street import Clock, Street

ALERT = "/api/v1/alerts/{alert_id}"
ACCOUNT = "/api/v1/accounts/{name}"
BACKTEST = "/api/v1/backtests/{backtest_id}"
SHIFT = {"rota": "desk", "day": "2026-03-05", "shift": "day"}
#: What each route that changes or starts something takes, and a body that it can use.
ACTS: dict[tuple[str, str], tuple[Operation, dict[str, Any]]] = {
    ("POST", f"{ALERT}/acknowledge"): (Operation.ANSWER, {}),
    ("POST", f"{ALERT}/visits"): (Operation.ANSWER, {"responder": "nobody"}),
    ("POST", f"{ALERT}/visits/{{visit_id}}/cancel"): (Operation.ANSWER, {}),
    ("POST", f"{ALERT}/resolve"): (Operation.CLOSE_CRITICAL, {"outcome": "fine"}),
    ("POST", f"{ALERT}/release"): (Operation.ANSWER, {}),
    ("POST", f"{ALERT}/reopen"): (Operation.ANSWER, {}),
    ("POST", f"{ALERT}/orders"): (Operation.ANSWER, {"order": "1", "state": "taken"}),
    ("POST", f"{ALERT}/note"): (Operation.REMARK, {"note": "has a key"}),
    ("PUT", "/api/v1/residents/{resident_id}/limits"): (Operation.CHOOSE, {"false_alarms_a_month": 1}),
    ("PUT", "/api/v1/residents/{resident_id}/consent"): (
        Operation.CONSENT,
        {"purpose": "water", "agreed": True, "decided_on": "2026-02-27", "paper": "folder 12"},
    ),
    ("POST", "/api/v1/residents/{resident_id}/family-links/end"): (Operation.CONSENT, {"contact": "h-0/lin"}),
    ("POST", "/api/v1/backtests"): (Operation.CHOOSE, {}),
    ("POST", "/api/v1/door-labels"): (Operation.DOOR_CODES, {"area": "lane"}),
    ("POST", "/api/v1/households/{household_id}/door-code/renew"): (Operation.DOOR_CODES, {}),
    ("DELETE", BACKTEST): (Operation.CHOOSE, {}),
    ("POST", "/api/v1/accounts"): (Operation.MANAGE_PEOPLE, {"name": "new", "roles": [{"role": "nurse", "area": "lane"}]}),
    ("POST", f"{ACCOUNT}/roles"): (Operation.MANAGE_PEOPLE, {"role": "nurse"}),
    ("DELETE", f"{ACCOUNT}/roles"): (Operation.MANAGE_PEOPLE, {}),
    ("POST", f"{ACCOUNT}/disable"): (Operation.MANAGE_PEOPLE, {}),
    ("POST", f"{ACCOUNT}/enable"): (Operation.MANAGE_PEOPLE, {}),
    ("POST", f"{ACCOUNT}/link"): (Operation.MANAGE_PEOPLE, {}),
    ("PUT", f"{ACCOUNT}/identity"): (Operation.MANAGE_PEOPLE, {"subject": "1"}),
    ("DELETE", f"{ACCOUNT}/identity"): (Operation.MANAGE_PEOPLE, {}),
    ("DELETE", f"{ACCOUNT}/sessions/{{session_id}}"): (Operation.MANAGE_PEOPLE, {}),
    ("POST", "/api/v1/keys"): (Operation.MANAGE_PEOPLE, {"name": "new", "roles": [{"role": "nurse", "area": "lane"}]}),
    ("DELETE", "/api/v1/keys/{name}"): (Operation.MANAGE_PEOPLE, {}),
    ("POST", "/api/v1/areas"): (Operation.MANAGE_HOMES, {"id": "close", "name": "Close", "parent": "lane"}),
    ("POST", "/api/v1/households"): (Operation.MANAGE_HOMES, {"id": "h-99", "area": "lane", "timezone": "Asia/Shanghai"}),
    ("PATCH", "/api/v1/households/{household_id}"): (Operation.KEEP_HOMES, {"access": "third floor"}),
    ("PUT", "/api/v1/households/{household_id}/contacts"): (Operation.KEEP_HOMES, {"contacts": [], "version": 99}),
    ("POST", "/api/v1/households/{household_id}/absences"): (Operation.KEEP_HOMES, {"from": "2026-02-27", "reason": "he called"}),
    ("POST", "/api/v1/households/{household_id}/absences/end"): (Operation.KEEP_HOMES, {"from": "2026-02-27T00:00:00Z"}),
    ("POST", "/api/v1/households/{household_id}/devices"): (Operation.FIT_DEVICES, {"id": "b-99", "kind": "button"}),
    ("POST", "/api/v1/households/{household_id}/devices/{device_id}/retire"): (Operation.FIT_DEVICES, {}),
    ("POST", "/api/v1/households/{household_id}/test"): (Operation.FIT_DEVICES, {}),
    ("POST", "/api/v1/households/{household_id}/retire"): (Operation.MANAGE_HOMES, {"reason": "moved away", "version": 99}),
    ("POST", "/api/v1/households/{household_id}/undo"): (Operation.READ_HOMES, {"version": 99}),
    ("POST", "/api/v1/households/{household_id}/glass"): (Operation.BREAK_GLASS, {"reason": "she called for help"}),
    ("POST", "/api/v1/quarantine/retry"): (Operation.FIT_DEVICES, {"ids": [1]}),
    ("POST", "/api/v1/glass/{glass_id}/seen"): (Operation.REVIEW_GLASS, {}),
    ("POST", "/api/v1/alerts/{alert_id}/calls"): (
        Operation.ANSWER,
        {"callee": "contact", "called": "h-0/lin", "result": "spoke"},
    ),
    ("POST", "/api/v1/alerts/{alert_id}/shelve"): (Operation.SHELVE, {"reason": "the plumber is there", "minutes": 60}),
    ("POST", "/api/v1/silences/{silence_id}/lift"): (Operation.SHELVE, {}),
    ("POST", "/api/v1/channels/tests/contact"): (Operation.KEEP_HOMES, {"contact": "h-0/plum"}),
    ("POST", "/api/v1/channels/tests/responder"): (Operation.OWN_SHIFTS, {"responder": "nobody"}),
    ("POST", "/api/v1/field-maps/try"): (
        Operation.FIT_DEVICES,
        {"spec": {"topic": "homebeat/acme/+/up", "device": "/sn", "fields": []}, "sample": "{}"},
    ),
    ("PUT", "/api/v1/field-maps/{name}"): (Operation.FIT_DEVICES, {"spec": None, "version": 7}),
    ("POST", "/api/v1/field-maps/{name}/undo"): (Operation.FIT_DEVICES, {"version": 7}),
    ("PUT", "/api/v1/guides"): (
        Operation.SET_GUIDES,
        {"area": "lane", "rule": "gas", "language": "en", "steps": ["knock"], "version": 0},
    ),
    ("PUT", "/api/v1/settings/plans"): (Operation.SET_RULES, {"area": "lane", "plan": "desk_only", "newest": 0}),
    ("PUT", "/api/v1/settings/plans/{name}"): (Operation.SET_RULES, {"steps": [{"who": "desk", "wait": "PT5M"}], "newest": 9}),
    ("POST", "/api/v1/settings/changes"): (
        Operation.SET_RULES,
        {"area": "lane", "rule": "no_water", "after": {"litres": 5}, "newest": 0},
    ),
    ("POST", "/api/v1/settings/changes/{change_id}/decide"): (Operation.SET_RULES, {"accepts": False, "word": "no"}),
    ("POST", "/api/v1/settings/changes/{change_id}/withdraw"): (Operation.SET_RULES, {}),
    ("POST", "/api/v1/settings/changes/{change_id}/undo"): (Operation.SET_RULES, {}),
    ("POST", "/api/v1/maintenance"): (Operation.SILENCE, {"area": "lane", "reason": "new meters", "minutes": 60}),
    ("POST", "/api/v1/silences"): (
        Operation.SILENCE,
        {"rule": "no_water", "area": "lane", "reason": "the main is renewed", "minutes": 60},
    ),
    ("POST", "/api/v1/providers/{provider}/suspend"): (Operation.SUSPEND, {"reason": "nobody came", "is_veto": True}),
    ("POST", "/api/v1/providers/{provider}/resume"): (Operation.SUSPEND, {"reason": "they came back"}),
    ("POST", "/api/v1/follow-ups/{alert_id}/answer"): (Operation.ANSWER, {"answer": "good", "note": "asked her son"}),
    ("POST", "/api/v1/complaints"): (Operation.COMPLAIN, {"what": "nobody came", "responder": "care-co"}),
    ("POST", "/api/v1/complaints/{complaint_id}/answer"): (
        Operation.ANSWER_COMPLAINT,
        {"is_upheld": True, "word": "they apologised"},
    ),
    ("POST", "/api/v1/complaints/{complaint_id}/responder"): (Operation.ANSWER_COMPLAINT, {"responder": "care-co"}),
    ("POST", "/api/v1/volunteers/{volunteer}/hours"): (
        Operation.ARRANGE_DUTY,
        {"month": "2026-03", "minutes": 30, "reason": "stayed longer"},
    ),
    ("PUT", "/api/v1/duty/rotas"): (
        Operation.ARRANGE_DUTY,
        {
            "rota": {"area": "lane", "kind": "desk", "timezone": "Asia/Shanghai", "from": "2026-03-01"},
            "version": 0,
            "only_asked": True,
        },
    ),
    ("POST", "/api/v1/duty/rotas/{rota}/retire"): (Operation.ARRANGE_DUTY, {"version": 1}),
    ("POST", "/api/v1/duty/rotas/{rota}/undo"): (Operation.ARRANGE_DUTY, {"version": 1}),
    ("POST", "/api/v1/duty/shifts/give"): (
        Operation.OWN_SHIFTS,
        {"rota": "desk", "day": "2026-03-05", "shift": "day", "who": "li"},
    ),
    ("POST", "/api/v1/duty/shifts/swap"): (Operation.OWN_SHIFTS, {"first": SHIFT, "second": SHIFT}),
    ("POST", "/api/v1/duty/leave"): (
        Operation.OWN_SHIFTS,
        {"who": "li", "starts_at": "2026-03-05T00:00:00Z", "ends_at": "2026-03-06T00:00:00Z"},
    ),
    ("POST", "/api/v1/duty/feeds"): (Operation.OWN_SHIFTS, {"who": "li"}),
    ("DELETE", "/api/v1/duty/feeds/{feed_id}"): (Operation.OWN_SHIFTS, {}),
    ("POST", "/api/v1/duty/hand-overs"): (Operation.ANSWER, {"area": "lane", "accepting": "desk-1"}),
    ("POST", "/api/v1/duty/hand-overs/{offer_id}/accept"): (Operation.ANSWER, {}),
}
READS = {
    "/api/v1/alerts": Operation.READ_ALERTS,
    "/api/v1/alerts/{alert_id}": Operation.READ_ALERTS,
    "/api/v1/guides": Operation.READ_ALERTS,
    "/api/v1/channels": Operation.READ_SERVICE,
    "/api/v1/channels/tests?notice=msg_0": Operation.READ_SERVICE,
    "/api/v1/field-maps": Operation.FIT_DEVICES,
    "/api/v1/settings/changes": Operation.SET_RULES,
    "/api/v1/settings/plans": Operation.SET_RULES,
    "/api/v1/residents/{resident_id}/plan": Operation.READ_HOMES,
    "/api/v1/events": Operation.READ_ALERTS,
    "/api/v1/digest": Operation.READ_ALERTS,
    "/api/v1/silences": Operation.READ_ALERTS,
    "/api/v1/areas": Operation.READ_HOMES,
    "/api/v1/residents": Operation.READ_HOMES,
    "/api/v1/residents/r-0": Operation.READ_HOMES,
    "/api/v1/residents/r-0/limits": Operation.READ_HOMES,
    "/api/v1/residents/r-0/consent": Operation.READ_HOMES,
    "/api/v1/households": Operation.READ_HOMES,
    "/api/v1/households/h-0": Operation.READ_HOMES,
    "/api/v1/devices": Operation.READ_HOMES,
    "/api/v1/observations": Operation.READ_HOMES,
    "/api/v1/fhir/observations": Operation.READ_HOMES,
    "/api/v1/devices/m-0": Operation.READ_HOMES,
    "/api/v1/devices/m-0/readings": Operation.READ_HOMES,
    "/api/v1/outcomes": Operation.READ_TOTALS,
    "/api/v1/evidence": Operation.READ_TOTALS,
    "/api/v1/evidence/models": Operation.READ_TOTALS,
    "/api/v1/quarantine": Operation.READ_SERVICE,
    "/api/v1/deliveries": Operation.READ_SERVICE,
    "/api/v1/ledger": Operation.READ_SERVICE,
    "/api/v1/audit": Operation.READ_AUDIT,
    "/api/v1/accounts": Operation.READ_PEOPLE,
    "/api/v1/accounts/desk-1": Operation.READ_PEOPLE,
    "/api/v1/accounts/desk-1/sessions": Operation.READ_PEOPLE,
    "/api/v1/keys": Operation.READ_PEOPLE,
    "/api/v1/keys/desk-1": Operation.READ_PEOPLE,
    "/api/v1/glass": Operation.REVIEW_GLASS,
    "/api/v1/duty?area=lane": Operation.READ_DUTY,
    "/api/v1/duty/rotas": Operation.READ_DUTY,
    "/api/v1/duty/shifts": Operation.READ_DUTY,
    "/api/v1/duty/leave": Operation.READ_DUTY,
    "/api/v1/duty/hand-overs": Operation.READ_DUTY,
    "/api/v1/duty/feeds?who=li": Operation.READ_DUTY,
    "/api/v1/complaints": Operation.COMPLAIN,
    "/api/v1/follow-ups": Operation.READ_ALERTS,
    "/api/v1/volunteers": Operation.READ_DUTY,
    "/api/v1/volunteers/hours?from=2026-03": Operation.READ_DUTY,
    "/api/v1/volunteers/hours.csv?from=2026-03": Operation.READ_DUTY,
    "/api/v1/providers": Operation.READ_DUTY,
    "/metrics": Operation.READ_SERVICE,
    "/openapi.json": Operation.OWN_ACCOUNT,
}
STRANGE = ["", "Desk", "god", "<b>god</b>", "desk ", FAMILY]


def bearer(street: Street, role: str) -> dict[str, str]:
    secret = "of-" + role.encode().hex()
    add_key(street.store, secret, role)
    return {"Authorization": f"Bearer {secret}"}


def may(role: str, operation: Operation) -> bool:
    row = find_permissions(role)
    return row is not None and operation in row.operations


def test_every_route_that_changes_something_is_in_the_table(street: Street, clock: Clock, client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    doors = {(method.upper(), path) for path, methods in paths.items() for method in methods} - {("GET", path) for path in paths}
    assert doors == set(ACTS)


def send(client: TestClient, act: tuple[str, str], alert: Alert, headers: dict[str, str]) -> Any:
    method, path = act
    path = path.format(
        alert_id=alert.id, resident_id="r-0", backtest_id="b0", name="desk-1", session_id="a0", household_id="h-0", glass_id=1,
        device_id="none", feed_id="f0", offer_id=1, visit_id="v0", silence_id=1, change_id=1, rota="lane-desk",
        provider="care-co", volunteer="wang", complaint_id=1,
    )  # fmt: skip
    return client.request(method, path, json=ACTS[act][1], headers=headers)


@pytest.mark.parametrize("role, act", [(role, act) for role in Role for act in ACTS if may(role, ACTS[act][0])])
def test_who_may_do_what(role: str, act: tuple[str, str], client: TestClient, street: Street) -> None:
    answer = send(client, act, street.sos(0), bearer(street, role))
    assert answer.status_code != 403, answer.text


@pytest.mark.parametrize("role", [*Role, *STRANGE])
def test_who_may_do_nothing_else(role: str, client: TestClient, street: Street) -> None:
    alert, headers = street.sos(0), bearer(street, role)
    refused = [act for act, (operation, _) in ACTS.items() if not may(role, operation)]
    assert refused or role is Role.SUPERVISOR
    for act in refused:
        answer = send(client, act, alert, headers)
        assert (answer.status_code, answer.json()["type"]) == (403, "urn:homebeat:problem:forbidden"), act
        assert street.alert(alert.id).version == alert.version, act


@pytest.mark.parametrize("role", [*Role, *STRANGE])
def test_who_may_look(role: str, client: TestClient, street: Street) -> None:
    alert, headers = street.sos(0), bearer(street, role)
    for path, operation in READS.items():
        answer = client.get(path.format(alert_id=alert.id, resident_id="r-0"), headers=headers)
        assert answer.status_code == (200 if may(role, operation) else 403), (path, answer.text)


def test_a_refusal_reads_no_body(client: TestClient, street: Street) -> None:
    answer = client.post("/api/v1/alerts/a0/resolve", content=b"no json", headers=bearer(street, Role.MANAGER))
    assert (answer.status_code, answer.json()["detail"]) == (
        403, "this takes one of the roles responder, desk, nurse, supervisor, integrator",
    )  # fmt: skip


def test_a_route_that_declares_no_operation_cannot_be_built() -> None:
    routes = APIRouter(route_class=ApiRoute)
    with pytest.raises(TypeError, match="does not declare its operation"):

        @routes.get("/undeclared")
        def undeclared() -> str:
            return "never"


def test_a_role_that_is_none_of_ours_is_told_no_more_than_a_stranger(street: Street, clock: Clock) -> None:
    app = create_app(api_context(street.store, clock, checks={"broker": lambda: "refuses the password"}))
    with web(app) as browser:
        assert "password" in browser.get("/readyz", headers=bearer(street, "desk")).text
        assert "password" not in browser.get("/readyz", headers=bearer(street, "god")).text
        assert "password" not in browser.get("/readyz", headers=bearer(street, "manager")).text


@pytest.mark.parametrize("role", ["", Role.SUPERVISOR, Role.MANAGER])
def test_every_refusal_is_documented(role: str, client: TestClient, street: Street) -> None:
    paths, headers = client.get("/openapi.json").json()["paths"], bearer(street, role)
    for path, methods in paths.items():
        for method, route in methods.items():
            if path.endswith("/stream"):
                continue
            nobody = {"household_id": "h-9", "device_id": "d-9", "name": "nobody", "session_id": "s-9", "glass_id": 9}
            nobody |= {
                "feed_id": "f-9",
                "offer_id": 9,
                "silence_id": 9,
                "change_id": 9,
                "visit_id": "v-9",
                "photo_id": "f-9",
                "provider": "p-9",
                "volunteer": "w-9",
                "complaint_id": 9,
                "rota": "none",
            }
            address = path.format(alert_id="a0", resident_id="r-9", backtest_id="b0", **nobody)
            status = client.request(method.upper(), address, json={"note": "x", "outcome": "fine"}, headers=headers).status_code
            assert str(status) in route["responses"], (method, path, status)
