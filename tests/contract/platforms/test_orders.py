"""What a city platform reports of its orders, through the API: states in its own words, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

import pytest

from homebeat import actions
from homebeat.api import create_app
from homebeat.domain.alert import Answer, Outcome, Priority
from homebeat.domain.alert import Desk as WhichDesk
from homebeat.domain.ids import AlertId
from homebeat.domain.platform import OrderProgress, Platform
from homebeat.domain.response_plan import PlanBook
from homebeat.domain.role import Role
from homebeat.domain.scope import EVERYTHING
from homebeat.store import Step, Store
from tests.contract.response.street import Town, quiet
from tests.people import add_key, person
from tests.unit.api.fixtures import TestClient, api_context, web

CHEN = person("chen", Role.DESK)
CITY: Final = Platform(
    "city",
    key="city-key",
    states={
        "已接单": OrderProgress.TAKEN,
        "已派单": OrderProgress.ON_THE_WAY,
        "已到场": OrderProgress.AT_THE_DOOR,
        "办结": OrderProgress.DONE,
        "回访": OrderProgress.NOTE,
    },
    outcomes={"平安": Outcome.FINE, "已送医": Outcome.HOSPITAL, "外出": Outcome.AWAY},
)
ORDER: Final = "12345-20260301-0007"


class Desk:
    """The town with its API, and the platform's key."""

    def __init__(self, store: Store, client: TestClient, town: Town) -> None:
        self.store, self.client, self.town = store, client, town

    def says(self, alert: AlertId, state: str, outcome: str = "", note: str = "", **headers: str) -> dict[str, Any]:
        body = {"order": ORDER, "state": state, "outcome": outcome, "note": note}
        self.town.now += 1_000
        answer = self.client.post(f"/api/v1/alerts/{alert}/orders", json=body, headers=headers)
        assert answer.status_code == 200, answer.text
        said: dict[str, Any] = answer.json()
        return said

    def steps(self, alert: AlertId) -> list[tuple[str, str]]:
        return [(step.kind.value, step.actor) for step in self.town.detail(alert).history]

    def last(self, alert: AlertId) -> Step:
        return self.town.detail(alert).history[-1]


@pytest.fixture
def desk(store: Store) -> Iterator[Desk]:
    town = Town(store, PlanBook())
    add_key(store, "city-secret", Role.INTEGRATOR, name="city-key")
    add_key(store, "other-secret", Role.INTEGRATOR, name="other-key")
    app = create_app(api_context(store, lambda: town.now, platforms={CITY.key: CITY}))
    with web(app, headers={"Authorization": "Bearer city-secret"}) as client:
        yield Desk(store, client, town)


def test_a_work_order_goes_its_way_and_closes_the_alert(desk: Desk) -> None:
    alert = desk.town.happens(quiet())
    taken = desk.says(alert, "已接单")
    assert (taken["progress"], taken["answer"], taken["is_understood"]) == ("taken", "acknowledged", True)
    assert desk.town.alert(alert).owner == "key:city-key"
    desk.says(alert, "已派单")
    desk.says(alert, "已到场")
    done = desk.says(alert, "办结", "平安", "opened the door herself")
    assert (done["answer"], done["outcome"]) == ("resolved", "fine")
    assert [kind for kind, actor in desk.steps(alert) if actor == "key:city-key"] == [
        "noted", "acknowledged", "noted", "visited", "noted", "visited", "noted", "resolved",
    ]  # fmt: skip
    shown = desk.client.get(f"/api/v1/alerts/{alert}").json()["history"]
    assert [step["reason"] for step in shown if step["reason_code"] == "order_reported"][:2] == [
        f"city reports on its order {ORDER}: somebody there answers for it.",
        f"city reports on its order {ORDER}: somebody is on the way.",
    ]


def test_a_platform_does_not_close_a_critical_alert(desk: Desk) -> None:
    """What it found is on record, and the alert waits for the desk."""
    alert = desk.town.happens(quiet("sos", priority=Priority.CRITICAL))
    desk.says(alert, "已到场")
    said = desk.says(alert, "办结", "平安", "she is all right")
    assert (said["answer"], said["outcome"], said["is_understood"]) == ("unacknowledged", "fine", True)
    history = desk.town.detail(alert).history
    assert ("order_reported", "she is all right") in [(step.reason.code, step.note) for step in history]
    assert [step.reason.params.get("outcome") for step in history if step.reason.code == "visit_seen"] == ["fine"]
    assert desk.last(alert).reason.code == "visit_seen_by"
    desk.town.act(CHEN, actions.Acknowledge(alert))
    desk.town.act(CHEN, actions.Resolve(alert, Outcome.FINE, note="she answered"))
    assert desk.town.alert(alert).answer is Answer.RESOLVED


def test_what_somebody_here_has_taken_stays_theirs(desk: Desk) -> None:
    alert = desk.town.happens(quiet())
    desk.town.act(CHEN, actions.Acknowledge(alert))
    desk.says(alert, "已接单")
    desk.says(alert, "办结", "已送医")
    now = desk.town.alert(alert)
    assert (now.owner, now.answer) == ("user:chen", Answer.ACKNOWLEDGED)
    assert [(visit["state"], visit["visitor"]) for visit in desk.client.get(f"/api/v1/alerts/{alert}").json()["visits"]] == [
        ("seen", "key:city-key")
    ]


