"""The line of each area: itself with every area above it, also after areas moved, retired or came by a migration."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from homebeat.domain.alert import WAITING, open_alert
from homebeat.domain.errors import NotAllowed
from homebeat.domain.fleet import Area, Fleet
from homebeat.domain.ids import AreaId
from homebeat.domain.scope import EVERYTHING
from homebeat.store import AlertFilter, Store
from homebeat.store.alert.writes import AlertWrites
from homebeat.store.home.tables import area_above
from tests.contract.store.conftest import STREET, T0, Street, edge, home

TOWN = {("lane", "lane"), ("lane", "town"), ("town", "town"), ("hill", "hill"), ("hill", "town")}


def read_lines(store: Store) -> set[tuple[str, str]]:
    with store._database.begin_read() as connection:
        return {(row.area, row.above) for row in connection.execute(select(area_above))}


def apply(store: Store, fleet: Fleet) -> None:
    with store.begin() as tx:
        tx.fleet.apply(fleet, T0 + 1)


def test_an_import_writes_the_line_of_each_area(street: Street) -> None:
    assert read_lines(street.store) == TOWN


def test_a_deep_tree_in_any_order_has_every_line(store: Store) -> None:
    names = ["city", "district", "street", "community", "block"]
    areas = [Area(AreaId(name), name, AreaId(up) if up else None) for name, up in zip(names, [None, *names], strict=False)]
    apply(store, Fleet(tuple(reversed(areas)), (home("h1", "block"),)))
    assert read_lines(store) == {(low, high) for n, low in enumerate(names) for high in names[: n + 1]}


def test_an_area_that_moves_takes_what_lies_below_it_along(street: Street) -> None:
    lane, town, hill = STREET.areas
    deep = Area(AreaId("yard"), "Yard", lane.id)
    apply(street.store, Fleet((lane, town, hill, deep), STREET.households))
    assert ("yard", "town") in read_lines(street.store)
    apart = replace(lane, parent=None)
    apply(street.store, Fleet((apart, town, hill, deep), STREET.households))
    assert read_lines(street.store) == (TOWN - {("lane", "town")}) | {("yard", "yard"), ("yard", "lane")}


def test_a_moved_area_takes_its_waiting_alerts_along(street: Street) -> None:
    with street.store.begin() as tx:
        AlertWrites(tx).apply(*open_alert(edge("h1")))
    lane, town, hill = STREET.areas
    apply(street.store, Fleet((replace(lane, parent=hill.id), town, hill), STREET.households))
    with street.store.read(EVERYTHING) as reader:
        found = {
            name: len(reader.alerts.read_page(AlertFilter(is_open=True, queues=WAITING, area=AreaId(name))).items)
            for name in ("lane", "hill", "town")
        }
    assert found == {"lane": 1, "hill": 1, "town": 1}


def test_a_retired_area_keeps_its_line(street: Street) -> None:
    lane, town, _ = STREET.areas
    apply(street.store, Fleet((lane, town), STREET.households[:2]))
    assert read_lines(street.store) == TOWN


def test_an_import_that_is_given_up_leaves_the_lines_as_they_were(street: Street) -> None:
    moved = Fleet((replace(STREET.areas[0], parent=None), *STREET.areas[1:]), STREET.households)

    def give_up() -> None:
        with street.store.begin() as tx:
            tx.fleet.apply(moved, T0)
            raise NotAllowed("it was only tried")

    with pytest.raises(NotAllowed):
        give_up()
    assert read_lines(street.store) == TOWN


def test_a_migration_writes_the_lines_of_areas_that_are_there(street: Street) -> None:
    street.store.downgrade("0016")
    street.store.upgrade()
    assert read_lines(street.store) == TOWN
