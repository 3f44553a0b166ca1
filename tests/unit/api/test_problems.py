"""Every error is a problem document, every door is locked, every answer carries its headers."""

from __future__ import annotations

import pytest
from fastapi import FastAPI

from homebeat.api import build_openapi, create_app
from homebeat.domain.errors import Unavailable
from tests.people import add_key
from tests.unit.api.fixtures import BEARER, TestClient, api_context, web
from tests.unit.api.street import HOUR, SECRET, Clock, Street

OPEN = {"/livez", "/readyz"}


def is_problem(body: object, status: int) -> bool:
    return isinstance(body, dict) and body["status"] == status and {"type", "title", "detail", "instance"} <= body.keys()


@pytest.mark.parametrize(
    "method, path, status",
    [
        ("GET", "/nowhere", 404),
        ("PUT", "/api/v1/alerts", 405),
        ("DELETE", "/livez", 405),
        ("GET", "/api/v1/alerts?limit=201", 422),
        ("GET", "/api/v1/alerts?limit=many", 422),
        ("GET", "/api/v1/alerts?priority=huge", 422),
        ("GET", "/api/v1/devices/none", 404),
        ("GET", "/api/v1/devices/m-0/readings?metric=charm", 422),
    ],
)
def test_every_error_is_a_problem_document(client: TestClient, method: str, path: str, status: int) -> None:
    answer = client.request(method, path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert is_problem(answer.json(), status)


@pytest.mark.parametrize("path", ["/api/v1/alerts", "/api/v1/residents", "/api/v1/quarantine", "/api/v1/devices/m-0/readings"])
def test_a_wrong_cursor_is_the_callers_mistake(client: TestClient, path: str) -> None:
    answer = client.get(f"{path}?cursor=%00nonsense")
    assert answer.status_code == 422
    assert is_problem(answer.json(), 422)


@pytest.mark.parametrize(
    "query", ["alerts?until=0.5", "alerts?since=1772337600000", "alerts?since=-1", "digest?day=0", "digest?day=20260301"]
)
def test_a_bare_number_is_no_time(client: TestClient, query: str) -> None:
    assert client.get(f"/api/v1/{query}").status_code == 422


@pytest.mark.parametrize(
    "body", [b"{", b"", b"\xff\xfe", b'"\xff"', b"[" * 100_000, b'{"note": ' + b"9" * 10_000 + b"}", b'{"note": NaN}']
)
def test_a_body_that_is_no_json_is_said_and_a_stranger_is_asked_for_a_key_first(
    client: TestClient, street: Street, body: bytes
) -> None:
    path, headers = f"/api/v1/alerts/{street.sos(0).id}/note", {"Content-Type": "application/json"}
    answer = client.post(path, content=body, headers=headers)
    assert answer.status_code == 422
    assert is_problem(answer.json(), 422)
    assert client.post(path, content=body, headers=headers | {"Authorization": "Bearer wrong"}).status_code == 401


@pytest.mark.parametrize(
    "method, path, allowed",
    [
        ("PATCH", "/api/v1/backtests/x", "GET, DELETE"),
        ("POST", "/api/v1/residents/r-0/limits", "GET, PUT"),
        ("GET", "/api/v1/alerts/x/note", "POST"),
        ("DELETE", "/livez", "GET"),
    ],
)
def test_a_method_that_is_not_taken_is_answered_with_those_that_are(
    client: TestClient, method: str, path: str, allowed: str
) -> None:
    answer = client.request(method, path)
    assert (answer.status_code, answer.headers["allow"]) == (405, allowed)


def test_what_was_sent_is_not_said_back(client: TestClient, street: Street) -> None:
    alert = street.sos(0)
    answer = client.post(f"/api/v1/alerts/{alert.id}/resolve", json={"outcome": "call 139-0000-0000"})
    assert answer.status_code == 422
    assert "139-0000" not in answer.text


def test_a_bug_is_a_problem_without_a_stack(street: Street, clock: Clock) -> None:
    app = create_app(api_context(street.store, clock))

    @app.get("/broken")
    def broken() -> None:
        raise RuntimeError("the password is plum")

    with web(app, headers=BEARER) as browser:
        answer = browser.get("/broken")
    assert answer.status_code == 500
    assert is_problem(answer.json(), 500)
    assert "plum" not in answer.text


def test_a_database_that_is_away_is_503_with_a_time_to_try_again(street: Street, clock: Clock) -> None:
    app = create_app(api_context(street.store, clock))

    @app.get("/away")
    def away() -> None:
        raise Unavailable("connection to db.internal as root refused")

    with web(app) as browser:
        answer = browser.get("/away")
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "5"
    assert "db.internal" not in answer.text


def routes_of(app: FastAPI) -> list[tuple[str, str]]:
    paths = build_openapi(app)["paths"]
    return [(method.upper(), path) for path, methods in paths.items() for method in methods] + [("GET", "/openapi.json")]


def test_every_door_but_health_needs_a_key(street: Street, clock: Clock) -> None:
    app = create_app(api_context(street.store, clock))
    doors = [(m, p) for m, p in routes_of(app) if p not in OPEN]
    assert len(doors) > 15
    with web(app) as browser:
        for method, path in doors:
            for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Basic {SECRET}"}):
                answer = browser.request(
                    method, path.replace("{", "").replace("}", ""), headers=headers, json={"outcome": "fine"}
                )
                assert answer.status_code == 401, (method, path, headers)
                assert answer.headers["www-authenticate"].startswith("Bearer")
                assert is_problem(answer.json(), 401)


def test_a_key_that_is_over_or_revoked_opens_nothing(client: TestClient, street: Street, clock: Clock) -> None:
    add_key(street.store, "short", "desk", at=clock.now, ends_at=clock.now + HOUR)
    short = {"Authorization": "Bearer short"}
    assert client.get("/api/v1/ledger", headers=short).status_code == 200
    clock.now += HOUR
    assert client.get("/api/v1/ledger", headers=short).status_code == 401
    with street.store.begin() as tx:
        tx.keys.revoke("desk-1", clock.now)
    assert client.get("/api/v1/ledger").status_code == 401


def test_every_answer_carries_the_security_headers(client: TestClient) -> None:
    for path in ("/livez", "/nowhere", "/api/v1/alerts", "/metrics"):
        headers = client.get(path).headers
        assert "default-src 'self'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cache-control"] == "no-store"


def test_a_body_over_the_limit_is_refused_declared_or_not(client: TestClient, street: Street) -> None:
    alert = street.sos(0)
    big = b'{"note": "' + b"x" * 300_000 + b'"}'
    declared = client.post(f"/api/v1/alerts/{alert.id}/note", content=big, headers={"Content-Type": "application/json"})
    streamed = client.post(
        f"/api/v1/alerts/{alert.id}/note",
        content=iter([big[:100_000], big[100_000:]]),
        headers={"Content-Type": "application/json"},
    )
    for answer in (declared, streamed):
        assert answer.status_code == 413
        assert is_problem(answer.json(), 413)
    assert street.alert(alert.id).version == 1
