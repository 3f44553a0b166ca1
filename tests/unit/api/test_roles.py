"""Every act of every role, at the API: who only looks changes nothing, and a role that is none of ours opens nothing."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from homebeat.api import create_app
from homebeat.domain.role import PERMITTED, Operation, Role
from homebeat.store import Token
from tests.unit.api.fixtures import TestClient, api_context, web
from tests.unit.api.street import Clock, Street

ALERT = "/api/v1/alerts/{alert_id}"
BACKTEST = "/api/v1/backtests/{backtest_id}"
#: What each route that changes or starts something takes, and a body that it can use.
ACTS: dict[tuple[str, str], tuple[Operation, dict[str, Any]]] = {
    ("POST", f"{ALERT}/acknowledge"): (Operation.ANSWER, {}),
    ("POST", f"{ALERT}/resolve"): (Operation.ANSWER, {"outcome": "fine"}),
    ("POST", f"{ALERT}/release"): (Operation.ANSWER, {}),
    ("POST", f"{ALERT}/reopen"): (Operation.ANSWER, {}),
    ("POST", f"{ALERT}/note"): (Operation.REMARK, {"note": "has a key"}),
    ("PUT", "/api/v1/residents/{resident_id}/limits"): (Operation.CHOOSE, {"false_alarms_a_month": 1}),
    ("POST", "/api/v1/backtests"): (Operation.CHOOSE, {}),
    ("DELETE", BACKTEST): (Operation.CHOOSE, {}),
}
READS = ["/api/v1/alerts", "/api/v1/residents/r-0", "/api/v1/quarantine", "/metrics", "/openapi.json"]
STRANGE = ["", "Viewer", "god", "<b>god</b>", "desk "]


def bearer(street: Street, role: str) -> dict[str, str]:
    secret = "of-" + role.encode().hex()
    with street.store.begin() as tx:
        tx.tokens.create(Token(hashlib.sha256(secret.encode()).hexdigest(), secret, role, 0))
    return {"Authorization": f"Bearer {secret}"}


def test_every_route_that_changes_something_is_in_the_table(street: Street, clock: Clock, client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    doors = {(method.upper(), path) for path, methods in paths.items() for method in methods} - {("GET", path) for path in paths}
    assert doors == set(ACTS)


@pytest.mark.parametrize("act", ACTS, ids=" ".join)
@pytest.mark.parametrize("role", [*Role, *STRANGE])
def test_who_may_do_what(role: str, act: tuple[str, str], client: TestClient, street: Street) -> None:
    alert = street.sos(0)
    before = alert.version
    operation, body = ACTS[act]
    path = act[1].format(alert_id=alert.id, resident_id="r-0", backtest_id="b0")
    answer = client.request(act[0], path, json=body, headers=bearer(street, role))
    may = role in set(Role) and operation in PERMITTED[Role(role)]
    assert (answer.status_code == 403) is not may, answer.text
    if not may:
        assert answer.json()["type"] == "urn:homebeat:problem:forbidden"
        assert street.alert(alert.id).version == before


@pytest.mark.parametrize("path", READS)
@pytest.mark.parametrize("role", [*Role, *STRANGE])
def test_who_may_look(role: str, path: str, client: TestClient, street: Street) -> None:
    answer = client.get(path, headers=bearer(street, role))
    assert answer.status_code == (200 if role in set(Role) else 403), answer.text


def test_a_role_that_is_none_of_ours_is_told_no_more_than_a_stranger(street: Street, clock: Clock) -> None:
    app = create_app(api_context(street.store, clock, checks={"broker": lambda: "refuses the password"}))
    with web(app) as browser:
        assert "password" in browser.get("/readyz", headers=bearer(street, "viewer")).text
        assert "password" not in browser.get("/readyz", headers=bearer(street, "god")).text


def test_only_the_desk_and_its_supervisors_answer_for_people() -> None:
    assert {role for role in Role if Operation.ANSWER in PERMITTED[role]} == {Role.DESK, Role.SUPERVISOR, Role.ADMIN}
    assert PERMITTED[Role.VIEWER] == {Operation.READ}
    assert set(PERMITTED) == set(Role)


@pytest.mark.parametrize("role", ["", Role.ADMIN])
def test_every_refusal_is_documented(role: str, client: TestClient, street: Street) -> None:
    paths, headers = client.get("/openapi.json").json()["paths"], bearer(street, role)
    for path, methods in paths.items():
        for method, route in methods.items():
            if path.endswith("/stream"):
                continue
            address = path.format(alert_id="a0", resident_id="r-9", backtest_id="b0", household_id="h-9", device_id="d-9")
            status = client.request(method.upper(), address, json={"note": "x", "outcome": "fine"}, headers=headers).status_code
            assert str(status) in route["responses"], (method, path, status)