@pytest.mark.parametrize(
    "state, outcome", [("挂起", ""), ("办结", ""), ("办结", "不详"), ("办结", "外出"), ("办结", "withdrawn")]
)
def test_what_means_nothing_here_is_answered_and_kept(desk: Desk, state: str, outcome: str) -> None:
    """A state that the settings do not name, done without a known outcome, away without a word on until when."""
    alert = desk.town.happens(quiet())
    said = desk.says(alert, state, outcome)
    assert (said["is_understood"], said["answer"]) == (False, "unacknowledged")
    assert "does not" in said["detail"] or "do not" in said["detail"]
    assert (desk.last(alert).reason.code, desk.last(alert).note) == ("order_unknown", f"{state} {outcome}".strip())


def test_said_twice_is_done_once(desk: Desk) -> None:
    alert = desk.town.happens(quiet())
    first = desk.says(alert, "已接单", **{"Idempotency-Key": "1"})
    assert desk.says(alert, "已接单", **{"Idempotency-Key": "1"}) == first
    assert desk.says(alert, "已接单")["version"] == first["version"], "without a key as well"
    assert desk.says(alert, "回访", note="called her")["version"] == first["version"] + 1


def test_reports_that_come_late_or_in_the_wrong_order_do_no_harm(desk: Desk) -> None:
    alert = desk.town.happens(quiet())
    desk.says(alert, "已到场")
    desk.says(alert, "已派单")
    visits = desk.client.get(f"/api/v1/alerts/{alert}").json()["visits"]
    assert [visit["state"] for visit in visits] == ["at_door"]
    desk.says(alert, "办结", "平安")
    after = desk.says(alert, "已接单")
    assert after["answer"] == "resolved"
    assert desk.last(alert).reason.code == "order_reported"


def test_a_platform_that_sets_out_and_does_not_arrive_has_not_answered(desk: Desk) -> None:
    alert = desk.town.happens(quiet())
    desk.says(alert, "已派单")
    desk.town.minute(40)
    assert desk.town.alert(alert).answer is Answer.UNACKNOWLEDGED
    codes = [step.reason.code for step in desk.town.detail(alert).history]
    assert "visit_missed" in codes


def test_only_the_key_of_a_platform_reports(desk: Desk) -> None:
    alert = desk.town.happens(quiet())
    body = {"order": ORDER, "state": "已接单"}
    answer = desk.client.post(f"/api/v1/alerts/{alert}/orders", json=body, headers={"Authorization": "Bearer other-secret"})
    assert (answer.status_code, len(desk.steps(alert))) == (409, 1)
    assert desk.client.post("/api/v1/alerts/none/orders", json=body).status_code == 404
    assert desk.client.post(f"/api/v1/alerts/{alert}/orders", json=body | {"order": "a b"}).status_code == 422


def test_it_reports_on_its_own_areas_alone(desk: Desk) -> None:
    alert = desk.town.happens(quiet(home="h3"))
    add_key(desk.store, "lane-secret", Role.INTEGRATOR, name="lane-key", area="lane")
    app = create_app(api_context(desk.store, lambda: desk.town.now, platforms={"lane-key": CITY}))
    with web(app, headers={"Authorization": "Bearer lane-secret"}) as client:
        assert client.post(f"/api/v1/alerts/{alert}/orders", json={"order": ORDER, "state": "已接单"}).status_code == 404
        assert client.get("/api/v1/events?after=0").json()["items"] == []


def test_a_platform_pulls_what_it_would_be_sent(desk: Desk) -> None:
    """Its queues and events count, and what homebeat says of itself is no work order; any other key gets everything."""
    desk.town.happens(quiet())
    desk.town.happens(replace(quiet("water_running", priority=Priority.MEDIUM), desk=WhichDesk.PROPERTY))
    desk.town.happens(quiet("delivery_failed"))
    page = desk.client.get("/api/v1/events?after=0").json()
    assert [(one["type"], one["data"]["queue"]) for one in page["items"]] == [("alert.opened", "care")]
    some = desk.client.get("/api/v1/events?after=0&limit=2").json()
    assert (len(some["items"]), some["has_more"]) == (1, True), "the cursor passes what is not for it"
    assert desk.client.get("/api/v1/events", params={"after": some["next_cursor"]}).json()["items"] == []
    other = desk.client.get("/api/v1/events?after=0", headers={"Authorization": "Bearer other-secret"}).json()
    assert len(other["items"]) == 3


def test_events_are_pulled_by_cursor(desk: Desk) -> None:
    client = desk.client
    begin = client.get("/api/v1/events").json()
    assert (begin["items"], begin["has_more"]) == ([], False)
    alert = desk.town.happens(quiet())
    desk.says(alert, "已派单")
    first = client.get("/api/v1/events", params={"after": begin["next_cursor"], "limit": 2}).json()
    assert ([one["type"] for one in first["items"]], first["has_more"]) == (["alert.opened", "order.reported"], True)
    assert first["items"][1]["data"]["order"] == ORDER
    rest = client.get("/api/v1/events", params={"after": first["next_cursor"]}).json()
    assert ([one["type"] for one in rest["items"]], rest["has_more"]) == (["alert.acknowledged", "visit.en_route"], False)
    assert client.get("/api/v1/events", params={"after": rest["next_cursor"]}).json()["items"] == []
    assert [one["id"] for one in client.get("/api/v1/events?after=0").json()["items"]] == [
        one["id"] for one in first["items"] + rest["items"]
    ]
    assert client.get("/api/v1/events?after=AAAAAAAAAAAAAAAAAAAAAA").status_code == 409
    with desk.store.read(EVERYTHING) as reader:
        assert reader.platforms.list_all() == [], "who pulls has no place here"
