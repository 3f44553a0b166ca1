"""`homebeat fleet`: its options, and the calls."""

from __future__ import annotations

import argparse
import os
import secrets
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Final

from homebeat.bootstrap.people_command import Open
from homebeat.settings.model import InForce

_EPILOG: Final = """examples:
  homebeat fleet template homes.xlsx              an empty table, to be filled in
  homebeat fleet import --dry-run homes.xlsx      what would change, by line and cell
  homebeat fleet export homes.csv                 the registry as a table; .xlsx, .yaml and .json, too
  homebeat fleet import street.yaml               make the registry say what the file says
"""
_ACL_EPILOG: Final = """examples:
  homebeat fleet acl --broker nats --passwords passwords.txt --out homebeat-users.conf
  homebeat fleet acl --broker mosquitto --passwords passwords.txt --out homebeat.acl
  homebeat fleet acl --broker mosquitto --fleet street.yaml        no database needed
"""


def add_fleet(
    commands: Any, shared: argparse.ArgumentParser, load_settings: Callable[[argparse.Namespace], InForce], open_store: Open
) -> None:
    """Add the command to those of the program."""
    text, formatter = "the registry", argparse.RawDescriptionHelpFormatter
    group = commands.add_parser("fleet", help=text, description=text, epilog=_EPILOG, formatter_class=formatter)
    actions = group.add_subparsers(required=True, metavar="ACTION")
    command = actions.add_parser("import", parents=[shared], help="make the registry say what a fleet file says")
    command.add_argument("file", type=Path, metavar="FILE", help="YAML, JSON or a table (.csv, .xlsx); docs/fleet.md")
    text = "the file is of this area and all below it: homes elsewhere stay as they are (docs/fleet.md)"
    command.add_argument("--area", metavar="ID", help=text)
    command.add_argument("--dry-run", action="store_true", help="say what would change by line and cell, and change nothing")
    command.add_argument("--yes", action="store_true", help="retire more than a tenth of the homes, residents or devices")
    text = "homes that were changed in the console become what the file says again"
    command.add_argument("--take-back", action="store_true", help=text)
    command.add_argument("--language", choices=("en", "zh-CN"), help="of what is said (default: that of LANG)")
    command.set_defaults(run=lambda asked: _import(asked, open_store))
    text = "the registry as a fleet file, which imports to the same registry"
    command = actions.add_parser("export", parents=[shared], help=text, description=text)
    command.add_argument("file", type=Path, metavar="FILE", help=".yaml, .json, .csv or .xlsx; there must be no such file")
    command.add_argument("--area", metavar="ID", help="an area and all below it, for `fleet import --area` (default: everything)")
    command.add_argument("--language", choices=("en", "zh-CN"), help="of the headers of a table (default: that of LANG)")
    command.set_defaults(run=lambda asked: _export(asked, open_store))
    text = "an empty table with headers, for a spreadsheet program"
    command = actions.add_parser("template", help=text, description=text)
    command.add_argument("file", type=Path, metavar="FILE", help="a name that ends in .csv or .xlsx; there must be no such file")
    command.add_argument("--language", choices=("en", "zh-CN"), help="of the headers (default: that of LANG)")
    command.add_argument("--all", action="store_true", help="every column (default: what a street office fills in)")
    command.set_defaults(run=_write_template)
    text = "the device models that homebeat knows, and those of the registry with how many devices there are"
    command = actions.add_parser("models", parents=[shared], help=text, description=text)
    command.add_argument("--language", choices=("en", "zh-CN"), help="of what is said (default: that of LANG)")
    command.set_defaults(run=lambda asked: _list_models(asked, open_store))
    command = actions.add_parser(
        "acl",
        parents=[shared],
        help="who may publish and hear what, as the broker's configuration",
        description="Writes Mosquitto's acl_file, or NATS's accounts, for the devices of the registry (or of a fleet file). "
        "A device signs in with its id as its user name and can then speak for itself only.",
        epilog=_ACL_EPILOG,
        formatter_class=formatter,
    )
    command.add_argument("--broker", required=True, choices=("mosquitto", "nats"))
    command.add_argument("--fleet", type=Path, metavar="FILE", help="take the devices from a fleet file (default: the registry)")
    command.add_argument("--passwords", type=Path, metavar="FILE", help="name:password lines; made and completed where one lacks")
    command.add_argument("--out", type=Path, metavar="FILE", help="where to (default: standard output)")
    command.set_defaults(run=lambda asked: _write_acl(asked, load_settings, open_store))
    _add_labels(actions, shared, open_store)


