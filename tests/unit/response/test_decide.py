"""What edges become: one unanswered alert per cause, every change a row, and nobody told what is not theirs."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homebeat.domain.alert import (
    Alert,
    Answer,
    Desk,
    Edge,
    Outcome,
    Priority,
    Reason,
    Subject,
    TransitionKind,
    acknowledge,
    resolve,
)
from homebeat.domain.ids import AlertId, ContactId, DeviceId, HouseholdId
from homebeat.domain.notice import COMMAND
from homebeat.response.ask import is_in_time
from homebeat.response.decide import Decision, decide_all
from homebeat.response.receivers import Receivers
from homebeat.response.situation import Pair, Situation, get_pair, list_ids
from homebeat.response.stages import DECIDED_ALREADY, RESOLVED_ALREADY

DAUGHTER = [(ContactId("c"), "webhook", 0), (ContactId("c"), "mail", 1)]
MINUTE = 60_000


def edge(kind: TransitionKind, at: int, onset: int, home: str = "h", rule: str = "sos") -> Edge:
    return Edge(at, rule, Subject(HouseholdId(home)), kind, Priority.CRITICAL, Desk.CARE, onset, Reason(rule), onset)


class Book:
    """Alerts as a store would keep them."""

    def __init__(self) -> None:
        self.alerts: dict[AlertId, Alert] = {}
        self.rows = 0

    def standing(self) -> dict[Pair, Alert]:
        found: dict[Pair, Alert] = {}
        for alert in self.alerts.values():
            if alert.answer is not Answer.RESOLVED:
                pair = alert.rule, alert.subject.key
                assert pair not in found, "two unresolved alerts for one cause"
                found[pair] = alert
        return found

    def take(self, edges: list[Edge]) -> Decision:
        known = {i for e in edges for i in list_ids(e) if i in self.alerts}
        pairs = {get_pair(e) for e in edges}
        standing = {p: a for p, a in self.standing().items() if p in pairs}
        decision = decide_all(
            Situation(standing, known, receivers={(HouseholdId(h), None): Receivers(DAUGHTER) for h in "hk"}), edges
        )
        for alert, _ in decision.changes:
            self.alerts[alert.id] = alert
            self.rows += 1
        return decision


KINDS = st.sampled_from([TransitionKind.OPENED, TransitionKind.CLEARED, TransitionKind.REOPENED, TransitionKind.CONTRADICTED])
EDGES = st.lists(st.tuples(KINDS, st.integers(0, 3), st.sampled_from("hk")), max_size=5)


@given(st.lists(st.tuples(EDGES, st.sampled_from(["", "take", "close"])), max_size=8))
def test_never_two_for_one_cause_and_every_change_is_a_row(
    story: list[tuple[list[tuple[TransitionKind, int, str]], str]],
) -> None:
    book = Book()
    for tick, (kinds, act) in enumerate(story, start=1):
        answered = {a.id for a in book.alerts.values() if a.answer is Answer.RESOLVED}
        before = {i: book.alerts[i] for i in answered}
        book.take([edge(kind, tick * MINUTE, onset, home) for kind, onset, home in kinds])
        assert all(book.alerts[i] == before[i] for i in answered), "what people closed stays closed"
        for alert in list(book.standing().values()):
            if act == "take" and alert.answer is Answer.UNACKNOWLEDGED:
                book.alerts[alert.id] = acknowledge(alert, tick * MINUTE + 1, "user:a")[0]
                book.rows += 1
            elif act == "close":
                book.alerts[alert.id] = resolve(alert, tick * MINUTE + 1, "user:a", Outcome.FINE)[0]
                book.rows += 1
        assert sum(a.version for a in book.alerts.values()) == book.rows


@given(EDGES)
def test_an_opening_decided_twice_is_one_alert(kinds: list[tuple[TransitionKind, int, str]]) -> None:
    book = Book()
    openings = [edge(TransitionKind.OPENED, MINUTE, onset, home) for _, onset, home in kinds]
    book.take(openings[:1])
    after = dict(book.alerts)
    assert book.take(openings[:1]).changes == []
    assert book.alerts == after


def test_what_was_closed_is_not_opened_again_by_the_same_edge() -> None:
    book, first = Book(), edge(TransitionKind.OPENED, MINUTE, 7)
    (alert, _), = book.take([first]).changes  # fmt: skip
    book.alerts[alert.id] = resolve(alert, 2 * MINUTE, "user:a", Outcome.HELPED)[0]
    decision = book.take([first])
    assert (decision.changes, [(h.edge, h.reason, h.is_stored) for h in decision.held]) == ([], [(first, RESOLVED_ALREADY, True)])


def test_a_press_after_the_answer_is_an_alert_of_its_own_once() -> None:
    book = Book()
    (alert, _), = book.take([edge(TransitionKind.OPENED, MINUTE, 7)]).changes  # fmt: skip
    book.alerts[alert.id] = resolve(alert, 2 * MINUTE, "user:a", Outcome.HELPED)[0]
    again = replace(edge(TransitionKind.REOPENED, 3 * MINUTE, 7), since=3 * MINUTE)
    (second, row), = book.take([again]).changes  # fmt: skip
    assert (second.id != alert.id, row.kind) == (True, TransitionKind.OPENED)
    book.alerts[second.id] = resolve(second, 4 * MINUTE, "user:a", Outcome.FALSE)[0]
    assert book.take([again]).changes == []


def test_a_press_while_the_responder_picks_up_the_phone_leaves_the_alert_with_them() -> None:
    book = Book()
    (alert, _), = book.take([edge(TransitionKind.OPENED, MINUTE, 7)]).changes  # fmt: skip
    book.alerts[alert.id] = acknowledge(alert, 2 * MINUTE, "user:a")[0]
    soon = book.take([replace(edge(TransitionKind.REOPENED, 3 * MINUTE, 7), since=3 * MINUTE)])
    assert [(a.owner, r.kind) for a, r in soon.changes] == [("user:a", TransitionKind.NOTED)]
    later = book.take([replace(edge(TransitionKind.REOPENED, 9 * MINUTE, 7), since=9 * MINUTE)])
    assert [(a.owner, r.kind) for a, r in later.changes] == [("", TransitionKind.REOPENED)]
    assert [n.event for n in later.notices] == ["alert.reopened"] * 2


@pytest.mark.parametrize(("now", "kind"), [(MINUTE, TransitionKind.REOPENED), (60 * MINUTE, TransitionKind.NOTED)])
def test_a_press_is_news_where_the_alert_was_taken_by_a_clock_that_ran_ahead(now: int, kind: TransitionKind) -> None:
    """It was taken an hour from now, before the clock was corrected. A late press of before it was taken is no news."""
    (taken, _), = Book().take([edge(TransitionKind.OPENED, 0, 7)]).changes  # fmt: skip
    taken, _ = acknowledge(taken, 60 * MINUTE, "user:a")
    press = replace(edge(TransitionKind.REOPENED, MINUTE, 7), since=MINUTE)
    ((_, step),) = decide_all(Situation({get_pair(press): taken}, {taken.id}, now=now), [press]).changes
    assert step.kind is kind


def test_three_minutes_after_it_was_taken_a_press_is_news_again() -> None:
    for late, kind in ((3 * MINUTE - 1, TransitionKind.NOTED), (3 * MINUTE, TransitionKind.REOPENED)):
        book = Book()
        (alert, _), = book.take([edge(TransitionKind.OPENED, MINUTE, 7)]).changes  # fmt: skip
        book.alerts[alert.id] = acknowledge(alert, 2 * MINUTE, "user:a")[0]
        at = 2 * MINUTE + late
        ((_, row),) = book.take([replace(edge(TransitionKind.REOPENED, at, 7), since=at)]).changes
        assert row.kind is kind


def test_the_family_is_told_on_every_channel_and_nothing_but_where_to_look() -> None:
    (notice, other) = Book().take([edge(TransitionKind.OPENED, MINUTE, 7)]).notices
    assert (notice.channel_kind, other.channel_kind) == ("webhook", "mail")
    assert notice.id != other.id
    assert set(notice.payload) == {"alert_id", "priority", "answer", "condition", "opened_at", "link"}


def test_a_leak_is_not_the_familys_business() -> None:
    leak = replace(edge(TransitionKind.OPENED, MINUTE, 7, rule="water_running"), desk=Desk.PROPERTY, priority=Priority.MEDIUM)
    assert Book().take([leak]).notices == []


FLAG = replace(edge(TransitionKind.OPENED, MINUTE, 7, rule="fall"), priority=Priority.HIGH, reason=Reason("fall_flagged"))
SURE = replace(
    edge(TransitionKind.REOPENED, 2 * MINUTE, 7, rule="fall"), since=2 * MINUTE, reason=Reason("fall_still", {"still_s": 60})
)


def test_the_family_hears_of_a_fall_once_it_is_confirmed_and_as_of_something_new() -> None:
    book = Book()
    (alert, _), = (flagged := book.take([FLAG])).changes  # fmt: skip
    assert (alert.priority, flagged.notices) == (Priority.HIGH, [])
    sure = book.take([SURE])
    assert [(a.id, a.priority, a.reason.code, s.kind) for a, s in sure.changes] == [
        (alert.id, Priority.CRITICAL, "fall_still", TransitionKind.RAISED)
    ]
    assert [n.event for n in sure.notices] == ["alert.opened"] * 2
    assert book.take([replace(SURE, at=3 * MINUTE, since=3 * MINUTE)]).notices == [], "nobody is told of the same twice"


def test_whoever_has_taken_a_flag_keeps_it_when_it_is_confirmed() -> None:
    book = Book()
    (alert, _), = book.take([FLAG]).changes  # fmt: skip
    book.alerts[alert.id] = acknowledge(alert, MINUTE + 1, "user:a")[0]
    ((sure, _),) = book.take([SURE]).changes
    assert (sure.owner, sure.answer, sure.priority) == ("user:a", Answer.ACKNOWLEDGED, Priority.CRITICAL)


def test_an_alert_never_becomes_less_urgent() -> None:
    book = Book()
    book.take([FLAG, SURE])
    book.take([replace(SURE, kind=TransitionKind.CLEARED, at=3 * MINUTE)])
    again = replace(FLAG, at=9 * MINUTE, since=9 * MINUTE, onset=9 * MINUTE)
    ((after, step),) = book.take([again]).changes
    assert (after.priority, step.kind) == (Priority.CRITICAL, TransitionKind.REOPENED)


ASKED = replace(
    edge(TransitionKind.OPENED, MINUTE, 7, rule="asked"),
    priority=Priority.LOW,
    desk=Desk.RESIDENT,
    reason=Reason("asked", {"ask_s": 900, "asked_on": "b1"}),
)


def test_a_question_goes_to_the_band_alone_and_once() -> None:
    book = Book()
    (question,) = book.take([ASKED]).notices
    assert (question.channel_kind, question.contact, question.event) == (COMMAND, "b1", "command.ask")
    assert question.channel_index == 0
    assert question.payload == {
        "id": ASKED.alert_id,
        "command": "ask",
        "at": "1970-01-01T00:01:00Z",
        "expires_at": "1970-01-01T00:16:00Z",
    }
    again = book.take([ASKED])
    assert (again.notices, [(held.reason, held.is_stored) for held in again.held]) == ([], [(DECIDED_ALREADY, False)])


def test_a_question_that_was_answered_in_the_same_tick_is_not_asked_again() -> None:
    book = Book()
    answer = replace(ASKED, kind=TransitionKind.CLEARED, at=2 * MINUTE, reason=Reason("asked_answered", {"life_at": 2 * MINUTE}))
    decision = book.take([ASKED, answer, replace(ASKED, at=3 * MINUTE)])
    assert [held.reason for held in decision.held] == [RESOLVED_ALREADY]
    assert [notice.event for notice in decision.notices] == ["command.ask"]
    assert book.standing() == {}


@pytest.mark.parametrize(("after_ms", "in_time"), [(0, True), (1, True), (900_000, True), (900_001, False)])
def test_an_answer_is_in_time_while_it_is_waited_for(after_ms: int, in_time: bool) -> None:
    ((asked, _),) = Book().take([ASKED]).changes
    assert not is_in_time(asked)
    answered = resolve(asked, asked.opened_at + after_ms, "resident", Outcome.FINE)[0]
    assert is_in_time(answered) is in_time
    unasked = replace(answered, reason=Reason("asked", {}))
    assert is_in_time(unasked) is (after_ms == 0)


def test_an_answer_closes_the_question_and_the_next_one_is_another() -> None:
    book = Book()
    book.take([ASKED])
    answer = replace(ASKED, kind=TransitionKind.CLEARED, at=2 * MINUTE, reason=Reason("asked_answered", {"life_at": 2 * MINUTE}))
    next_one = replace(ASKED, at=9 * MINUTE, since=8 * MINUTE, onset=8 * MINUTE)
    decision = book.take([answer, next_one])
    assert [s.kind for _, s in decision.changes] == [
        TransitionKind.CLEARED, TransitionKind.RESOLVED, TransitionKind.OPENED,
    ]  # fmt: skip
    closed = decision.changes[1][0]
    assert (closed.outcome, closed.resolved_by) == (Outcome.FINE, "resident")
    assert len(book.standing()) == 1


@pytest.mark.parametrize("reason", ["left_the_registry", "rule_switched_off"])
def test_a_question_that_is_withdrawn_was_answered_by_nobody(reason: str) -> None:
    book = Book()
    book.take([ASKED])
    gone = replace(ASKED, kind=TransitionKind.CLEARED, at=2 * MINUTE, reason=Reason(reason))
    (_, (closed, step)) = book.take([gone]).changes
    assert (closed.outcome, closed.resolved_by, step.actor) == (Outcome.WITHDRAWN, "engine", "engine")
    assert not is_in_time(closed)


def test_a_fall_is_asked_about_where_an_answer_is_waited_for_and_not_again_when_it_is_confirmed() -> None:
    subject = Subject(HouseholdId("h"), device=DeviceId("b1"))
    flag = replace(FLAG, subject=subject, reason=Reason("fall_flagged", {"ask_s": 60}))
    book = Book()
    assert [n.contact for n in book.take([flag]).notices] == ["b1"]
    assert [n.channel_kind for n in book.take([replace(SURE, subject=subject)]).notices] == ["webhook", "mail"]


def test_what_is_about_no_home_opens_repeats_and_clears_and_tells_no_family() -> None:
    book = Book()
    first = replace(edge(TransitionKind.OPENED, MINUTE, MINUTE), subject=Subject(service="broker-session"))
    again = replace(first, at=2 * MINUTE, since=2 * MINUTE, onset=2 * MINUTE)
    over = replace(first, at=3 * MINUTE, kind=TransitionKind.CLEARED)
    kinds = []
    for one in (first, again, over):
        decision = book.take([one])
        assert decision.notices == []
        kinds += [step.kind for _, step in decision.changes]
    assert kinds == [TransitionKind.OPENED, TransitionKind.NOTED, TransitionKind.CLEARED]
    assert len(book.alerts) == 1
