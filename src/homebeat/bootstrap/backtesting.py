"""`homebeat backtest`: history under the settings in force and under others, compared."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Final

import msgspec

from homebeat.bootstrap.backtesting_parts import Progress, run_parts
from homebeat.bootstrap.backtesting_sources import DatabaseSource, RecordingSource, Source, Span
from homebeat.bootstrap.backtesting_text import table
from homebeat.bootstrap.backtesting_variants import Candidates, variants
from homebeat.bootstrap.parts import pace_of
from homebeat.codecs.catalogue import CODECS
from homebeat.console.backtest_page import page
from homebeat.domain.errors import BadSettings
from homebeat.domain.instants import iso
from homebeat.ingest.fleet_file import read_fleet_file
from homebeat.settings.model import InForce
from homebeat.store import Store
from homebeat.watch.backtest import Comparison, Plan, compare, split
from homebeat.watch.backtest.compare import Run
from homebeat.watch.pile import is_sparse

#: A past is seen on a coarser grid than live: alerts that time alone opens come up to so much later, under every variant alike.
JUDGE_EVERY: Final = timedelta(minutes=10)
#: The same where every device reports each half hour or less often: there is no more to see in between.
SELDOM: Final = timedelta(minutes=30)
LAST: Final = timedelta(days=56)
#: Habits are half prior, half own until four weeks are known.
WARM_UP: Final = timedelta(days=28)
_MS: Final = timedelta(milliseconds=1)
_SHOW_EVERY_S: Final = 0.5


@dataclass(frozen=True, slots=True)
class Asked:
    """What to compare, over what.

    Attributes:
        recording, fleet: Both, or neither: then the database of the settings is asked.
        area: An area and all below it; None for all.
        warm_up: Folded before and not counted; None: 28 days of a database, none of a recording.
        judge_every: How often time is judged; None: every 10 minutes, or 30 where every device reports seldom.
        jobs: Processes to spread over; None: as many as there are cores.
    """

    candidates: Candidates = field(default_factory=Candidates)
    recording: Path | None = None
    fleet: Path | None = None
    area: str | None = None
    last: timedelta | None = None
    warm_up: timedelta | None = None
    judge_every: timedelta | None = None
    jobs: int | None = None


@dataclass(frozen=True, slots=True)
class Outputs:
    """Where the result goes besides the table. Files appear once they are whole."""

    json: Path | None = None
    html: Path | None = None
    language: str = "en"


def backtest(force: InForce, asked: Asked, outputs: Outputs, open_it: Callable[[], Store], stop: threading.Event) -> int:
    """Compare, print the table, write the files.

    Returns:
        Exit status: 1 when lines of the recording could not be read.
    """
    began = time.monotonic()
    source, close = source_of(force, asked, open_it)
    try:
        result = comparison(force, asked, source, _Shown(), stop)
    finally:
        close()
    _clear()
    print(table(result))
    if outputs.json is not None:
        _write(outputs.json, msgspec.json.format(msgspec.json.encode(result), indent=1))
    if outputs.html is not None:
        _write(outputs.html, page(result, outputs.language).encode())
    took = time.monotonic() - began
    print(f"{result.readings:,} readings in {took:.1f} s ({result.readings / max(took, 1e-9):,.0f}/s)", file=sys.stderr)
    return _bad_lines(source)


def source_of(force: InForce, asked: Asked, open_it: Callable[[], Store]) -> tuple[Source, Callable[[], None]]:
    """Where readings come from, and what closes it.

    Raises:
        BadSettings: What is asked for does not fit together, or there is nothing there.
    """
    if asked.recording is None:
        if asked.fleet is not None:
            raise BadSettings("--fleet goes with a recording; of the database's readings, choose --area")
        store = open_it()
        warm_up = WARM_UP if asked.warm_up is None else asked.warm_up
        try:
            return DatabaseSource(store, Span(asked.area, asked.last or LAST, warm_up)), store.close
        except BaseException:
            store.close()
            raise
    if asked.fleet is None:
        raise BadSettings("a recording does not say who lives where: add --fleet FILE")
    if asked.area is not None or asked.last is not None:
        raise BadSettings("--area and --last ask the database; of a recording all is taken (but for --warm-up)")
    fleet = read_fleet_file(asked.fleet, CODECS)
    return RecordingSource(asked.recording, fleet, force.settings.limits.for_codecs(), asked.warm_up or timedelta(0)), _nothing


def comparison(force: InForce, asked: Asked, source: Source, progress: Progress, stop: threading.Event) -> Comparison:
    """Run every variant over the source and compare.

    Raises:
        BadSettings: A candidate cannot be used, or there are no readings.
        Stopped: `stop` was set.
    """
    wanted = variants(force, asked.candidates)
    every = asked.judge_every or (SELDOM if is_sparse(source.fleet) else JUDGE_EVERY)
    plan = Plan(replace(pace_of(force.settings), grid_ms=max(1, every // _MS)), source.starts_at, source.count_from)
    parts = split(source.fleet, source.roster)
    jobs = asked.jobs or os.cpu_count() or 1
    results = run_parts(source, parts, [v.plan for v in wanted], plan, jobs, progress, stop)
    if source.end <= source.count_from:
        raise BadSettings("nothing is left to count: the warm-up is longer than the readings; ask for a shorter --warm-up")
    run = Run(source.name, plan, source.end, len(source.fleet.households))
    return compare(run, [v.named for v in wanted], results, source.closed())


class _Shown:
    """A line on a terminal: share, readings, what is left."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._shown = 0.0

    def __call__(self, share: float, readings: int, at: int) -> None:
        now = time.monotonic()
        if not sys.stderr.isatty() or now - self._shown < _SHOW_EVERY_S:
            return
        self._shown = now
        left = (now - self._began) * (1 - share) / share if share > 0.01 else None
        rest = "" if left is None else f", {left / 60:.0f} min {left % 60:02.0f} s left" if left >= 60 else f", {left:.0f} s left"
        sys.stderr.write(f"\r{share:4.0%}  {readings:,} readings, up to {iso(at)[:16]}{rest}      ")
        sys.stderr.flush()


def _clear() -> None:
    if sys.stderr.isatty():
        sys.stderr.write("\r" + " " * 79 + "\r")


def _write(path: Path, content: bytes) -> None:
    part = path.with_name(path.name + ".part")
    part.write_bytes(content)
    part.replace(path)


def _bad_lines(source: Source) -> int:
    if not isinstance(source, RecordingSource) or not source.recording.bad_count:
        return 0
    for bad in source.recording.bad[:10]:
        print(f"line {bad.number}: {bad.why}", file=sys.stderr)
    print(f"{source.recording.bad_count} lines of {source.name} could not be read", file=sys.stderr)
    return 1


def _nothing() -> None:
    """A recording closes itself."""
