"""Slow change is read once a day and rings nowhere."""

from __future__ import annotations

from typing import Any

import pytest

from homebeat.domain.alert import Desk, Priority, Reason
from tests.unit.api.fixtures import TestClient
from tests.unit.api.street import HOUR, Clock, Street


@pytest.fixture
def drift(street: Street) -> str:
    return street.drift("night_use_drift", 0).id


def listed(client: TestClient, path: str, **params: Any) -> list[str]:
    answer = client.get(path, params=params)
    assert answer.status_code == 200, answer.text
    return [item["alert_id"] for item in answer.json()["items"]]


def test_slow_change_is_in_the_digest_of_its_day_and_in_no_queue(
    client: TestClient, street: Street, clock: Clock, drift: str
) -> None:
    rings = street.sos(1).id
    assert listed(client, "/api/v1/digest") == [drift]
    assert listed(client, "/api/v1/digest", area="lane") == [drift]
    assert listed(client, "/api/v1/digest", area="other") == []
    assert listed(client, "/api/v1/digest", day="2026-03-01") == [drift]
    assert listed(client, "/api/v1/digest", day="2026-02-28") == []
    assert listed(client, "/api/v1/alerts") == [rings]
    assert listed(client, "/api/v1/alerts", area="town", open=True) == [rings]
    assert listed(client, "/api/v1/alerts", area="town", open=True, queue="digest") == [drift]
    assert listed(client, "/api/v1/alerts", queue="digest") == [drift]
    assert client.get(f"/api/v1/alerts/{drift}").json()["queue"] == "digest"
    clock.now += 24 * HOUR
    assert listed(client, "/api/v1/digest") == []


def test_a_question_to_the_resident_is_no_slow_change(client: TestClient, street: Street) -> None:
    asked = street.open("asked", 0, priority=Priority.LOW, desk=Desk.RESIDENT, reason=Reason("asked", {})).id
    assert listed(client, "/api/v1/digest") == []
    assert listed(client, "/api/v1/alerts") == listed(client, "/api/v1/alerts", queue="digest") == []
    assert listed(client, "/api/v1/alerts", queue="none") == [asked]
    assert client.get(f"/api/v1/alerts/{asked}").json()["queue"] == "none"


def test_several_queues_are_listed_together(client: TestClient, street: Street, drift: str) -> None:
    leak = street.open("water_running", 1, priority=Priority.MEDIUM, desk=Desk.PROPERTY).id
    street.sos(2)
    assert listed(client, "/api/v1/alerts", queue=["property", "digest"]) == [leak, drift]
    assert listed(client, "/api/v1/alerts", queue=["property", "devices"], open=True, area="town") == [leak]
    assert client.get("/api/v1/alerts?queue=resident").status_code == 422


def test_a_day_is_a_day_at_home(client: TestClient, street: Street, clock: Clock) -> None:
    clock.now -= 11 * HOUR  # 01:00 in Shanghai on the first of March, still February in UTC
    late = street.drift("night_use_drift", 0, minutes_ago=30).id
    before = street.drift("steps_drift", 1, minutes_ago=90).id
    assert listed(client, "/api/v1/digest", day="2026-03-01") == [late]
    assert listed(client, "/api/v1/digest", day="2026-02-28") == [before]
    assert listed(client, "/api/v1/digest") == [late]
    assert client.get("/api/v1/digest", params={"day": "yesterday"}).status_code == 422
