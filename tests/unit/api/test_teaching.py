"""What closing an alert teaches, and how alerts ended."""

from __future__ import annotations

from typing import Any

import pytest

from homebeat.domain.alert import Desk, Outcome, Reason, TransitionKind
from homebeat.domain.fleet import Household
from homebeat.domain.scope import EVERYTHING
from homebeat.store import FOUND_AWAY
from tests.people import add_key
from tests.unit.api.fixtures import TestClient
from tests.unit.api.street import HOUR, MINUTE, Clock, Street


def home(street: Street, n: int) -> Household:
    with street.store.read(EVERYTHING) as reader:
        return reader.fleet.load().households[n]


def spans(street: Street, n: int) -> list[tuple[int, int, str]]:
    (resident,) = home(street, n).residents
    return [(round(s.starts_at.timestamp() * 1000), round(s.ends_at.timestamp() * 1000), s.outcome) for s in resident.disregarded]


def revision(street: Street) -> int:
    with street.store.read(EVERYTHING) as reader:
        return reader.fleet.read_revision()


def close(client: TestClient, alert_id: str, outcome: str) -> None:
    client.post(f"/api/v1/alerts/{alert_id}/acknowledge")
    assert (
        client.post(f"/api/v1/alerts/{alert_id}/resolve", json={"outcome": outcome, "note": "her son says so"}).status_code == 200
    )


@pytest.mark.parametrize("rule", ["no_sign_of_life", "no_water", "asked"])
@pytest.mark.parametrize("outcome", [o.value for o in Outcome if o is not Outcome.WITHDRAWN])
def test_quiet_that_was_not_their_own_is_not_learned_from(
    client: TestClient, street: Street, clock: Clock, rule: str, outcome: str
) -> None:
    alert = street.open(rule, 0)
    close(client, alert.id, outcome)
    wanted = [] if outcome == "fine" else [(alert.since, clock.now, outcome)]
    assert spans(street, 0) == wanted
    assert revision(street) == 1 + len(wanted)
    assert [a.reason for a in home(street, 0).away] == ([FOUND_AWAY] if outcome == "away" else [])


@pytest.mark.parametrize("rule, desk", [("sos", Desk.CARE), ("water_running", Desk.PROPERTY), ("device_silent", Desk.DEVICES)])
def test_other_alerts_teach_nothing(client: TestClient, street: Street, rule: str, desk: Desk) -> None:
    close(client, street.open(rule, 0, desk=desk).id, "false")
    assert spans(street, 0) == []
    assert revision(street) == 1


def test_the_quiet_ends_when_life_is_seen_again(client: TestClient, street: Street, clock: Clock) -> None:
    alert = street.open("no_sign_of_life", 0)
    clock.now += 2 * HOUR
    life_at = clock.now - 10 * MINUTE
    street.step(alert, TransitionKind.CLEARED, Reason("life_again", {"life_at": life_at}))
    clock.now += 5 * HOUR
    close(client, alert.id, "away")
    assert spans(street, 0) == [(alert.since, life_at, "away")]
    (away,) = home(street, 0).away
    assert away.ends_at is not None
    assert round(away.ends_at.timestamp() * 1000) == life_at
    assert away.reason == FOUND_AWAY
    add_key(street.store, "of-a-nurse", "nurse")
    nurse = {"Authorization": "Bearer of-a-nurse"}
    (span,) = client.get("/api/v1/residents/r-0/limits", headers=nurse).json()["disregarded"]
    assert span == {"from": "2026-02-28T15:55:00Z", "to": "2026-03-01T05:50:00Z", "outcome": "away"}


def test_taking_the_closing_back_takes_back_what_it_taught(client: TestClient, street: Street) -> None:
    alert = street.open("no_sign_of_life", 0)
    before = home(street, 0)
    close(client, alert.id, "away")
    assert client.post(f"/api/v1/alerts/{alert.id}/reopen").status_code == 200
    assert home(street, 0) == before
    assert revision(street) == 3
    close(client, alert.id, "fine")
    assert revision(street) == 3


def test_who_sees_no_alert_sees_no_small_count(client: TestClient, street: Street, clock: Clock) -> None:
    add_key(street.store, "of-a-manager", "manager", "boss", area="town")
    for n in range(12):
        close(client, street.sos(n).id, "fine" if n < 10 else "hospital")
        close(client, street.open("no_water", n).id, "fine" if n < 9 else "away")
    mine = {one["rule"]: one for one in outcomes(client)["items"]}
    assert mine["sos"] == {"rule": "sos", "closed": 12, "outcomes": {"fine": 10, "hospital": 2}}
    found = client.get("/api/v1/outcomes", headers={"Authorization": "Bearer of-a-manager"}).json()
    assert (found["smallest"], found["items"]) == (10, [{"rule": "sos", "closed": 10, "outcomes": {"fine": 10}}])


def outcomes(client: TestClient, **params: Any) -> dict[str, Any]:
    answer = client.get("/api/v1/outcomes", params=params)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_how_alerts_ended(client: TestClient, street: Street, clock: Clock) -> None:
    for n, outcome in enumerate(["fine", "fine", "away", "helped"]):
        close(client, street.open("no_sign_of_life", n).id, outcome)
    close(client, street.sos(5).id, "false")
    street.sos(6)
    found = outcomes(client)
    assert found["items"] == [
        {"rule": "no_sign_of_life", "closed": 4, "outcomes": {"fine": 2, "away": 1, "helped": 1}},
        {"rule": "sos", "closed": 1, "outcomes": {"false": 1}},
    ]
    assert (found["since"], found["until"]) == ("2026-02-01T04:00:00Z", "2026-03-01T04:00:00Z")
    assert outcomes(client, area="other")["items"] == []
    assert len(outcomes(client, area="town")["items"]) == 2
    clock.now += 2 * HOUR
    assert outcomes(client, last="PT1H")["items"] == []


@pytest.mark.parametrize("last", ["", "4 weeks", "P1M", "PT0S", "P2000D"])
def test_a_span_that_is_none_is_refused(client: TestClient, last: str) -> None:
    assert client.get("/api/v1/outcomes", params={"last": last}).status_code == 422
