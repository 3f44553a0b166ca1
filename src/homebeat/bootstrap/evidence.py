"""`homebeat report`: how alerts were answered, as files and on the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

import msgspec

from homebeat.bootstrap.writing import write_whole
from homebeat.console.evidence.page import render_page
from homebeat.domain.errors import NotFound
from homebeat.domain.ids import AreaId
from homebeat.domain.scope import EVERYTHING
from homebeat.domain.text import escape_unseen
from homebeat.evidence.report import EvidenceReport
from homebeat.evidence.rows import format_csv
from homebeat.evidence.spans import find_span
from homebeat.store import ReadSession, Store

#: So many models with most alerts are printed; the files have more.
_MOST_MODELS: Final = 10


@dataclass(frozen=True, slots=True)
class ReportFiles:
    """The files of the report, besides the lines on the terminal."""

    json: Path | None = None
    csv: Path | None = None
    html: Path | None = None
    language: str = "en"


def write_report(store: Store, first: date | None, until: date | None, area: str | None, files: ReportFiles) -> int:
    """Compute the report, print its main figures, and write the files.

    Raises:
        NotFound: There is no such area.
        Incomplete: Nothing can be said of these days.
    """
    now = store.read_now()
    with store.read(EVERYTHING) as reader:
        own, names, span = find_report_span(reader, first, until, area, now)
        report = reader.evidence.compute_report(span, now, own)
    print("\n".join(_format_report(report)))
    if files.json is not None:
        write_whole(files.json, msgspec.json.format(msgspec.json.encode(report), indent=1))
    if files.csv is not None:
        write_whole(files.csv, format_csv(report))
    if files.html is not None:
        write_whole(files.html, render_page(report, names, files.language).encode())
    return 0


def find_report_span(
    reader: ReadSession, first: date | None, until: date | None, area: str | None, now: int
) -> tuple[AreaId | None, Mapping[str, str], tuple[int, int]]:
    """Find the area that a report is about, the names of all areas, and its span, epoch ms.

    Raises:
        NotFound: There is no such area.
        Incomplete: Nothing can be said of these days.
    """
    own, names = AreaId(area) if area else None, reader.evidence.read_area_names()
    if own is not None and own not in names:
        raise NotFound(f"there is no area {area!r}: write an id of `areas` in the fleet file")
    return own, names, find_span(first, until, reader.evidence.find_timezone(own), now)


def _format_report(report: EvidenceReport) -> Iterator[str]:
    total = report.total
    where = f"area {escape_unseen(report.area)}" if report.area else "all areas"
    yield f"{where}, {report.from_at} to {report.until_at} ({report.days:g} days of {report.timezone}), as of {report.as_of}"
    yield f"{total.alerts} alerts ({total.open} still open) of {report.residents} residents; {report.load.per_day} a day"
    for target in total.targets:
        if target.share is None:
            yield f"  {target.target:<18} nothing to judge by"
        else:
            met = "met" if target.is_met else "MISSED"
            share = f"{target.share:7.1%} of {target.decided} (wanted {target.wanted:.1%})"
            yield f"  {target.target:<18}{share}  {met}"
    for times in total.times:
        spread = " / ".join("-" if one is None else f"{one:g} s" for one in (times.p50_s, times.p90_s, times.p99_s))
        yield f"  until {times.milestone:<12} {spread} (50 / 90 / 99 %), {times.reached} alerts"
    false = "-" if total.false_share is None else f"{total.false_share:.1%}"
    yield f"  false {false} of {total.closed} closed; escalated {total.escalated}; taken, no outcome {total.returned}"
    (models,) = (one for one in report.breakdowns if one.by == "device_model")
    for group in models.groups[:_MOST_MODELS]:
        false = "-" if group.false_share is None else f"{group.false_share:.1%}"
        name = f"model {escape_unseen(group.group)}" if group.group else "unknown model"
        yield f"  {name}: {group.alerts} alerts, false {false} of {group.closed} closed"
    for one in report.providers:
        share = "-" if one.failed_share is None else f"{one.failed_share:.1%}"
        yield (
            f"  provider {escape_unseen(one.provider)}: asked {one.asked}, nobody came {one.missed}, failed {share}, "
            f"complaints {one.complaints}, circuit {one.circuit}"
        )
    said = report.follow_ups
    yield f"  follow-ups: good {said.good}, nobody came {said.nobody}, not right {said.wrong}, unanswered {said.unanswered}"
    load = report.load
    yield f"  at most {load.peak} in 10 min; {load.floods} floods; {total.stale} stale; {load.chattering} chattering"
