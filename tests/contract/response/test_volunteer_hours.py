"""Hours of volunteers: counted from visits once they cannot change any more, corrected beside, exported; and certificates."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any, Final

import pytest
from sqlalchemy import select

from homebeat import actions
from homebeat.actions.report_visit import VisitReport
from homebeat.actions.volunteers import list_month_hours
from homebeat.api import create_app
from homebeat.bootstrap.volunteers import judge_certificates
from homebeat.domain.actor import ActorKind
from homebeat.domain.alert import Outcome
from homebeat.domain.certificate import Certificate
from homebeat.domain.durations import DAY_MS
from homebeat.domain.errors import Incomplete, NotFound, NotPermitted
from homebeat.domain.ids import AlertId, AreaId, ResponderId
from homebeat.domain.personal import Illegible
from homebeat.domain.principal import Grant, make_holder
from homebeat.domain.response_plan import PlanBook
from homebeat.domain.role import Operation, Role
from homebeat.domain.scope import EVERYTHING
from homebeat.store import Store
from homebeat.store.base.metadata import METADATA
from tests.contract.response.street import MINUTE, STAFF, Town, make_fleet, quiet
from tests.contract.store.conftest import T0
from tests.people import add_key, person
from tests.unit.api.fixtures import TestClient, api_context, web

CHEN, ZHOU = person("chen", Role.DESK, "town"), person("zhou", Role.SUPERVISOR, "town")
WANG: Final = ResponderId("wang")
MONTH: Final = "2026-01"
FIRST_AID: Final = Certificate("first aid course", date(2026, 1, 20), ("first aid",))


class Lane(Town):
    """The town, with hours entered now and then, as the thread of deadlines does it."""

    def __init__(self, store: Store) -> None:
        super().__init__(store, PlanBook())
        wang = replace(STAFF[0], skills=("first aid", "lift"), certificates=(FIRST_AID,), account="wang.v")
        with store.begin() as tx:
            tx.fleet.apply(replace(make_fleet(), responders=(wang, *STAFF[1:])), T0)

    def pass_to(self, minute: float) -> None:
        self.minute(minute, 300)
        actions.enter_hours(self.store, self.perform, self.now)

    def go(self, who: str = "/wang") -> AlertId:
        alert = self.happens(replace(quiet(), at=self.now, since=self.now, onset=self.now))
        self.visitor(who, alert, VisitReport.GO)
        return alert

    def ask(self, path: str, body: dict[str, Any] | None = None, role: Role = Role.SUPERVISOR) -> Any:
        secret = f"key-{role}-{self.now}-{path}"
        add_key(self.store, secret, role, area="town")
        with web(create_app(api_context(self.store, lambda: self.now))) as client:
            assert isinstance(client, TestClient)
            headers, path = {"Authorization": f"Bearer {secret}"}, f"/api/v1/{path}"
            return client.get(path, headers=headers) if body is None else client.post(path, json=body, headers=headers)


def test_hours_are_counted_from_setting_off_to_the_end_and_corrections_stand_beside(store: Store) -> None:
    lane = Lane(store)
    alert = lane.go()
    lane.pass_to(20)
    lane.visitor("/wang", alert, VisitReport.AT_DOOR)
    lane.pass_to(30)
    lane.visitor("/wang", alert, VisitReport.SEEN, outcome=Outcome.FINE)
    lane.pass_to(34)
    assert lane.ask(f"volunteers/hours?from={MONTH}").json()["items"] == [], "her closing can still be undone"
    lane.pass_to(40)
    (counted,) = lane.ask(f"volunteers/hours?from={MONTH}").json()["items"]
    assert (counted["volunteer"], counted["visits"], counted["minutes"], counted["total_minutes"]) == ("wang", 1, 30, 30)
    # the visit goes with its alert; what was given stays
    made = lane.ask("volunteers/wang/hours", {"month": MONTH, "minutes": 15, "reason": "stayed until the son came"})
    assert made.status_code == 201, made.text
    lane.now += 1_000
    lane.act(ZHOU, actions.CorrectHours(WANG, MONTH, -5, "=was late on the way"))
    (counted,) = lane.ask(f"volunteers/hours?from={MONTH}").json()["items"]
    assert [one["minutes"] for one in counted["corrections"]] == [15, -5]
    assert (counted["minutes"], counted["total_minutes"]) == (30, 40)
    seen = lane.ask(f"volunteers/hours?from={MONTH}", role=Role.DESK).json()["items"][0]
    assert {one["reason"] for one in seen["corrections"]} == {"[hidden]"}
    table = lane.ask(f"volunteers/hours.csv?from={MONTH}")
    assert table.headers["content-type"].startswith("text/csv")
    rows = table.text.splitlines()
    assert rows[1] == f"wang,{MONTH},counted,1,30,,,"
    assert [row.split(",")[2:5] for row in rows[2:]] == [["correction", "", "15"], ["correction", "", "-5"]]
    assert rows[3].endswith("'=was late on the way"), "no spreadsheet takes it for a formula"
    with store._database.begin_read() as connection:
        assert "son came" not in repr(connection.execute(select(METADATA.tables["hours_correction"])).all())


def test_who_was_called_off_on_the_way_gave_time_and_who_never_came_did_not(store: Store) -> None:
    lane = Lane(store)
    called_off = lane.go()
    lane.pass_to(10)
    lane.act(ZHOU, actions.Resolve(called_off, Outcome.FINE))
    lane.pass_to(20)
    never = lane.go()
    lane.pass_to(70)
    lane.act(ZHOU, actions.Resolve(never, Outcome.FINE))
    grid = lane.go("/grid")
    lane.visitor("/grid", grid, VisitReport.SEEN, outcome=Outcome.FINE)
    lane.pass_to(90)
    for _ in range(2):
        lane.act(actions.VOLUNTEERS, actions.EnterHours())
    with store.read(EVERYTHING) as reader:
        entries = reader.volunteers.list_entries((T0 - DAY_MS, T0 + DAY_MS))
    assert [(one.responder, (one.ended_at - one.started_at) // MINUTE) for one in entries] == [("wang", 10)]


def test_a_closing_that_is_undone_is_one_visit(store: Store) -> None:
    lane = Lane(store)
    alert = lane.go()
    lane.pass_to(10)
    lane.act(ZHOU, actions.Resolve(alert, Outcome.FINE))
    lane.pass_to(13)
    lane.act(ZHOU, actions.Reopen(alert))
    lane.pass_to(25)
    lane.visitor("/wang", alert, VisitReport.SEEN, outcome=Outcome.FINE)
    lane.pass_to(40)
    (counted,) = lane.ask(f"volunteers/hours?from={MONTH}").json()["items"]
    assert (counted["visits"], counted["minutes"]) == (1, 25)


def test_who_may_correct(store: Store) -> None:
    lane = Lane(store)
    with pytest.raises(NotPermitted, match="for themselves"):
        lane.act(person("wang.v", Role.SUPERVISOR, "town"), actions.CorrectHours(WANG, MONTH, 60, "because I say so"))
    with pytest.raises(NotPermitted):
        lane.act(person("li", Role.SUPERVISOR, "lane"), actions.CorrectHours(WANG, MONTH, 60, "because I say so"))
    with pytest.raises(NotFound, match="no volunteer"):
        lane.act(ZHOU, actions.CorrectHours(ResponderId("grid"), MONTH, 60, "is no volunteer"))
    for month, minutes in (("2026-13", 60), ("soon", 60), (MONTH, 0), (MONTH, 50_000)):
        with pytest.raises(Incomplete):
            lane.act(ZHOU, actions.CorrectHours(WANG, month, minutes, "stayed longer"))
    assert lane.ask(f"volunteers/hours?from={MONTH}").json()["items"] == []


def test_why_is_shown_to_whoever_may_correct_there(store: Store) -> None:
    lane = Lane(store)
    lane.act(ZHOU, actions.CorrectHours(WANG, MONTH, -5, "was late on the way"))
    desk = Grant(Role.DESK, AreaId("town"))
    for more in ((), (Grant(Role.SUPERVISOR, AreaId("other")),)):  # who corrects in the other place corrects nothing here
        asks = make_holder(ActorKind.PERSON, "li", (desk, *more))
        with store.read(asks.find_scope(Operation.READ_DUTY)) as reader:
            (found,) = list_month_hours(reader, asks, MONTH, MONTH)
        assert [one.reason for one in found.corrections] == [Illegible.HIDDEN]
    with store.read(EVERYTHING) as reader:
        (found,) = list_month_hours(reader, ZHOU, MONTH, MONTH)
    assert [one.reason for one in found.corrections] == ["was late on the way"]


def test_a_skill_is_lost_with_its_certificate_and_that_is_said(store: Store) -> None:
    lane = Lane(store)

    def look() -> tuple[list[str], list[str], list[str]]:
        (shown,) = lane.ask("volunteers").json()["items"]
        with store.read(EVERYTHING) as reader:
            said = [("WRONG " if one.is_wrong else "note ") + one.what for one in judge_certificates(reader, lane.now)]
        return shown["skills"], shown["lost_skills"], said

    assert look() == (["first aid", "lift"], [], ["note 1 certificates end within 30 days: wang (first aid course, 2026-01-20)"])
    lane.now += 20 * DAY_MS
    assert look() == (
        ["lift"],
        ["first aid"],
        [
            "note 1 certificates have ended: wang (first aid course)",
            "WRONG 1 responders have lost skills, because a certificate has ended: wang (first aid)",
        ],
    )
