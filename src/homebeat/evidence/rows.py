"""The report as rows of a table of text: one figure a row, so that a spreadsheet can filter and pivot them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

from homebeat.domain.text import make_inert
from homebeat.evidence.report import EvidenceReport, GroupFigures, LoadFigures, TimeSpread

#: The names of the columns.
HEAD = ("table", "group", "measure", "value")
_COUNTS = ("alerts", "open", "closed", "false", "false_share", "escalated", "escalated_share", "returned", "stale")
_LOAD = (
    *("per_day", "per_resident_month", "peak", "floods", "flood_share", "stale_share", "chattering", "chattering_share"),
    "sources",
)
_PROVIDER = (
    *("asked", "open", "kept", "late", "missed", "declined", "unanswered", "excused", "failed", "failed_share"),
    *("complaints", "complaints_rejected", "circuit", "openings"),
)
_FOLLOW_UPS = ("waiting", "unanswered", "good", "nobody", "wrong")
_Row = tuple[str, str, str, str]


def format_csv(report: EvidenceReport) -> bytes:
    """Format as CSV with a mark of UTF-8 at its beginning, without which spreadsheets misread Chinese."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(HEAD)
    writer.writerows([make_inert(cell) for cell in row] for row in list_rows(report))
    return out.getvalue().encode("utf-8-sig")


def list_rows(report: EvidenceReport) -> Iterator[_Row]:
    """List the figures as rows of `HEAD`; an empty value is one that cannot be computed, or is hidden."""
    for name in ("area", "timezone", "from_at", "until_at", "as_of", "days", "residents", "resident_months", "left_out"):
        yield "report", "", name, _write(getattr(report, name))
    yield from _list_figures("total", report.total)
    for breakdown in report.breakdowns:
        for group in breakdown.groups:
            yield from _list_figures(breakdown.by, group)
        if breakdown.left_out:
            yield breakdown.by, "", "left_out", str(breakdown.left_out)
    yield from _list_load(report.load)
    for within in report.taken_by:
        yield "taken_by", str(within.within_s), "share", _write(within.share)
    for firing in report.firing:
        yield "firing", firing.rule, "subjects", _write(firing.subjects)
        yield "firing", firing.rule, "hours", _write(firing.hours)
    for provider in report.providers:
        for name in _PROVIDER:
            yield "provider_orders", provider.provider, name, _write(getattr(provider, name))
        yield from _list_times("provider_orders", provider.provider, provider.times)
    for name in _FOLLOW_UPS:
        yield "follow_ups", "", name, _write(getattr(report.follow_ups, name))
    for one in report.answers:
        for name in ("responder", "alerts", "taken", "closed", "replied"):
            yield "answers", one.who, name, _write(getattr(one, name))


def _list_figures(table: str, group: GroupFigures) -> Iterator[_Row]:
    for name in _COUNTS:
        yield table, group.group, name, _write(getattr(group, name))
    yield from _list_times(table, group.group, group.times)
    for target in group.targets:
        for name in ("decided", "within", "share"):
            yield table, group.group, f"{target.target}_{name}", _write(getattr(target, name))


def _list_times(table: str, group: str, spreads: Iterable[TimeSpread]) -> Iterator[_Row]:
    for times in spreads:
        yield table, group, f"{times.milestone}_reached", _write(times.reached)
        for name in ("p50_s", "p90_s", "p99_s"):
            yield table, group, f"{times.milestone}_{name}", _write(getattr(times, name))


def _list_load(load: LoadFigures) -> Iterator[_Row]:
    for name in _LOAD:
        yield "load", "", name, _write(getattr(load, name))
    for source in load.top:
        yield "top", source.source, "alerts", _write(source.alerts)
        yield "top", source.source, "share", _write(source.share)
    for day in load.days:
        yield "day", day.day, "alerts", _write(day.alerts)


def _write(value: str | float | None) -> str:
    return "" if value is None else str(value)
