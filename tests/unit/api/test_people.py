"""Accounts and keys over HTTP: by area, secrets shown once, and done once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from homebeat.api import create_app
from homebeat.domain.principal import Grant
from homebeat.domain.scope import EVERYTHING
from tests.people import add_account, add_key, add_session
from tests.unit.api.fixtures import TestClient, api_context, web
from tests.unit.api.street import MINUTE, Clock, Street

ACCOUNTS, KEYS = "/api/v1/accounts", "/api/v1/keys"
CHEN = f"{ACCOUNTS}/chen"
NEW = {"name": "zhou min", "language": "en", "roles": [{"role": "responder", "area": "lane"}, {"role": "desk", "area": "lane"}]}


@pytest.fixture
def boss(client: TestClient, street: Street) -> TestClient:
    """A key that supervises one of two communities, each with people and keys."""
    for name, role in (("chen", "desk@lane"), ("li", "desk@other"), ("root", "admin")):
        add_account(street.store, name, role)
    add_key(street.store, "boss", "supervisor", area="lane")
    for name, area in (("screen", "lane"), ("elsewhere", "other")):
        add_key(street.store, name, "desk", area=area)
    client.headers["Authorization"] = "Bearer boss"
    return client


def test_the_list_has_who_has_a_role_in_the_callers_areas(boss: TestClient, street: Street) -> None:
    add_account(street.store, "both", "desk@lane", "nurse@other")
    found = boss.get(ACCOUNTS).json()
    assert ([item["name"] for item in found["items"]], found["next_cursor"]) == (["both", "chen"], None)
    assert found["items"][0]["roles"] == [{"role": "desk", "area": "lane"}]
    assert [(item["more_roles"], item["may_change"]) for item in found["items"]] == [(True, False), (False, True)]
    first = boss.get(ACCOUNTS, params={"limit": 1}).json()
    rest = boss.get(ACCOUNTS, params={"limit": 1, "cursor": first["next_cursor"]}).json()
    assert [item["name"] for item in first["items"] + rest["items"]] == ["both", "chen"]
    for name in ("li", "root", "nobody"):
        for path in (f"{ACCOUNTS}/{name}", f"{ACCOUNTS}/{name}/sessions"):
            assert boss.get(path).status_code == 404
    assert boss.post(f"{ACCOUNTS}/li/disable").status_code == 404
    assert boss.post(f"{ACCOUNTS}/both/disable").status_code == 403


def test_a_new_account_comes_with_a_link_that_signs_in(boss: TestClient, street: Street) -> None:
    answer = boss.post(ACCOUNTS, json=NEW)
    assert answer.status_code == 201
    account, link = answer.json()["account"], answer.json()["link"]
    assert (account["name"], account["language"], account["link_waits"], account["signed_in_at"]) == (
        "zhou min",
        "en",
        True,
        None,
    )
    assert account["roles"] == NEW["roles"]
    assert (urlsplit(link["address"]).path, link["ends_at"]) == ("/sign-in", "2026-03-02T04:00:00Z")
    assert boss.get(f"{ACCOUNTS}/zhou%20min").json() == account
    another = boss.post(f"{ACCOUNTS}/zhou%20min/link").json()
    assert another["address"] != link["address"]
    assert boss.post(ACCOUNTS, json=NEW).status_code == 409


@pytest.mark.parametrize(
    "change, status",
    [
        ({"roles": []}, 422),
        ({"roles": [{"role": "god", "area": "lane"}]}, 422),
        ({"roles": [{"role": "desk", "area": "other"}]}, 422),
        ({"roles": [{"role": "desk", "area": ""}]}, 422),
        ({"roles": [{"role": "desk"}]}, 403),
        ({"roles": [{"role": "supervisor", "area": "lane"}]}, 403),
        ({"name": "a/b"}, 409),
        ({"language": "fr"}, 422),
        ({"more": 1}, 422),
    ],
)
def test_what_cannot_be_made_is_refused(boss: TestClient, street: Street, change: dict[str, Any], status: int) -> None:
    assert boss.post(ACCOUNTS, json=NEW | change).status_code == status
    with street.store.read(EVERYTHING) as reader:
        assert reader.accounts.find("zhou min") is None


def test_roles_are_given_and_taken(boss: TestClient) -> None:
    nurse = {"role": "nurse", "area": "lane"}
    assert boss.post(f"{CHEN}/roles", json=nurse).json()["roles"] == [{"role": "desk", "area": "lane"}, nurse]
    assert boss.post(f"{CHEN}/roles", json={"role": "admin", "area": "lane"}).status_code == 403
    assert boss.delete(f"{CHEN}/roles", params={"role": "desk", "area": "lane"}).json()["roles"] == [nurse]
    assert boss.delete(f"{CHEN}/roles", params={"role": "desk", "area": "lane"}).status_code == 200
    last = boss.delete(f"{CHEN}/roles", params=nurse)
    assert (last.status_code, "disable the account" in last.json()["detail"]) == (409, True)


def test_disabling_and_sessions(boss: TestClient, street: Street, clock: Clock) -> None:
    for cookie, at in (("one", clock.now - MINUTE), ("two", clock.now)):
        add_session(street.store, "chen", cookie, at)
    two, one = boss.get(f"{CHEN}/sessions").json()["items"]
    assert (one["begun_at"], one["network"], len(one["id"])) == ("2026-03-01T03:59:00Z", "192.0.2.0/24", 12)
    assert boss.delete(f"{CHEN}/sessions/{one['id']}").json()["items"] == [two]
    assert boss.delete(f"{CHEN}/sessions/{one['id']}").status_code == 404
    assert boss.post(f"{CHEN}/disable").json()["disabled_at"] == "2026-03-01T04:00:00Z"
    assert boss.get(f"{CHEN}/sessions").json()["items"] == []
    assert boss.post(f"{CHEN}/link").status_code == 409
    assert boss.post(f"{CHEN}/enable").json()["disabled_at"] is None


def test_keys_are_made_listed_and_revoked(boss: TestClient, street: Street, clock: Clock) -> None:
    assert [item["name"] for item in boss.get(KEYS).json()["items"]] == ["boss", "screen"]
    answer = boss.post(KEYS, json={"name": "wall", "roles": [{"role": "desk", "area": "lane"}], "days": 30})
    made = answer.json()
    assert (answer.status_code, made["key"]["made_by"], made["key"]["ends_at"]) == (201, "key:boss", "2026-03-31T04:00:00Z")
    assert made["secret"].startswith(f"hb_{made['key']['id']}_")
    use = {"Authorization": f"Bearer {made['secret']}"}
    assert boss.get("/api/v1/alerts", headers=use).status_code == 200
    assert boss.get(f"{KEYS}/wall").json()["used_at"] == "2026-03-01T04:00:00Z"
    assert boss.delete(f"{KEYS}/wall").json()["revoked_at"] == "2026-03-01T04:00:00Z"
    assert boss.get("/api/v1/alerts", headers=use).status_code == 401
    assert boss.delete(f"{KEYS}/wall").status_code == 404
    for name in ("elsewhere", "nobody"):
        assert boss.delete(f"{KEYS}/{name}").status_code == 404
    assert boss.delete(f"{KEYS}/boss").status_code == 403, "a supervisor may not give the role of a supervisor"
    assert boss.post(KEYS, json={"name": "old", "roles": [{"role": "desk", "area": "lane"}], "days": 367}).status_code == 422


@pytest.mark.parametrize(
    "path, body, field",
    [
        (ACCOUNTS, NEW, "address"),
        (f"{CHEN}/link", None, "address"),
        (KEYS, {"name": "wall", "roles": [{"role": "desk", "area": "lane"}]}, "secret"),
    ],
)
def test_a_repeated_answer_has_no_secret(boss: TestClient, path: str, body: Any, field: str) -> None:
    once = {"Idempotency-Key": "k-1"}
    first, again = (boss.post(path, json=body, headers=once) for _ in range(2))
    assert (again.status_code, again.headers["idempotency-replayed"]) == (first.status_code, "true")

    def find_secret(answer: Any) -> tuple[Any, Any]:
        where = answer.get("link", answer)
        return where.pop(field), answer

    (shown, rest), (hidden, same) = find_secret(first.json()), find_secret(again.json())
    assert (len(shown) > 40, hidden) == (True, None)
    assert rest == same


def test_somebody_of_one_area_does_not_read_the_audit_of_all(client: TestClient, street: Street) -> None:
    add_key(street.store, "he", "auditor", area="lane")
    answer = client.get("/api/v1/audit", headers={"Authorization": "Bearer he"})
    assert (answer.status_code, "without an area" in answer.json()["detail"]) == (403, True)


def test_a_role_for_the_whole_installation_is_given_without_an_area(client: TestClient, street: Street) -> None:
    add_key(street.store, "root", "admin")
    wanted = {"name": "sun", "roles": [{"role": "auditor", "area": None}]}
    assert client.post(ACCOUNTS, json=wanted, headers={"Authorization": "Bearer root"}).status_code == 201
    with street.store.read(EVERYTHING) as reader:
        account = reader.accounts.find("sun")
    assert account is not None
    assert account.grants == (Grant("auditor"),)


@pytest.fixture
def connected(street: Street, clock: Clock) -> Iterator[TestClient]:
    """The supervisor's key, at an installation with an identity provider."""
    for name, role in (("chen", "desk@lane"), ("sun", "desk@lane"), ("li", "desk@other")):
        add_account(street.store, name, role)
    add_key(street.store, "boss", "supervisor", area="lane")
    with web(create_app(api_context(street.store, clock, issuer="https://id.example"))) as client:
        client.headers["Authorization"] = "Bearer boss"
        yield client


