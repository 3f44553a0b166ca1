"""Makes the tree of a fleet file from the rows of a table. Rows with the same ids speak of the same home, person or device."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from homebeat.domain.channel import CHANNELS
from homebeat.domain.errors import BadFleet
from homebeat.registry.fields import suggest_name
from homebeat.registry.sheet_cells import BadCell, Cell, read_cell
from homebeat.registry.sheet_columns import (
    ADDRESS,
    AREA,
    AWAY,
    COLUMNS,
    CONTACT,
    CONTACT_CHANNEL,
    DEVICE,
    HOME,
    MODELS,
    MORE,
    POSITION,
    RESIDENT,
    RESPONDER,
    RESPONDER_CHANNEL,
    CellForm,
    Path,
    SheetColumn,
    find_column,
)
from homebeat.registry.text import Place

_AREA_ID: Final = (*AREA, "id")
_HOME_ID: Final = (*HOME, "id")
#: Parts of a home, and by which of its fields a part is the same one in another row.
_PARTS_OF_HOME: Final = ((RESIDENT, "id"), (DEVICE, "id"), (AWAY, "from"))
_GROUPS_OF_HOME: Final = frozenset({HOME, POSITION, RESIDENT, CONTACT, CONTACT_CHANNEL, DEVICE, AWAY})
#: A city with three rows for each of 300,000 homes. Excel holds no more than 1,048,576.
MOST_ROWS: Final = 1_000_000
#: A file with more columns is no list of homes.
MOST_COLUMNS: Final = 200
#: How many texts of a column are remembered with their values: areas, kinds and models stand in row after row.
_MOST_REMEMBERED: Final = 1_000
#: Values of these forms may be changed, so that no two rows share one.
_OWN_VALUES: Final = frozenset({CellForm.LIST, CellForm.TABLES})


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

    __slots__ = ("line", "lines")
    line: int
    lines: dict[str, int]


#: What one row says: by the table of the fleet file (`SheetColumn.target`), the values of its fields.
_Values = dict[Path, dict[str, Any]]
_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})
#: Of most tables: all of it stands in one row. It is never written to.
_NO_LINES: Final[dict[str, int]] = {}


class SheetTree:
    """The tree, its faults so far, and where in the file each place of it stands."""

    def __init__(self, rows: Iterable[SheetRow], count: Callable[[], None] = lambda: None) -> None:
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
        self._remembered: Final[list[dict[Cell, Any]]] = [{} for _ in self._columns]
        shown = {column.path: header for column, header in zip(self._columns, self._headers, strict=True) if column is not None}
        self._shown: Final[Mapping[Path, str]] = shown
        self._language: Final = "zh" if any(not header.isascii() for header in shown.values()) else "en"
        for row in iterator:
            self._read_row(row)
            count()
        # they are for rows that are still to come
        self._known.clear()
        self._named.clear()
        self._remembered.clear()

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
        if path[:1] == MODELS:
            path = (*DEVICE, *("model" if name == "name" else name for name in path[1:]))
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
        columns, count = self._columns, len(self._columns)
        for at, raw in enumerate(row.cells):
            if raw is None or raw == "":
                continue
            column = columns[at] if at < count else None
            if column is None:
                if (at >= count or not self._headers[at]) and _is_filled(raw):
                    self.faults.append(SheetFault(row.line, str(at + 1), "stands under no header: the row has a cell too many"))
                continue
            remembered = self._remembered[at]
            try:
                value = remembered[raw] if raw in remembered else self._read_cell(raw, column, remembered)
            except BadCell as bad:
                self.faults.append(SheetFault(row.line, self._headers[at], str(bad)))
                continue
            if value is not None:
                group, name = column.target
                if group in values:
                    values[group][name] = value
                else:
                    values[group] = {name: value}
        if values:
            self._enter(values, row.line)

    def _read_cell(self, raw: Cell, column: SheetColumn, remembered: dict[Cell, Any]) -> Any:
        value = read_cell(raw, column)
        # a number of a workbook is equal to a truth value, and is read as another
        if isinstance(raw, str) and len(remembered) < _MOST_REMEMBERED and column.form not in _OWN_VALUES:
            remembered[raw] = value
        return value

    def _enter(self, values: _Values, line: int) -> None:
        if values.keys() == {DEVICE} and "model" in values[DEVICE] and "id" not in values[DEVICE]:
            self._enter_model(values[DEVICE], line)
            return
        area = values.get(AREA, _NOTHING)
        is_of_home = not values.keys().isdisjoint(_GROUPS_OF_HOME)
        is_of_staff = RESPONDER in values or RESPONDER_CHANNEL in values
        if "name" in area or "parent" in area or not (is_of_home or is_of_staff):
            self._fill(self.tree["areas"], AREA, (area.get("id", line),), area, line)
        if is_of_home:
            self._enter_home(values, line)
        if is_of_staff:
            key = (values.get(RESPONDER, _NOTHING).get("id", line),)
            self._enter_with_channel(self.tree["responders"], RESPONDER, key, values, line)

    def _enter_model(self, fields: Mapping[str, Any], line: int) -> None:
        """Enter what a row without a home says of a device model."""
        own = {"name" if name == "model" else name: value for name, value in fields.items()}
        self._fill(self.tree.setdefault("models", []), MODELS, (own["name"],), own, line)

    def _enter_home(self, values: _Values, line: int) -> None:
        own = values.get(HOME, _NOTHING)
        ident = own.get("id")
        if ident is None:
            self._add_fault(line, _HOME_ID, "is missing: each row about a home names it")
            return
        home = self._fill(self.tree["households"], HOME, (ident,), own, line)
        if "id" in values.get(AREA, _NOTHING):
            self._put(home, "area", values[AREA]["id"], line, _AREA_ID)
        if POSITION in values:
            self._put(home, "position", values[POSITION], line, (*POSITION, "lat"))
        if CONTACT in values or CONTACT_CHANNEL in values:
            key = (ident, self._find_contact(ident, values.get(CONTACT, _NOTHING), line))
            self._enter_with_channel(home.setdefault("contacts", []), CONTACT, key, values, line)
        for group, known_by in _PARTS_OF_HOME:
            if (part := values.get(group)) is not None:
                self._fill(home.setdefault(group[-1], []), group, (ident, part.get(known_by, line)), part, line)

    def _find_contact(self, home: str, contact: Mapping[str, Any], line: int) -> tuple[str, Any]:
        """Find what a contact is known by: an id, or a name for which another row of the home has an id or not."""
        own, name = contact.get("id"), contact.get("name")
        if own is None:
            return self._named.get((home, name)) or (("line", line) if name is None else ("name", name))
        self._named.setdefault((home, name), ("id", own))
        return "id", own

    def _enter_with_channel(self, into: list[SheetTable], group: Path, key: tuple[Any, ...], values: _Values, line: int) -> None:
        table, ways = self._fill(into, group, key, values.get(group, _NOTHING), line), (*group, "channels")
        way = values.get(ways)
        if way is None:
            return
        kind, address = way.get("kind"), way.get(ADDRESS)
        spec = CHANNELS.get(kind or "")
        more = way.get(MORE, {})
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

    def _fill(
        self, into: list[SheetTable], group: Path, key: tuple[Any, ...], fields: Mapping[str, Any], line: int
    ) -> SheetTable:
        """Put the fields of one thing into its table, which the first row about it makes."""
        table = self._known.get((group, *key))
        if table is None:
            table = self._known[group, *key] = _make_table(line)
            table.update(fields)
            into.append(table)
        else:
            for name, value in fields.items():
                self._put(table, name, value, line, (*group, name))
        return table

    def _put(self, table: SheetTable, name: str, value: Any, line: int, path: Path) -> None:
        if name not in table:
            table[name] = value
            if line != table.line:
                table.lines = {**table.lines, name: line}
        elif table[name] != value:
            first = table.lines.get(name, table.line)
            self._add_fault(line, path, f"says {value!r}, and line {first} says {table[name]!r} of the same")

    def _add_fault(self, line: int, path: Path, text: str) -> None:
        self.faults.append(SheetFault(line, self._name_column(path), text))


def _make_table(line: int) -> SheetTable:
    table = SheetTable()
    table.line, table.lines = line, _NO_LINES
    return table


def _is_filled(cell: Cell) -> bool:
    return cell is not None and (not isinstance(cell, str) or bool(cell.strip()))
