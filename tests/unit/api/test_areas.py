"""The list of areas: in pages, in the order of the file, and only as far as the caller's roles reach."""

from __future__ import annotations

from tests.people import add_key
from tests.unit.api.fixtures import TestClient
from tests.unit.api.street import Street

TOWN = {"id": "town", "name": "Town", "parent": None}
LANE = {"id": "lane", "name": "Plum Lane", "parent": "town"}
OTHER = {"id": "other", "name": "Other", "parent": "town"}


def test_all_areas_with_what_they_lie_in(client: TestClient) -> None:
    assert client.get("/api/v1/areas").json() == {"items": [TOWN, LANE, OTHER], "next_cursor": None}


def test_they_come_in_pages(client: TestClient) -> None:
    first = client.get("/api/v1/areas?limit=2").json()
    assert first["items"] == [TOWN, LANE]
    assert client.get(f"/api/v1/areas?limit=2&cursor={first['next_cursor']}").json() == {"items": [OTHER], "next_cursor": None}


def test_only_those_of_ones_roles_and_nothing_of_what_lies_above(client: TestClient, street: Street) -> None:
    add_key(street.store, "of-the-lane", "desk", area="lane")
    mine = {"Authorization": "Bearer of-the-lane"}
    alone = {"items": [LANE | {"parent": None}], "next_cursor": None}
    for path in ("/api/v1/areas", "/api/v1/areas?area=town", "/api/v1/areas?area=lane"):
        assert client.get(path, headers=mine).json() == alone, path
    assert client.get("/api/v1/areas?area=other", headers=mine).json()["items"] == []


def test_the_filter_takes_an_area_with_all_below_it(client: TestClient) -> None:
    assert client.get("/api/v1/areas?area=town").json()["items"] == [TOWN, LANE, OTHER]
    assert client.get("/api/v1/areas?area=lane").json()["items"] == [LANE]
    assert client.get("/api/v1/areas?area=nowhere").json()["items"] == []
