"""Makes the tree of a fleet file from the rows of a table. Rows with the same ids speak of the same home, person or device."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from homebeat.domain.channel import CHANNELS
from homebeat.domain.errors import BadFleet
from homebeat.registry.fields import suggest_name
from homebeat.registry.sheet_cells import BadCell, Cell, read_cell
from homebeat.registry.sheet_columns import (
    ADDRESS,
    AREA,
    AWAY,
    BY_PATH,
    COLUMNS,
    CONTACT,
    CONTACT_CHANNEL,
    DEVICE,
    HOME,
    MORE,
    POSITION,
    RESIDENT,
    RESPONDER,
    RESPONDER_CHANNEL,
    Path,
    SheetColumn,
    find_column,
)
from homebeat.registry.text import Place

_AREA_ID: Final = (*AREA, "id")
_HOME_ID: Final = (*HOME, "id")
_OF_HOME: Final = (RESIDENT, CONTACT, DEVICE, AWAY)
#: A city with three rows for each of 300,000 homes. Excel holds no more than 1,048,576.
MOST_ROWS: Final = 1_000_000
#: A file with more columns is no list of homes.
MOST_COLUMNS: Final = 200


class SheetRow(NamedTuple):
    """One row, with its line in the file, from 1."""

    line: int
    cells: Sequence[Cell]


class SheetFault(NamedTuple):
    """What is wrong with a cell."""

    line: int
    header: str
    text: str


class SheetTable(dict[str, Any]):
    """A table of fields that came from rows: from its first line, but for the fields in `lines`."""

    line = 1
    lines: dict[str, int]


_Values = dict[Path, Any]


class SheetTree:
    """The tree, its faults so far, and where in the file each place of it stands."""

    def __init__(self, rows: Iterable[SheetRow]) -> None:
        self.tree: dict[str, list[SheetTable]] = {"areas": [], "households": [], "responders": []}
        self.faults: Final[list[SheetFault]] = []
        self._known: dict[tuple[Any, ...], SheetTable] = {}
        self._named: dict[tuple[str, str | None], tuple[str, Any]] = {}
        iterator = iter(rows)
        header = next((row for row in iterator if any(map(_is_filled, row.cells))), None)
        if header is None:
            raise BadFleet(["line 1: the table is empty: `homebeat fleet template FILE` writes one with its headers"])
        self._headers: Final = [str(cell).strip() if _is_filled(cell) else "" for cell in header.cells]
        self._columns: Final = self._read_headers(header.line)
        shown = {column.path: header for column, header in zip(self._columns, self._headers, strict=True) if column is not None}
        self._shown: Final[Mapping[Path, str]] = shown
        self._language: Final = "zh" if any(not header.isascii() for header in shown.values()) else "en"
        for row in iterator:
            self._read_row(row)

    def locate(self, place: Place) -> tuple[int, str]:
        """Find the line of a place of the tree, and the header of its column."""
        here: Any = self.tree
        line = 1
        for part in place:
            if isinstance(here, SheetTable):
                line = here.lines.get(str(part), line)
            is_there = part in here if isinstance(here, dict) else isinstance(here, list) and int(part) < len(here)
            here = here[part] if is_there else None
            line = here.line if isinstance(here, SheetTable) else line
        return line, self._name_column(tuple(part for part in place if isinstance(part, str)))

    def _name_column(self, path: Path) -> str:
        column = find_column(path)
        return "" if column is None else self._shown.get(column.path, column.name_in(self._language))

    def _read_headers(self, line: int) -> list[SheetColumn | None]:
        if len(self._headers) > MOST_COLUMNS and any(self._headers[MOST_COLUMNS:]):
            raise BadFleet([f"line {line}: more than {MOST_COLUMNS} columns"])
        known = {name.casefold(): column for column in COLUMNS for name in (column.name, column.chinese)}
        names = [name for column in COLUMNS for name in (column.name, column.chinese)]
        found: list[SheetColumn | None] = []
        for header in self._headers:
            column = known.get(header.casefold())
            if header and column is None:
                self.faults.append(SheetFault(line, header, f"there is no such column{suggest_name(header, names)}"))
            elif column is not None and column in found:
                self.faults.append(SheetFault(line, header, "is there twice"))
            found.append(column)
        if not any(found):
            raise BadFleet([f"line {line}: no cell of it is a header: `homebeat fleet template FILE` writes a table with them"])
        return found

    def _read_row(self, row: SheetRow) -> None:
        values: _Values = {}
        for at, raw in enumerate(row.cells):
            if not _is_filled(raw):
                continue
            column = self._columns[at] if at < len(self._columns) else None
            if column is None:
                if at >= len(self._columns) or not self._headers[at]:
                    self.faults.append(SheetFault(row.line, str(at + 1), "stands under no header: the row has a cell too many"))
                continue
            try:
                value = read_cell(raw, column)
            except BadCell as bad:
                self.faults.append(SheetFault(row.line, self._headers[at], str(bad)))
                value = None
            if value is not None:
                values[column.path] = value
        if values:
            self._enter(values, row.line)

    def _enter(self, values: _Values, line: int) -> None:
        groups = _find_groups(values)
        is_of_home = bool(groups & {HOME, CONTACT_CHANNEL, *_OF_HOME})
        is_of_staff = bool(groups & {RESPONDER, RESPONDER_CHANNEL})
        if (*AREA, "name") in values or (*AREA, "parent") in values or not (is_of_home or is_of_staff):
            self._fill(self.tree["areas"], AREA, (values.get(_AREA_ID, line),), values, line)
        if is_of_home:
            self._enter_home(values, line)
        if is_of_staff:
            key = (values.get((*RESPONDER, "id"), line),)
            self._enter_with_channel(self.tree["responders"], RESPONDER, key, values, line)

    def _enter_home(self, values: _Values, line: int) -> None:
        ident = values.get(_HOME_ID)
        if ident is None:
            self._add_fault(line, _HOME_ID, "is missing: each row about a home names it")
            return
        home = self._fill(self.tree["households"], HOME, (ident,), values, line)
        if _AREA_ID in values:
            self._put(home, "area", values[_AREA_ID], line, _AREA_ID)
        position = {path[-1]: values[path] for path in ((*POSITION, "lat"), (*POSITION, "lon")) if path in values}
        if position:
            self._put(home, "position", position, line, (*POSITION, "lat"))
        groups = _find_groups(values)
        if RESIDENT in groups:
            self._fill(home.setdefault("residents", []), RESIDENT, (ident, values.get((*RESIDENT, "id"), line)), values, line)
        if groups & {CONTACT, CONTACT_CHANNEL}:
            key = (ident, self._find_contact(ident, values, line))
            self._enter_with_channel(home.setdefault("contacts", []), CONTACT, key, values, line)
        if DEVICE in groups:
            self._fill(home.setdefault("devices", []), DEVICE, (ident, values.get((*DEVICE, "id"), line)), values, line)
        if AWAY in groups:
            self._fill(home.setdefault("away", []), AWAY, (ident, values.get((*AWAY, "from"), line)), values, line)

    def _find_contact(self, home: str, values: _Values, line: int) -> tuple[str, Any]:
        """Find what a contact is known by: an id, or a name for which another row of the home has an id or not."""
        own, name = values.get((*CONTACT, "id")), values.get((*CONTACT, "name"))
        if own is None:
            return self._named.get((home, name)) or (("line", line) if name is None else ("name", name))
        self._named.setdefault((home, name), ("id", own))
        return "id", own

    def _enter_with_channel(self, into: list[SheetTable], group: Path, key: tuple[Any, ...], values: _Values, line: int) -> None:
        table, ways = self._fill(into, group, key, values, line), (*group, "channels")
        if ways not in _find_groups(values):
            return
        kind, address = values.get((*ways, "kind")), values.get((*ways, ADDRESS))
        spec = CHANNELS.get(kind or "")
        more = values.get((*ways, MORE), {})
        if not isinstance(more, dict):
            self._add_fault(line, (*ways, MORE), 'is not a JSON object of texts, as in {"secret": "..."}')
            more = {}
        fields: dict[str, Any] = {**more} if kind is None else {**more, "kind": kind}
        if address is not None:
            fields[spec.address if spec is not None else "url"] = address
        seen = (ways, *key, kind, address)
        if seen not in self._known:
            channel = self._known[seen] = _make_table(line)
            channel.update(fields)
            table.setdefault("channels", []).append(channel)
        elif dict(self._known[seen]) != fields:
            self._add_fault(line, (*ways, MORE), f"differs from line {self._known[seen].line}, which names the same channel")

    def _fill(self, into: list[SheetTable], group: Path, key: tuple[Any, ...], values: _Values, line: int) -> SheetTable:
        """Put the fields of one thing into its table, which the first row about it makes."""
        table = self._known.get((group, *key))
        if table is None:
            table = self._known[group, *key] = _make_table(line)
            into.append(table)
        for path, value in values.items():
            if path[:-1] == group:
                self._put(table, path[-1], value, line, path)
        return table

    def _put(self, table: SheetTable, name: str, value: Any, line: int, path: Path) -> None:
        if name not in table:
            table[name] = value
            if line != table.line:
                table.lines[name] = line
        elif table[name] != value:
            first = table.lines.get(name, table.line)
            self._add_fault(line, path, f"says {value!r}, and line {first} says {table[name]!r} of the same")

    def _add_fault(self, line: int, path: Path, text: str) -> None:
        self.faults.append(SheetFault(line, self._name_column(path), text))


def _find_groups(values: _Values) -> set[Path]:
    return {BY_PATH[path].group for path in values}


def _make_table(line: int) -> SheetTable:
    table = SheetTable()
    table.line, table.lines = line, {}
    return table


def _is_filled(cell: Cell) -> bool:
    return cell is not None and (not isinstance(cell, str) or bool(cell.strip()))
