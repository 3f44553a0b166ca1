"""Runs a back-test: history under the settings in force and under others, compared."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Final

from homebeat.backtest.compare import Run, compare
from homebeat.backtest.deferral import is_sparse
from homebeat.backtest.parts import Progress, run_parts
from homebeat.backtest.report import Comparison
from homebeat.backtest.shard import Plan
from homebeat.backtest.sources import DatabaseSource, HistorySource, RecordingSource, Span
from homebeat.backtest.split import split
from homebeat.backtest.variants import Candidates, make_candidates
from homebeat.codecs.envelope import Format
from homebeat.domain.durations import MS
from homebeat.domain.errors import BadSettings
from homebeat.domain.scope import EVERYTHING
from homebeat.ingest.formats import Formats, list_codec_names
from homebeat.registry.fleet_file import read_fleet_file
from homebeat.settings.model import InForce
from homebeat.store import Store
from homebeat.watch.enrolment import make_pace

#: A back-test judges on a coarser grid than live. Alerts that only time opens come up to this much later, under every variant.
JUDGE_EVERY: Final = timedelta(minutes=10)
#: The same where every device reports each half hour or less often: nothing changes in between.
SELDOM: Final = timedelta(minutes=30)
LAST: Final = timedelta(days=56)
#: Habits are half prior, half own until four weeks are known.
WARM_UP: Final = timedelta(days=28)


@dataclass(frozen=True, slots=True)
class BacktestSpec:
    """What to compare, over what.

    Attributes:
        recording, fleet: Both, or neither: then the database of the settings is read.
        with_maps: Messages of suppliers in the recording are read by the maps of fields of the database.
        area: An area and all below it; None for all.
        warm_up: Span before, which is folded and not counted; None: 28 days of a database, none of a recording.
        judge_every: How often rules are judged; None: every 10 minutes, or 30 where every device reports seldom.
        jobs: How many processes to use; None: as many as there are cores.
    """

    candidates: Candidates = field(default_factory=Candidates)
    recording: Path | None = None
    fleet: Path | None = None
    with_maps: bool = False
    area: str | None = None
    last: timedelta | None = None
    warm_up: timedelta | None = None
    judge_every: timedelta | None = None
    jobs: int | None = None


def open_source(force: InForce, asked: BacktestSpec, open_it: Callable[[], Store]) -> tuple[HistorySource, Callable[[], None]]:
    """Open the source of the readings; returns it with the function that closes it.

    Raises:
        BadSettings: The options do not fit together, or there are no readings.
    """
    if asked.recording is None:
        if asked.fleet is not None:
            raise BadSettings("--fleet goes with a recording; of the database's readings, choose --area")
        if asked.with_maps:
            raise BadSettings("--with-maps goes with a recording: the database holds readings, and no messages")
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
    fleet = read_fleet_file(asked.fleet, list_codec_names())
    formats = read_formats(force, open_it if asked.with_maps else None)
    limits, warm_up = force.settings.limits.make_codec_limits(), asked.warm_up or timedelta(0)
    return RecordingSource(asked.recording, fleet, limits, warm_up, formats), _close_nothing


def read_formats(force: InForce, open_it: Callable[[], Store] | None) -> Sequence[Format]:
    """Read what opens messages of suppliers: what homebeat knows, and the maps of fields in the database that `open_it` opens."""
    formats = Formats(force.settings.list_format_topics())
    if open_it is None:
        return formats.list_all()
    store = open_it()
    try:
        with store.read(EVERYTHING) as reader:
            return formats.list_all(reader.field_maps.list_all())
    finally:
        store.close()


def run_comparison(
    force: InForce, asked: BacktestSpec, source: HistorySource, progress: Progress, stop: threading.Event
) -> Comparison:
    """Run every variant over the source and compare.

    Raises:
        BadSettings: A candidate cannot be used, or there are no readings.
        Stopped: `stop` was set.
    """
    wanted = make_candidates(force, asked.candidates)
    every = asked.judge_every or (SELDOM if is_sparse(source.fleet) else JUDGE_EVERY)
    plan = Plan(replace(make_pace(force.settings), grid_ms=max(1, every // MS)), source.starts_at, source.count_from)
    parts = split(source.fleet, source.roster)
    jobs = asked.jobs or os.cpu_count() or 1
    results = run_parts(source, parts, [v.plan for v in wanted], plan, jobs, progress, stop)
    if source.end <= source.count_from:
        raise BadSettings("nothing is left to count: the warm-up is longer than the readings; ask for a shorter --warm-up")
    run = Run(source.name, plan, source.end, len(source.fleet.households))
    return compare(run, [v.named for v in wanted], results, source.read_closed_alerts())


def _close_nothing() -> None:
    """Do nothing: a recording closes itself."""
