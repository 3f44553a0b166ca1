"""Every action on both databases: one transaction, one row of the audit, and nothing where it is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from homebeat import actions
from homebeat.actions import FollowEdges, GiveUp, Perform, RecordPast, perform_in
from homebeat.domain.alert import Alert, Answer, Edge, Outcome, Priority, TransitionKind
from homebeat.domain.call import Callee, CallResult, find_call
from homebeat.domain.errors import NotAllowed, NotFound, NotPermitted, StaleVersion
from homebeat.domain.ids import AlertId, ResidentId
from homebeat.domain.principal import ENGINE, Principal, make_service
from homebeat.domain.role import Operation, Role, find_permissions
from homebeat.domain.scope import EVERYTHING
from homebeat.response.setup import ResponseSetup
from homebeat.store import AuditEntry, AuditFilter, Leased, Store
from tests.contract.store.conftest import STREET, T0, edge
from tests.people import person

DESK = person("chen", Role.DESK)
OTHER = person("li", Role.DESK)
DELIVER = make_service("deliver")
MINUTE = 60_000


class Clock:
    def __init__(self) -> None:
        self.now = T0 + MINUTE

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def perform(store: Store, clock: Clock) -> Perform:
    with store.begin() as tx:
        tx.fleet.apply(STREET, T0)
    return Perform(store, clock, ResponseSetup("https://desk.example"))


def follow(store: Store, *edges: Edge, at: int = T0) -> None:
    with store.begin() as tx:
        perform_in(tx, ENGINE, FollowEdges(edges), at)


def audit_of(store: Store) -> list[AuditEntry]:
    """Oldest first."""
    with store.read(EVERYTHING) as reader:
        return list(reversed(reader.audit.read_page(100).items))


def alert_of(store: Store, alert_id: AlertId) -> Alert:
    with store.read(EVERYTHING) as reader:
        found = reader.alerts.get(alert_id)
    assert found is not None
    return found.entry.alert


def events_of(store: Store) -> list[str]:
    with store.begin() as tx:
        return sorted(notice.event for notice in tx.outbox.claim(T0 + 10 * MINUTE, "test", 100, 1))


def test_what_the_engine_says_is_one_row_of_the_audit_with_its_alert_and_its_notice(store: Store, perform: Perform) -> None:
    follow(store, edge("h1"), edge("h2"))
    assert [(e.actor, e.action, e.about, dict(e.detail)) for e in audit_of(store)] == [
        ("engine", "follow_edges", "", {"steps": 2, "notices": 2, "held": 0})
    ]
    assert alert_of(store, edge("h1").alert_id).answer is Answer.UNACKNOWLEDGED
    assert events_of(store) == ["alert.opened", "alert.opened"]


def test_edges_that_change_nothing_leave_no_row(store: Store, perform: Perform) -> None:
    follow(store, replace(edge(), kind=TransitionKind.CLEARED))
    assert audit_of(store) == []


def test_what_became_of_a_call_is_an_entry_and_only_of_somebody_of_the_home(store: Store, perform: Perform) -> None:
    alert_id = edge("h1").alert_id
    follow(store, edge("h1"))
    mother, son = STREET.households[0].residents[0].id, STREET.households[0].contacts[0].id
    calls = [(Callee.RESIDENT, mother, "no_answer"), (Callee.CONTACT, son, "spoke"), (Callee.EMERGENCY, "120", "spoke")]
    for callee, called, result in calls:
        perform(DESK, actions.EnterCall(alert_id, callee, called, CallResult(result)))
    with store.read(EVERYTHING) as reader:
        detail = reader.alerts.get(alert_id)
    assert detail is not None
    found = [call for step in detail.history if (call := find_call(step.reason))]
    assert [(one.callee, one.id, one.result.value) for one in found] == calls
    assert dict(audit_of(store)[-2].detail) == {"version": 3, "callee": "contact", "called": son, "call": "spoke"}
    for callee, called in ((Callee.RESIDENT, "h2-r"), (Callee.CONTACT, "h2/0"), (Callee.EMERGENCY, "12a")):
        with pytest.raises(NotFound):
            perform(DESK, actions.EnterCall(alert_id, callee, called, CallResult.SPOKE))
    perform(DESK, actions.Acknowledge(alert_id))
    perform(DESK, actions.Resolve(alert_id, Outcome.FINE, note="her son was with her"))
    with pytest.raises(NotAllowed):
        perform(DESK, actions.EnterCall(alert_id, Callee.CONTACT, son, CallResult.SPOKE))


def test_what_somebody_closed_stays_closed_and_the_reason_is_stored_once(store: Store, perform: Perform) -> None:
    first = edge()
    follow(store, first)
    perform(DESK, actions.Acknowledge(first.alert_id))
    perform(DESK, actions.Resolve(first.alert_id, Outcome.HELPED, note="helped up"))
    for _ in range(2):  # as after a crash: the same edges are decided again
        follow(store, first)
    with store.read(EVERYTHING) as reader:
        detail = reader.alerts.get(first.alert_id)
    assert detail is not None
    assert detail.entry.alert.answer is Answer.RESOLVED
    assert [(s.stage, s.reason, s.kind, s.at) for s in detail.suppressed] == [
        ("resolved", "resolved_already", TransitionKind.OPENED, first.at)
    ]


def test_a_persons_way_through_an_alert_stands_in_the_audit_step_by_step(store: Store, perform: Perform) -> None:
    alert_id = edge().alert_id
    follow(store, edge())
    perform(DESK, actions.Acknowledge(alert_id, 1))
    perform(DESK, actions.AddNote(alert_id, "calling her"))
    perform(DESK, actions.Release(alert_id))
    perform(OTHER, actions.Acknowledge(alert_id))
    perform(OTHER, actions.Resolve(alert_id, Outcome.FINE, note="she answered"))
    perform(OTHER, actions.Reopen(alert_id))
    rows = audit_of(store)[1:]
    assert [(e.actor, e.role, e.action, e.about) for e in rows] == [
        (f"user:{who}", "desk", what, f"alert:{alert_id}")
        for who, what in (
            ("chen", "acknowledge"), ("chen", "add_note"), ("chen", "release"),
            ("li", "acknowledge"), ("li", "resolve"), ("li", "reopen"),
        )
    ]  # fmt: skip
    assert [dict(e.detail) for e in rows] == [
        {"version": 2}, {"version": 3}, {"version": 4}, {"version": 5}, {"version": 6, "outcome": "fine"}, {"version": 7},
    ]  # fmt: skip
    assert "calling her" not in str(rows), "what people write stands in the history of the alert alone"
    assert events_of(store) == ["alert.opened", "alert.reopened", "alert.resolved"]


def test_taking_what_one_has_changes_nothing_whatever_version_one_saw(store: Store, perform: Perform) -> None:
    alert_id = edge().alert_id
    follow(store, edge())
    taken = perform(DESK, actions.Acknowledge(alert_id, 1))
    assert perform(DESK, actions.Acknowledge(alert_id, 1)) == taken
    with pytest.raises(StaleVersion):
        perform(OTHER, actions.Acknowledge(alert_id, 1))
    with pytest.raises(NotAllowed, match="somebody else"):
        perform(OTHER, actions.Acknowledge(alert_id))


ON_AN_ALERT: list[Callable[[AlertId, int | None], Any]] = [
    actions.Acknowledge,
    actions.Release,
    lambda alert, version: actions.Resolve(alert, Outcome.FINE, version),
    actions.Reopen,
    lambda alert, version: actions.AddNote(alert, "a note", version),
]


@pytest.mark.parametrize("action_of", ON_AN_ALERT)
def test_a_stale_version_and_an_unknown_alert_are_refused_and_leave_nothing(
    store: Store, perform: Perform, action_of: Callable[[AlertId, int | None], Any]
) -> None:
    follow(store, edge())
    before, rows = alert_of(store, edge().alert_id), len(audit_of(store))
    with pytest.raises(StaleVersion):
        perform(DESK, action_of(edge().alert_id, 7))
    with pytest.raises(NotFound):
        perform(DESK, action_of(AlertId("nowhere"), None))
    assert (alert_of(store, edge().alert_id), len(audit_of(store))) == (before, rows)


@pytest.mark.parametrize("role", [*Role, "nobody", ""])
def test_each_role_may_do_what_the_table_says_and_nothing_else(store: Store, perform: Perform, role: str) -> None:
    follow(store, edge(priority=Priority.HIGH))  # a critical one is closed by the desk alone
    row = find_permissions(role)
    may = set(row.operations) if row is not None else set()
    who = person("chen", role)
    tried: list[tuple[Any, Operation]] = [
        (actions.Acknowledge(edge().alert_id), Operation.ANSWER),
        (actions.AddNote(edge().alert_id, "a note"), Operation.REMARK),
        (actions.Release(edge().alert_id), Operation.ANSWER),
        (actions.Resolve(edge().alert_id, Outcome.FINE), Operation.ANSWER),
        (actions.Reopen(edge().alert_id), Operation.ANSWER),
        (actions.ChooseLimit(ResidentId("h1-r"), 2.0), Operation.CHOOSE),
        (FollowEdges([edge("h2")]), Operation.JUDGE),
        (RecordPast([edge("h2")]), Operation.RECORD),
    ]
    for action, operation in tried:
        rows = len(audit_of(store))
        if operation in may:
            perform(who, action)
        else:
            with pytest.raises(NotPermitted):
                perform(who, action)
        assert len(audit_of(store)) == rows + (operation in may)


@pytest.mark.parametrize("actor", [ENGINE, DELIVER, make_service("history"), make_service("anything")])
def test_a_part_of_homebeat_may_not_do_what_a_person_does(store: Store, perform: Perform, actor: Principal) -> None:
    follow(store, edge())
    with pytest.raises(NotPermitted):
        perform(actor, actions.Resolve(edge().alert_id, Outcome.FINE))
    assert alert_of(store, edge().alert_id).version == 1


def test_a_choice_is_recorded_with_whether_it_changed_anything(store: Store, perform: Perform) -> None:
    boss = person("wu", Role.SUPERVISOR)
    assert [perform(boss, actions.ChooseLimit(ResidentId("h1-r"), 2.0)) for _ in range(2)] == [True, False]
    assert [(e.about, dict(e.detail)) for e in audit_of(store)] == [
        ("resident:h1-r", {"chosen": 2.0, "changed": changed}) for changed in (True, False)
    ]
    with pytest.raises(StaleVersion):
        perform(boss, actions.ChooseLimit(ResidentId("h1-r"), 3.0, 0))


def lost_notice(store: Store) -> Leased:
    with store.begin() as tx:
        (notice,) = tx.outbox.claim(T0 + MINUTE, "test", 1, 1)
    return notice


def test_a_notice_given_up_on_opens_an_alert_and_a_row(store: Store, perform: Perform) -> None:
    follow(store, edge())
    notice = lost_notice(store)
    with store.begin() as tx:
        alert = perform_in(tx, DELIVER, GiveUp(notice, 14, T0 + 2 * MINUTE), T0 + 2 * MINUTE)
    assert alert is not None
    assert (alert.rule, alert.subject.household) == ("delivery_failed", "h1")
    last = audit_of(store)[-1]
    assert (last.actor, last.action, last.about, dict(last.detail)) == (
        "service:deliver", "give_up", f"alert:{alert.id}", {"notice": notice.id, "attempts": 14},
    )  # fmt: skip
    with store.begin() as tx:
        forgotten = replace(notice, alert_id=AlertId("gone"))
        assert perform_in(tx, DELIVER, GiveUp(forgotten, 14, T0), T0 + 3 * MINUTE) is None
    assert audit_of(store)[-1].about == ""


def test_the_past_is_answered_where_it_is_over_and_nobody_is_notified(store: Store, perform: Perform) -> None:
    over = replace(edge("h1"), kind=TransitionKind.CLEARED, at=T0 + MINUTE)
    perform(make_service("history"), RecordPast([edge("h1"), over, edge("h2")]))
    closed, open_one = alert_of(store, edge("h1").alert_id), alert_of(store, edge("h2").alert_id)
    assert (closed.outcome, closed.resolved_by, open_one.answer) == (Outcome.FINE, "service:history", Answer.UNACKNOWLEDGED)
    assert events_of(store) == []
    assert dict(audit_of(store)[-1].detail) == {"steps": 4}


def test_the_row_of_the_audit_goes_with_the_action_where_that_is_undone(store: Store, perform: Perform) -> None:
    def lose_power() -> None:
        with store.begin() as tx:
            perform_in(tx, ENGINE, FollowEdges([edge()]), T0)
            raise RuntimeError("the power went")

    with pytest.raises(RuntimeError, match="the power went"):
        lose_power()
    assert audit_of(store) == []


def test_the_audit_is_read_newest_first_in_pages_and_by_what_it_is_about(store: Store, perform: Perform) -> None:
    follow(store, edge())
    for n in range(5):
        perform(DESK, actions.AddNote(edge().alert_id, f"note {n}"))
    with store.read(EVERYTHING) as reader:
        first = reader.audit.read_page(2, wanted=AuditFilter(about=f"alert:{edge().alert_id}"))
        second = reader.audit.read_page(2, first.next_cursor, AuditFilter(about=f"alert:{edge().alert_id}"))
    ids = [entry.id for entry in (*first.items, *second.items)]
    assert ids == sorted(ids, reverse=True)
    assert len(set(ids)) == 4
