"""`homebeat fleet template`: writes a fleet file with headers only."""

from __future__ import annotations

from pathlib import Path

from homebeat.domain.errors import BadFleet
from homebeat.registry.sheet_columns import COLUMNS, USUAL
from homebeat.registry.sheet_writing import write_csv


def write_template(file: Path, language: str, *, with_all: bool) -> int:
    """Write an empty table to a new file.

    Args:
        file: Where to; its name says the form.
        language: Of the headers.
        with_all: Every column, not only the usual ones.

    Raises:
        BadFleet: The file is there already, or its name says another form.
    """
    if file.suffix.lower() != ".csv":
        raise BadFleet([f"{file.name}: a table is written as .csv: homebeat fleet template homes.csv"])
    header = [column.name_in(language) for column in COLUMNS if with_all or column.name in USUAL]
    try:
        with file.open("xb") as out:
            out.write(write_csv([header]))
    except FileExistsError:
        raise BadFleet([f"{file}: is there already, and is not written over"]) from None
    print(f"{file}: {len(header)} columns; docs/fleet.md says what belongs into each")
    return 0
