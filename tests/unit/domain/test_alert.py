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
    acknowledge,
    add_note,
    follow_edge,
    open_alert,
    resolve,
)  # fmt: skip
from homebeat.domain.errors import NotAllowed, NotFound
from homebeat.domain.ids import AreaId, DeviceId, HouseholdId, ResidentId
from homebeat.domain.service_alerts import SERVICE_ALERTS, make_edge
from homebeat.rules.catalogue import RULES

MACHINE = (TransitionKind.OPENED, TransitionKind.CLEARED, TransitionKind.REOPENED, TransitionKind.CONTRADICTED)
PEOPLE = (TransitionKind.ACKNOWLEDGED, TransitionKind.RESOLVED, TransitionKind.NOTED)


def edge(kind: TransitionKind, at: int = 1_000, onset: int = 10) -> Edge:
    return Edge(at, "sos", Subject(HouseholdId("h")), kind, Priority.CRITICAL, Desk.CARE, onset, Reason("sos"), onset)


def take_step(alert: Alert, kind: TransitionKind, at: int, actor: str) -> tuple[Alert, Transition]:
    match kind:
        case TransitionKind.ACKNOWLEDGED:
            return acknowledge(alert, at, actor)
        case TransitionKind.RESOLVED:
            return resolve(alert, at, actor, Outcome.FINE)
        case TransitionKind.NOTED:
            return add_note(alert, at, actor, "seen")
    return follow_edge(alert, edge(kind, at))


@given(st.lists(st.tuples(st.sampled_from(MACHINE + PEOPLE), st.sampled_from(("user:a", "user:b")))))
def test_whatever_happens(story: list[tuple[TransitionKind, str]]) -> None:
    alert, first = open_alert(edge(TransitionKind.OPENED))
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
    alert, _ = open_alert(edge(TransitionKind.OPENED))
    alert, _ = follow_edge(alert, edge(TransitionKind.CLEARED))
    assert (alert.condition, alert.answer) == (Condition.CLEARED, Answer.UNACKNOWLEDGED)


def test_firing_again_takes_an_acknowledgement_back() -> None:
    alert, _ = open_alert(edge(TransitionKind.OPENED))
    alert, _ = acknowledge(alert, 2_000, "user:a")
    alert, row = follow_edge(alert, edge(TransitionKind.OPENED, 3_000, onset=2_900))
    assert row.kind is TransitionKind.REOPENED
    assert (alert.answer, alert.owner, alert.since) == (Answer.UNACKNOWLEDGED, "", 2_900)


def test_two_people_cannot_both_take_it() -> None:
    alert, _ = open_alert(edge(TransitionKind.OPENED))
    alert, _ = acknowledge(alert, 2_000, "user:a")
    with pytest.raises(NotAllowed, match="somebody else"):
        acknowledge(alert, 2_001, "user:b")


@pytest.mark.parametrize(
    ("subject", "key"),
    [
        (Subject(HouseholdId("h"), ResidentId("r"), DeviceId("d")), "device:d"),
        (Subject(HouseholdId("h"), ResidentId("r")), "resident:r"),
        (Subject(HouseholdId("h")), "household:h"),
        (Subject(device=DeviceId("d")), "device:d"),
        (Subject(area=AreaId("lane")), "area:lane"),
        (Subject(service="broker-session"), "service:broker-session"),
    ],
)
def test_a_subject_has_one_key_by_what_it_names(subject: Subject, key: str) -> None:
    assert subject.key == key


@pytest.mark.parametrize(
    "names",
    [
        {},
        {"resident": "r"},
        {"device": "d", "resident": "r"},
        {"household": "h", "area": "lane"},
        {"household": "h", "service": "broker"},
        {"area": "lane", "service": "broker"},
        {"area": "lane", "resident": "r"},
        {"device": "d", "area": "lane"},
    ],
)
def test_a_subject_that_names_nothing_or_two_things_is_refused(names: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="an alert is about"):
        Subject(**names)  # type: ignore[arg-type]


@pytest.mark.parametrize("code", SERVICE_ALERTS)
def test_what_homebeat_says_itself_is_an_edge_like_a_rules(code: str) -> None:
    assert code not in RULES
    subject = Subject(service="broker-session")
    edge = make_edge(code, subject, Reason(code), 1_000)
    alert, step = open_alert(edge)
    assert (alert.rule, alert.subject, alert.opened_at, alert.since, step.actor) == (code, subject, 1_000, 1_000, "engine")
    assert (alert.priority, alert.desk) == (SERVICE_ALERTS[code].priority, SERVICE_ALERTS[code].desk)
    later = make_edge(code, subject, Reason(code), 2_000, kind=TransitionKind.CLEARED, since=900, priority=Priority.CRITICAL)
    assert (later.kind, later.since, later.priority) == (TransitionKind.CLEARED, 900, Priority.CRITICAL)
    with pytest.raises(NotFound):
        make_edge("no_such", subject, Reason(code), 1)
