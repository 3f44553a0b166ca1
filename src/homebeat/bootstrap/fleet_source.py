"""Opens fleet files of every form. The library for workbooks is loaded for a workbook alone: it takes a second and 30 MB."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from homebeat.registry.fleet_file import WORKBOOKS, FleetSource, make_table_source, open_source, read_bytes


def open_fleet_source(path: Path, count: Callable[[], None] = lambda: None) -> FleetSource:
    """Read a fleet file of any form into a tree; `count` is called after each row of a table.

    Raises:
        BadFleet: It cannot be read, or is of no form that is taken.
    """
    if path.suffix.lower() not in WORKBOOKS:
        return open_source(path, count)
    from homebeat.registry.workbook import read_workbook

    return make_table_source(read_workbook(read_bytes(path)), count)
