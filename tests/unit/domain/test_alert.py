"""Laws of the people's axis: whatever people do in whatever order, an alert stays one that can be answered for."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homebeat.domain.alert import (
    SLIP,
    Alert,
    Answer,
    Condition,
    Desk,
    Edge,
    Outcome,
    Priority,
    Reason,
    Subject,
    Transition,
    TransitionKind,
    acknowledged,
    is_returnable,
    noted,
    opened,
    released,
    resolved,
    returned,
    stepped,
)
from homebeat.domain.errors import NotAllowed
from homebeat.domain.ids import HouseholdId

SLIP_MS = int(SLIP.total_seconds() * 1000)
ANN, BO = "user:ann", "user:bo"
EDGE = Edge(0, "sos", Subject(HouseholdId("h1")), TransitionKind.OPENED, Priority.CRITICAL, Desk.CARE, 0, Reason("sos"), 0)
Step = Callable[[Alert, int, str], tuple[Alert, Transition]]

STEPS: dict[str, Step] = {
    "take": acknowledged,
    "give_back": released,
    "close": lambda alert, at, actor: resolved(alert, at, actor, Outcome.FINE),
    "reopen": returned,
    "remark": lambda alert, at, actor: noted(alert, at, actor, "x"),
    "clear": lambda alert, at, _actor: stepped(alert, _edge(at, TransitionKind.CLEARED)),
    "fire": lambda alert, at, _actor: stepped(alert, _edge(at, TransitionKind.REOPENED)),
}


def _edge(at: int, kind: TransitionKind) -> Edge:
    return Edge(at, "sos", EDGE.subject, kind, EDGE.priority, EDGE.desk, at, Reason("sos"), at)


def new() -> Alert:
    return opened(EDGE)[0]


@given(
    st.lists(
        st.tuples(st.sampled_from(sorted(STEPS)), st.integers(1, SLIP_MS), st.sampled_from([ANN, BO])), min_size=1, max_size=20
    )
)
def test_whatever_people_do_the_alert_stays_whole(acts: list[tuple[str, int, str]]) -> None:
    alert, at = new(), 0
    for name, later, actor in acts:
        at += later
        before = alert
        try:
            alert, step = STEPS[name](alert, at, actor)
        except NotAllowed:
            assert alert == before
            continue
        assert alert.version == before.version + 1
        assert (step.at, step.alert_id) == (at, alert.id)
        is_closed = alert.answer is Answer.RESOLVED
        assert is_closed == (alert.outcome is not None) == (alert.resolved_at is not None) == bool(alert.resolved_by)
        assert (alert.answer is Answer.UNACKNOWLEDGED) == (alert.owner == "")
        if alert.answer is Answer.UNACKNOWLEDGED:
            assert alert.acknowledged_at is None


@given(st.integers(0, 3 * SLIP_MS), st.sampled_from([ANN, BO]), st.booleans(), st.sampled_from([ANN, BO]))
def test_only_who_closed_it_takes_that_back_and_only_for_five_minutes(later: int, actor: str, taken: bool, owner: str) -> None:
    before = acknowledged(new(), 10, owner)[0] if taken else new()
    closed, _ = resolved(before, 20, ANN, Outcome.AWAY)
    may = actor == ANN and later <= SLIP_MS
    assert is_returnable(closed, 20 + later, actor) is may
    if not may:
        with pytest.raises(NotAllowed):
            returned(closed, 20 + later, actor)
        return
    after, step = returned(closed, 20 + later, actor)
    assert (after.answer, after.owner, after.outcome, after.acknowledged_at) == (
        before.answer,
        before.owner,
        None,
        before.acknowledged_at,
    )
    assert (step.kind, step.actor) == (TransitionKind.RETURNED, actor)


def test_what_was_never_closed_cannot_be_reopened() -> None:
    for alert in (new(), acknowledged(new(), 1, ANN)[0]):
        with pytest.raises(NotAllowed):
            returned(alert, 2, ANN)


def test_a_slip_can_be_taken_back_again_after_the_next_closing() -> None:
    closed, _ = resolved(new(), 10, ANN, Outcome.FINE)
    again, _ = resolved(returned(closed, 20, ANN)[0], 30, BO, Outcome.HELPED)
    with pytest.raises(NotAllowed):
        returned(again, 40, ANN)
    assert returned(again, 40, BO)[0].answer is Answer.UNACKNOWLEDGED


def test_only_who_has_it_gives_it_back() -> None:
    taken, _ = acknowledged(new(), 10, ANN)
    with pytest.raises(NotAllowed):
        released(taken, 20, BO)
    free, step = released(taken, 20, ANN)
    assert (free.answer, free.owner, free.opened_at, step.kind) == (
        Answer.UNACKNOWLEDGED,
        "",
        taken.opened_at,
        TransitionKind.RELEASED,
    )
    assert acknowledged(free, 30, BO)[0].owner == BO
    for nobodys in (new(), resolved(new(), 5, ANN, Outcome.FINE)[0]):
        with pytest.raises(NotAllowed):
            released(nobodys, 20, ANN)


def test_giving_back_does_not_touch_the_condition() -> None:
    cleared, _ = stepped(acknowledged(new(), 10, ANN)[0], _edge(20, TransitionKind.CLEARED))
    assert released(cleared, 30, ANN)[0].condition is Condition.CLEARED
