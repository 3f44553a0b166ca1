"""Alerts: one that nobody answered for each cause, each step once, and no step on what somebody else has changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from homebeat.domain.alert import (
    Alert,
    Answer,
    Condition,
    Desk,
    Outcome,
    Priority,
    Transition,
    TransitionKind,
    acknowledged,
    noted,
    opened,
    resolved,
    stepped,
)
from homebeat.domain.errors import NotAllowed, NotFound
from homebeat.domain.ids import AlertId, AreaId, HouseholdId
from homebeat.store import AlertFilter, AlertOrder
from tests.contract.store.conftest import T0, Street, edge

Opener = Callable[..., tuple[Alert, Transition]]


def test_an_alert_comes_back_as_it_was_written(street: Street, open_alert: Opener) -> None:
    alert, step = open_alert()
    with street.store.begin() as tx:
        assert tx.alerts.get(alert.id) == alert
        assert tx.alerts.standing([("sos", alert.subject.key), ("fall", "x")]) == {("sos", alert.subject.key): alert}
        assert tx.alerts.known([alert.id, AlertId("a0")]) == {alert.id}
        assert tx.alerts.get(AlertId("a0")) is None
    with street.store.read() as reader:
        detail = reader.alerts.get(alert.id)
    assert detail is not None
    assert detail.entry.alert == alert
    assert (detail.entry.resident_name, detail.entry.address) == ("Resident of h1", "h1 lane")
    assert [(s.seq, s.kind, s.at, s.reason) for s in detail.history] == [(1, TransitionKind.OPENED, T0, step.reason)]


def test_a_replay_writes_nothing_twice(street: Street, open_alert: Opener) -> None:
    alert, step = open_alert()
    taken, took = acknowledged(alert, T0 + 5, "user:ann")
    with street.store.begin() as tx:
        assert tx.alerts.apply(taken, took)
    with street.store.begin() as tx:
        assert not tx.alerts.apply(alert, step)
        assert tx.alerts.apply_all([(alert, step), (taken, took)]) == 0
        assert tx.alerts.get(alert.id) == taken
    with street.store.read() as reader:
        assert [change.kind for change in reader.changes.after(0)] == ["fleet", "alert", "alert"]


def test_several_steps_of_one_alert_in_one_tick(street: Street) -> None:
    start = edge()
    alert, step = opened(start)
    cleared, clears = stepped(alert, replace(start, at=T0 + 10, kind=TransitionKind.CLEARED))
    again, reopens = stepped(cleared, replace(start, at=T0 + 20, kind=TransitionKind.REOPENED))
    with street.store.begin() as tx:
        assert tx.alerts.apply_all([(alert, step), (cleared, clears), (again, reopens)]) == 3
        assert tx.alerts.get(alert.id) == again
    with street.store.read() as reader:
        detail = reader.alerts.get(alert.id)
    assert detail is not None
    assert [s.kind for s in detail.history] == [TransitionKind.OPENED, TransitionKind.CLEARED, TransitionKind.REOPENED]
    assert (detail.entry.transition, detail.entry.changed_at) == (TransitionKind.REOPENED, T0 + 20)


def test_a_second_unresolved_alert_for_the_same_cause_is_refused(street: Street, open_alert: Opener) -> None:
    open_alert(onset=T0)
    with pytest.raises(NotAllowed), street.store.begin() as tx:
        tx.alerts.apply(*opened(edge(onset=T0 + 1)))
    with street.store.read() as reader:
        assert reader.alerts.count() == 1


def test_after_resolving_the_same_cause_may_alert_again(street: Street, open_alert: Opener) -> None:
    alert, _ = open_alert(onset=T0)
    with street.store.begin() as tx:
        assert tx.alerts.apply(*resolved(alert, T0 + 5, "user:ann", Outcome.FINE))
        assert tx.alerts.standing([("sos", alert.subject.key)]) == {}
    open_alert(onset=T0 + 10)
    with street.store.read() as reader:
        assert reader.alerts.count(AlertFilter(is_open=False)) == 1
        assert reader.alerts.count(AlertFilter(is_open=True)) == 1


def test_of_two_who_take_the_same_alert_the_second_is_told(street: Street, open_alert: Opener) -> None:
    alert, _ = open_alert()
    with street.store.begin() as tx:
        tx.alerts.apply(*acknowledged(alert, T0 + 5, "user:ann"))
    with pytest.raises(NotAllowed), street.store.begin() as tx:
        tx.alerts.apply(*acknowledged(alert, T0 + 6, "user:bo"))
    with street.store.begin() as tx:
        held = tx.alerts.get(alert.id)
    assert held is not None
    assert held.owner == "user:ann"


def test_a_step_that_skips_a_version_is_refused(street: Street, open_alert: Opener) -> None:
    alert, _ = open_alert()
    late, step = noted(replace(alert, version=5), T0 + 5, "user:ann", "x")
    with pytest.raises(NotAllowed), street.store.begin() as tx:
        tx.alerts.apply(late, step)


def test_the_queue_is_most_urgent_first_then_longest_waiting_in_pages(street: Street, open_alert: Opener) -> None:
    wanted = []
    for number, (rule, priority) in enumerate(
        [("a", Priority.LOW), ("b", Priority.CRITICAL), ("c", Priority.HIGH), ("d", Priority.CRITICAL), ("e", Priority.LOW)]
    ):
        alert, _ = open_alert(rule=rule, priority=priority, onset=T0 + number)
        wanted.append((alert.priority.rank, alert.opened_at, alert.id))
    assert _ids(street, AlertFilter(is_open=True)) == [name for _, _, name in sorted(wanted)]
    newest = [name for _, _, name in sorted(wanted, key=lambda item: -item[1])]
    assert _ids(street, AlertFilter(order=AlertOrder.NEWEST)) == newest


def test_each_filter_narrows(street: Street, open_alert: Opener) -> None:
    sos, _ = open_alert("h1", "sos", T0)
    leak, _ = open_alert("h3", "water_running", T0 + 10, Priority.MEDIUM)
    with street.store.begin() as tx:
        tx.alerts.apply(*acknowledged(leak, T0 + 20, "user:ann"))
    for where, ids in [
        (AlertFilter(answer=Answer.ACKNOWLEDGED), {leak.id}),
        (AlertFilter(condition=Condition.CLEARED), set()),
        (AlertFilter(condition=Condition.FIRING), {sos.id, leak.id}),
        (AlertFilter(priority=Priority.CRITICAL), {sos.id}),
        (AlertFilter(desk=Desk.DEVICES), set()),
        (AlertFilter(rule="sos"), {sos.id}),
        (AlertFilter(household=HouseholdId("h3")), {leak.id}),
        (AlertFilter(resident=sos.subject.resident), {sos.id}),
        (AlertFilter(area=AreaId("hill")), {leak.id}),
        (AlertFilter(area=AreaId("town")), {sos.id, leak.id}),
        (AlertFilter(area=AreaId("nowhere")), set()),
        (AlertFilter(since=T0 + 10), {leak.id}),
        (AlertFilter(until=T0 + 10), {sos.id}),
        (AlertFilter(is_open=False), set()),
    ]:
        assert set(_ids(street, where)) == ids, where
    with street.store.read() as reader:
        counts = [(c.desk, c.priority, c.open, c.unacknowledged) for c in reader.alerts.open_counts()]
    assert counts == [(Desk.CARE, Priority.CRITICAL, 1, 1), (Desk.CARE, Priority.MEDIUM, 1, 0)]


@pytest.mark.parametrize("cursor", ["", "x", "W10", "WyJhIl0", "é"])
def test_a_foreign_cursor_is_refused(street: Street, cursor: str) -> None:
    with pytest.raises(NotFound), street.store.read() as reader:
        reader.alerts.page(cursor=cursor)


def _ids(street: Street, where: AlertFilter) -> list[str]:
    found: list[str] = []
    cursor: str | None = None
    with street.store.read() as reader:
        while True:
            page = reader.alerts.page(where, limit=2, cursor=cursor)
            found += [entry.alert.id for entry in page.items]
            cursor = page.next_cursor
            if cursor is None:
                return found
