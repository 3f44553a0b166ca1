"""`homebeat channel`: its options, and the calls."""

from __future__ import annotations

import argparse
from typing import Any, Final

from homebeat.bootstrap.people_command import Open

_EPILOG: Final = """examples:
  homebeat channel test h-0001/wei                 a test message on each channel of a contact
  homebeat channel test /li --place 1 --expected   a text message: on the second channel of a responder
"""


def add_channel(commands: Any, shared: argparse.ArgumentParser, open_store: Open) -> None:
    """Add the command to those of the program."""
    text = "how people are told"
    formatter = argparse.RawDescriptionHelpFormatter
    group = commands.add_parser("channel", help=text, description=text, epilog=_EPILOG, formatter_class=formatter)
    actions = group.add_subparsers(required=True, metavar="ACTION")
    command = actions.add_parser("test", parents=[shared], help="send somebody a test message, and print what the provider says")
    command.add_argument("who", help="a contact (HOME/ID), or a responder (/ID)")
    command.add_argument(
        "--place", type=int, metavar="N", help="only the channel at this place of the list, from 0 (default: all)"
    )
    command.add_argument(
        "--expected", action="store_true", help="they know that it comes: a call or a text message is not sent without"
    )
    command.set_defaults(run=lambda asked: _test(asked, open_store))


def _test(asked: argparse.Namespace, open_store: Open) -> int:
    from homebeat.bootstrap.channel_trial import try_channels

    force, store = open_store(asked)
    return try_channels(force.settings, store, asked.who, asked.place, is_expected=asked.expected)