def test_an_account_is_connected_with_an_identity_and_disconnected(connected: TestClient, street: Street) -> None:
    place = f"{CHEN}/identity"
    assert connected.get(place).status_code == 404
    add_session(street.store, "chen", "of-chen", street.clock())
    made = connected.put(place, json={"subject": "248289761001"})
    assert made.status_code == 200
    assert made.json() == {
        "issuer": "https://id.example",
        "subject": "248289761001",
        "connected_at": "2026-03-01T04:00:00Z",
        "connected_by": "key:boss",
    }
    assert connected.get(place).json() == connected.put(place, json={"subject": "248289761001"}).json() == made.json()
    assert connected.put(f"{ACCOUNTS}/sun/identity", json={"subject": "248289761001"}).status_code == 409
    for name in ("li", "nobody"):
        for answer in (
            connected.get(f"{ACCOUNTS}/{name}/identity"),
            connected.put(f"{ACCOUNTS}/{name}/identity", json={"subject": "2"}),
            connected.delete(f"{ACCOUNTS}/{name}/identity"),
        ):
            assert answer.status_code == 404
    for wrong in (*({"subject": one} for one in ("", " ", "x" * 256, "a\nb")), {}, {"subject": "2", "issuer": "x"}):
        assert connected.put(place, json=wrong).status_code == 422
    assert len(connected.get(f"{CHEN}/sessions").json()["items"]) == 1
    assert connected.delete(place).json() == made.json()
    assert connected.get(f"{CHEN}/sessions").json()["items"] == []
    assert connected.delete(place).status_code == 404
    add_account(street.store, "both", "desk@lane", "nurse@other")
    for answer in (
        connected.get(f"{ACCOUNTS}/both/identity"),
        connected.put(f"{ACCOUNTS}/both/identity", json={"subject": "2"}),
        connected.delete(f"{ACCOUNTS}/both/identity"),
    ):
        assert answer.status_code == 403


def test_without_a_provider_there_is_nothing_to_connect_with(boss: TestClient) -> None:
    assert boss.get(f"{CHEN}/identity").status_code == 404
    answer = boss.put(f"{CHEN}/identity", json={"subject": "1"})
    assert (answer.status_code, "no identity provider is set up" in answer.json()["detail"]) == (422, True)
