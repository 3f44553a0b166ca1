"""`homebeat complaint`: its options, and the calls."""

from __future__ import annotations

import argparse
from typing import Any, Final

from homebeat.bootstrap.people_command import Open

_EPILOG: Final = """examples:
  homebeat complaint list                                                  the newest first; --open: those that wait for an answer
  homebeat complaint add --alert a3f0c2b1d4e5f6a7b8c9 --what "her son says that nobody came"
  homebeat complaint add --responder care-co --what "they shouted at the neighbour"
  homebeat complaint answer 12 --uphold --word "they have apologised"
  homebeat complaint answer 12 --reject --word "the door camera shows them"
  homebeat complaint attribute 12 --responder care-co                      where it was not known whom it concerns, or was wrong
"""
#: A number of more digits is none of ours, and no database would take it.
_MOST_DIGITS: Final = 18


def add_complaint(commands: Any, shared: argparse.ArgumentParser, open_store: Open) -> None:
    """Add the command to those of the program."""
    text = "complaints about whoever went to the door, or did not"
    formatter = argparse.RawDescriptionHelpFormatter
    group = commands.add_parser("complaint", help=text, description=text, epilog=_EPILOG, formatter_class=formatter)
    actions = group.add_subparsers(required=True, metavar="ACTION")
    command = actions.add_parser("list", parents=[shared], help="what was said, and what became of it")
    command.add_argument("--open", action="store_true", help="those alone that nobody has answered")
    command.set_defaults(run=lambda asked: _list(asked, open_store))
    command = actions.add_parser("add", parents=[shared], help="enter one; it counts for a provider's circuit at once")
    command.add_argument("--what", required=True, help="what happened; it is kept sealed")
    command.add_argument("--alert", metavar="ID", help="the alert that it is about: it concerns whoever was sent there last")
    command.add_argument("--responder", metavar="ID", help="whom it concerns")
    command.set_defaults(run=lambda asked: _add(asked, open_store))
    command = actions.add_parser("answer", parents=[shared], help="answer one, once: it is right, or it does not count")
    command.add_argument("complaint", metavar="NUMBER", type=_read_number)
    command.add_argument("--word", required=True, help="the answer; it is kept sealed")
    which = command.add_mutually_exclusive_group(required=True)
    which.add_argument("--uphold", action="store_true", help="it is right")
    which.add_argument("--reject", action="store_true", help="it does not count")
    command.set_defaults(run=lambda asked: _answer(asked, open_store))
    command = actions.add_parser(
        "attribute",
        parents=[shared],
        help="say whom one concerns: where that was not known, or was wrong while nobody has answered",
    )
    command.add_argument("complaint", metavar="NUMBER", type=_read_number)
    command.add_argument("--responder", metavar="ID", required=True, help="it counts for them alone from now on")
    command.set_defaults(run=lambda asked: _attribute(asked, open_store))


def _list(asked: argparse.Namespace, open_store: Open) -> int:
    from homebeat.bootstrap.complaints import print_complaints

    return print_complaints(open_store(asked)[1], only_open=asked.open)


def _add(asked: argparse.Namespace, open_store: Open) -> int:
    from homebeat.bootstrap.complaints import enter_complaint

    return enter_complaint(*open_store(asked), asked.what, asked.alert, asked.responder)


def _answer(asked: argparse.Namespace, open_store: Open) -> int:
    from homebeat.bootstrap.complaints import answer_complaint

    return answer_complaint(*open_store(asked), asked.complaint, asked.word, is_upheld=asked.uphold)


def _attribute(asked: argparse.Namespace, open_store: Open) -> int:
    from homebeat.bootstrap.complaints import attribute_complaint

    return attribute_complaint(*open_store(asked), asked.complaint, asked.responder)


def _read_number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS):
        raise argparse.ArgumentTypeError(f"{text!r} is not the number of a complaint; homebeat complaint list shows them")
    return int(text)
