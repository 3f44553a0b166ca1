"""Which closed cases are asked about, and when."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from homebeat.domain.alert import Alert, Outcome, Priority, open_alert, resolve
from homebeat.domain.durations import HOUR_MS, MINUTE_MS
from homebeat.domain.follow_up import FollowUpCases, FollowUpState, FollowUpTerms, move_into_day, needs_follow_up, plan_follow_up
from homebeat.domain.ids import AlertId
from homebeat.domain.visit import Visit, VisitState, assign_visit, move_visit
from tests.contract.store.conftest import T0, edge

WANG = "contact:/wang"


def close(rule: str = "no_sign_of_life", priority: Priority = Priority.HIGH, outcome: Outcome = Outcome.FINE) -> Alert:
    alert, _ = open_alert(edge("h1", rule, priority=priority))
    return resolve(alert, T0 + HOUR_MS, "user:chen", outcome)[0]


def visit(*states: VisitState) -> Visit:
    found = assign_visit(AlertId("a"), WANG, "user:chen", Priority.HIGH, T0)
    for no, state in enumerate(states):
        found = move_visit(found, state, Priority.HIGH, T0 + no * MINUTE_MS)
    return found


@pytest.mark.parametrize(
    ("priority", "visits", "cases", "needs"),
    [
        (Priority.CRITICAL, [], FollowUpCases.PRESSING, True),
        (Priority.HIGH, [], FollowUpCases.PRESSING, True),
        (Priority.MEDIUM, [], FollowUpCases.PRESSING, False),
        (Priority.MEDIUM, [visit(VisitState.SEEN)], FollowUpCases.PRESSING, True),
        (Priority.LOW, [visit(VisitState.MISSED)], FollowUpCases.VISITED, True),
        (Priority.LOW, [visit(VisitState.EN_ROUTE, VisitState.CANCELLED)], FollowUpCases.VISITED, True),
        (Priority.LOW, [visit(), visit(VisitState.CANCELLED)], FollowUpCases.VISITED, False),
        (Priority.CRITICAL, [], FollowUpCases.VISITED, False),
        (Priority.CRITICAL, [visit(VisitState.SEEN)], FollowUpCases.NONE, False),
    ],
)
def test_which_cases(priority: Priority, visits: list[Visit], cases: FollowUpCases, *, needs: bool) -> None:
    assert needs_follow_up(close(priority=priority), visits, FollowUpTerms(cases)) is needs


@pytest.mark.parametrize("outcome", [Outcome.DECEASED, Outcome.WITHDRAWN])
def test_nobody_is_asked_how_a_death_was_handled(outcome: Outcome) -> None:
    assert needs_follow_up(close(), [], FollowUpTerms())
    assert not needs_follow_up(close(outcome=outcome), [visit(VisitState.SEEN)], FollowUpTerms())


def test_what_homebeat_says_of_itself_is_not_asked_about() -> None:
    assert not needs_follow_up(close("delivery_failed"), [visit(VisitState.SEEN)], FollowUpTerms())


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


@pytest.mark.parametrize(
    ("zone", "asked", "moved"),
    [
        ("Asia/Shanghai", "2026-03-01T01:00:00", "2026-03-01T01:00:00"),  # 09:00
        ("Asia/Shanghai", "2026-03-01T11:59:59", "2026-03-01T11:59:59"),  # 19:59
        ("Asia/Shanghai", "2026-03-01T12:00:00", "2026-03-02T01:00:00"),  # 20:00: the next morning
        ("Asia/Shanghai", "2026-02-28T18:00:00", "2026-03-01T01:00:00"),  # 02:00: the same morning
        ("Europe/Berlin", "2026-03-28T22:00:00", "2026-03-29T07:00:00"),  # the night in which summer time begins
        ("nowhere", "2026-03-01T03:00:00", "2026-03-01T09:00:00"),
    ],
)
def test_nobody_is_woken_by_a_question(zone: str, asked: str, moved: str) -> None:
    assert move_into_day(at(asked), zone) == at(moved)


def test_when_it_is_due_and_until_when() -> None:
    terms = FollowUpTerms(after=timedelta(hours=2), within=timedelta(hours=5))
    found = plan_follow_up(AlertId("a"), at("2026-03-01T02:00:00"), "Asia/Shanghai", terms)
    assert (found.due_at, found.ends_at) == (at("2026-03-01T04:00:00"), at("2026-03-01T09:00:00"))
    assert not found.can_be_answered(found.due_at - 1)
    assert found.can_be_answered(found.due_at)
    late = replace(found, state=FollowUpState.UNANSWERED)
    assert late.can_be_answered(found.ends_at + HOUR_MS)
    assert not replace(found, state=FollowUpState.ANSWERED).can_be_answered(found.due_at)
