"""What a scope reaches, and nothing else, in every way to read: the first fence alone, on both databases."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from homebeat.domain.alert import WAITING, Queue
from homebeat.domain.ids import AreaId
from homebeat.domain.scope import EVERYTHING, NOTHING, Scope
from homebeat.store import AlertEntry, AlertFilter, DeliveryEntry, Page, QuarantineEntry, ReadSession, ResidentFilter, Store
from tests.contract.store import city
from tests.contract.store.city import BAND, HOMES, T0, find_area, find_line

#: One community, a district with what lies below it, two apart, one within the other, where nobody lives, what there is not.
SCOPES = {
    "everything": EVERYTHING,
    "nothing": NOTHING,
    **{
        name: Scope(frozenset(map(AreaId, name.split("+"))))
        for name in (
            "lane",
            "yard",
            "north",
            "city",
            "lane+hill",
            "north+lane",
            "empty",
            "nowhere",
            "nowhere+hill",
            "lane+yard+hill+south",
        )
    },
}


@pytest.fixture(scope="module")
def settled(module_store: Store) -> Store:
    city.settle(module_store)
    return module_store


@pytest.fixture(params=SCOPES)
def scope(request: pytest.FixtureRequest) -> Scope:
    return SCOPES[request.param]


def lies_in(text: str, scope: Scope) -> bool:
    """Whether what a text is about lies in the scope; what lies in no area does in every scope but the empty one."""
    line = find_line(find_area(text))
    return scope.reaches(line) if line else scope != NOTHING


def test_a_scope_reads_what_lies_in_it_and_nothing_else(settled: Store, scope: Scope) -> None:
    names = city.name_alerts(settled)
    with settled.read(EVERYTHING) as reader:
        everything = city.read_all(reader, names)
    with settled.read(scope) as reader:
        found = city.read_all(reader, names)
    for way, texts in everything.items():
        assert {find_area(text) for text in texts} >= {"lane", "yard", "hill"}, f"{way} shows too little to prove anything"
        assert found[way] == [text for text in texts if lies_in(text, scope)], way


def test_what_is_counted_is_what_is_listed(settled: Store, scope: Scope) -> None:
    with settled.read(scope) as reader:
        waiting = list(city.READS["alerts that wait"](reader))
        digest = list(city.READS["alerts in the digest"](reader))
        resolved = list(city.READS["alerts resolved"](reader))
        residents = list(city.READS["residents"](reader))
        aside = list(city.READS["quarantine"](reader))
        assert sum(count.open for count in reader.alerts.count_open()) == len(waiting)
        assert sum(count.unacknowledged for count in reader.alerts.count_open()) == len(waiting)
        assert reader.alerts.count(AlertFilter(is_open=True, queues=frozenset({Queue.DIGEST}))) == len(digest)
        assert reader.alerts.count(AlertFilter(is_open=True, queues=WAITING)) == len(waiting)
        assert [reader.alerts.count_some(AlertFilter(is_open=True, queues=WAITING), most) for most in (1, 999)] == [
            *(min(1, len(waiting)), len(waiting))
        ]
        assert sum(outcome.closed for outcome in reader.alerts.count_outcomes(0, T0)) == len(resolved)
        assert (reader.homes.list_unknown(9), reader.homes.count_silent()) == ([], 0)
        assert reader.homes.count_states() == {"active": 0, "quiet": len(residents), "unknown": 0}
        assert sum(reader.quarantine.count_by_reason().values()) == len(aside)
        assert reader.quarantine.count_defects()[0] == sum(text != BAND for text in aside)
        homes = [home for home in HOMES if lies_in(home, scope)]
        health = reader.outbox.read_health()
        assert (health.waiting, health.oldest_due_at) == (2 * len(homes), T0 + 9 if homes else None)


@pytest.mark.parametrize("area", ["lane", "north", "south", "city", "empty", "nowhere"])
def test_a_filter_by_area_never_widens_a_scope(settled: Store, scope: Scope, area: str) -> None:
    def read(reader: ReadSession) -> Iterator[list[str]]:
        of_area = AlertFilter(is_open=True, queues=WAITING, area=AreaId(area))
        yield sorted(city.name_alert(entry.alert) for entry in reader.alerts.read_page(of_area).items)
        yield sorted(city.name_alert(e.alert) for e in reader.alerts.read_page(AlertFilter(area=AreaId(area))).items)
        yield [entry.resident.id for entry in reader.homes.list_residents(where=ResidentFilter(area=AreaId(area))).items]
        yield [entry.household for entry in reader.homes.list_households(area=AreaId(area)).items]
        yield [str(reader.alerts.count(of_area))]
        yield [outcome.rule for outcome in reader.alerts.count_outcomes(0, T0, AreaId(area)) for _ in range(outcome.closed)]

    with settled.read(EVERYTHING) as reader:
        *lists, (_,), outcomes = read(reader)
    with settled.read(scope) as reader:
        *found, (count,), ended = read(reader)
        assert reader.fleet.count_homes(AreaId(area), 99) == len(found[3])
    assert found == [[text for text in texts if lies_in(text, scope)] for texts in lists]
    assert count == str(len(found[0]))
    assert len(ended) == sum(find_area(home) in reached(area) and lies_in(home, scope) for home in HOMES)
    assert len(outcomes) == sum(find_area(home) in reached(area) for home in HOMES)


def reached(area: str) -> set[str]:
    return {name for name in city.TREE if area in find_line(name)}


Way = Callable[[ReadSession, str | None], Page[Any]]
_WAITING = AlertFilter(is_open=True, queues=WAITING)
#: A page of one item in every way that goes on by a cursor.
PAGES: dict[str, Way] = {
    "queue": lambda reader, cursor: reader.alerts.read_page(_WAITING, 1, cursor),
    "alerts": lambda reader, cursor: reader.alerts.read_page(AlertFilter(), 1, cursor),
    "residents": lambda reader, cursor: reader.homes.list_residents(1, cursor),
    "households": lambda reader, cursor: reader.homes.list_households(1, cursor),
    "devices": lambda reader, cursor: reader.homes.list_devices(1, cursor),
    "deliveries": lambda reader, cursor: reader.outbox.list_deliveries(1, cursor),
    "quarantine": lambda reader, cursor: reader.quarantine.read_page(1, cursor),
}


@pytest.mark.parametrize("other", ["hill", "north", "city"])
@pytest.mark.parametrize("way", PAGES)
def test_a_cursor_from_another_scope_shows_nothing_of_it(settled: Store, way: str, other: str) -> None:
    mine = Scope(frozenset({AreaId("lane")}))
    cursor, given = None, []
    while True:
        with settled.read(Scope(frozenset({AreaId(other)}))) as reader:
            cursor = PAGES[way](reader, cursor).next_cursor
        if cursor is None:
            break
        given.append(cursor)
    assert given
    for cursor in given:
        with settled.read(mine) as reader:
            assert all(lies_in(describe(item), mine) for item in PAGES[way](reader, cursor).items)


def describe(item: Any) -> str:
    if isinstance(item, AlertEntry):
        return city.name_alert(item.alert)
    if isinstance(item, QuarantineEntry):
        return item.topic.split("/")[2]
    return str(item.contact if isinstance(item, DeliveryEntry) else item.household)
