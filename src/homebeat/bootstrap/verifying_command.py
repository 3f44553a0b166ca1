"""`homebeat verify`: its options, and the call."""

from __future__ import annotations

import argparse
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from homebeat.bootstrap.writing import check_writable
from homebeat.domain.durations import parse_duration
from homebeat.rules.catalogue import RULES

_EPILOG: Final = """examples:
  homebeat verify TRUTH.jsonl alerts.jsonl                              everything found in time, nothing without a cause
  homebeat verify TRUTH.jsonl alerts.jsonl --min-found 0.95 --max-late 2 --max-false 10
  homebeat verify TRUTH.jsonl alerts.jsonl --rules sos,fall --within sos=PT30S
  homebeat verify TRUTH.jsonl --live http://127.0.0.1:8080 --key-file key.txt --wait PT2M
  homebeat replay week.jsonl.gz --fleet street.json --out - | homebeat verify TRUTH.jsonl - --json verdict.json

exit status: 0 within the thresholds; 1 not; 2 could not be done
"""


def add_verify(commands: Any) -> None:
    """Add the command to those of the program."""
    command = commands.add_parser(
        "verify",
        help="compare what happened with what was alerted",
        description="Holds alerts against the truth: what was found, late or missed, and which alerts have no cause. "
        "For tests of devices, dashboards and settings (docs/verify.md).",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument("truth", type=Path, metavar="TRUTH", help="what happened: lines that `python -m simulators` writes")
    command.add_argument(
        "alerts", type=Path, nargs="?", metavar="ALERTS", help="of `replay --out`, `export` or the API; - for standard input"
    )
    command.add_argument("--live", metavar="URL", help="ask a running homebeat for its alerts instead")
    command.add_argument("--key-file", type=Path, metavar="FILE", help="with --live: a file that holds a key of its API alone")
    command.add_argument(
        "--wait",
        type=_parse_duration,
        default=timedelta(0),
        metavar="PT2M",
        help="with --live: look again for so long, until nothing is missing",
    )
    command.add_argument("--min-found", type=_parse_share, default=1.0, metavar="SHARE", help="of what is due, late or not (1)")
    command.add_argument("--max-late", type=_parse_count, default=0, metavar="N", help="found after its time (0)")
    command.add_argument("--max-false", type=_parse_count, default=0, metavar="N", help="alerts that nothing explains (0)")
    command.add_argument("--rules", type=_parse_rules, metavar="CODES", help="judge these only, separated by commas")
    command.add_argument(
        "--within",
        type=_parse_within,
        action="append",
        default=[],
        metavar="KIND=PT5M",
        help="in what time a kind must be found; may be repeated",
    )
    command.add_argument("--json", type=Path, metavar="FILE", help="every happening and every false alert as JSON")
    command.set_defaults(run=_run)


def _run(asked: argparse.Namespace) -> int:
    from homebeat.bootstrap.verifying import AlertSource, Thresholds, verify

    check_writable(asked.json)
    source = AlertSource(asked.alerts, asked.live, asked.key_file, asked.wait)
    thresholds = Thresholds(asked.min_found, asked.max_late, asked.max_false)
    return verify(asked.truth, source, thresholds, dict(asked.within), asked.rules, asked.json)


def _parse_duration(text: str) -> timedelta:
    try:
        return parse_duration(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _parse_within(text: str) -> tuple[str, timedelta]:
    kind, sign, duration = text.partition("=")
    if not sign:
        raise argparse.ArgumentTypeError(f"{text!r} is not KIND=DURATION; write sos=PT30S")
    return kind, _parse_duration(duration)


def _parse_rules(text: str) -> frozenset[str]:
    codes = frozenset(text.split(","))
    if unknown := sorted(codes - RULES.keys()):
        raise argparse.ArgumentTypeError(f"no rule is called {', '.join(unknown)}; rules are {', '.join(RULES)}")
    return codes


def _parse_share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a share from 0 to 1; write 0.95")
    return share


def _parse_count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of alerts; write 0, or how many are all right")
    return int(text)
