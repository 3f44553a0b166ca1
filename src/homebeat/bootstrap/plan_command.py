"""`homebeat plan`: what happens until somebody answers."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import partial
from typing import Any, Final

from homebeat.domain.response_plan import USUAL_RULE
from homebeat.settings.model import InForce
from homebeat.store import Store

_LIST_EPILOG: Final = """examples:
  homebeat plan list                         every plan, step by step, and which of them holds where
"""
_SHOW_EPILOG: Final = """examples:
  homebeat plan show h-0042                  who would be notified of a quiet home, and when, at this hour
  homebeat plan show r-0042 --rule sos       the same for an SOS of this resident

It names ids, and no person. Nobody is notified by asking.
"""
#: Gives the settings in force.
Load = Callable[[argparse.Namespace], InForce]
#: Gives them and an open store.
Open = Callable[[argparse.Namespace], tuple[InForce, Store]]


def add_plan(commands: Any, shared: argparse.ArgumentParser, load: Load, open_store: Open) -> None:
    """Add the commands to those of the program."""
    plan = commands.add_parser("plan", help="who is notified, and when").add_subparsers(required=True, metavar="ACTION")
    form = argparse.RawDescriptionHelpFormatter
    text = "every response plan, those made in the console too, and where it holds"
    command = plan.add_parser("list", parents=[shared], help=text, description=text, epilog=_LIST_EPILOG, formatter_class=form)
    command.set_defaults(run=partial(_list, load=load, open_store=open_store))
    text = "who would be notified of an alert, and when, if nobody answered"
    command = plan.add_parser("show", parents=[shared], help=text, description=text, epilog=_SHOW_EPILOG, formatter_class=form)
    command.add_argument("who", metavar="ID", help="a household or a resident")
    command.add_argument("--rule", default=USUAL_RULE, metavar="CODE", help=f"for an alert of this rule (default: {USUAL_RULE})")
    command.set_defaults(run=partial(_show, open_store=open_store))


def _list(arguments: argparse.Namespace, load: Load, open_store: Open) -> int:
    from homebeat.bootstrap.plans import list_plans

    return list_plans(arguments, load, open_store)


def _show(arguments: argparse.Namespace, open_store: Open) -> int:
    from homebeat.bootstrap.plans import show_preview

    return show_preview(arguments, open_store)
