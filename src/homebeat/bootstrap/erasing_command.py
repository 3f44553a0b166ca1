"""`homebeat erase`: its options, and the call."""

from __future__ import annotations

import argparse
from functools import partial
from typing import Any, Final

from homebeat.bootstrap.people_command import Open
from homebeat.domain.ids import ResidentId

_EPILOG: Final = """examples:
  homebeat erase r-0042                       says what goes, and asks
  homebeat erase r-0042 --yes                 does not ask
  homebeat audit list --about resident:r-0042 --action erase      the proof

It cannot be undone. The resident must not be in the registry any more, and alerts about them must be closed.
exit status: 0 erased, now or before; 1 not erased
"""


def add_erasing(commands: Any, shared: argparse.ArgumentParser, open_store: Open) -> None:
    """Add the command to those of the program."""
    command = commands.add_parser(
        "erase",
        parents=[shared],
        help="erase a resident for good: their key, and all rows about them",
        description="Destroys the key of a resident, and deletes what is stored about them.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument("resident", metavar="RESIDENT", help="the id")
    command.add_argument("--yes", action="store_true", help="do not ask")
    command.set_defaults(run=partial(_erase, open_store=open_store))


def _erase(asked: argparse.Namespace, open_store: Open) -> int:
    from homebeat.bootstrap.erasing import erase

    _force, store = open_store(asked)
    return erase(store, ResidentId(asked.resident), is_sure=asked.yes)
