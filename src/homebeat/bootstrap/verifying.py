"""`homebeat verify`: reads truth and alerts, prints what was found, and says whether that is enough."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import IO, Any, Final

import msgspec

from homebeat.backtest.alert_lines import make_episodes, read_alerts
from homebeat.backtest.episodes import Episode
from homebeat.backtest.happenings import Truth, read_truth
from homebeat.backtest.verdicts import CheckedTruth, FoundState, Judged, compare_alerts
from homebeat.bootstrap.live_alerts import fetch_alerts
from homebeat.bootstrap.runtime import read_wall_ms
from homebeat.bootstrap.writing import write_whole
from homebeat.domain.errors import BadSettings
from homebeat.domain.instants import format_instant

#: How often a running homebeat is asked, seconds.
_ASKS_EVERY_S: Final = 1.0
_MOST_SHOWN: Final = 20


@dataclass(frozen=True, slots=True)
class AlertSource:
    """Where alerts come from: a file (`-` for standard input), or a running homebeat with the file of a key.

    Attributes:
        wait: How long a running homebeat is asked again while something is missing.
    """

    file: Path | None = None
    url: str | None = None
    key_file: Path | None = None
    wait: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What is enough: the share of happenings found, how many of them late, and how many alerts without a cause."""

    min_found: float = 1.0
    max_late: int = 0
    max_false: int = 0


def verify(
    truth_file: Path,
    source: AlertSource,
    thresholds: Thresholds,
    within: Mapping[str, timedelta],
    rules: Collection[str] | None,
    json_file: Path | None,
) -> int:
    """Compare, print, and judge.

    Args:
        truth_file: Lines that say what happened.
        source: Where alerts come from.
        thresholds: What is enough.
        within: In what time a kind must be found, other than usual.
        rules: Judge these alone; None for all.
        json_file: Where to write everything.

    Returns:
        Exit status: 0 when it is enough, else 1.

    Raises:
        BadSettings: Something cannot be read, or nothing happened that could be found.
    """
    truth = read_truth(truth_file.read_bytes().splitlines(), truth_file.name, within)
    compared = _compare(truth, source, rules)
    if not compared.judged and not compared.explained and not compared.false:
        raise BadSettings(
            f"{truth_file.name} has nothing that an alert is due for, and there are no alerts: nothing was compared"
        )
    faults = list_faults(compared, thresholds)
    print_table(compared, sys.stdout)
    for fault in faults:
        print(f"NOT ENOUGH: {fault}")
    if json_file is not None:
        write_whole(json_file, msgspec.json.format(msgspec.json.encode(make_report(compared, faults)), indent=1) + b"\n")
    return 1 if faults else 0


def _compare(truth: Truth, source: AlertSource, rules: Collection[str] | None) -> CheckedTruth:
    if (source.file is None) == (source.url is None):
        raise BadSettings("name a file of alerts, or a running homebeat with --live; not both")
    if source.file is not None:
        content = sys.stdin.buffer.read() if str(source.file) == "-" else source.file.read_bytes()
        return compare_alerts(truth, read_alerts(content, source.file.name), rules=rules)
    if source.key_file is None:
        raise BadSettings("--live needs --key-file: a file that holds a key (homebeat key create verify --role desk)")
    key, ends_s, pause = source.key_file.read_text(encoding="utf-8").strip(), time.monotonic(), threading.Event()
    ends_s += source.wait.total_seconds()
    while True:
        compared = compare_alerts(truth, _ask(str(source.url), key), read_wall_ms(), rules)
        lacking = compared.count(FoundState.MISSED) + compared.count(FoundState.NOT_DUE)
        if not lacking or time.monotonic() + _ASKS_EVERY_S > ends_s:
            return compared
        pause.wait(_ASKS_EVERY_S)


def _ask(url: str, key: str) -> list[Episode]:
    return make_episodes(fetch_alerts(url, key), url)


