"""The evidence at the API: what each role gets of it, and what cannot be asked."""

from __future__ import annotations

from typing import Any

import pytest

from homebeat.api import create_app
from homebeat.domain.alert import Outcome, Reason, acknowledge, reply, resolve
from homebeat.domain.ids import AreaId
from homebeat.domain.principal import Grant
from homebeat.domain.role import Role
from homebeat.store.alert.writes import AlertWrites
from tests.people import add_key
from tests.unit.api.fixtures import TestClient, api_context, web
from tests.unit.api.street import MINUTE, NOON, Clock, Street

MARCH = "/api/v1/evidence?from=2026-03-01&until=2026-04-01"


def answer_all(street: Street, homes: int) -> None:
    """An SOS of each home, answered by the family, taken a minute after it was opened, and closed."""
    for n in range(homes):
        alert = street.sos(n, minutes_ago=10)
        with street.store.begin() as tx:
            after, step = reply(alert, NOON - 9 * MINUTE - 1, f"contact:h-{n}/lin", Reason("family_fine"))
            AlertWrites(tx).apply(after, step)
            after, step = acknowledge(after, NOON - 9 * MINUTE, "user:desk-1")
            AlertWrites(tx).apply(after, step)
            after, step = resolve(after, NOON - 8 * MINUTE, "user:desk-1", Outcome.FALSE if n < 3 else Outcome.FINE)
            AlertWrites(tx).apply(after, step)


def ask(client: TestClient, street: Street, role: str, address: str = MARCH) -> dict[str, Any]:
    add_key(street.store, f"of-{role}", role)
    answer = client.get(address, headers={"Authorization": f"Bearer of-{role}"})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_who_sees_alerts_sees_all_but_what_contacts_answered(client: TestClient, street: Street) -> None:
    answer_all(street, 12)
    found = ask(client, street, Role.DESK)
    assert (found["total"]["alerts"], found["total"]["false"], found["smallest"]) == (12, 3, 1)
    assert (found["from_at"], found["until_at"]) == ("2026-02-28T16:00:00Z", "2026-03-01T04:00:00Z"), "now, at the latest"
    assert [one["share"] for one in found["total"]["targets"]] == [1.0, 1.0, 1.0, None]
    assert found["load"]["top"][0] == {"source": "household:h-0", "alerts": 1, "share": 0.0833}
    assert [one["who"] for one in found["answers"]] == ["user:desk-1"]
    nurse = ask(client, street, Role.NURSE)
    assert {one["who"] for one in nurse["answers"]} == {"user:desk-1", *(f"contact:h-{n}/lin" for n in range(12))}


@pytest.mark.parametrize("role", [Role.MANAGER, Role.AUDITOR])
def test_who_sees_totals_alone_gets_no_small_count_no_home_and_nobody(client: TestClient, street: Street, role: str) -> None:
    answer_all(street, 12)
    street.open("fall", 1, device="b-1")
    found = ask(client, street, role)
    assert (found["total"]["alerts"], found["total"]["false"], found["total"]["false_share"]) == (13, None, None)
    assert (found["total"]["open"], found["total"]["closed"], found["smallest"]) == (None, None, 10)
    assert [one["decided"] for one in found["total"]["targets"]] == [13, 13, 12, 0]
    assert (found["load"]["top"], found["load"]["days"], found["answers"]) == ([], [], [])
    assert [one["groups"] for one in found["breakdowns"] if one["by"] == "rule"] == [[]], "12 and 1: the one would follow"
    assert "h-0" not in str(found)
    assert "desk-1" not in str(found)


def test_a_desk_of_one_street_who_sees_totals_of_all_gets_no_small_count(client: TestClient, street: Street) -> None:
    answer_all(street, 12)
    add_key(street.store, "of-both", "manager", "both")
    with street.store.begin() as tx:
        tx.accounts.give("key:both", Grant("desk", AreaId("other")), "user:wu", NOON)
    found = client.get(MARCH, headers={"Authorization": "Bearer of-both"}).json()
    assert (found["total"]["alerts"], found["total"]["false"], found["answers"]) == (12, None, [])


