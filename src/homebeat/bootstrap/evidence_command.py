"""`homebeat report`: its options, and the call."""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path
from typing import Any, Final

from homebeat.bootstrap.people_command import Open
from homebeat.bootstrap.writing import check_writable

_EPILOG: Final = """examples:
  homebeat report --html march.html --language zh-CN         last month, as a page with plots
  homebeat report --from 2026-03-01 --area c1 --csv march.csv
  homebeat report --from 2026-01-01 --until 2027-01-01 --json year.json
  homebeat report --models --html models.html                which model of each kind of device to buy again
"""


def add_report(commands: Any, shared: argparse.ArgumentParser, open_store: Open) -> None:
    """Add the command to those of the program."""
    command = commands.add_parser(
        "report",
        parents=[shared],
        help="how alerts were answered: times against targets, false shares, load, counted answers",
        description="Says how the alerts of a month, or of other days, were answered. It reads, and changes nothing.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument("--from", dest="first", type=_parse_day, metavar="DAY", help="the first day (default: of last month)")
    command.add_argument(
        "--until", type=_parse_day, metavar="DAY", help="the day after the last (default: the end of that month)"
    )
    command.add_argument(
        "--models", action="store_true", help="instead, how the models of devices did: false alarms, silence, batteries, an index"
    )
    command.add_argument("--area", metavar="ID", help="this area and all below it (default all)")
    command.add_argument("--json", type=Path, metavar="FILE", help="the whole report as JSON")
    command.add_argument("--csv", type=Path, metavar="FILE", help="one figure a row, for a spreadsheet")
    command.add_argument("--html", type=Path, metavar="FILE", help="a page with plots, in one file")
    command.add_argument("--language", choices=("en", "zh-CN"), default="en", help="language of the page (default en)")
    command.set_defaults(run=lambda asked: _run(asked, open_store))


def _run(asked: argparse.Namespace, open_store: Open) -> int:
    from homebeat.bootstrap.evidence import ReportFiles, write_report

    files = ReportFiles(asked.json, asked.csv, asked.html, asked.language)
    check_writable(asked.json, asked.csv, asked.html)
    force, store = open_store(asked)
    if asked.models:
        from homebeat.bootstrap.model_evidence import write_models

        return write_models(store, force.settings, asked.first, asked.until, asked.area, files)
    return write_report(store, asked.first, asked.until, asked.area, files)


def _parse_day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a day; write 2026-03-01") from None
