"""Alerts: one that nobody answered for each cause, each step once, and no step on what somebody else has changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from homebeat.domain.alert import (
    WAITING,
    Alert,
    Answer,
    Condition,
    Desk,
    Outcome,
    Priority,
    Queue,
    Subject,
    Transition,
    TransitionKind,
    acknowledge,
    add_note,
    follow_edge,
    open_alert,
    raise_priority,
    resolve,
    run_out,
    undo_resolve,
)
from homebeat.domain.errors import BadCursor, NotAllowed
from homebeat.domain.fleet import Area
from homebeat.domain.ids import AlertId, AreaId, DeviceId, HouseholdId
from homebeat.domain.metric import Metric
from homebeat.domain.scope import EVERYTHING, Scope
from homebeat.store import AlertFilter, AlertOrder, AlertRates, ReadSession
from homebeat.store.alert.writes import AlertWrites
from homebeat.store.base import cursors
from tests.contract.store.conftest import STREET, T0, Street, edge

LANE = Scope(frozenset({AreaId("lane")}))
Opener = Callable[..., tuple[Alert, Transition]]


def test_an_alert_comes_back_as_it_was_written(street: Street, opener: Opener) -> None:
    alert, step = opener()
    with street.store.begin() as tx:
        assert tx.alerts.get(alert.id) == alert
        assert tx.alerts.find_standing([("sos", alert.subject.key), ("fall", "x")]) == {("sos", alert.subject.key): alert}
        assert tx.alerts.find_known([alert.id, AlertId("a0")]) == {alert.id}
        assert tx.alerts.get(AlertId("a0")) is None
    with street.store.read(EVERYTHING) as reader:
        detail = reader.alerts.get(alert.id)
    assert detail is not None
    assert detail.entry.alert == alert
    assert (detail.entry.resident_name, detail.entry.address) == ("Resident of h1", "h1 lane")
    assert [(s.seq, s.kind, s.at, s.reason) for s in detail.history] == [(1, TransitionKind.OPENED, T0, step.reason)]


def test_a_replay_writes_nothing_twice(street: Street, opener: Opener) -> None:
    alert, step = opener()
    taken, took = acknowledge(alert, T0 + 5, "user:ann")
    with street.store.begin() as tx:
        assert AlertWrites(tx).apply(taken, took)
    with street.store.begin() as tx:
        assert not AlertWrites(tx).apply(alert, step)
        assert AlertWrites(tx).apply_all([(alert, step), (taken, took)]) == 0
        assert tx.alerts.get(alert.id) == taken
    with street.store.read(EVERYTHING) as reader:
        assert [change.kind for change in reader.changes.read_after(0)] == ["fleet", "alert", "alert"]


def test_two_remarks_of_one_person_in_one_millisecond_are_both_kept(street: Street, opener: Opener) -> None:
    alert, _ = opener()
    for note in ("knocked", "nobody opens", "nobody opens"):
        with street.store.begin() as tx:
            now = tx.alerts.get(alert.id)
            assert now is not None
            AlertWrites(tx).apply(*add_note(now, T0 + 5, "user:ann", note))
    with street.store.read(EVERYTHING) as reader:
        detail = reader.alerts.get(alert.id)
    assert detail is not None
    assert [step.note for step in detail.history] == ["", "knocked", "nobody opens"]


def test_several_steps_of_one_alert_in_one_tick(street: Street) -> None:
    start = edge()
    alert, step = open_alert(start)
    cleared, clears = follow_edge(alert, replace(start, at=T0 + 10, kind=TransitionKind.CLEARED))
    again, reopens = follow_edge(cleared, replace(start, at=T0 + 20, kind=TransitionKind.REOPENED))
    with street.store.begin() as tx:
        assert AlertWrites(tx).apply_all([(alert, step), (cleared, clears), (again, reopens)]) == 3
        assert tx.alerts.get(alert.id) == again
    with street.store.read(EVERYTHING) as reader:
        detail = reader.alerts.get(alert.id)
    assert detail is not None
    assert [s.kind for s in detail.history] == [TransitionKind.OPENED, TransitionKind.CLEARED, TransitionKind.REOPENED]
    assert (detail.entry.transition, detail.entry.changed_at) == (TransitionKind.REOPENED, T0 + 20)


def test_a_second_unresolved_alert_for_the_same_cause_is_refused(street: Street, opener: Opener) -> None:
    opener(onset=T0)
    with pytest.raises(NotAllowed), street.store.begin() as tx:
        AlertWrites(tx).apply(*open_alert(edge(onset=T0 + 1)))
    with street.store.read(EVERYTHING) as reader:
        assert reader.alerts.count() == 1


def test_after_resolving_the_same_cause_may_alert_again(street: Street, opener: Opener) -> None:
    alert, _ = opener(onset=T0)
    with street.store.begin() as tx:
        assert AlertWrites(tx).apply(*resolve(alert, T0 + 5, "user:ann", Outcome.FINE))
        assert tx.alerts.find_standing([("sos", alert.subject.key)]) == {}
    opener(onset=T0 + 10)
    with street.store.read(EVERYTHING) as reader:
        assert reader.alerts.count(AlertFilter(is_open=False)) == 1
        assert reader.alerts.count(AlertFilter(is_open=True)) == 1


def test_of_two_who_take_the_same_alert_the_second_is_told(street: Street, opener: Opener) -> None:
    alert, _ = opener()
    with street.store.begin() as tx:
        AlertWrites(tx).apply(*acknowledge(alert, T0 + 5, "user:ann"))
    with pytest.raises(NotAllowed), street.store.begin() as tx:
        AlertWrites(tx).apply(*acknowledge(alert, T0 + 6, "user:bo"))
    with street.store.begin() as tx:
        held = tx.alerts.get(alert.id)
    assert held is not None
    assert held.owner == "user:ann"


def test_a_step_that_skips_a_version_is_refused(street: Street, opener: Opener) -> None:
    alert, _ = opener()
    late, step = add_note(replace(alert, version=5), T0 + 5, "user:ann", "x")
    with pytest.raises(NotAllowed), street.store.begin() as tx:
        AlertWrites(tx).apply(late, step)


def test_the_queue_is_most_urgent_first_then_longest_waiting_in_pages(street: Street, opener: Opener) -> None:
    wanted = []
    for number, (rule, priority) in enumerate(
        [("a", Priority.LOW), ("b", Priority.CRITICAL), ("c", Priority.HIGH), ("d", Priority.CRITICAL), ("e", Priority.LOW)]
    ):
        alert, _ = opener(rule=rule, priority=priority, onset=T0 + number)
        wanted.append((alert.priority.rank, alert.opened_at, alert.id))
    assert _ids(street, AlertFilter(is_open=True)) == [name for _, _, name in sorted(wanted)]
    newest = [name for _, _, name in sorted(wanted, key=lambda item: -item[1])]
    assert _ids(street, AlertFilter(order=AlertOrder.NEWEST)) == newest


def test_each_filter_narrows(street: Street, opener: Opener) -> None:
    sos, _ = opener("h1", "sos", T0)
    leak, _ = opener("h3", "water_running", T0 + 10, Priority.MEDIUM)
    with street.store.begin() as tx:
        AlertWrites(tx).apply(*acknowledge(leak, T0 + 20, "user:ann"))
    for where, ids in [
        (AlertFilter(answer=Answer.ACKNOWLEDGED), {leak.id}),
        (AlertFilter(condition=Condition.CLEARED), set()),
        (AlertFilter(condition=Condition.FIRING), {sos.id, leak.id}),
        (AlertFilter(priority=Priority.CRITICAL), {sos.id}),
        (AlertFilter(queues=frozenset({Queue.DEVICES, Queue.NONE})), set()),
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
    with street.store.read(EVERYTHING) as reader:
        counts = [(c.queue, c.priority, c.open, c.unacknowledged) for c in reader.alerts.count_open()]
    assert counts == [(Queue.CARE, Priority.CRITICAL, 1, 1), (Queue.CARE, Priority.MEDIUM, 1, 0)]


def test_the_queue_of_an_area_is_the_whole_queue_narrowed_to_it(street: Street, opener: Opener) -> None:
    alerts = [opener(home, f"rule{n}", T0 + n % 3, list(Priority)[n % 4])[0] for n in range(8) for home in ("h1", "h2", "h3")]
    with street.store.begin() as tx:
        for n, alert in enumerate(alerts):
            if n % 3 == 0:
                AlertWrites(tx).apply(*acknowledge(alert, T0 + 20, "user:ann"))
            elif n % 7 == 0:
                AlertWrites(tx).apply(*resolve(alert, T0 + 20, "user:ann", Outcome.FINE))
    homes = {"lane": {"h1", "h2"}, "hill": {"h3"}, "town": {"h1", "h2", "h3"}, "nowhere": set()}
    with street.store.read(EVERYTHING) as reader:
        everything = {a.alert.id: a.alert.subject.household for a in reader.alerts.read_page(AlertFilter(), 100).items}
    for rest in (
        AlertFilter(is_open=True),
        AlertFilter(answer=Answer.UNACKNOWLEDGED),
        AlertFilter(answer=Answer.ACKNOWLEDGED, is_open=True),
        AlertFilter(is_open=True, queues=frozenset({Queue.CARE}), priority=Priority.HIGH),
        AlertFilter(is_open=True, queues=frozenset({Queue.PROPERTY, Queue.DEVICES})),
        AlertFilter(is_open=True, household=HouseholdId("h2")),
        AlertFilter(is_open=True, condition=Condition.FIRING, since=T0 + 1, until=T0 + 2),
        AlertFilter(answer=Answer.RESOLVED),
        AlertFilter(is_open=False),
        AlertFilter(is_open=False, answer=Answer.ACKNOWLEDGED),
        AlertFilter(is_open=True, answer=Answer.RESOLVED),
        AlertFilter(order=AlertOrder.NEWEST, is_open=True),
    ):
        for area, inside in homes.items():
            wanted = [name for name in _ids(street, rest) if everything[AlertId(name)] in inside]
            assert _ids(street, replace(rest, area=AreaId(area))) == wanted, (rest, area)


def test_an_alert_follows_its_home_to_another_area_while_nobody_closed_it(street: Street, opener: Opener) -> None:
    closed, _ = opener("h1", "fall")
    opener("h1", "sos")
    with street.store.begin() as tx:
        AlertWrites(tx).apply(*resolve(closed, T0 + 5, "user:ann", Outcome.FINE))
    first, *others = STREET.households
    moved = replace(STREET, households=(replace(first, area=AreaId("hill"), timezone="Asia/Urumqi"), *others))
    for fleet, lane, hill in ((moved, 0, 1), (STREET, 1, 0)):
        with street.store.begin() as tx:
            tx.fleet.apply(fleet, T0 + 10)
        assert len(_ids(street, AlertFilter(is_open=True, area=AreaId("lane")))) == lane
        assert len(_ids(street, AlertFilter(is_open=True, area=AreaId("hill")))) == hill
        assert _ids(street, AlertFilter(is_open=False, area=AreaId("lane"))) == [closed.id]
        with street.store.read(EVERYTHING) as reader:
            (entry,) = reader.alerts.read_page(AlertFilter(is_open=True)).items
        assert (entry.area, entry.timezone) == (("hill", "Asia/Urumqi") if hill else ("lane", "Asia/Shanghai"))


def test_areas_may_come_to_lie_elsewhere(street: Street, opener: Opener) -> None:
    alert, _ = opener("h3")
    areas = (Area(AreaId("lane"), "Lane", AreaId("town")), Area(AreaId("town"), "Town"), Area(AreaId("hill"), "Hill"))
    with street.store.begin() as tx:
        tx.fleet.apply(replace(STREET, areas=areas), T0 + 10)
    assert _ids(street, AlertFilter(is_open=True, area=AreaId("town"))) == []
    assert _ids(street, AlertFilter(is_open=True, area=AreaId("hill"))) == [alert.id]


def test_an_alert_on_a_home_that_is_not_there_stands_in_no_area(street: Street, opener: Opener) -> None:
    alert, _ = opener("gone")
    with street.store.read(EVERYTHING) as reader:
        (entry,) = reader.alerts.read_page(AlertFilter(is_open=True)).items
    assert (entry.alert.id, entry.area, entry.timezone) == (alert.id, None, "UTC")


def test_what_is_reopened_stands_in_its_area_again_but_not_beside_a_newer_one(street: Street, opener: Opener) -> None:
    alert, _ = opener()
    closed, closing = resolve(alert, T0 + 5, "user:ann", Outcome.FINE)
    with street.store.begin() as tx:
        AlertWrites(tx).apply(closed, closing)
        assert tx.alerts.get(alert.id) == closed
    back, step = undo_resolve(closed, T0 + 6, "user:ann")
    with street.store.begin() as tx:
        assert AlertWrites(tx).apply(back, step)
        assert tx.alerts.get(alert.id) == back
    assert _ids(street, AlertFilter(is_open=True, area=AreaId("town"))) == [alert.id]
    closed, closing = resolve(back, T0 + 7, "user:ann", Outcome.FINE)
    with street.store.begin() as tx:
        AlertWrites(tx).apply(closed, closing)
    opener(onset=T0 + 8)
    with pytest.raises(NotAllowed), street.store.begin() as tx:
        AlertWrites(tx).apply(*undo_resolve(closed, T0 + 9, "user:ann"))


def test_an_alert_that_becomes_more_urgent_moves_up_in_its_areas_queue(street: Street, opener: Opener) -> None:
    first, _ = opener("h1", "sos", T0, Priority.HIGH)
    fall, _ = opener("h2", "fall", T0 + 1, Priority.HIGH)
    queue = AlertFilter(is_open=True, queues=WAITING, area=AreaId("town"))
    assert _ids(street, queue) == [first.id, fall.id]
    after, step = raise_priority(fall, edge("h2", "fall", T0 + 2, Priority.CRITICAL))
    with street.store.begin() as tx:
        AlertWrites(tx).apply(after, step)
    assert (step.kind, _ids(street, queue)) == (TransitionKind.RAISED, [fall.id, first.id])


@pytest.mark.parametrize("order", list(AlertOrder))
def test_pages_of_a_span_are_the_span_and_a_cursor_from_beyond_it_does_not_widen_it(
    street: Street, opener: Opener, order: AlertOrder
) -> None:
    alerts = [opener(home, f"rule{n}", T0 + n)[0] for n in range(9) for home in ("h1", "h3")]
    with street.store.begin() as tx:
        for alert in alerts:
            AlertWrites(tx).apply(*resolve(alert, alert.opened_at + 100, "user:ann", Outcome.FINE))
    shift = 100 if order is AlertOrder.CLOSED else 0
    where = AlertFilter(order=order, is_open=False, since=T0 + 2 + shift, until=T0 + 7 + shift)
    wanted = {alert.id for alert in alerts if T0 + 2 <= alert.opened_at < T0 + 7}
    with street.store.read(EVERYTHING) as reader:
        found: list[str] = []
        cursor = None
        while True:
            page = reader.alerts.read_page(where, 3, cursor)
            found += [one.alert.id for one in page.items]
            cursor = page.next_cursor
            if cursor is None:
                break
        assert (len(found), set(found)) == (len(wanted), wanted)
        newest = reader.alerts.read_page(replace(where, since=None, until=None), 1).next_cursor
        beyond = reader.alerts.read_page(where, 100, newest)
    assert {one.alert.id for one in beyond.items} == wanted


@pytest.mark.parametrize("cursor", ["", "x", "W10", "WyJhIl0", "é"])
def test_a_foreign_cursor_is_refused(street: Street, cursor: str) -> None:
    with pytest.raises(BadCursor), street.store.read(EVERYTHING) as reader:
        reader.alerts.read_page(cursor=cursor)


LISTS: dict[str, Callable[[ReadSession, str], object]] = {
    "alerts": lambda reader, cursor: reader.alerts.read_page(cursor=cursor),
    "newest alerts": lambda reader, cursor: reader.alerts.read_page(AlertFilter(order=AlertOrder.NEWEST), cursor=cursor),
    "queue of an area": lambda reader, cursor: reader.alerts.read_page(
        AlertFilter(is_open=True, queues=WAITING, area=AreaId("lane")), cursor=cursor
    ),
    "residents": lambda reader, cursor: reader.homes.list_residents(cursor=cursor),
    "households": lambda reader, cursor: reader.homes.list_households(cursor=cursor),
    "devices": lambda reader, cursor: reader.homes.list_devices(cursor=cursor),
    "readings": lambda reader, cursor: reader.readings.read_page(
        DeviceId("h1-meter"), Metric.VOLUME_M3, T0, T0 + 1, cursor=cursor
    ),
    "quarantine": lambda reader, cursor: reader.quarantine.read_page(cursor=cursor),
    "audit": lambda reader, cursor: reader.audit.read_page(10, cursor),
    "deliveries": lambda reader, cursor: reader.outbox.list_deliveries(cursor=cursor),
}
FOREIGN = [(n,) * k + tail for n in (2**15, 2**31, -(2**63) - 1, 2**63, 10**30) for k in (1, 2) for tail in ((), ("a",))]


def test_no_made_up_cursor_is_more_than_refused(street: Street) -> None:
    strange = [(0, 0, "a\0"), (0, "\ud800")]
    refused = 0
    for place in [*FOREIGN, *strange]:
        for name in LISTS:
            refused += is_refused(street, name, place)
    assert refused > len(FOREIGN) * len(LISTS) // 2


def is_refused(street: Street, name: str, place: tuple[int | str, ...]) -> bool:
    """Whether a list refuses a cursor; whatever else it raises fails the test, which then shows list and place."""
    try:
        with street.store.read(EVERYTHING) as reader:
            LISTS[name](reader, cursors.write(*place))
    except BadCursor:
        return True
    return False


def _ids(street: Street, where: AlertFilter) -> list[str]:
    found: list[str] = []
    cursor: str | None = None
    with street.store.read(EVERYTHING) as reader:
        while True:
            page = reader.alerts.read_page(where, limit=2, cursor=cursor)
            found += [entry.alert.id for entry in page.items]
            cursor = page.next_cursor
            if cursor is None:
                return found


ABOUT_NO_HOME = (Subject(device=DeviceId("wb-9")), Subject(service="broker-session"), Subject(area=AreaId("lane")))


def test_an_alert_about_no_home_comes_back_and_is_in_every_areas_queue(street: Street, opener: Opener) -> None:
    here, _ = opener("h1", "sos", T0 + 3)
    stranger, itself, lane = (
        open_alert(replace(edge(onset=T0 + n), subject=about, desk=Desk.DEVICES)) for n, about in enumerate(ABOUT_NO_HOME)
    )
    with street.store.begin() as tx:
        assert AlertWrites(tx).apply_all([stranger, itself, lane]) == 3
        for alert, _ in (stranger, itself, lane):
            assert tx.alerts.get(alert.id) == alert
            assert tx.alerts.find_standing([(alert.rule, alert.subject.key)]) == {(alert.rule, alert.subject.key): alert}
    everywhere, of_lane = [stranger[0].id, itself[0].id], [lane[0].id, here.id]
    for where in (
        AlertFilter(is_open=True, queues=WAITING),
        AlertFilter(answer=Answer.UNACKNOWLEDGED, queues=WAITING),
        AlertFilter(is_open=True),
    ):
        for area, ids in (("lane", everywhere + of_lane), ("town", everywhere + of_lane), ("hill", everywhere)):
            assert _ids(street, replace(where, area=AreaId(area))) == ids, (where, area)
    assert _ids(street, AlertFilter(is_open=True, queues=frozenset({Queue.CARE}), area=AreaId("hill"))) == []
    with street.store.begin() as tx:
        AlertWrites(tx).apply(*resolve(stranger[0], T0 + 9, "user:ann", Outcome.DEVICE))
        tx.fleet.apply(STREET, T0 + 10)
    assert _ids(street, AlertFilter(is_open=True, queues=WAITING, area=AreaId("hill"))) == [itself[0].id]
    with street.store.read(EVERYTHING) as reader:
        entries = {entry.alert.id: entry for entry in reader.alerts.read_page(AlertFilter(), 100).items}
    assert entries[lane[0].id].area_name == "Lane"
    assert (entries[here.id].area_name, entries[here.id].address) == ("Lane", "h1 lane")


def test_a_window_finds_its_alerts_by_id_as_a_page_has_them(street: Street, opener: Opener) -> None:
    """In each scope: the heads of a page, the alerts by their ids, and whose case has several of them."""
    opener("h1")
    opener("h2")
    other, _ = opener("h1", "no_water")
    resident = other.subject.resident
    assert resident is not None
    for scope, count in (EVERYTHING, 2), (LANE, 2), (Scope(frozenset({AreaId("nowhere")})), 0):
        with street.store.read(scope) as reader:
            where = AlertFilter(is_open=True, queues=frozenset({other.queue}))
            page = reader.alerts.read_page(where, 2).items
            heads = reader.alerts.list_heads(where, 2)
            assert heads == [(entry.alert.id, entry.alert.version) for entry in page]
            by_id = {entry.alert.id: entry for entry in reader.alerts.find_entries(alert for alert, _ in heads)}
            assert [by_id[alert] for alert, _ in heads] == list(page)
            asked = {entry.alert.subject.resident for entry in reader.alerts.read_page(where, 50).items} - {None}
            assert len(page) == count
            assert reader.alerts.find_with_several(asked) == ({resident} if count else set())  # type: ignore[arg-type]
            assert reader.alerts.find_entries([]) == []


def test_what_the_queue_reads_of_cases_rates_and_causes(street: Street, opener: Opener) -> None:
    alert, _ = opener()
    resident = alert.subject.resident
    assert resident is not None
    taken, took = acknowledge(alert, T0 + 60_000, "user:ann")
    back, gave = run_out(taken, T0 + 120_000)
    with street.store.begin() as tx:
        AlertWrites(tx).apply(taken, took)
        tx.held.name_homes(alert.id, [HouseholdId("h1")])
    for scope in (EVERYTHING, LANE):
        with street.store.read(scope) as reader:
            (case,) = reader.alerts.list_of_residents([resident])
            assert (case.id, case.owner, case.version) == (alert.id, "user:ann", 2)
            assert reader.alerts.find_run_out([alert.id]) == set()
            assert reader.alerts.count_rates(alert.queue, T0 + 120_000) == AlertRates(1, 1, 1)
            assert reader.alerts.count_rates(alert.queue, T0 + 11 * 60_000).recent == 0
            assert reader.held.list_named([alert.id]) == {alert.id: {HouseholdId("h1")}}
    with street.store.begin() as tx:
        AlertWrites(tx).apply(back, gave)
    with street.store.read(LANE) as reader:
        assert reader.alerts.find_run_out([alert.id]) == {alert.id}
    closed, step = resolve(back, T0 + 180_000, "user:li", Outcome.FINE)
    with street.store.begin() as tx:
        AlertWrites(tx).apply(closed, step)
    with street.store.read(LANE) as reader:
        assert reader.alerts.list_of_residents([resident]) == []
        for more, found in ({"resolved_by": "user:li"}, 1), ({"outcome": Outcome.FALSE}, 0), ({"since": T0 + 200_000}, 0):
            where = AlertFilter(order=AlertOrder.CLOSED, **more)
            assert len(reader.alerts.read_page(where).items) == found
