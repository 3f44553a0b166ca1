"""The map: what waits where, whose state is not known, and what a role does not see of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from homebeat.console.map.page import find_first
from homebeat.console.map.tiles import read_flat
from homebeat.domain.alert import Priority
from homebeat.domain.as_of import STALE_MS
from homebeat.domain.fleet import Area, Fleet
from homebeat.domain.ids import AreaId
from homebeat.domain.role import Role
from tests.people import add_account, sign_in
from tests.unit.api.fixtures import TestClient
from tests.unit.api.street import Clock, Street, fleet


@pytest.fixture
def built(street: Street, guest: TestClient) -> Street:
    """Homes 0 to 5 stand in building b1, the others in no building that is known; an SOS waits in home 3."""
    before = fleet(street.homes)
    homes = tuple(replace(home, building="b1" if at < 6 else "") for at, home in enumerate(before.households))
    with street.store.begin() as tx:
        tx.fleet.apply(Fleet(before.areas, homes), street.clock())
    street.open("sos", 3, priority=Priority.CRITICAL)
    add_account(street.store, "of-desk", Role.DESK)
    assert sign_in(guest, street.store, "of-desk", now=street.clock()).status_code == 303
    return street


def test_tiles_lead_from_the_city_to_a_flat(guest: TestClient, built: Street) -> None:
    top = guest.get("/map").text
    assert "1 open (Critical)" in top
    assert '<a href="/map?area=' in top
    lane = guest.get("/map", params={"area": "lane"}).text
    assert 'href="/map?area=lane&amp;building=b1" class="critical"' in lane
    assert "building not known" in lane
    inside = guest.get("/map", params={"area": "lane", "building": "b1"}).text
    assert 'href="/resident/r-3" class="critical"' in inside
    assert "Floor 1" in inside, "Plum Lane 4-103 is on the first floor"
    assert ">103 赵德明</text>" in inside
    assert ">Others</text>" in inside, "where nothing waits, the desk sees no address"
    assert "Plum Lane 3-102" not in inside
    for params in ({"area": "nowhere"}, {"area": "lane", "building": "b9"}):
        assert guest.get("/map", params=params).status_code == 404


def test_where_monitoring_is_silent_nobody_is_known(guest: TestClient, built: Street, clock: Clock) -> None:
    params = {"area": "lane", "building": "b1"}
    before = guest.get("/map", params=params).text
    clock.now += STALE_MS + 1
    after = guest.get("/map", params=params).text
    assert 'class="calm"' in before
    assert 'class="calm"' not in after
    assert 'role="alert"' in after


def test_names_from_outside_stay_text(guest: TestClient, built: Street) -> None:
    before = fleet(built.homes)
    areas = tuple(replace(one, name='<img src=x onerror=a()>"') if one.id == "lane" else one for one in before.areas)
    with built.store.begin() as tx:
        tx.fleet.apply(Fleet(areas, before.households), built.clock())
    for params in ({}, {"area": "town"}, {"area": "lane"}):
        html = guest.get("/map", params=params).text
        assert "<img" not in html


@pytest.mark.parametrize(
    ("address", "flat"),
    [
        ("桂香苑3号楼2单元802室", (8, "802")),
        ("Building 3, door 1203", (12, "1203")),
        ("Plum Lane 4-103", (1, "103")),
        ("Plum Lane 4", None),
        ("", None),
        ("12345", None),
    ],
)
def test_the_floor_of_an_address(address: str, flat: tuple[int, str] | None) -> None:
    assert read_flat(address) == flat


@pytest.mark.parametrize(
    ("areas", "first"),
    [
        ([], ""),
        ([("city", None)], "city"),
        ([("city", None), ("street", "city"), ("east", "street"), ("west", "street")], "street"),
        ([("one", None), ("other", None), ("below", "one")], ""),
        ([("street", "city above, which they do not see"), ("east", "street")], "east"),
    ],
)
def test_it_begins_where_there_is_something_to_choose(areas: list[tuple[str, str | None]], first: str) -> None:
    named = [Area(AreaId(name), name, None if above is None else AreaId(above)) for name, above in areas]
    assert find_first({one.id: one for one in named}) == first
