"""`homebeat report --models`: how the models of devices did, as files and on the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import msgspec

from homebeat.bootstrap.evidence import ReportFiles, find_report_span
from homebeat.bootstrap.writing import write_whole
from homebeat.console.evidence.models import render_models
from homebeat.domain.durations import MS
from homebeat.domain.scope import EVERYTHING
from homebeat.domain.text import escape_unseen
from homebeat.evidence.model_report import ModelFigures, ModelReport
from homebeat.evidence.model_rows import format_models_csv
from homebeat.settings.model import Settings
from homebeat.store import Store


def write_models(
    store: Store, settings: Settings, first: date | None, until: date | None, area: str | None, files: ReportFiles
) -> int:
    """Compute the report, print its main figures, and write the files.

    Raises:
        NotFound: There is no such area.
        Incomplete: Nothing can be said of these days.
    """
    now = store.read_now()
    late_ms, kept_since = settings.tick.lateness // MS, now - settings.retention.alerts // MS
    with store.read(EVERYTHING) as reader:
        own, names, span = find_report_span(reader, first, until, area, now)
        late = (reader.log.find_end(), late_ms)
        report = reader.model_evidence.compute_report(span, now, settings.procurement.make_rule(), late, kept_since, own)
    print("\n".join(_format_models(report)))
    if files.json is not None:
        write_whole(files.json, msgspec.json.format(msgspec.json.encode(report), indent=1))
    if files.csv is not None:
        write_whole(files.csv, format_models_csv(report))
    if files.html is not None:
        write_whole(files.html, render_models(report, names, files.language).encode())
    return 0


def _format_models(report: ModelReport) -> Iterator[str]:
    where = f"area {escape_unseen(report.area)}" if report.area else "all areas"
    yield f"{where}, {report.from_at} to {report.until_at} ({report.days:g} days of {report.timezone}), as of {report.as_of}"
    for one in report.models:
        name = f"{one.kind} {escape_unseen(one.model)}" if one.model else f"{one.kind} of unknown model"
        place = "not ranked: too few, or no name" if one.rank is None else f"{one.rank}. of its kind, index {one.index:g}"
        yield f"{name}: {place}{', preferred' if one.is_preferred else ''}; {one.devices} devices in {one.homes} homes"
        yield f"  {_format_figures(one)}"
    if report.left_out:
        yield f"{report.left_out} more models with fewer devices"


def _format_figures(one: ModelFigures) -> str:
    def share(value: float | None) -> str:
        return "-" if value is None else f"{value:.1%}"

    battery = "-"
    if one.life_days is not None:
        battery = f"half within {one.life_days:g} days"
    elif one.life_at_least_days is not None:
        battery = f"at least {one.life_at_least_days:g} days"
    return (
        f"false {share(one.false_share)} of {one.closed} closed, silent {share(one.silent_share)} of the time, "
        f"not worn {share(one.not_worn_share)}, late {share(one.late_share)}, battery {battery}"
    )
