"""Deadlines on both databases: followed once, in time, over restarts, and never at the cost of another alert."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from homebeat import actions
from homebeat.actions import FollowEdges, KeepDeadlines, Perform, perform_in
from homebeat.deadlines.keeper import PUT_OFF_MS, DeadlineKeeper, KeeperLimits
from homebeat.domain.alert import Alert, Answer, Edge, Outcome, Priority, TransitionKind
from homebeat.domain.errors import StaleVersion
from homebeat.domain.ids import AlertId
from homebeat.domain.principal import CLOCK, ENGINE
from homebeat.domain.response_plan import Deadline, DeadlineKind, Position
from homebeat.domain.role import Role
from homebeat.domain.scope import EVERYTHING
from homebeat.response.setup import ResponseSetup
from homebeat.store import AlertDetail, Store
from tests.contract.store.conftest import STREET, T0, edge
from tests.people import person

SETUP = ResponseSetup("https://desk.example")
CHEN, LI = person("chen", Role.DESK), person("li", Role.DESK)
MINUTE = 60_000


class Manual:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = T0

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def clock(store: Store) -> Manual:
    with store.begin() as tx:
        tx.fleet.apply(STREET, T0)
    return Manual()


@pytest.fixture
def keeper(store: Store, clock: Manual) -> DeadlineKeeper:
    return DeadlineKeeper(store, SETUP, clock)


@pytest.fixture
def perform(store: Store, clock: Manual) -> Perform:
    return Perform(store, clock, SETUP)


def follow(store: Store, *edges: Edge, at: int = T0) -> None:
    with store.begin() as tx:
        perform_in(tx, ENGINE, FollowEdges(edges), at, SETUP)


def detail_of(store: Store, alert: AlertId) -> AlertDetail:
    with store.read(EVERYTHING) as reader:
        found = reader.alerts.get(alert)
    assert found is not None
    return found


def alert_of(store: Store, alert: AlertId) -> Alert:
    return detail_of(store, alert).entry.alert


def kinds_of(store: Store, alert: AlertId) -> list[TransitionKind]:
    return [step.kind for step in detail_of(store, alert).history]


def deadline_of(store: Store, alert: AlertId) -> Deadline | None:
    with store.read(EVERYTHING) as reader:
        return reader.deadlines.find([alert]).get(alert)


def events_of(store: Store, now: int) -> list[str]:
    with store.begin() as tx:
        return [notice.event for notice in tx.outbox.claim(now, "test", 100, 1)]


QUIET = edge(rule="no_sign_of_life", priority=Priority.HIGH)


def test_an_opening_begins_the_plan_in_the_same_transaction(store: Store, clock: Manual) -> None:
    follow(store, QUIET)
    assert deadline_of(store, QUIET.alert_id) == Deadline(DeadlineKind.STEP, T0 + 5 * MINUTE, "both_at_once", Position(2))
    assert events_of(store, T0) == ["alert.opened"]


def test_nobody_answers_and_the_plan_goes_on_once(store: Store, clock: Manual, keeper: DeadlineKeeper) -> None:
    follow(store, QUIET)
    assert keeper.step(T0 + 5 * MINUTE - 1) == 0
    assert keeper.step(T0 + 5 * MINUTE) == 1
    assert keeper.step(T0 + 5 * MINUTE) == 0
    assert kinds_of(store, QUIET.alert_id) == [TransitionKind.OPENED, TransitionKind.ESCALATED]
    last = detail_of(store, QUIET.alert_id).history[-1]
    assert (last.actor, last.reason.code, last.at) == ("clock", "nobody_answered", T0 + 5 * MINUTE)
    deadline = deadline_of(store, QUIET.alert_id)
    assert deadline is not None
    assert deadline.due_at > T0 + 5 * MINUTE


def test_what_is_answered_goes_no_further(store: Store, clock: Manual, keeper: DeadlineKeeper, perform: Perform) -> None:
    follow(store, QUIET, edge("h2", "no_sign_of_life", priority=Priority.HIGH))
    second = edge("h2", "no_sign_of_life").alert_id
    perform(CHEN, actions.Acknowledge(QUIET.alert_id))
    perform(CHEN, actions.Resolve(second, Outcome.FINE))
    assert keeper.step(T0 + 6 * MINUTE) == 0
    assert deadline_of(store, second) is None


def test_taken_and_no_outcome_goes_back_to_the_queue_and_on(
    store: Store, clock: Manual, keeper: DeadlineKeeper, perform: Perform
) -> None:
    follow(store, QUIET)
    perform(CHEN, actions.Acknowledge(QUIET.alert_id))
    assert deadline_of(store, QUIET.alert_id) == Deadline(DeadlineKind.OWNER, T0 + 45 * MINUTE, "both_at_once", Position(2))
    clock.now = T0 + 30 * MINUTE
    perform(CHEN, actions.AddNote(QUIET.alert_id, "no answer by telephone, going there"))
    assert keeper.step(T0 + 45 * MINUTE) == 0, "what the owner writes gives them the whole time again"
    assert keeper.step(T0 + 75 * MINUTE) == 1
    alert, history = alert_of(store, QUIET.alert_id), detail_of(store, QUIET.alert_id).history
    assert (alert.answer, alert.owner) == (Answer.UNACKNOWLEDGED, "")
    assert [(step.kind, step.actor, step.reason.code) for step in history[-2:]] == [
        (TransitionKind.RELEASED, "clock", "taken_no_outcome"),
        (TransitionKind.ESCALATED, "clock", "nobody_answered"),
    ]


def test_to_take_what_went_on_meanwhile_is_no_conflict(
    store: Store, clock: Manual, keeper: DeadlineKeeper, perform: Perform
) -> None:
    """The page shows version 1; the next was notified while somebody read it. Their click counts."""
    follow(store, QUIET)
    keeper.step(T0 + 5 * MINUTE)
    assert perform(CHEN, actions.Acknowledge(QUIET.alert_id, 1)).owner == "user:chen"
    with pytest.raises(StaleVersion):
        perform(LI, actions.Resolve(QUIET.alert_id, Outcome.FINE, 1))


def test_two_processes_follow_each_deadline_once(store: Store, clock: Manual) -> None:
    edges = [edge(home, rule, onset) for home in ("h1", "h2", "h3") for rule in ("sos", "fall") for onset in (T0,)]
    follow(store, *edges)
    keepers = [DeadlineKeeper(store, SETUP, clock, limits=KeeperLimits(batch=2)) for _ in range(3)]
    now, together = T0 + 3 * MINUTE, threading.Barrier(len(keepers))
    counts: list[int] = []

    def look(keeper: DeadlineKeeper) -> None:
        together.wait(10)
        counts.append(keeper.step(now))

    threads = [threading.Thread(target=look, args=[keeper]) for keeper in keepers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    counts.append(keepers[0].step(now))
    assert sum(counts) == len(edges)
    for one in edges:
        assert kinds_of(store, one.alert_id).count(TransitionKind.ESCALATED) == 1


def test_a_deadline_set_by_a_clock_that_ran_ahead_does_not_hold(store: Store, clock: Manual, keeper: DeadlineKeeper) -> None:
    follow(store, QUIET, at=T0 + 48 * 60 * MINUTE)
    assert keeper.step(T0 + 1) == 1


def test_one_that_fails_costs_no_other_and_is_tried_again(
    store: Store, clock: Manual, keeper: DeadlineKeeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    edges = [edge(home, "sos") for home in ("h1", "h2", "h3")]
    follow(store, *edges)
    real, broken = actions.GoOn.run, edges[1].alert_id

    def fail(self: Any, work: Any) -> int:
        if broken in self.alerts:
            raise ZeroDivisionError
        return real(self, work)

    monkeypatch.setattr(actions.GoOn, "run", fail)
    now = T0 + 3 * MINUTE
    keeper.step(now)
    escalated = [kinds_of(store, one.alert_id).count(TransitionKind.ESCALATED) for one in edges]
    assert escalated == [1, 0, 1]
    keeper.beat(now)
    with store.read(EVERYTHING) as reader:
        assert "1 deadlines could not be followed (ZeroDivisionError)" in str(
            reader.heartbeats.read_all()["deadlines"].detail["noted"]
        )
    monkeypatch.setattr(actions.GoOn, "run", real)
    assert keeper.step(now + PUT_OFF_MS - 1) == 0
    assert keeper.step(now + PUT_OFF_MS) == 1


def test_an_alert_without_a_deadline_gets_one_and_is_reported(store: Store, clock: Manual, keeper: DeadlineKeeper) -> None:
    """A defect that no action has: the row is gone."""
    follow(store, QUIET)
    with store.begin() as tx:
        tx.deadlines.follow({QUIET.alert_id: None}, T0)
    assert keeper.check(T0 + MINUTE) == 1
    assert keeper.check(T0 + MINUTE) == 0
    assert deadline_of(store, QUIET.alert_id) == Deadline(DeadlineKind.STEP, T0 + MINUTE, "both_at_once")
    keeper.beat(T0 + MINUTE)
    with store.read(EVERYTHING) as reader:
        assert "1 alerts had no deadline" in str(reader.heartbeats.read_all()["deadlines"].detail["noted"])
    assert keeper.step(T0 + MINUTE) == 1


def test_to_keep_what_has_a_deadline_or_needs_none_changes_nothing(store: Store, perform: Perform) -> None:
    follow(store, QUIET)
    before = deadline_of(store, QUIET.alert_id)
    assert perform(CLOCK, KeepDeadlines([QUIET.alert_id, AlertId("a-none")])) == 0
    assert deadline_of(store, QUIET.alert_id) == before


def test_what_homebeat_says_itself_has_a_plan_too(store: Store, clock: Manual, keeper: DeadlineKeeper) -> None:
    follow(store, edge("h1", "device_silent", priority=Priority.MEDIUM))
    deadline = deadline_of(store, edge("h1", "device_silent").alert_id)
    assert deadline is not None
    assert (deadline.plan, deadline.due_at) == ("unhurried_medium", T0 + 12 * 60 * MINUTE)