def list_faults(compared: CheckedTruth, thresholds: Thresholds) -> list[str]:
    """Say what is not enough; nothing when all is."""
    found, late = compared.count(FoundState.FOUND) + compared.count(FoundState.LATE), compared.count(FoundState.LATE)
    due = found + compared.count(FoundState.MISSED)
    faults = []
    if due and found / due < thresholds.min_found:
        faults.append(
            f"{found} of {due} happenings were found, {found / due:.1%}; {thresholds.min_found:.1%} must be (--min-found)"
        )
    if late > thresholds.max_late:
        faults.append(f"{late} were found late; {thresholds.max_late} may be (--max-late)")
    if len(compared.false) > thresholds.max_false:
        faults.append(f"{len(compared.false)} alerts have no cause; {thresholds.max_false} may have none (--max-false)")
    return faults


def print_table(compared: CheckedTruth, sink: IO[str]) -> None:
    """Print what became of each kind, what was missed or late, and alerts without a cause."""
    print(f"from {format_instant(compared.began)} to {format_instant(compared.ended)}", file=sink)
    print(f"{'what happened':<20}{'found':>7}{'late':>7}{'missed':>8}{'not due':>9}  after: median, longest", file=sink)
    for kind in compared.list_kinds():
        some = [one for one in compared.judged if one.happening.kind == kind]
        counts = [sum(one.verdict is verdict for one in some) for verdict in FoundState]
        delays = [one.delay_ms for one in some if one.delay_ms is not None]
        after = f"{_format_delay(round(median(delays)))}, {_format_delay(max(delays))}" if delays else "-"
        print(f"{kind:<20}{counts[0]:>7}{counts[1]:>7}{counts[2]:>8}{counts[3]:>9}  {after}", file=sink)
    print(
        f"{compared.explained + len(compared.false)} alerts: {compared.explained} with a cause, {len(compared.false)} without; "
        f"{compared.aside} not judged",
        file=sink,
    )
    lacking = [one for one in compared.judged if one.verdict in {FoundState.MISSED, FoundState.LATE}]
    lines = [f"{one.verdict.value}: {_describe(one)}" for one in lacking]
    lines += [
        f"false: {a.rule} of {a.device or a.resident or a.household} at {format_instant(a.opened_at)}" for a in compared.false
    ]
    for line in lines[:_MOST_SHOWN]:
        print(line, file=sink)
    if len(lines) > _MOST_SHOWN:
        print(f"and {len(lines) - _MOST_SHOWN} more: --json has them all", file=sink)


def _describe(one: Judged) -> str:
    happening = one.happening
    about = (
        f"{happening.kind} of {happening.device or happening.resident or happening.household} at {format_instant(happening.at)}"
    )
    if one.alert is None or one.delay_ms is None:
        return f"{about}, due by {format_instant(happening.due_at)}"
    return f"{about}, {one.alert.rule} after {_format_delay(one.delay_ms)}"


def _format_delay(delay_ms: int) -> str:
    minutes, seconds = divmod(delay_ms // 1000, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min" if minutes >= 2 else f"{minutes * 60 + seconds} s"


def make_report(compared: CheckedTruth, faults: list[str]) -> dict[str, Any]:
    """Make the report as plain values."""
    return {
        "began": format_instant(compared.began),
        "ended": format_instant(compared.ended),
        "is_enough": not faults,
        "not_enough": faults,
        "counts": {verdict.value: compared.count(verdict) for verdict in FoundState}
        | {"false": len(compared.false), "explained": compared.explained, "not_judged": compared.aside},
        "happenings": [_make_row(one) for one in compared.judged],
        "false": [
            {
                "alert_id": alert.id,
                "rule": alert.rule,
                "household": alert.household,
                "resident": alert.resident,
                "device": alert.device,
                "opened_at": format_instant(alert.opened_at),
            }
            for alert in compared.false
        ],
    }


def _make_row(one: Judged) -> dict[str, Any]:
    happening, alert = one.happening, one.alert
    return {
        "at": format_instant(happening.at),
        "kind": happening.kind,
        "household": happening.household,
        "resident": happening.resident or None,
        "device": happening.device or None,
        "due_at": format_instant(happening.due_at),
        "verdict": one.verdict.value,
        "alert_id": None if alert is None else alert.id,
        "rule": None if alert is None else alert.rule,
        "delay_s": None if one.delay_ms is None else one.delay_ms / 1000,
    }
