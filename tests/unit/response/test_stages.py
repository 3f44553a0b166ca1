"""The stages of a decision: their order, what each holds back and why; and the book that keeps alerts in memory."""

from __future__ import annotations

import copy
from dataclasses import replace

import pytest

from homebeat.domain.alert import Answer, Desk, Edge, Outcome, Priority, Reason, Subject, TransitionKind, open_alert, resolve
from homebeat.domain.ids import AreaId, HouseholdId
from homebeat.domain.silence import MAINTENANCE, Silence
from homebeat.response.book import Book
from homebeat.response.decide import decide, decide_all
from homebeat.response.situation import Situation, find_opened_id, restart
from homebeat.response.stages import STAGES, hold_back

MINUTE = 60_000
FIRST = Edge(
    MINUTE, "sos", Subject(HouseholdId("h")), TransitionKind.OPENED, Priority.CRITICAL, Desk.CARE, MINUTE, Reason("sos"), MINUTE
)
AGAIN = replace(FIRST, kind=TransitionKind.REOPENED, at=9 * MINUTE, since=9 * MINUTE)
OVER = replace(FIRST, kind=TransitionKind.CLEARED, at=2 * MINUTE)
#: Its home was left out of the register by mistake, and is there again.
ANEW = replace(FIRST, at=9 * MINUTE)
FLAG = replace(FIRST, rule="fall", priority=Priority.HIGH)
CONFIRMED = replace(FLAG, kind=TransitionKind.REOPENED, at=2 * MINUTE, since=2 * MINUTE, priority=Priority.CRITICAL)


def after(*edges: Edge) -> Situation:
    situation = Situation()
    decide_all(situation, edges)
    return situation


def closed(*edges: Edge) -> Situation:
    situation = after(*edges)
    for alert in list(situation.standing.values()):
        situation.follow(resolve(alert, 3 * MINUTE, "user:a", Outcome.FINE)[0])
    return situation


def test_the_order_of_the_stages_is_this() -> None:
    assert [(stage.name, stage.is_stored) for stage in STAGES] == [
        ("repeated", False),
        ("resolved", True),
        ("silenced", True),
        ("behind", True),
        ("needless", False),
    ]


@pytest.mark.parametrize(
    "situation, edge, stage, reason",
    [
        (after(FIRST), FIRST, "repeated", "decided_already"),
        (after(FIRST, OVER), FIRST, "repeated", "decided_already"),
        (after(FLAG, CONFIRMED), CONFIRMED, "repeated", "decided_already"),
        (after(FLAG, CONFIRMED), replace(CONFIRMED, at=9 * MINUTE), "repeated", "decided_already"),
        (closed(FIRST), FIRST, "resolved", "resolved_already"),
        (closed(FIRST, OVER), FIRST, "resolved", "resolved_already"),
        (closed(restart(AGAIN)), AGAIN, "resolved", "resolved_already"),
        (after(), OVER, "needless", "nothing_to_clear"),
        (after(FIRST, OVER), OVER, "needless", "nothing_to_clear"),
        (closed(FIRST), OVER, "needless", "nothing_to_clear"),
    ],
)
def test_what_is_held_back_and_why(situation: Situation, edge: Edge, stage: str, reason: str) -> None:
    held = hold_back(situation, edge)
    assert held is not None
    assert (held.stage, held.reason, held.edge, held.alert_id) == (stage, reason, edge, find_opened_id(edge))
    decision = decide(situation, edge)
    assert (decision.changes, decision.notices, decision.held) == ([], [], [held])


def test_an_alert_that_mentions_work_on_devices_is_known_again() -> None:
    """The engine says nothing of the work: what was decided already would be noted once more after each crash."""
    work = Silence(1, MAINTENANCE, "household:h", HouseholdId("h"), AreaId("lane"), "new meters", "user:wu", 0, 10**9)
    edge = replace(AGAIN, rule="no_sign_of_life", priority=Priority.HIGH)
    situation = Situation(silences=[work], now=9 * MINUTE)
    decide_all(situation, [edge])
    (alert,) = situation.standing.values()
    assert alert.reason.params == {"maintained_at": 10**9}
    held = hold_back(situation, edge)
    assert held is not None
    assert held.reason == "decided_already"


@pytest.mark.parametrize(
    "situation, edge",
    [
        (after(), FIRST),
        (after(), AGAIN),
        (after(FIRST), AGAIN),
        (after(FIRST), OVER),
        (closed(FIRST), AGAIN),
        (after(FIRST, OVER), ANEW),
        (after(FLAG), CONFIRMED),
        (after(FLAG, CONFIRMED), replace(CONFIRMED, reason=Reason("fall_and_sos"))),
    ],
)
def test_everything_else_goes_on(situation: Situation, edge: Edge) -> None:
    assert hold_back(situation, edge) is None
    assert decide(situation, edge).changes


def test_to_decide_leaves_the_situation_as_it_is() -> None:
    situation = after(FIRST)
    before = copy.deepcopy(situation)
    assert decide(situation, OVER).changes
    assert situation == before


def test_a_situation_knows_one_unresolved_alert_of_a_cause_and_forgets_none_that_exists() -> None:
    situation = after(FIRST)
    (alert,) = situation.standing.values()
    situation.follow(resolve(alert, 2 * MINUTE, "user:a", Outcome.FINE)[0])
    assert (situation.standing, situation.known) == ({}, {alert.id})
    newer, _ = open_alert(restart(AGAIN))
    situation.follow(newer)
    situation.follow(resolve(alert, 2 * MINUTE, "user:a", Outcome.FINE)[0])
    assert list(situation.standing.values()) == [newer], "news of an older alert takes no newer one away"


def test_a_book_remembers_from_one_call_to_the_next() -> None:
    book = Book()
    assert [step.kind for _, step in book.decide([FIRST]).changes] == [TransitionKind.OPENED]
    assert [held.reason for held in book.decide([FIRST]).held] == ["decided_already"]
    (alert,) = book.situation.standing.values()
    book.enter(resolve(alert, 2 * MINUTE, "user:a", Outcome.FINE)[0])
    assert [held.reason for held in book.decide([FIRST]).held] == ["resolved_already"]


def test_in_a_recording_an_alert_is_answered_once_its_condition_is_over() -> None:
    book = Book(ends_with_condition=True)
    kinds = [step.kind for _, step in book.decide([FIRST, OVER, AGAIN]).changes]
    assert kinds == [TransitionKind.OPENED, TransitionKind.CLEARED, TransitionKind.OPENED]
    (second,) = book.situation.standing.values()
    assert (second.id, second.answer) == (restart(AGAIN).alert_id, Answer.UNACKNOWLEDGED)
    assert book.situation.known == {second.id}, "a long recording must not fill the memory"
