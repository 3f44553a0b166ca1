"""A resident's limits, the choice along the curve, and how that is refused."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from homebeat.domain.ids import ResidentId
from homebeat.domain.scope import EVERYTHING
from homebeat.store import ResidentState
from tests.people import add_key
from tests.unit.api.fixtures import TestClient
from tests.unit.api.learning import CURVE, LIMITS, learn, learned, poor, prior
from tests.unit.api.street import HOUR, Clock, Street

SUPERVISOR = {"Authorization": "Bearer of-a-supervisor"}
WHERE = "/api/v1/residents/r-0/limits"


@pytest.fixture(autouse=True)
def supervisor(street: Street) -> None:
    add_key(street.store, "of-a-supervisor", "supervisor", "boss-1")


def got(client: TestClient, path: str = WHERE, status: int = 200, language: str = "en") -> dict[str, Any]:
    answer = client.get(path, headers=SUPERVISOR | {"Accept-Language": language})
    assert answer.status_code == status, answer.text
    found: dict[str, Any] = answer.json()
    return found


def put(client: TestClient, status: int = 200, **body: Any) -> dict[str, Any]:
    answer = client.put(WHERE, json=body, headers=SUPERVISOR)
    assert answer.status_code == status, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_what_is_learned_is_told_with_its_curve(client: TestClient, street: Street) -> None:
    learn(street, learned(0))
    limits = got(client)
    assert limits["learned"]["limit_minutes"] == list(LIMITS)
    assert [p["false_alarms_a_month"] for p in limits["learned"]["curve"]] == [p.budget for p in CURVE]
    (chosen,) = [p for p in limits["learned"]["curve"] if p["in_force"]]
    assert chosen == {
        "false_alarms_a_month": 0.5,
        "counted_a_month": 0.54,
        "delay_mean_h": 5.2,
        "delay_p95_h": 9.0,
        "in_force": True,
    }
    assert limits["learned"]["outings"] == [{"from_minute": 540, "to_minute": 630}]
    assert limits["explanation_code"] == "limits_learned_usual"
    assert "On 27 of the last 30 days" in got(client, language="en")["explanation"]
    assert "最近30天里有27天" in got(client, language="zh-CN")["explanation"]
    assert (limits["learned"]["low_observability"], limits["pending"], limits["choices"]) == (None, False, [])


def test_before_anything_is_learned_that_is_said(client: TestClient, street: Street) -> None:
    limits = got(client)
    assert (limits["learned"], limits["explanation_code"], limits["version"]) == (None, "limits_none", 0)
    learn(street, prior(0))
    limits = got(client)
    assert (limits["explanation_code"], limits["learned"]["curve"]) == ("limits_prior", [])


def test_low_observability_is_said_with_its_reason(client: TestClient, street: Street) -> None:
    learn(street, poor(0))
    low = got(client, language="en")["learned"]["low_observability"]
    assert low["code"] == "at_home_unknown"
    assert "an outing looks like a quiet home" in low["reason"]
    assert got(client, "/api/v1/residents/r-0")["state"]["low_observability"] == "at_home_unknown"
    states = {r["resident"]: r["state"]["low_observability"] for r in got(client, "/api/v1/residents")["items"]}
    assert states["r-0"] == "at_home_unknown"
    assert states["r-1"] is None
    assert got(client, "/api/v1/households/h-0")["residents"][0]["state"]["low_observability"] == "at_home_unknown"


def test_a_choice_is_kept_with_who_and_when_until_it_is_taken_back(client: TestClient, street: Street, clock: Clock) -> None:
    learn(street, learned(0))
    clock.now += HOUR
    first = put(client, false_alarms_a_month=0.25, version=0)
    assert (first["false_alarms_a_month"], first["pending"]) == (0.25, True)
    (choice,) = first["choices"]
    assert (choice["actor"], choice["was"], choice["chosen"], choice["at"]) == ("key:boss-1", None, 0.25, "2026-03-01T05:00:00Z")
    with street.store.read(EVERYTHING) as reader:
        assert reader.fleet.read_revision() == 2
    again = put(client, false_alarms_a_month=0.25, version=0)
    assert again["choices"] == first["choices"]
    back = put(client, false_alarms_a_month=None, version=first["version"])
    assert (back["false_alarms_a_month"], len(back["choices"])) == (None, 2)
    assert back["choices"][0]["was"] == 0.25


def test_what_was_learned_after_the_choice_is_no_longer_pending(client: TestClient, street: Street, clock: Clock) -> None:
    put(client, false_alarms_a_month=0.5)
    clock.now += HOUR
    learn(street, learned(0))
    assert got(client)["pending"] is True
    learn(street, replace(learned(0), learned_at=clock.now))
    assert got(client)["pending"] is False


@pytest.mark.parametrize("value", [0.05, 8.1, -1, "many", True, [1]])
def test_a_number_that_cannot_be_kept_is_refused(client: TestClient, value: object) -> None:
    problem = put(client, 422, false_alarms_a_month=value)
    assert problem["type"] == "urn:homebeat:problem:invalid"
    assert problem["errors"][0]["field"].startswith("body.false_alarms_a_month")


def test_nothing_is_chosen_by_saying_nothing(client: TestClient) -> None:
    assert put(client, 422)["errors"][0]["field"] == "body.false_alarms_a_month"
    assert put(client, 422, false_alarms_a_month=1.0, versoin=1)["errors"][0]["field"] == "body.versoin"


def test_a_choice_on_what_has_changed_since_is_refused(client: TestClient) -> None:
    put(client, false_alarms_a_month=0.25, version=0)
    problem = put(client, 409, false_alarms_a_month=4, version=0)
    assert problem["type"] == "urn:homebeat:problem:stale-version"
    assert got(client)["false_alarms_a_month"] == 0.25


def test_the_desk_may_look_and_not_choose(client: TestClient, street: Street) -> None:
    answer = client.put(WHERE, json={"false_alarms_a_month": 1})
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:homebeat:problem:forbidden")
    with street.store.read(EVERYTHING) as reader:
        assert reader.learned.list_choices(ResidentId("r-0")) == ()


def test_nobody_there(client: TestClient) -> None:
    assert got(client, "/api/v1/residents/nobody/limits", 404)["type"] == "urn:homebeat:problem:not-found"
    answer = client.put("/api/v1/residents/nobody/limits", json={"false_alarms_a_month": 1}, headers=SUPERVISOR)
    assert answer.status_code == 404


@pytest.mark.parametrize("role", ["installer", "integrator", "responder", "desk", "admin"])
def test_who_does_not_see_habits_sees_what_was_chosen_alone(role: str, client: TestClient, street: Street, clock: Clock) -> None:
    learn(street, learned(0))
    put(client, false_alarms_a_month=1.0)
    add_key(street.store, "its-secret", role, "of-it")
    bearer = {"Authorization": "Bearer its-secret"}
    limits = client.get(WHERE, headers=bearer).json()
    assert (limits["learned"], limits["disregarded"], limits["explanation_params"]) == (None, [], {})
    assert (limits["explanation"], limits["explanation_code"], limits["hidden"]) == ("[hidden]", "hidden", ["habits"])
    assert (limits["false_alarms_a_month"], [one["chosen"] for one in limits["choices"]], limits["pending"]) == (1.0, [1.0], True)
    if role == "admin":
        chosen = client.put(WHERE, json={"false_alarms_a_month": 2.0, "version": limits["version"]}, headers=bearer)
        assert (chosen.status_code, chosen.json()["false_alarms_a_month"], chosen.json()["learned"]) == (200, 2.0, None)
        client.post("/api/v1/households/h-0/glass", json={"reason": "she asks why it rang"}, headers=bearer)
    else:
        street.sos(0)
    is_shown = role not in {"installer", "integrator"}
    limits = client.get(WHERE, headers=bearer).json()
    assert (limits["learned"] is not None, limits["hidden"]) == (is_shown, [] if is_shown else ["habits"])


def test_reading_what_is_learned_is_a_look(client: TestClient, street: Street) -> None:
    def looks() -> list[str]:
        with street.store.read(EVERYTHING) as reader:
            return [f"{row.about} {row.detail['fields']}" for row in reader.audit.read_page(10).items if row.action == "look"]

    got(client)
    assert looks() == []
    learn(street, learned(0))
    client.get(WHERE)
    assert looks() == [], "the desk is shown nothing of it without an alert"
    got(client)
    assert looks() == ["resident:r-0 habits"]


def test_whether_somebody_is_away_is_a_habit(client: TestClient, street: Street, clock: Clock) -> None:
    state = ResidentState(ResidentId("r-0"), "quiet", clock.now, clock.now, clock.now, True, clock.now)
    with street.store.begin() as tx:
        tx.states.put([state], [])
    for path in ("/api/v1/residents/r-0", "/api/v1/residents?limit=1"):
        for headers, away in ((SUPERVISOR, True), ({}, None)):
            found = client.get(path, headers=headers).json()
            item = found["items"][0] if "items" in found else found
            assert (item["state"]["away"], "habits" in item["hidden"]) == (away, away is None), path
