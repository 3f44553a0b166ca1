"""`homebeat export` and `homebeat import`: their options, and the calls."""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path
from typing import Any, Final

from homebeat.bootstrap.audit_command import Open, count_back, parse_moment
from homebeat.domain.ids import AreaId, ResidentId

_EXPORT_EPILOG: Final = """examples:
  homebeat export way-out                                     everything, to be read by `homebeat import`
  homebeat export court --area c1                             an area with all below it, for a successor
  homebeat export hers --resident r-0042                      all that is known of one person, for herself
  homebeat export table --format csv --since P35D             for a spreadsheet; readings of the last 35 days
  homebeat export study --format parquet                      for analysts: readings in columns (homebeat[parquet])
  homebeat export clinic --format fhir                        readings as FHIR R4 Observations (omh: Open mHealth)
"""
_IMPORT_EPILOG: Final = """examples:
  HOMEBEAT_STATE_DIR=new homebeat db upgrade && HOMEBEAT_STATE_DIR=new homebeat import way-out

Stop the old installation before you export, or both send messages about the same people.
"""


def add_carrying(commands: Any, shared: argparse.ArgumentParser, open_store: Open) -> None:
    """Add the commands to those of the program."""
    text = "write everything as open files: homes, readings, alerts, audit"
    command = _add(commands, shared, "export", text, _EXPORT_EPILOG)
    command.add_argument("folder", type=Path, metavar="DIR", help="a new folder, or an empty one")
    whose = command.add_mutually_exclusive_group()
    whose.add_argument("--area", metavar="ID", help="only this area and all below it")
    whose.add_argument("--resident", metavar="ID", help="only what is about this resident, in a form that people read")
    text = "of the files (default ndjson); parquet: of the readings, and all else ndjson; fhir and omh write readings alone"
    command.add_argument("--format", choices=("ndjson", "csv", "parquet", "fhir", "omh"), default="ndjson", help=text)
    command.add_argument(
        "--since", type=parse_moment, metavar="TIME", help="readings from this time on: ISO 8601, or P35D (default: all)"
    )
    command.set_defaults(run=partial(_export, open_store=open_store))
    text = "read what `homebeat export` wrote into an empty database"
    command = _add(commands, shared, "import", text, _IMPORT_EPILOG)
    command.add_argument("folder", type=Path, metavar="DIR", help="the folder of the export")
    command.set_defaults(run=partial(_import, open_store=open_store))


def _add(commands: Any, shared: argparse.ArgumentParser, name: str, text: str, epilog: str) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(
        name,
        parents=[shared],
        help=text,
        description=text[0].upper() + text[1:] + ".",
        epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    return command


def _export(asked: argparse.Namespace, open_store: Open) -> int:
    from homebeat.bootstrap.carrying import export
    from homebeat.exchange.export import ExportScope

    force, store = open_store(asked)
    since = count_back(asked.since, store.read_now())
    area = None if asked.area is None else AreaId(asked.area)
    resident = None if asked.resident is None else ResidentId(asked.resident)
    return export(force, store, asked.folder, ExportScope(area, since, resident), asked.format)


def _import(asked: argparse.Namespace, open_store: Open) -> int:
    from homebeat.bootstrap.carrying import import_everything

    _force, store = open_store(asked)
    return import_everything(store, asked.folder)
