"""The page of keys: shown once, revoked after one more question, and by area."""

from __future__ import annotations

import re

import pytest

from homebeat.domain.durations import DAY_MS
from homebeat.domain.ids import AreaId
from homebeat.domain.principal import Grant
from homebeat.domain.scope import EVERYTHING
from homebeat.store import ApiKey
from tests.people import add_account, add_key, sign_in
from tests.unit.api.fixtures import TestClient
from tests.unit.api.street import Clock, Street
from tests.unit.console.test_desk import CHINESE, ENGLISH, page
from tests.unit.console.test_people import secret_of, send


@pytest.fixture
def boss(guest: TestClient, street: Street) -> TestClient:
    add_account(street.store, "boss", "supervisor@lane")
    for name, area in (("screen", "lane"), ("elsewhere", "other"), ("platform", None)):
        add_key(street.store, f"secret-{name}", "desk", name, area=area, at=street.clock())
    assert sign_in(guest, street.store, "boss").status_code == 303
    return guest


def found(street: Street, name: str) -> ApiKey:
    with street.store.read(EVERYTHING) as reader:
        key = reader.keys.find(name)
    assert key is not None
    return key


def test_a_supervisor_sees_the_keys_of_their_community(boss: TestClient) -> None:
    html = page(boss, "/keys")
    assert re.findall(r"<li><strong>([^<]+)</strong>", html) == ["screen"]
    assert "never used" in html
    assert "made by test at the command line, 1 Mar 12:00" in html
    for name in ("elsewhere", "platform", "nobody"):
        status, html = send(boss, f"/console/keys/{name}/revoke")
        assert (status, "No key of this name has a role in your areas." in html) == (404, True)


def test_a_key_is_made_and_shown_once(boss: TestClient, street: Street, clock: Clock) -> None:
    status, html = send(boss, "/console/keys", name="wall", role="desk", area="lane", days="90")
    secret = secret_of(html)
    key = found(street, "wall")
    assert (status, key.ends_at, key.made_by) == (200, clock.now + 90 * DAY_MS, "user:boss")
    assert key.grants == (Grant("desk", AreaId("lane")),)
    assert secret.startswith(f"hb_{key.id}_")
    assert secret not in page(boss, "/keys")
    assert f"hb_{key.id}_…" in page(boss, "/keys")
    assert boss.get("/api/v1/alerts", headers={"Authorization": f"Bearer {secret}"}).status_code == 200
    assert "used just now" in page(boss, "/keys")


@pytest.mark.parametrize(
    "form, status, said",
    [
        ({"name": "screen"}, 409, "this name cannot be used"),
        ({"name": "elsewhere"}, 409, "this name cannot be used"),
        ({"role": "admin"}, 403, "a role that you may not give"),
        ({"area": "other"}, 422, "no such role or area"),
        ({"days": "9999"}, 422, "That request was not valid"),
    ],
)
def test_a_key_that_cannot_be_made_is_said(
    boss: TestClient, street: Street, form: dict[str, str], status: int, said: str
) -> None:
    given, html = send(boss, "/console/keys", **{"name": "new", "role": "desk", "area": "lane", "days": "30"} | form)
    assert (given, said in html) == (status, True)
    with street.store.read(EVERYTHING) as reader:
        assert reader.keys.find("new") is None


def test_revoking_asks_once_more_and_is_for_good(boss: TestClient, street: Street, clock: Clock) -> None:
    html = page(boss, "/keys")
    assert re.search(r"<details[^>]*><summary>Revoke screen …</summary><form [^>]*action=\"/console/keys/screen/revoke\"", html)
    assert send(boss, "/console/keys/screen/revoke")[0] == 303
    assert found(street, "screen").revoked_at == clock.now
    assert boss.get("/api/v1/alerts", headers={"Authorization": "Bearer secret-screen"}).status_code == 401
    html = page(boss, "/keys")
    assert "Revoked" in html
    assert "screen/revoke" not in html
    status, html = send(boss, "/console/keys/screen/revoke")
    assert (status, "This key was revoked already." in html) == (404, True)


def test_a_key_that_is_over_says_so(boss: TestClient, street: Street, clock: Clock) -> None:
    add_key(street.store, "old", "desk", area="lane", ends_at=clock.now)
    assert '<span class="badge">Expired</span>' in page(boss, "/keys")


def test_a_forged_form_revokes_nothing(boss: TestClient, street: Street) -> None:
    assert boss.post("/console/keys/screen/revoke", data={"csrf": "forged"}, headers=ENGLISH).status_code == 403
    assert found(street, "screen").revoked_at is None


def test_in_chinese(boss: TestClient) -> None:
    html = page(boss, "/keys", **CHINESE)
    for text in ("密钥", "作废", "从未使用"):
        assert text in html, text
