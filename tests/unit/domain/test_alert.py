"""The alert's two axes: laws of the state machine."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homebeat.domain.alert import (
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
    noted,
    opened,
    resolved,
    stepped,
)  # fmt: skip
from homebeat.domain.errors import NotAllowed
from homebeat.domain.ids import HouseholdId

MACHINE = (TransitionKind.OPENED, TransitionKind.CLEARED, TransitionKind.REOPENED, TransitionKind.CONTRADICTED)
PEOPLE = (TransitionKind.ACKNOWLEDGED, TransitionKind.RESOLVED, TransitionKind.NOTED)


def edge(kind: TransitionKind, at: int = 1_000, onset: int = 10) -> Edge:
    return Edge(at, "sos", Subject(HouseholdId("h")), kind, Priority.CRITICAL, Desk.CARE, onset, Reason("sos"), onset)


def take_step(alert: Alert, kind: TransitionKind, at: int, actor: str) -> tuple[Alert, Transition]:
    match kind:
        case TransitionKind.ACKNOWLEDGED:
            return acknowledged(alert, at, actor)
        case TransitionKind.RESOLVED:
            return resolved(alert, at, actor, Outcome.FINE)
        case TransitionKind.NOTED:
            return noted(alert, at, actor, "seen")
    return stepped(alert, edge(kind, at))


@given(st.lists(st.tuples(st.sampled_from(MACHINE + PEOPLE), st.sampled_from(("user:a", "user:b")))))
def test_whatever_happens(story: list[tuple[TransitionKind, str]]) -> None:
    alert, first = opened(edge(TransitionKind.OPENED))
    rows = [first]
    for at, (kind, actor) in enumerate(story, start=2_000):
        before = alert
        with contextlib.suppress(NotAllowed):
            alert, row = take_step(before, kind, at, actor)
            rows.append(row)
        assert (alert.answer is Answer.RESOLVED) == (alert.outcome is not None) == (alert.resolved_at is not None)
        if before.answer is Answer.RESOLVED:
            assert kind is TransitionKind.NOTED or alert == before, "nothing but a note follows an answer"
        elif kind in MACHINE:
            assert alert.answer is not Answer.RESOLVED, "no machine closes an alert"
        if alert.answer is Answer.UNACKNOWLEDGED:
            assert (alert.owner, alert.acknowledged_at) == ("", None)
        assert alert.version == len(rows), "every change is a row"
        assert alert.id == before.id
    assert len({r.key for r in rows}) == len(rows)


def test_water_running_again_closes_nothing() -> None:
    alert, _ = opened(edge(TransitionKind.OPENED))
    alert, _ = stepped(alert, edge(TransitionKind.CLEARED))
    assert (alert.condition, alert.answer) == (Condition.CLEARED, Answer.UNACKNOWLEDGED)


def test_firing_again_takes_an_acknowledgement_back() -> None:
    alert, _ = opened(edge(TransitionKind.OPENED))
    alert, _ = acknowledged(alert, 2_000, "user:a")
    alert, row = stepped(alert, edge(TransitionKind.OPENED, 3_000, onset=2_900))
    assert row.kind is TransitionKind.REOPENED
    assert (alert.answer, alert.owner, alert.since) == (Answer.UNACKNOWLEDGED, "", 2_900)


def test_two_people_cannot_both_take_it() -> None:
    alert, _ = opened(edge(TransitionKind.OPENED))
    alert, _ = acknowledged(alert, 2_000, "user:a")
    with pytest.raises(NotAllowed, match="somebody else"):
        acknowledged(alert, 2_001, "user:b")
