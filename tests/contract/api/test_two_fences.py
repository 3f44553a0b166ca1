"""Two communities at the API on PostgreSQL: with both fences, and with the second alone, where every filter is forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from homebeat.api import create_app
from homebeat.domain.scope import EVERYTHING, Scope
from homebeat.store import ReadSession, Store
from tests.unit.api import test_scopes as scopes
from tests.unit.api.fixtures import TestClient, api_context, web
from tests.unit.api.street import Clock, Street
from tests.unit.api.test_scopes import (
    LANE,
    LISTS,
    OTHER,
    find_homes,
    find_sos,
    find_things,
    read_list,
    test_a_list_names_the_homes_of_its_desk_and_no_other,
    test_counts_are_of_the_desk,
    test_filters_find_nothing_outside,
    test_what_lies_outside_is_answered_like_what_does_not_exist,
)

# with both fences, what the first alone gives
__all__ = [
    "test_a_list_names_the_homes_of_its_desk_and_no_other",
    "test_counts_are_of_the_desk",
    "test_filters_find_nothing_outside",
    "test_what_lies_outside_is_answered_like_what_does_not_exist",
]


class Forgetful(Store):
    """Says the scope of whoever reads to the database, and forgets it in every query."""

    @contextmanager
    def read(self, scope: Scope) -> Iterator[ReadSession]:
        with self._database.begin_read(scope) as connection:
            yield ReadSession(connection, self._key_file, EVERYTHING)


@pytest.fixture
def careless(two: Street, clock: Clock) -> Iterator[TestClient]:
    """The API without the first fence."""
    store = Forgetful(two.store._database, two.store._key_file)
    with web(create_app(api_context(store, clock, tick_s=0.1))) as browser:
        yield browser


def ask(app: TestClient, who: str, path: str, method: str = "GET", **more: Any) -> Any:
    return scopes.ask(app, who, path, method, **more)


def test_a_desk_does_all_its_acts_in_its_own_community(app: TestClient, two: Street) -> None:
    """The second fence is in the way of nothing that a desk may do."""
    alert = find_sos(two, 1)
    acts = [(path, body) for method, path, body in find_things(two, 1) if method == "POST"]
    order = ("acknowledge", "note", "resolve", "reopen", "release")
    for name in order:
        ((path, body),) = (one for one in acts if one[0].endswith(name))
        body = body if name != "resolve" else {"outcome": "away", "note": "her son said until Sunday"}
        answer = ask(app, "lane", path, "POST", json=body)
        assert answer.status_code == 200, (name, answer.text)
    chosen = ask(app, "lane", "/api/v1/residents/r-1/limits", "PUT", json={"false_alarms_a_month": 1})
    assert chosen.status_code == 200, chosen.text
    assert len(ask(app, "lane", f"/api/v1/alerts/{alert.id}").json()["history"]) == 1 + len(order)


@pytest.mark.parametrize("limit", [200, 2])
def test_without_any_filter_a_list_names_no_other_home(careless: TestClient, limit: int) -> None:
    for path in LISTS:
        for who, own in (("lane", LANE), ("other", OTHER)):
            found = find_homes(read_list(careless, who, path, limit))
            # of a district above, no row says to the database that it has what lies in the scope
            assert found <= own if "area=town" in path else found == own, (who, path)
        assert find_homes(read_list(careless, "whole", path, limit)) == LANE | OTHER
        assert find_homes(read_list(careless, "gone", path, limit)) == set()


def test_without_any_filter_nothing_outside_is_found_by_its_id(careless: TestClient, two: Street) -> None:
    for method, path, _ in find_things(two, min(OTHER)):
        if method == "GET":
            assert ask(careless, "lane", path).status_code == 404, path
            assert ask(careless, "other", path).status_code == 200, path
