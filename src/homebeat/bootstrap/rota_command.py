"""`homebeat rota`: its options, and the calls."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any, Final

from homebeat.bootstrap.people_command import Open

_EPILOG: Final = """examples:
  homebeat rota import --dry-run rota.yaml                 what would change, and which gaps there would be
  homebeat rota import rota.yaml                           make the rotas say what the file says
  homebeat rota show --area c1 --at 2026-03-01T20:00
  homebeat rota check                                      gaps of the next four weeks
"""
_MOST_DAYS: Final = 56


def add_rota(commands: Any, shared: argparse.ArgumentParser, open_store: Open) -> None:
    """Add the command to those of the program."""
    text = "who is on duty where and when"
    formatter = argparse.RawDescriptionHelpFormatter
    group = commands.add_parser("rota", help=text, description=text, epilog=_EPILOG, formatter_class=formatter)
    actions = group.add_subparsers(required=True, metavar="ACTION")
    command = actions.add_parser("import", parents=[shared], help="make the rotas say what a rota file says")
    command.add_argument("file", type=Path, metavar="FILE", help="JSON or YAML (docs/duty.md)")
    command.add_argument("--dry-run", action="store_true", help="say what would change, and change nothing")
    command.add_argument("--yes", action="store_true", help="write it although there are times when nobody is on duty")
    command.add_argument("--take-back", action="store_true", help="also change rotas that are kept in the console")
    command.set_defaults(run=lambda asked: _import(asked, open_store))
    command = actions.add_parser("show", parents=[shared], help="who is on duty, who is next, and the coming shifts")
    command.add_argument("--area", metavar="ID", help="one area (default: every area that has a rota)")
    command.add_argument("--at", metavar="TIME", help="at this time instead of now: 2026-03-01T20:00")
    command.add_argument("--days", type=_parse_days, default=7, help="shifts of so many days (default 7)")
    command.set_defaults(run=lambda asked: _show(asked, open_store))
    command = actions.add_parser("check", parents=[shared], help="times of the next four weeks when nobody is on duty")
    command.set_defaults(run=lambda asked: _check(asked, open_store))


def _import(asked: argparse.Namespace, open_store: Open) -> int:
    from homebeat.bootstrap.rotas import import_rotas
    from homebeat.settings.holidays import make_calendars

    force, store = open_store(asked)
    calendars = make_calendars(force.settings.holidays)
    return import_rotas(store, asked.file, calendars, dry_run=asked.dry_run, accepts_gaps=asked.yes, take_back=asked.take_back)


def _show(asked: argparse.Namespace, open_store: Open) -> int:
    from homebeat.bootstrap.rotas import show_rotas

    return show_rotas(open_store(asked)[1], asked.area, asked.at, asked.days)


def _check(asked: argparse.Namespace, open_store: Open) -> int:
    from homebeat.bootstrap.rotas import check_rotas

    return check_rotas(open_store(asked)[1])


def _parse_days(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or int(text) > _MOST_DAYS:
        raise argparse.ArgumentTypeError(f"write a number of days, at most {_MOST_DAYS}")
    return int(text)
