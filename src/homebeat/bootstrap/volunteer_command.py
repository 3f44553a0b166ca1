"""`homebeat volunteer`: its options, and the calls."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any, Final

from homebeat.bootstrap.people_command import Open
from homebeat.bootstrap.writing import check_writable

_EPILOG: Final = """examples:
  homebeat volunteer list                                     what each can do today
  homebeat volunteer hours --from 2026-01 --to 2026-03        by person and month
  homebeat volunteer hours --from 2026-03 --csv march.csv     for a time bank; --json for JSON
  homebeat volunteer correct wang --month 2026-03 --minutes 45 --reason "stayed until the son came"
"""


def add_volunteer(commands: Any, shared: argparse.ArgumentParser, open_store: Open) -> None:
    """Add the command to those of the program."""
    text = "volunteers: what they can do today, and the hours that they gave"
    formatter = argparse.RawDescriptionHelpFormatter
    group = commands.add_parser("volunteer", help=text, description=text, epilog=_EPILOG, formatter_class=formatter)
    actions = group.add_subparsers(required=True, metavar="ACTION")
    command = actions.add_parser("list", parents=[shared], help="what each can do today, and which certificates have ended")
    command.set_defaults(run=lambda asked: _list(asked, open_store))
    command = actions.add_parser("hours", parents=[shared], help="the hours that they gave, by person and month")
    command.add_argument("--from", dest="first", required=True, metavar="MONTH", help="the first month: 2026-03")
    command.add_argument("--to", dest="last", metavar="MONTH", help="the last month (default: the same)")
    command.add_argument("--csv", type=Path, metavar="FILE", help="a row for each sum, and one for each correction")
    command.add_argument("--json", type=Path, metavar="FILE", help="the same as JSON")
    command.set_defaults(run=lambda asked: _hours(asked, open_store))
    command = actions.add_parser("correct", parents=[shared], help="add minutes to a month, or take some off")
    command.add_argument("volunteer", metavar="ID")
    command.add_argument("--month", required=True, metavar="MONTH")
    command.add_argument("--minutes", required=True, type=int, help="below 0 to take some off")
    command.add_argument("--reason", required=True, help="why; it is kept sealed")
    command.set_defaults(run=lambda asked: _correct(asked, open_store))


def _list(asked: argparse.Namespace, open_store: Open) -> int:
    from homebeat.bootstrap.volunteers import print_volunteers

    return print_volunteers(open_store(asked)[1])


def _hours(asked: argparse.Namespace, open_store: Open) -> int:
    from homebeat.bootstrap.volunteers import write_hours

    check_writable(asked.csv, asked.json)
    return write_hours(open_store(asked)[1], asked.first, asked.last or asked.first, asked.csv, asked.json)


def _correct(asked: argparse.Namespace, open_store: Open) -> int:
    from homebeat.bootstrap.volunteers import correct_hours

    return correct_hours(*open_store(asked), asked.volunteer, asked.month, asked.minutes, asked.reason)
