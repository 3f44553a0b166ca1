"""What was changed of homes in the console: as each was before and after, so that it can be put back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, delete, insert, select, update

from homebeat.domain.announced_test import AnnouncedTest
from homebeat.domain.ids import HouseholdId
from homebeat.store.base.among import match_any
from homebeat.store.base.chunks import split_chunks
from homebeat.store.home import tables
from homebeat.store.scoping import narrow
from homebeat.store.sealing.values import Sealed, SealedColumn, SealedTable, name_household

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from homebeat.domain.scope import Scope
    from homebeat.store.sealing.owner_keys import OwnerKeys, OwnerKeyWrites

_change, _home = tables.home_change, tables.household
_CONTENT: Final = SealedColumn("home_change", "content_sealed", {"reason": "", "before": None, "after": None})
#: What is sealed of a change.
CHANGE_CONTENTS: Final = SealedTable(
    (_CONTENT,), lambda row: name_household(row["household"]), lambda row: _name(row["household"], row["version"])
)
#: So many of a home are kept; older ones are deleted.
MOST_KEPT: Final = 50


@dataclass(frozen=True, slots=True)
class HomeChange:
    """One change of a home.

    Attributes:
        kind: The name of the action.
        version: Of the home, after the change.
        reason: Why, where the action asks for it.
        before: The home as a table of the fleet file; None where there was none, it was retired, or it cannot be read any more.
        after: The same afterwards.
    """

    household: HouseholdId
    at: int
    actor: str
    kind: str
    version: int
    reason: str = ""
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None


class HomeChangeQueries:
    """Changes of homes and tests that were announced there, for reading: of those that the scope reaches."""

    def __init__(self, connection: Connection, keys: OwnerKeys, scope: Scope) -> None:
        self._connection = connection
        self._keys = keys
        self._scope = scope

    def list_of(self, household: HouseholdId) -> list[HomeChange]:
        """List the changes of a home, the newest first."""
        query = select(_change).where(_change.c.household == household).order_by(_change.c.version.desc())
        rows = self._connection.execute(narrow(query, _change.c.household, self._scope)).mappings().all()
        held = [_hold(household, row["version"], row["content_sealed"]) for row in rows]
        opened = self._keys.open(held)
        return [
            HomeChange(household, row["at"], row["actor"], row["kind"], row["version"], *content)
            for row, content in zip(rows, opened, strict=True)
        ]

    def find_tests(self, households: Iterable[HouseholdId]) -> dict[HouseholdId, AnnouncedTest]:
        """Find the last test of each of these homes, also one that is over; homes without one are left out."""
        found: dict[HouseholdId, AnnouncedTest] = {}
        for some in split_chunks(set(households)):
            query = select(_home.c.id, _home.c.test_by, _home.c.test_at, _home.c.test_until)
            query = query.where(match_any(_home.c.id, some), _home.c.test_at.is_not(None))
            for row in self._connection.execute(narrow(query, _home.c.area, self._scope)):
                found[HouseholdId(row.id)] = AnnouncedTest(row.test_by, row.test_at, row.test_until)
        return found


class HomeChanges(HomeChangeQueries):
    """Changes of homes and tests that were announced there, for writing."""

    def __init__(self, connection: Connection, keys: OwnerKeyWrites, scope: Scope) -> None:
        super().__init__(connection, keys, scope)
        self._sealing = keys

    def put_test(self, household: HouseholdId, test: AnnouncedTest) -> None:
        """Write the test of a home."""
        values = {"test_by": test.actor, "test_at": test.at, "test_until": test.until}
        self._connection.execute(update(_home).where(_home.c.id == household).values(values))

    def add(self, change: HomeChange) -> None:
        """Add one, and delete what is older than the newest `MOST_KEPT`."""
        household, owner = change.household, name_household(change.household)
        self._sealing.make_keys([owner], change.at)
        content = {"reason": change.reason, "before": change.before, "after": change.after}
        sealed = self._sealing.seal(_CONTENT, owner, _name(household, change.version), content)
        row = {"household": household, "at": change.at, "actor": change.actor, "kind": change.kind, "version": change.version}
        self._connection.execute(insert(_change).values(**row, content_sealed=sealed))
        old = self.list_of(household)[MOST_KEPT:]
        if old:
            too_old = _change.c.household == household, _change.c.version <= old[0].version
            self._connection.execute(delete(_change).where(*too_old))


def _hold(household: HouseholdId, version: int, record: bytes) -> Sealed:
    return Sealed(_CONTENT, name_household(household), _name(household, version), record)


def _name(household: HouseholdId, version: int) -> str:
    return f"{household}/{version}"
