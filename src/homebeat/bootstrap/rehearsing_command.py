"""`homebeat rehearse`: its options, and the call."""

from __future__ import annotations

import argparse
import os
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from homebeat.bootstrap.runtime import set_up_log, stop_on_signals
from homebeat.domain.durations import MS, parse_duration
from homebeat.rules.catalogue import RULES
from homebeat.settings.load import load

_EPILOG: Final = """examples:
  python -m simulators fleet --homes 20 --days 1 --out street.json
  python -m simulators record --homes 20 --days 1 --sos 2 --collapses 1 --out street.jsonl
  homebeat rehearse street.jsonl --fleet street.json --state-dir rehearsal --after PT12H
  HOMEBEAT_STATE_DIR=rehearsal homebeat export rehearsed
  homebeat verify TRUTH.jsonl rehearsed/alerts.ndjson

exit status: 0 rehearsed; 1 rehearsed, but lines of the recording could not be read; 2 could not be done
"""


def add_rehearse(commands: Any, shared: argparse.ArgumentParser) -> None:
    """Add the command to those of the program."""
    command = commands.add_parser(
        "rehearse",
        parents=[shared],
        help="a recorded day in minutes: watch, deadlines and deliveries on a clock of their own",
        description="Runs a recording through watch, deadlines and deliveries, in a new database, on a clock that moves as "
        "fast as they follow. Webhooks to this machine are sent; other messages count as taken (docs/verify.md).",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument("recording", type=Path, metavar="RECORDING")
    command.add_argument("--fleet", type=Path, required=True, metavar="FLEET", help="fleet file (JSON or YAML)")
    command.add_argument("--state-dir", type=Path, required=True, metavar="DIR", help="a new folder, for its database")
    command.add_argument(
        "--after", type=_parse_duration, default=timedelta(0), metavar="PT12H", help="go on so long after the last message"
    )
    command.add_argument("--reset", action="store_true", help="delete the last rehearsal in that folder")
    command.add_argument(
        "--send-to-others",
        action="store_true",
        help="messages to contacts and responders really leave this machine: take a test fleet",
    )
    command.set_defaults(run=_run)


def _run(asked: argparse.Namespace) -> int:
    from homebeat.bootstrap.rehearsing import rehearse

    force, stop = load(os.environ, RULES, asked.settings), threading.Event()
    set_up_log("error", plain=True)
    stop_on_signals(stop)
    return rehearse(
        force,
        asked.recording,
        asked.fleet,
        asked.state_dir,
        asked.after // MS,
        stop,
        reset=asked.reset,
        to_others=asked.send_to_others,
    )


def _parse_duration(text: str) -> timedelta:
    try:
        return parse_duration(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
