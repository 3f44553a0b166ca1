"""Queues of a scope: the heads of its areas merged give what sorting all alerts gives, page for page, on both databases."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from itertools import product

import pytest

from homebeat.domain.alert import WAITING, Answer, Desk, Priority, Queue, Reason, Subject, TransitionKind, acknowledge, open_alert
from homebeat.domain.alert import Edge as Begins
from homebeat.domain.ids import AreaId, DeviceId, HouseholdId, ResidentId
from homebeat.domain.scope import EVERYTHING, NOTHING, Scope
from homebeat.store import AlertEntry, AlertFilter, OpenCount, Store
from homebeat.store.alert import queues, reads
from homebeat.store.alert.queues import find_roots
from homebeat.store.alert.writes import AlertWrites
from tests.contract.store import city
from tests.contract.store.city import HOMES, T0, TREE, find_area, find_line

AREAS = tuple(map(AreaId, TREE))
SCOPES = [
    Scope(frozenset(map(AreaId, names.split("+"))))
    for names in (
        "lane",
        "north",
        "city",
        "lane+hill",
        "north+lane",
        "lane+yard+hill",
        "empty",
        "nowhere",
        "nowhere+hill",
        "south+empty",
    )
]
FILTERS = [
    AlertFilter(is_open=open_only, queues=frozenset(wanted), answer=answer, priority=priority)
    for wanted, (open_only, answer), priority in product(
        (WAITING, {Queue.CARE}, {Queue.CARE, Queue.DEVICES}),
        ((True, None), (None, Answer.UNACKNOWLEDGED), (True, Answer.ACKNOWLEDGED)),
        (None, Priority.HIGH),
    )
]


@pytest.fixture(scope="module")
def busy(module_store: Store) -> Store:
    """The city with 120 alerts more: of every desk and priority, some taken, some of no home and some of no area."""
    city.settle(module_store)
    chance = random.Random(5)
    with module_store.begin() as tx:
        steps = []
        for n in range(120):
            home = chance.choice(HOMES)
            about = chance.choice(
                [
                    Subject(HouseholdId(home), ResidentId(f"{home}-r")),
                    Subject(area=chance.choice(AREAS)),
                    Subject(device=DeviceId(f"unknown-{n}")),
                ]
            )
            at = T0 + chance.randrange(9)
            edge = Begins(
                at,
                f"rule_{n}",
                about,
                TransitionKind.OPENED,
                chance.choice(list(Priority)),
                chance.choice(list(Desk)),
                at,
                Reason("sos", {"at": at}),
                at,
            )
            alert, step = open_alert(edge)
            steps.append((alert, step))
            if chance.random() < 0.4:
                steps.append(acknowledge(alert, T0 + 10, "user:ann"))
        AlertWrites(tx).apply_all(steps)
    return module_store


def drop_zone(entry: AlertEntry) -> AlertEntry:
    """Without the time zone: that of an alert about no home is of the homes of the scope."""
    return replace(entry, timezone="")


def lies_in(entry: AlertEntry, areas: frozenset[AreaId] | None) -> bool:
    about = entry.alert.subject
    area = about.area or (find_area(about.household) if about.household else None)
    return area is None or areas is None or not areas.isdisjoint(find_line(area))


def read_pages(store: Store, scope: Scope, where: AlertFilter, limit: int) -> Iterator[AlertEntry]:
    cursor = None
    while True:
        with store.read(scope) as reader:
            page = reader.alerts.read_page(where, limit, cursor)
        assert len(page.items) <= limit
        yield from map(drop_zone, page.items)
        cursor = page.next_cursor
        if cursor is None:
            return


def list_everything(store: Store) -> list[AlertEntry]:
    with store.read(EVERYTHING) as reader:
        found = reader.alerts.read_page(AlertFilter(is_open=True), 500).items
    return sorted(map(drop_zone, found), key=lambda entry: (entry.alert.priority.rank, entry.alert.opened_at, entry.alert.id))


def matches(entry: AlertEntry, where: AlertFilter) -> bool:
    alert = entry.alert
    return (
        alert.queue in (where.queues or ())
        and (where.answer is None or alert.answer is where.answer)
        and (where.priority is None or alert.priority is where.priority)
    )


@pytest.fixture(params=["by area", "by a walk through all"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways: a scope of more areas than the limit walks through the queue of all."""
    monkeypatch.setattr(reads, "MOST_AREAS", queues.MOST_AREAS if request.param == "by area" else 0)


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("scope", [EVERYTHING, *SCOPES], ids=lambda scope: "+".join(sorted(scope.areas or {"everything"})))
def test_pages_of_a_scope_are_those_of_sorting_everything(busy: Store, scope: Scope) -> None:
    everything = list_everything(busy)
    assert len({entry.alert.queue for entry in everything} & WAITING) == 3
    for where in FILTERS:
        expected = [e for e in everything if matches(e, where) and lies_in(e, scope.areas)]
        assert list(read_pages(busy, scope, where, 7)) == expected, where
        for area in (AreaId("north"), AreaId("lane"), AreaId("city")):
            within = [e for e in expected if lies_in(e, frozenset({area}))]
            assert list(read_pages(busy, scope, replace(where, area=area), 30)) == within, (where, area)


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("scope", SCOPES, ids=lambda scope: "+".join(sorted(scope.areas or ())))
def test_counts_of_a_scope_are_those_of_its_list(busy: Store, scope: Scope) -> None:
    listed = [e.alert for e in list_everything(busy) if lies_in(e, scope.areas) and e.alert.queue in WAITING]
    keys = sorted({(alert.priority.rank, alert.queue) for alert in listed})
    expected = []
    for rank, queue in keys:
        same = [a for a in listed if (a.priority.rank, a.queue) == (rank, queue)]
        untaken = sum(a.answer is Answer.UNACKNOWLEDGED for a in same)
        expected.append(OpenCount(queue, same[0].priority, len(same), untaken))
    with busy.read(scope) as reader:
        assert list(reader.alerts.count_open()) == expected


@pytest.mark.usefixtures("way")
def test_whoever_sees_nothing_has_no_queue(busy: Store) -> None:
    with busy.read(NOTHING) as reader:
        assert reader.alerts.read_page(FILTERS[0]).items == ()
        assert reader.alerts.read_page(replace(FILTERS[0], area=AreaId("lane"))).items == ()
        assert reader.alerts.count_open() == ()


@pytest.mark.parametrize(
    ("scope", "area", "roots"),
    [
        ("", None, None),
        ("", "lane", "lane"),
        ("lane", None, "lane"),
        ("lane+north", None, "north"),
        ("lane+hill+city", None, "city"),
        ("lane+hill", None, "hill+lane"),
        ("north", "lane", "lane"),
        ("lane", "lane", "lane"),
        ("lane+hill", "north", "lane"),
        ("lane+yard+hill", "city", "hill+lane+yard"),
        ("lane+north", "city", "north"),
        ("lane", "hill", ""),
        ("nowhere+lane", None, "lane"),
    ],
)
def test_roots_are_the_highest_areas_of_a_scope(busy: Store, scope: str, area: str | None, roots: str | None) -> None:
    own = Scope(frozenset(map(AreaId, scope.split("+")))) if scope else EVERYTHING
    with busy._database.begin_read() as connection:
        found = find_roots(connection, own, None if area is None else AreaId(area))
    assert found == (None if roots is None else tuple(filter(None, roots.split("+"))))
