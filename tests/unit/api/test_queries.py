"""A query that a route does not know is refused, with what it does take: a slip in a filter must not show the whole list."""

from __future__ import annotations

import re

from homebeat.domain.principal import Grant
from homebeat.domain.role import Role
from tests.people import add_key
from tests.unit.api.fixtures import TestClient
from tests.unit.api.golden_document import read_golden
from tests.unit.api.street import NOON, Street

PATHS = read_golden()["paths"]
ROUTES = {
    (method.upper(), path): sorted(one["name"] for one in route.get("parameters", []) if one["in"] == "query")
    for path, methods in PATHS.items()
    for method, route in methods.items()
    if path.startswith("/api/")
}


def add_whole_key(street: Street) -> dict[str, str]:
    """A key that may do everything."""
    add_key(street.store, "of-everybody", Role.ADMIN)
    with street.store.begin() as tx:
        for role in Role:
            tx.accounts.give("key:of-everybody", Grant(role), "command:test", NOON)
    return {"Authorization": "Bearer of-everybody"}


def test_every_route_refuses_what_it_does_not_know(client: TestClient, street: Street) -> None:
    headers = add_whole_key(street)
    assert len(ROUTES) > 100
    for (method, path), known in ROUTES.items():
        answer = client.request(method, re.sub(r"{\w+}", "1", path) + "?opne=true", headers=headers)
        takes = f"this address takes: {', '.join(known)}" if known else "this address takes no query"
        assert answer.status_code == 422, (method, path, answer.text)
        assert answer.json()["type"] == "urn:homebeat:problem:invalid"
        assert answer.json()["errors"] == [{"field": "query.opne", "problem": takes}], (method, path)


def test_nothing_is_done_then(client: TestClient, street: Street) -> None:
    alert = street.sos(0)
    path = f"/api/v1/alerts/{alert.id}/acknowledge"
    for more in ({}, {"Idempotency-Key": "once"}):
        assert client.post(f"{path}?dry_run=true", json={}, headers=more).status_code == 422
        assert street.alert(alert.id).version == alert.version
    assert client.post(path, json={}, headers={"Idempotency-Key": "once"}).status_code == 200


def test_what_was_sent_is_not_given_back_and_whoever_has_no_key_learns_nothing(client: TestClient) -> None:
    text = client.get("/api/v1/residents?nmae=Lin%20Yue&phone=139-0000-0001").text
    assert "Lin" not in text
    assert "139" not in text
    assert client.get("/api/v1/residents?nmae=x", headers={"Authorization": ""}).status_code == 401


def test_the_same_filter_twice_is_still_known(client: TestClient) -> None:
    assert client.get("/api/v1/alerts?priority=high&priority=critical").status_code == 200
