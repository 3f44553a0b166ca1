"""`homebeat provider`: its options, and the calls."""

from __future__ import annotations

import argparse
from typing import Any, Final

from homebeat.bootstrap.people_command import Open

_EPILOG: Final = """examples:
  homebeat provider list                                            who gets the work, and how visits ended
  homebeat provider show care-co                                    its contract, and everything that happened
  homebeat provider suspend care-co --reason "nobody came on Monday"
  homebeat provider suspend care-co --veto --reason "the committee voted on 3 March"
  homebeat provider resume care-co --trial --reason "they have hired two people"
"""


def add_provider(commands: Any, shared: argparse.ArgumentParser, open_store: Open) -> None:
    """Add the command to those of the program."""
    text = "contracted organisations: what they were asked, and who gets their work"
    formatter = argparse.RawDescriptionHelpFormatter
    group = commands.add_parser("provider", help=text, description=text, epilog=_EPILOG, formatter_class=formatter)
    actions = group.add_subparsers(required=True, metavar="ACTION")
    command = actions.add_parser("list", parents=[shared], help="every provider: who gets its work, and how its visits ended")
    command.set_defaults(run=lambda asked: _list(asked, open_store))
    command = actions.add_parser("show", parents=[shared], help="one provider, its contract and the history of its circuit")
    command.add_argument("provider", metavar="ID")
    command.set_defaults(run=lambda asked: _show(asked, open_store))
    command = actions.add_parser("suspend", parents=[shared], help="give its work to its standby, at once")
    command.add_argument("provider", metavar="ID")
    command.add_argument("--reason", required=True, help="why; it is kept sealed")
    command.add_argument("--veto", action="store_true", help="the residents' supervising committee decided so")
    command.set_defaults(run=lambda asked: _suspend(asked, open_store))
    command = actions.add_parser("resume", parents=[shared], help="give its work back")
    command.add_argument("provider", metavar="ID")
    command.add_argument("--reason", required=True, help="why; it is kept sealed")
    command.add_argument("--trial", action="store_true", help="on trial: its standby is notified together with it")
    command.set_defaults(run=lambda asked: _resume(asked, open_store))


def _list(asked: argparse.Namespace, open_store: Open) -> int:
    from homebeat.bootstrap.providers import print_providers

    return print_providers(open_store(asked)[1])


def _show(asked: argparse.Namespace, open_store: Open) -> int:
    from homebeat.bootstrap.providers import print_provider

    return print_provider(open_store(asked)[1], asked.provider)


def _suspend(asked: argparse.Namespace, open_store: Open) -> int:
    from homebeat.bootstrap.providers import suspend_provider

    return suspend_provider(*open_store(asked), asked.provider, asked.reason, is_veto=asked.veto)


def _resume(asked: argparse.Namespace, open_store: Open) -> int:
    from homebeat.bootstrap.providers import resume_provider

    return resume_provider(*open_store(asked), asked.provider, asked.reason, on_trial=asked.trial)
