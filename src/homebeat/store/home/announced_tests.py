"""Stores which homes somebody tests now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, select, update

from homebeat.domain.announced_test import AnnouncedTest
from homebeat.domain.ids import HouseholdId
from homebeat.store.base.among import match_any
from homebeat.store.base.chunks import split_chunks
from homebeat.store.home import tables
from homebeat.store.scoping import narrow

if TYPE_CHECKING:
    from collections.abc import Iterable

    from homebeat.domain.scope import Scope

_home = tables.household


class AnnouncedTestQueries:
    """Tests that were announced, for reading."""

    def __init__(self, connection: Connection, scope: Scope) -> None:
        self._connection = connection
        self._scope = scope

    def find(self, households: Iterable[HouseholdId]) -> dict[HouseholdId, AnnouncedTest]:
        """Find the last test of each of these homes, also one that is over; homes without one are left out."""
        found: dict[HouseholdId, AnnouncedTest] = {}
        for some in split_chunks(set(households)):
            query = select(_home.c.id, _home.c.test_by, _home.c.test_at, _home.c.test_until)
            query = query.where(match_any(_home.c.id, some), _home.c.test_at.is_not(None))
            for row in self._connection.execute(narrow(query, _home.c.area, self._scope)):
                found[HouseholdId(row.id)] = AnnouncedTest(row.test_by, row.test_at, row.test_until)
        return found


class AnnouncedTests(AnnouncedTestQueries):
    """Tests that were announced, for writing."""

    def put(self, household: HouseholdId, test: AnnouncedTest) -> None:
        """Write the test of a home."""
        values = {"test_by": test.actor, "test_at": test.at, "test_until": test.until}
        self._connection.execute(update(_home).where(_home.c.id == household).values(values))
