"""Brings the tables of the registry to the rows that are wanted: of everybody, or of some homes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, Select, Table, delete, func, insert, or_, select, update

from homebeat.domain.ids import ContactId
from homebeat.store.base.among import match_any
from homebeat.store.base.bulk import write_columns
from homebeat.store.base.chunks import split_chunks
from homebeat.store.base.dicts import iterate_dicts
from homebeat.store.home import tables
from homebeat.store.home.sealed import SEALED_TABLES, open_rows, seal_rows
from homebeat.store.home.values import TableChange
from homebeat.store.notice.following import find_moves

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    from homebeat.store.sealing.owner_keys import OwnerKeyWrites

#: People may choose it through the API too: a file without this field leaves it as it is.
_CHOSEN: Final = "false_alarms_a_month"
#: What the watch reads (`columns`). A change of anything else does not make it read the registry again.
_WATCHED: Final[Mapping[str, Collection[str]]] = {
    "area": ("name", "parent"),
    "household": ("area", "timezone", "ask_first", "building"),
    "resident": ("household", _CHOSEN),
    "device": (
        *("household", "resident", "kind", "codec", "reports_every_ms", "resolution_litres", "gateway"),
        *("address", "litres_per_pulse", "measures", "may_ask"),
    ),
    "contact": (),
    "responder": (),
}
#: They have `enrolled_at`: since when readings are expected, which is when they were added.
_EXPECTED: Final = frozenset({"resident", "device"})
#: Where some homes are written, what is of no home may be added or changed, and is never retired.
_OF_NO_HOME: Final = frozenset({"area", "responder"})
#: Rows of a table without sealed columns that one statement writes.
_AT_ONCE: Final = 2_000
#: Of these the watch reads nothing, whoever is added or retired.
_UNWATCHED: Final = frozenset({"contact", "responder"})


@dataclass(frozen=True, slots=True)
class TablePlan:
    """The changes to one table.

    Attributes:
        there: The rows that are there, by id.
        writes: Those to write.
        is_watched: Whether the watch has to read the registry again for it.
    """

    there: dict[str, dict[str, Any]]
    writes: list[dict[str, Any]]
    difference: TableChange
    is_watched: bool

    def find_moves(self) -> dict[ContactId, dict[int, int]]:
        """Find the places that channels were moved to, of those whose channels were."""
        renewed = (row for row in self.writes if row["id"] in self.there)
        channels = {row["id"]: (self.there[row["id"]]["channels"], row["channels"]) for row in renewed}
        return {ContactId(who): moved for who, (old, new) in channels.items() if (moved := find_moves(old, new))}


class TableWrites:
    """Plans and carries out changes.

    Args:
        homes: The homes that are written, all of whose rows are wanted or retired; None for all of them, and for what is of
            no home.
        kept: Homes that are left as they are.
        count: Called with how many rows were written.
    """

    def __init__(
        self,
        connection: Connection,
        keys: OwnerKeyWrites,
        now: int,
        homes: Collection[str] | None = None,
        kept: Collection[str] = (),
        count: Callable[[int], None] = lambda _rows: None,
    ) -> None:
        self._connection: Final = connection
        self._keys: Final = keys
        self._now: Final = now
        self._homes: Final = homes
        self._kept: Final = frozenset(kept)
        self._count: Final = count
        self.touched: Final[set[str]] = set()
        self.is_watched = False

    def make(self, table: Table, wanted: list[dict[str, Any]]) -> TableChange:
        """Plan and carry out."""
        return self.carry_out(table, self.plan(table, wanted))

    def plan(self, table: Table, wanted: list[dict[str, Any]]) -> TablePlan:
        """Find what differs; `wanted` has the rows of all homes that are written."""
        there = {row["id"]: row for row in self._read(table, wanted)}
        watched = _WATCHED[table.name]
        added: list[str] = []
        changed: list[str] = []
        writes: list[dict[str, Any]] = []
        place, is_watched = self.find_next_place(table), False
        for row in wanted:
            old = there.get(row["id"])
            if old is not None and row.get(_CHOSEN, 0) is None:
                row = {**row, _CHOSEN: old[_CHOSEN]}  # noqa: PLW2901 - as it will be written
            if old is not None and old["retired_at"] is None and is_same(old, row):
                continue
            stands = old is not None and old["retired_at"] is None
            (changed if stands else added).append(row["id"])
            is_watched |= not stands or any(old is not None and old[name] != row[name] for name in watched)
            since = {"enrolled_at": self._now if old is None else old["enrolled_at"]} if table.name in _EXPECTED else {}
            writes.append({"place": place if old is None else old["place"], **since, **row, "retired_at": None})
            place += old is None
        names = {row["id"] for row in wanted}
        keeps_others = self._homes is not None and table.name in _OF_NO_HOME
        removed = [] if keeps_others else [i for i, old in there.items() if i not in names and old["retired_at"] is None]
        is_watched = (is_watched or bool(removed)) and table.name not in _UNWATCHED
        return TablePlan(there, writes, TableChange(tuple(added), tuple(changed), tuple(removed)), is_watched)

    def carry_out(self, table: Table, plan: TablePlan) -> TableChange:
        """Write a plan."""
        for rows in self.seal(table, plan.writes):
            write_columns(self._connection, table, {name: [row[name] for row in rows] for name in rows[0]}, replaces="id")
            self._count(len(rows))
        for some in split_chunks(plan.difference.removed):
            self._connection.execute(update(table).where(match_any(table.c.id, some)).values(retired_at=self._now))
        gone = (plan.there[name] for name in plan.difference.removed)
        self._touch(table, [*plan.writes, *gone])
        # a home that something was moved out of has changed too
        self._touch(table, (old for row in plan.writes if (old := plan.there.get(row["id"])) is not None))
        self.is_watched |= plan.is_watched
        return plan.difference

    def make_away(self, wanted: list[dict[str, Any]]) -> TableChange:
        """Plan and carry out changes of absences, which have no ids. What an outcome taught is no business of the file's."""
        table = tables.away
        rows = self.open(table, self._select(table).where(table.c.taught_by == "").order_by(table.c.place))
        there = {(row["household"], row["starts_at"]): row for row in rows if row["household"] not in self._kept}
        added: list[str] = []
        changed: list[str] = []
        writes: list[dict[str, Any]] = []
        place = self.find_next_place(table)
        for row in wanted:
            old = there.pop((row["household"], row["starts_at"]), None)
            if old is not None and is_same(old, row):
                continue
            (added if old is None else changed).append(row["household"])
            writes.append({**row, "place": place if old is None else old["place"]})
            place += old is None
            if old is not None:
                self._connection.execute(delete(table).where(table.c.id == old["id"]))
        for some in split_chunks(old["id"] for old in there.values()):
            self._connection.execute(delete(table).where(match_any(table.c.id, some)))
        for rows_ in self.seal(table, writes):
            self._connection.execute(insert(table), rows_)
        change = TableChange(tuple(added), tuple(changed), tuple(household for household, _ in there))
        self.touched.update(change.all)
        self.is_watched |= bool(change)
        return change

    def open(self, table: Table, query: Select[Any]) -> Iterator[dict[str, Any]]:
        """Read rows of a table, with what is sealed in them opened."""
        rows, sealed = iterate_dicts(self._connection, query), SEALED_TABLES.get(table.name)
        return rows if sealed is None else open_rows(self._keys, sealed, rows)

    def seal(self, table: Table, rows: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
        """Seal rows; yields lists of them, since a statement takes many."""
        sealed = SEALED_TABLES.get(table.name)
        if sealed is not None:
            return seal_rows(self._keys, sealed, rows, self._now)
        return map(list, split_chunks(rows, _AT_ONCE))

    def find_next_place(self, table: Table) -> int:
        """Find the place behind all others."""
        return (self._connection.scalar(select(func.max(table.c.place))) or 0) + 1

    def raise_versions(self) -> None:
        """Give each home of which something was written its next version."""
        table = tables.household
        for some in split_chunks(sorted(self.touched)):
            next_one = update(table).where(match_any(table.c.id, some)).values(version=table.c.version + 1)
            self._connection.execute(next_one)

    def _read(self, table: Table, wanted: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        query = self._select(table)
        if self._homes is not None and table.name not in _OF_NO_HOME:  # what was retired in another home may come into this one
            query = select(table).where(or_(self._lies_in(table), match_any(table.c.id, [row["id"] for row in wanted])))
        return (row for row in self.open(table, query) if _find_home(table, row) not in self._kept)

    def _select(self, table: Table) -> Select[Any]:
        everything = self._homes is None or table.name in _OF_NO_HOME
        return select(table) if everything else select(table).where(self._lies_in(table))

    def _lies_in(self, table: Table) -> Any:
        return match_any(table.c.id if table is tables.household else table.c.household, self._homes or ())

    def _touch(self, table: Table, rows: Iterable[Mapping[str, Any]]) -> None:
        self.touched.update(home for row in rows if (home := _find_home(table, row)) is not None)


def is_same(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Whether a row says already what is wanted of it."""
    return all(old[name] == value for name, value in new.items())


def _find_home(table: Table, row: Mapping[str, Any]) -> str | None:
    """Find the home that a row is of; None for an area or a responder."""
    if table is tables.household:
        return str(row["id"])
    return None if "household" not in row else str(row["household"])
