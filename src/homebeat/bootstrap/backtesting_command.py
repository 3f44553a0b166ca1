"""`homebeat backtest`: its options, and the call."""

from __future__ import annotations

import argparse
import os
import sys
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from homebeat.bootstrap.runtime import set_up_log, stop_on_signals
from homebeat.bootstrap.writing import check_writable
from homebeat.domain.durations import parse_duration
from homebeat.rules.catalogue import RULES
from homebeat.settings.load import load
from homebeat.settings.model import InForce
from homebeat.store import Store, open_store

#: As a shell reports what Ctrl-C ended.
STOPPED: Final = 130
_EPILOG: Final = """examples:
  homebeat backtest week.jsonl.gz --fleet street.yaml --settings candidate.toml --html report.html
  homebeat backtest --area c1 --last P56D --set rules.no_sign_of_life.limit=PT8H
  homebeat backtest --area c1 --sweep rules.no_sign_of_life.limit=PT6H,PT8H,PT10H,PT12H

exit status: 0 compared; 1 compared, but lines of the recording could not be read; 2 could not be done; 130 stopped
"""


def add_backtest(commands: Any) -> None:
    """Add the command to those of the program."""
    command = commands.add_parser(
        "backtest",
        help="replay history under other settings, and compare",
        description="Replays a recording, or the database's last weeks, under the settings in force and under others.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    source = command.add_argument_group("over what")
    source.add_argument("recording", type=Path, nargs="?", metavar="RECORDING", help="a recording; else the database is asked")
    source.add_argument("--fleet", type=Path, metavar="FLEET", help="fleet file of the recording (JSON or YAML)")
    source.add_argument(
        "--with-maps", action="store_true", help="read messages of suppliers in the recording by the maps of the database"
    )
    source.add_argument("--area", metavar="ID", help="this area and all below it (database; default all)")
    source.add_argument("--last", type=_parse_duration, metavar="P56D", help="count the last so long (database; default P56D)")
    source.add_argument(
        "--warm-up",
        type=_parse_duration,
        metavar="P28D",
        help="fold so much before counting (default P28D of a database, else none)",
    )
    others = command.add_argument_group("what to compare with the settings in force")
    others.add_argument("--baseline", type=Path, metavar="FILE", help="the settings in force (default: $HOMEBEAT_CONFIG)")
    others.add_argument(
        "--settings", type=Path, action="append", default=[], metavar="FILE", help="a candidate: its rules; may be repeated"
    )
    others.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="one setting on top of those in force; may be repeated"
    )
    others.add_argument(
        "--sweep", action="append", default=[], metavar="KEY=V1,V2,...", help="a candidate for each value; may be repeated"
    )
    out = command.add_argument_group("what comes out")
    out.add_argument("--json", type=Path, metavar="FILE", help="the whole comparison as JSON")
    out.add_argument("--html", type=Path, metavar="FILE", help="a report with plots, in one file")
    out.add_argument("--language", choices=("en", "zh-CN"), default="en", help="language of the report (default en)")
    out.add_argument(
        "--judge-every",
        type=_parse_duration,
        metavar="PT10M",
        help="how often time is judged (default PT10M, PT30M where all devices report seldom)",
    )
    out.add_argument("--jobs", type=_parse_jobs, metavar="N", help="processes to use (default: one a core)")
    command.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    from homebeat.backtest.parts import Stopped
    from homebeat.backtest.run import BacktestSpec
    from homebeat.backtest.variants import Candidates
    from homebeat.bootstrap.backtesting import Outputs, run_backtest

    force, stop = load(os.environ, RULES, options.baseline), threading.Event()
    set_up_log("warning", plain=True)
    stop_on_signals(stop)
    asked = BacktestSpec(
        candidates=Candidates(tuple(options.settings), tuple(options.set), tuple(options.sweep)),
        recording=options.recording,
        fleet=options.fleet,
        with_maps=options.with_maps,
        area=options.area,
        last=options.last,
        warm_up=options.warm_up,
        judge_every=options.judge_every,
        jobs=options.jobs,
    )
    check_writable(options.json, options.html)
    outputs = Outputs(options.json, options.html, options.language)
    if options.recording is None and options.baseline is None:
        force = _lay_console(force)
    try:
        return run_backtest(force, asked, outputs, lambda: _store(force), stop)
    except Stopped as stopped:
        print(f"\nhomebeat: {stopped}", file=sys.stderr)
        return STOPPED


def _lay_console(force: InForce) -> InForce:
    """Lay what is in force of the console over file and environment: by that the readings of the database were judged."""
    from homebeat.bootstrap.parts import read_in_force

    store = _store(force)
    try:
        return read_in_force(force, store)
    finally:
        store.close()


def _store(force: InForce) -> Store:
    from homebeat.bootstrap.service import refuse_unusable

    store = open_store(force.settings.store_url, force.settings.key_path, create=False)
    refuse_unusable(store)
    return store


def _parse_duration(text: str) -> timedelta:
    try:
        return parse_duration(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _parse_jobs(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 64:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of processes from 1 to 64")
    return int(text)
