"""Brings the tables of the registry to the rows that are wanted: of everybody, or of some homes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import Connection, Select, Table, delete, func, insert, select, update

from homebeat.domain.ids import ContactId
from homebeat.store.base.among import match_any
from homebeat.store.base.bulk import write_ahead, write_columns
from homebeat.store.base.chunks import split_chunks
from homebeat.store.base.dicts import iterate_dicts
from homebeat.store.home import tables
from homebeat.store.home.sealed import SEALED_TABLES, open_rows, seal_rows
from homebeat.store.home.values import TableChange
from homebeat.store.notice.following import find_moves

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

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
#: Rows, and homes, that are written together.
AT_ONCE: Final = 2_000
_VERSION: Final = "version"
#: What they say, people are searched by.
_SEARCHED: Final = frozenset({"household", "resident", "contact"})
#: Of these the watch reads nothing, whoever is added or retired.
_UNWATCHED: Final = frozenset({"contact", "responder"})


@dataclass(slots=True)
class _TableState:
    """What was done to one table.

    Attributes:
        place: Of the next new row.
        was_empty: Nothing can be retired.
        moves: The places that channels were moved to, of those whose channels were.
    """

    place: int
    was_empty: bool
    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    moves: dict[ContactId, dict[int, int]] = field(default_factory=dict)


class PlannedRows(NamedTuple):
    """Rows that are to be written: those that are not there yet, and those that are there and differ."""

    table: Table
    fresh: list[dict[str, Any]]
    renewed: list[dict[str, Any]]


class TableWrites:
    """Writes rows, some thousands at a time, and retires what was not wanted.

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
        self._states: Final[dict[str, _TableState]] = {}
        #: Homes that were not there, which are written with their first version.
        self._new: Final[set[str]] = set()
        #: Other homes of which anything was written, and all of which something was by which people are searched.
        self.touched: Final[set[str]] = set()
        self.described: Final[set[str]] = set()
        self.is_watched = False

    def make(self, table: Table, wanted: list[dict[str, Any]]) -> TableChange:
        """Write all rows that are wanted of a table, and retire the others."""
        for some in split_chunks(wanted, AT_ONCE):
            self.write([self.plan(table, some, self.find(table, some))])
        return self.retire(table, [row["id"] for row in wanted])

    def find(self, table: Table, wanted: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
        """Find those of some rows that are there, retired ones too, by id."""
        if self._get_state(table).was_empty:
            return {}
        query = select(table).where(match_any(table.c.id, (row["id"] for row in wanted)))
        return {row["id"]: row for row in self.open(table, query)}

    def plan(self, table: Table, wanted: Iterable[dict[str, Any]], there: Mapping[str, dict[str, Any]]) -> PlannedRows:
        """Plan to write those of some rows that differ from what is there."""
        state, watched, is_expected = self._get_state(table), _WATCHED[table.name], table.name in _EXPECTED
        first = {_VERSION: 1} if table is tables.household else {}
        fresh: list[dict[str, Any]] = []
        renewed: list[dict[str, Any]] = []
        is_watched = False
        for row in wanted:
            old = there.get(row["id"])
            if old is None:
                since = {"enrolled_at": self._now} if is_expected else {}
                fresh.append({"place": state.place, **since, **first, **row, "retired_at": None})
                state.added.append(row["id"])
                state.place += 1
                continue
            if row.get(_CHOSEN, 0) is None:
                row = {**row, _CHOSEN: old[_CHOSEN]}  # noqa: PLW2901 - as it will be written
            stands = old["retired_at"] is None
            if stands and is_same(old, row):
                continue
            (state.changed if stands else state.added).append(row["id"])
            is_watched |= not stands or any(old[name] != row[name] for name in watched)
            since = {"enrolled_at": old["enrolled_at"]} if is_expected else {}
            back = {"retired_at": None, **({"retired_for": ""} if table is tables.device else {})}
            renewed.append({"place": old["place"], **since, **row, **back})
            if "channels" in row and (moved := find_moves(old["channels"], row["channels"])):
                state.moves[ContactId(row["id"])] = moved
        self.is_watched |= (is_watched or bool(fresh)) and table.name not in _UNWATCHED
        if table is tables.household:
            self._new.update(row["id"] for row in fresh)
        # a home that something was moved out of has changed too
        self._touch(table, (*fresh, *renewed, *(there[row["id"]] for row in renewed)))
        return PlannedRows(table, fresh, renewed)

    def write(self, plans: Sequence[PlannedRows]) -> None:
        """Write what was planned, in this order; nothing is read meanwhile."""
        with write_ahead(self._connection):
            for plan in plans:
                self._make_keys(plan)
            for plan in plans:
                # SQLite has one writer, which this is: a row that is not there is new, and written in half the time
                self._write(plan.table, plan.fresh, "id" if self._connection.dialect.name == "postgresql" else "")
                self._write(plan.table, plan.renewed, "id")

    def _make_keys(self, plan: PlannedRows) -> None:
        if (sealed := SEALED_TABLES.get(plan.table.name)) is not None:
            for some in split_chunks((sealed.owner(row) for row in (*plan.fresh, *plan.renewed)), AT_ONCE):
                self._keys.make_keys(some, self._now)

    def retire(self, table: Table, wanted: Sequence[str]) -> TableChange:
        """Retire all rows but those wanted, by id, which were written before; returns what was done to the table."""
        state, gone = self._get_state(table), []
        if not state.was_empty and not (self._homes is not None and table.name in _OF_NO_HOME):
            gone = self._list_unwanted(table, wanted)
        for some in split_chunks(row["id"] for row in gone):
            self._connection.execute(update(table).where(match_any(table.c.id, some)).values(retired_at=self._now))
        self._touch(table, gone)
        self.is_watched |= bool(gone) and table.name not in _UNWATCHED
        return TableChange(tuple(state.added), tuple(state.changed), tuple(row["id"] for row in gone))

    def _list_unwanted(self, table: Table, wanted: Sequence[str]) -> list[dict[str, Any]]:
        living = self._select(table).where(table.c.retired_at.is_(None))
        if self._connection.scalar(living.with_only_columns(func.count())) == len(wanted):
            return []  # whoever is wanted is there: so nobody else is
        columns = (table.c.id, *((table.c.household,) if "household" in table.c else ()))
        rows = iterate_dicts(self._connection, living.with_only_columns(*columns).order_by(table.c.place))
        names = set(wanted)
        return [row for row in rows if row["id"] not in names and _find_home(table, row) not in self._kept]

    def get_moves(self, table: Table) -> dict[ContactId, dict[int, int]]:
        """Get the places that channels were moved to, of those whose channels were."""
        return self._get_state(table).moves

    def _get_state(self, table: Table) -> _TableState:
        if table.name not in self._states:
            was_empty = self._find_last_place(table) is None
            self._states[table.name] = _TableState(self.find_next_place(table), was_empty)
        return self._states[table.name]

    def _write(self, table: Table, rows: list[dict[str, Any]], replaces: str) -> None:
        for some in self.seal(table, rows):
            columns = {name: [row[name] for row in some] for name in some[0]}
            write_columns(self._connection, table, columns, replaces=replaces, adds=_VERSION)
            self._count(len(some))

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
        self.touched.update(home for home in change.all if home not in self._new)
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
        return map(list, split_chunks(rows, AT_ONCE))

    def find_next_place(self, table: Table) -> int:
        """Find the place behind all others."""
        return (self._find_last_place(table) or 0) + 1

    def _find_last_place(self, table: Table) -> int | None:
        last: int | None = self._connection.scalar(select(func.max(table.c.place)))
        return last

    def raise_versions(self) -> None:
        """Give each home of which something was written its next version; a new one has its first."""
        table = tables.household
        for some in split_chunks(sorted(self.touched), AT_ONCE):
            next_one = update(table).where(match_any(table.c.id, some)).values(version=table.c.version + 1)
            self._connection.execute(next_one)

    def _select(self, table: Table) -> Select[Any]:
        everything = self._homes is None or table.name in _OF_NO_HOME
        return select(table) if everything else select(table).where(self._lies_in(table))

    def _lies_in(self, table: Table) -> Any:
        return match_any(table.c.id if table is tables.household else table.c.household, self._homes or ())

    def _touch(self, table: Table, rows: Iterable[Mapping[str, Any]]) -> None:
        homes = [home for row in rows if (home := _find_home(table, row)) is not None]
        self.touched.update(home for home in homes if home not in self._new)
        if table.name in _SEARCHED:
            self.described.update(homes)


def is_same(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Whether a row says already what is wanted of it."""
    return new.items() <= old.items()


def _find_home(table: Table, row: Mapping[str, Any]) -> str | None:
    """Find the home that a row is of; None for an area or a responder."""
    if table is tables.household:
        return str(row["id"])
    return None if "household" not in row else str(row["household"])
