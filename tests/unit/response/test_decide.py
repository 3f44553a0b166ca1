"""What edges become: one unanswered alert per cause, every change a row, and nobody told what is not theirs."""

from __future__ import annotations

from dataclasses import replace

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
    acknowledged,
    resolved,
)
from homebeat.domain.fleet import Channel, Contact
from homebeat.domain.ids import AlertId, ContactId, HouseholdId
from homebeat.response.decide import Decision, Pair, decide, ids_of, pair_of

DAUGHTER = Contact(ContactId("c"), "Lin", "daughter", (Channel("webhook"), Channel("mail")))
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
        known = {i for e in edges for i in ids_of(e) if i in self.alerts}
        pairs = {pair_of(e) for e in edges}
        decision = decide(edges, {p: a for p, a in self.standing().items() if p in pairs}, known, lambda _h: [DAUGHTER], "")
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
                book.alerts[alert.id] = acknowledged(alert, tick * MINUTE + 1, "user:a")[0]
                book.rows += 1
            elif act == "close":
                book.alerts[alert.id] = resolved(alert, tick * MINUTE + 1, "user:a", Outcome.FINE)[0]
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
    book.alerts[alert.id] = resolved(alert, 2 * MINUTE, "user:a", Outcome.HELPED)[0]
    decision = book.take([first])
    assert (decision.changes, dict(decision.left)) == ([], {"answered already": 1})


def test_a_press_after_the_answer_is_an_alert_of_its_own_once() -> None:
    book = Book()
    (alert, _), = book.take([edge(TransitionKind.OPENED, MINUTE, 7)]).changes  # fmt: skip
    book.alerts[alert.id] = resolved(alert, 2 * MINUTE, "user:a", Outcome.HELPED)[0]
    again = replace(edge(TransitionKind.REOPENED, 3 * MINUTE, 7), since=3 * MINUTE)
    (second, row), = book.take([again]).changes  # fmt: skip
    assert (second.id != alert.id, row.kind) == (True, TransitionKind.OPENED)
    book.alerts[second.id] = resolved(second, 4 * MINUTE, "user:a", Outcome.FALSE)[0]
    assert book.take([again]).changes == []


def test_a_press_while_the_responder_picks_up_the_phone_leaves_the_alert_with_them() -> None:
    book = Book()
    (alert, _), = book.take([edge(TransitionKind.OPENED, MINUTE, 7)]).changes  # fmt: skip
    book.alerts[alert.id] = acknowledged(alert, 2 * MINUTE, "user:a")[0]
    soon = book.take([replace(edge(TransitionKind.REOPENED, 3 * MINUTE, 7), since=3 * MINUTE)])
    assert [(a.owner, r.kind) for a, r in soon.changes] == [("user:a", TransitionKind.NOTED)]
    later = book.take([replace(edge(TransitionKind.REOPENED, 9 * MINUTE, 7), since=9 * MINUTE)])
    assert [(a.owner, r.kind) for a, r in later.changes] == [("", TransitionKind.REOPENED)]
    assert [n.event for n in later.notices] == ["alert.reopened"] * 2


def test_the_family_is_told_on_every_channel_and_nothing_but_where_to_look() -> None:
    (notice, other) = Book().take([edge(TransitionKind.OPENED, MINUTE, 7)]).notices
    assert (notice.channel_kind, other.channel_kind) == ("webhook", "mail")
    assert notice.id != other.id
    assert set(notice.payload) == {"alert_id", "priority", "answer", "condition", "opened_at", "link"}


def test_a_leak_is_not_the_familys_business() -> None:
    leak = replace(edge(TransitionKind.OPENED, MINUTE, 7, rule="water_running"), desk=Desk.PROPERTY, priority=Priority.MEDIUM)
    assert Book().take([leak]).notices == []
