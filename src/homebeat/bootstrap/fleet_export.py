"""`homebeat fleet export` and `template`: write the registry, or headers only, as a fleet file."""

from __future__ import annotations

import getpass
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from homebeat.actions import NoteExport, perform_in
from homebeat.domain.errors import BadFleet
from homebeat.domain.ids import AreaId
from homebeat.domain.principal import make_command
from homebeat.domain.scope import EVERYTHING
from homebeat.registry.fleet_tree import write_fleet, write_json, write_sheet, write_yaml
from homebeat.registry.sheet_columns import COLUMNS, USUAL
from homebeat.registry.sheet_writing import write_csv
from homebeat.store import Store

_FORMS: Final = (".yaml", ".yml", ".json", ".csv", ".xlsx")
_TABLES: Final = (".csv", ".xlsx")


def export_fleet(store: Store, file: Path, language: str, area: AreaId | None = None) -> int:
    """Write the registry as a fleet file that imports to the same registry, and note it in the audit.

    Args:
        store: The registry.
        file: Where to; its name says the form, and there must be no such file.
        language: Of the headers of a table.
        area: This area and all below it, without responders, as an import of the area takes it; None for everything.

    Raises:
        BadFleet: The file is there already, its name says no form, or there is no such area.
    """
    if file.suffix.lower() not in _FORMS:
        raise BadFleet([f"{file.name}: the name says the form: end it in {', '.join(_FORMS)}"])
    with store.read(EVERYTHING) as reader:
        if area is not None and not reader.fleet.find_line(area):
            raise BadFleet([f"there is no area {area!r}"])
        fleet = reader.fleet.load_written(area)
    tree, form = write_fleet(fleet), file.suffix.lower().removeprefix(".")
    if file.suffix.lower() in _TABLES:
        content = _write_table(file, write_sheet(tree, language))
    else:
        content = write_json(tree) if form == "json" else write_yaml(tree)
    with store.begin() as tx:
        perform_in(
            tx,
            make_command(getpass.getuser()),
            NoteExport(f"area:{area}" if area else "", f"fleet {form}", len(fleet.households)),
            store.read_now(),
        )
    _write_new(file, content)
    print(f"{file}: {len(fleet.households)} homes, with names, telephone numbers and secrets: keep it as safe as a backup")
    return 0


def write_template(file: Path, language: str, *, with_all: bool) -> int:
    """Write an empty table to a new file.

    Args:
        file: Where to; its name says the form.
        language: Of the headers.
        with_all: Every column, not only the usual ones.

    Raises:
        BadFleet: The file is there already, or its name says another form.
    """
    if file.suffix.lower() not in _TABLES:
        raise BadFleet([f"{file.name}: a table is written as .csv or .xlsx: homebeat fleet template homes.xlsx"])
    header = [column.name_in(language) for column in COLUMNS if with_all or column.name in USUAL]
    _write_new(file, _write_table(file, [header]))
    print(f"{file}: {len(header)} columns; docs/fleet.md says what belongs into each")
    return 0


def _write_table(file: Path, rows: Iterable[Sequence[object]]) -> bytes:
    if file.suffix.lower() == ".csv":
        return write_csv(rows)
    from homebeat.registry.workbook import write_workbook

    return write_workbook(rows)


def _write_new(file: Path, content: bytes) -> None:
    try:
        with file.open("xb") as out:
            out.write(content)
    except FileExistsError:
        raise BadFleet([f"{file}: is there already, and is not written over"]) from None