def _add_labels(actions: Any, shared: argparse.ArgumentParser, open_store: Open) -> None:
    text = "a sheet of labels with the codes at doors, to be printed"
    command = actions.add_parser("labels", parents=[shared], help=text, description=text)
    which = command.add_mutually_exclusive_group(required=True)
    which.add_argument("--area", default="", metavar="ID", help="the homes of an area and all below it, at most 500")
    which.add_argument("--household", default="", metavar="ID", help="one home")
    command.add_argument("--renew", action="store_true", help="give the home another code before: its label is lost")
    command.add_argument("--language", default="zh-CN", metavar="TAG", help="of what is not on the labels (default: zh-CN)")
    command.add_argument("--out", type=Path, required=True, metavar="FILE", help="an HTML page for A4")
    command.set_defaults(run=lambda asked: _print_labels(asked, open_store))


def _import(asked: argparse.Namespace, open_store: Open) -> int:
    from homebeat.bootstrap.fleet_import import ImportOptions, import_fleet
    from homebeat.wording import read_terminal_language

    force, store = open_store(asked)
    language = asked.language or read_terminal_language(os.environ)
    options = ImportOptions(asked.dry_run, asked.take_back, asked.yes, language, asked.area or None)
    return import_fleet(force, store, asked.file, options)


def _export(asked: argparse.Namespace, open_store: Open) -> int:
    from homebeat.bootstrap.fleet_export import export_fleet
    from homebeat.wording import read_terminal_language

    language = asked.language or read_terminal_language(os.environ)
    return export_fleet(open_store(asked)[1], asked.file, language, asked.area or None)


def _list_models(asked: argparse.Namespace, open_store: Open) -> int:
    from homebeat.bootstrap.fleet_models import list_models
    from homebeat.wording import read_terminal_language

    return list_models(open_store(asked)[1], asked.language or read_terminal_language(os.environ))


def _write_template(asked: argparse.Namespace) -> int:
    from homebeat.bootstrap.fleet_export import write_template
    from homebeat.wording import read_terminal_language

    return write_template(asked.file, asked.language or read_terminal_language(os.environ), with_all=asked.all)


def _write_acl(asked: argparse.Namespace, load_settings: Callable[[argparse.Namespace], InForce], open_store: Open) -> int:
    from homebeat.bootstrap.broker_accounts import write_accounts
    from homebeat.bootstrap.registry import find_format_rights, list_asking_devices, list_device_ids

    force = load_settings(asked)
    devices = list_device_ids(asked.fleet, lambda: open_store(asked)[1])
    asking = list_asking_devices(asked.fleet, lambda: open_store(asked)[1])
    of_formats = find_format_rights(force.settings, asked.fleet, lambda: open_store(asked)[1])
    chance = partial(secrets.token_urlsafe, 24)
    return write_accounts(force.settings, asked.broker, devices, asked.out, asked.passwords, chance, asking, of_formats)


def _print_labels(asked: argparse.Namespace, open_store: Open) -> int:
    from homebeat.bootstrap.door_labels import print_labels

    force, store = open_store(asked)
    try:
        base = force.settings.link_base
        return print_labels(store, asked.area, asked.household, asked.out, base, asked.language, renew=asked.renew)
    finally:
        store.close()