def test_nobody_is_named(client: TestClient, street: Street) -> None:
    answer_all(street, 12)
    text = str(ask(client, street, Role.NURSE))
    assert not any(name in text for name in ("Lin Yue", "王秀英", "Daughter", "Plum Lane", "139-0000"))


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("from=2026-03-01&until=2026-03-01", "the day after the last one"),
        ("from=2026-05-01", "still to come"),
        ("from=2025-10-01&until=2026-03-01", "at most; for more use `homebeat report`"),
        ("from=2020-10-01&until=2026-03-01", "400 days"),
        ("from=yesterday", ""),
        ("from=1772294400000", ""),
    ],
)
def test_what_cannot_be_asked(client: TestClient, street: Street, query: str, says: str) -> None:
    add_key(street.store, "of-desk", "desk")
    answer = client.get(f"/api/v1/evidence?{query}", headers={"Authorization": "Bearer of-desk"})
    assert answer.status_code == 422
    assert says in answer.text


def test_last_month_is_what_is_reported_where_nothing_is_said(client: TestClient, street: Street) -> None:
    found = ask(client, street, Role.DESK, "/api/v1/evidence?area=lane")
    assert (found["area"], found["from_at"], found["until_at"]) == ("lane", "2026-01-31T16:00:00Z", "2026-02-28T16:00:00Z")
    assert len(found["load"]["days"]) == 28
    assert ask(client, street, Role.NURSE, "/api/v1/evidence?area=nowhere")["residents"] == 0


def test_one_report_at_a_time(street: Street) -> None:
    answers: list[int] = []

    class AskingClock(Clock):
        """Asks for a report while another is computed: that one reads this clock for its days."""

        is_asking = False

        def __call__(self) -> int:
            if self.is_asking:
                self.is_asking = False
                answers.append(browser.get(MARCH, headers=headers).status_code)
                self.is_asking = True
            return self.now

    clock = AskingClock()
    add_key(street.store, "of-desk", "desk")
    headers = {"Authorization": "Bearer of-desk"}
    with web(create_app(api_context(street.store, clock))) as browser:
        clock.is_asking = True
        first = browser.get(MARCH, headers=headers).status_code
        clock.is_asking = False
        assert first == 200
        assert 503 in answers
        assert browser.get(MARCH, headers=headers).status_code == 200


MODELS = "/api/v1/evidence/models?from=2026-03-01&until=2026-04-01"


def close_falls(street: Street, homes: int) -> None:
    """A fall that the band of each home says, closed: of the first three as false."""
    for n in range(homes):
        alert = street.open("fall", n, device=f"b-{n}")
        with street.store.begin() as tx:
            AlertWrites(tx).apply(*resolve(alert, NOON, "user:desk-1", Outcome.FALSE if n < 3 else Outcome.FINE))


def test_models_with_what_their_index_comes_from(client: TestClient, street: Street) -> None:
    close_falls(street, 12)
    found = ask(client, street, Role.SUPERVISOR, MODELS)
    assert (found["smallest"], found["rule"]["false_alarms"], found["rule"]["preferred"]) == (1, 40.0, 3)
    bands = next(one for one in found["models"] if one["kind"] == "wristband")
    assert (bands["alerts"], bands["closed"], bands["false"], bands["false_share"]) == (12, 12, 3, 0.25)
    assert (bands["rank"], bands["index"], bands["is_preferred"]) == (None, None, False), "the file names no model"
    assert [part["part"] for part in bands["parts"]] == ["false_alarms", "ease_of_use", "silence", "battery"]


@pytest.mark.parametrize("role", [Role.MANAGER, Role.AUDITOR])
def test_who_sees_totals_alone_gets_no_small_count_of_a_model(client: TestClient, street: Street, role: str) -> None:
    close_falls(street, 12)
    found = ask(client, street, role, MODELS)
    bands = next(one for one in found["models"] if one["kind"] == "wristband")
    assert (bands["homes"], bands["false"], bands["false_share"], bands["troubles"]) == (12, None, None, [])
    assert all(one["homes"] >= 10 for one in found["models"])
