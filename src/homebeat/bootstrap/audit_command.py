"""`homebeat audit`: its options, and the calls."""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final

from homebeat.domain.durations import parse_duration
from homebeat.rules.catalogue import RULES
from homebeat.settings.load import load
from homebeat.settings.model import InForce
from homebeat.store import Store

_VERIFY_EPILOG: Final = """examples:
  homebeat audit verify                                             the database, with the key of this installation
  homebeat audit verify --checkpoints /mnt/elsewhere/homebeat.jsonl     also that nothing was cut off at the end
  homebeat audit verify --file audit.jsonl --key audit.pub          an export, without a database

exit status: 0 all well; 1 something was changed, removed, moved or put in, and each line says where; 2 could not be done
"""
_LIST_EPILOG: Final = """examples:
  homebeat audit list --since P1D                                   what was done and seen in the last day
  homebeat audit list --about resident:r-0042                       who changed or saw what about this resident
  homebeat audit list --who chen --since 2026-03-01T00:00+08:00 --until 2026-03-02T00:00+08:00
"""
_EXPORT_EPILOG: Final = """examples:
  homebeat audit export --out audit.jsonl                           rows with their hashes, and the signed checkpoints
  homebeat audit verify --file audit.jsonl --key audit.pub          anybody can verify that, without the database
"""
#: Gives the settings in force and an open store.
Open = Callable[[argparse.Namespace], tuple[InForce, Store]]
_NUMBER: Final = re.compile(r"[-+]?[\d_.]+")


def add_audit(commands: Any, shared: argparse.ArgumentParser, open_store: Open) -> None:
    """Add the commands to those of the program."""
    audit = commands.add_parser("audit", help="who did and saw what").add_subparsers(required=True, metavar="ACTION")
    command = _add(audit, shared, "verify", "was anything changed, removed, moved or put in?", _VERIFY_EPILOG)
    command.add_argument("--file", type=Path, metavar="FILE", help="an export, instead of the database")
    command.add_argument(
        "--checkpoints",
        type=Path,
        metavar="FILE",
        help="signed checkpoints that were kept elsewhere (default: audit.checkpoints)",
    )
    command.add_argument(
        "--key",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="whose signatures count: audit.key, or audit.pub; may be repeated (default: those in state_dir)",
    )
    command.set_defaults(run=partial(_verify, open_store=open_store))
    command = _add(audit, shared, "list", "list what is on record, newest first", _LIST_EPILOG)
    command.add_argument("--about", default="", metavar="OBJECT", help="only about this, as in alert:ID or resident:ID")
    command.add_argument("--who", default="", metavar="NAME", help="only by this person, or by engine, service:deliver, ...")
    command.add_argument("--action", default="", metavar="VERB", help="only this, as in resolve or look")
    command.add_argument(
        "--since", type=parse_moment, metavar="TIME", help="at this time or later: ISO 8601, or P1D for a day ago"
    )
    command.add_argument("--until", type=parse_moment, metavar="TIME", help="before this time")
    command.add_argument("--limit", type=_parse_limit, default=100, metavar="N", help="how many at most (default 100)")
    command.set_defaults(run=partial(_list, open_store=open_store))
    command = _add(audit, shared, "export", "write everything as lines of JSON, with the hashes", _EXPORT_EPILOG)
    command.add_argument("--out", type=Path, required=True, metavar="FILE", help="where to")
    command.set_defaults(run=partial(_export, open_store=open_store))


def _add(audit: Any, shared: argparse.ArgumentParser, name: str, text: str, epilog: str) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = audit.add_parser(
        name,
        parents=[shared],
        help=text,
        description=text[0].upper() + text[1:],
        epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    return command


def _verify(asked: argparse.Namespace, open_store: Open) -> int:
    from homebeat.bootstrap.auditing import verify_database, verify_export

    if asked.file is not None:  # without a database
        force = load(os.environ, RULES, asked.settings)
        return verify_export(force.settings, asked.file, asked.checkpoints, asked.key)
    force, store = open_store(asked)
    return verify_database(force.settings, store, asked.checkpoints, asked.key)


def _list(asked: argparse.Namespace, open_store: Open) -> int:
    from homebeat.bootstrap.auditing import list_entries

    _force, store = open_store(asked)
    now = store.read_now()
    since, until = (count_back(moment, now) for moment in (asked.since, asked.until))
    return list_entries(store, asked.who, asked.about, asked.action, (since, until), asked.limit)


def _export(asked: argparse.Namespace, open_store: Open) -> int:
    from homebeat.bootstrap.auditing import export

    _force, store = open_store(asked)
    return export(store, asked.out)


def count_back(moment: datetime | timedelta | None, now: int) -> int | None:
    """Epoch ms of a moment; a duration is counted back from `now`."""
    if isinstance(moment, timedelta):
        return now - round(moment.total_seconds() * 1000)
    return None if moment is None else round(moment.timestamp() * 1000)


def parse_moment(text: str) -> datetime | timedelta:
    """Read a time with its zone, or a duration."""
    try:
        if text[:1] in {"P", "p"}:
            return parse_duration(text)
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no time ({error}); write 2026-03-01T08:00+08:00, or P1D") from None
    if moment.tzinfo is None or _NUMBER.fullmatch(text):
        raise argparse.ArgumentTypeError(f"{text!r} has no zone; write 2026-03-01T08:00+08:00, or 2026-03-01T00:00Z")
    return moment


def _parse_limit(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 1_000_000:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 to 1,000,000")
    return int(text)
