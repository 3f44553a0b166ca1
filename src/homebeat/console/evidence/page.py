"""Renders the evidence as one self-contained page: it loads nothing, plots are drawn here, and every plot has its table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Final

from markupsafe import Markup

from homebeat.console.web.page import Templates, read_style
from homebeat.console.web.plots import draw_bars, draw_columns
from homebeat.domain.durations import MS
from homebeat.evidence.report import Breakdown, EvidenceReport, GroupFigures
from homebeat.evidence.shifts import THIRDS, find_zone
from homebeat.wording import Wording
from homebeat.wording.catalogue import msg

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
#: More groups than this are in the table alone.
_MOST_BARS: Final = 40
_MILESTONES: Final = {
    "taken": msg("Until somebody took it"),
    "answered": msg("Until the first answer of any kind"),
    "outcome": msg("Until its outcome"),
    "door": msg("Until somebody stood at the door"),
}
_TARGETS: Final = {
    "taken_60s": msg("Taken within 60 seconds"),
    "taken_180s": msg("Taken within 180 seconds"),
    "outcome_240min": msg("Outcome within 240 minutes"),
    "door_45min": msg("At the door within 45 minutes"),
}
_BREAKDOWNS: Final = {
    "shift": msg("By shift"),
    "area": msg("By area"),
    "rule": msg("By rule"),
    "priority": msg("By priority"),
    "device_kind": msg("By kind of device"),
    "provider": msg("By the provider that was asked first"),
    "device_model": msg("By model of device"),
    "rule_and_model": msg("By rule and model"),
}
_CIRCUITS: Final = {"closed": msg("gets its work"), "open": msg("its work goes to its standby"), "trial": msg("on trial")}
_FIRING: Final = {
    "unknown_too_long": msg("Residents of whom nothing was known for too long"),
    "device_silent": msg("Devices that were silent"),
}
_SOURCES: Final = {
    "household": msg("home %(id)s"),
    "device": msg("device %(id)s"),
    "area": msg("area %(id)s"),
    "service": msg("homebeat: %(id)s"),
}
_ACTORS: Final = {"contact": msg("contact %(id)s"), "user": msg("account %(id)s"), "key": msg("key %(id)s")}


def render_page(report: EvidenceReport, area_names: Mapping[str, str], language: str, *, is_alone: bool = True) -> str:
    """Render the report as HTML, in English or Chinese. Homes, devices and people stand in it by their ids.

    Args:
        report: As computed; nothing in it is hidden.
        area_names: The name of each area by its id.
        language: A tag.
        is_alone: The page is a file: its style stands in it.
    """
    labels = _Labels(Wording(language), area_names)
    words = labels.words
    html = Templates().render(
        "evidence.html",
        words,
        style=read_style("report.css") if is_alone else "",
        r=report,
        labels=labels,
        span=labels.write_span(report),
        milestones={code: words.text(text) for code, text in _MILESTONES.items()},
        targets={code: words.text(text) for code, text in _TARGETS.items()},
        firing={code: words.text(text) for code, text in _FIRING.items()},
        circuits={code: words.text(text) for code, text in _CIRCUITS.items()},
        breakdowns=[
            (one, words.text(_BREAKDOWNS[one.by]), Markup(_draw_breakdown(one, labels)))  # noqa: S704  escaped where it is drawn
            for one in report.breakdowns
            if [group.group for group in one.groups] != [""]  # then it says nothing that the total does not say
        ],
        taken_by=Markup(_draw_taken_by(report, labels)),  # noqa: S704  likewise
        days=Markup(_draw_days(report, labels)),  # noqa: S704  likewise
    )
    return str(html)


class _Labels:
    """What groups, sources and people are called."""

    def __init__(self, words: Wording, area_names: Mapping[str, str]) -> None:
        self.words = words
        self._areas = area_names

    def name_group(self, by: str, group: str) -> str:
        """Name a group of a breakdown."""
        words = self.words
        if by == "shift":
            return words.text("%(hours)s o'clock", hours=group.partition(":")[2].replace("-", "–")) if group in THIRDS else group
        if by == "area":
            return f"{self._areas[group]} ({group})" if group in self._areas else group
        if by == "provider":
            return group or words.text("no provider was asked")
        if by == "device_kind":
            return words.device_kind(group) if group else words.text("about no device")
        if by == "device_model":
            return words.device_model(group)
        if by == "rule_and_model":
            rule, _, model = group.partition("/")
            return f"{words.rule_name(rule)} · {words.device_model(model)}"
        return words.priority(group) if by == "priority" else words.rule_name(group)

    def name_source(self, source: str) -> str:
        """Name where alerts came from."""
        kind, _, name = source.partition(":")
        return self.words.text(_SOURCES[kind], id=name) if kind in _SOURCES else source

    def name_actor(self, who: str) -> str:
        """Name who answered."""
        kind, _, name = who.partition(":")
        return self.words.text(_ACTORS[kind], id=name) if kind in _ACTORS else self.words.text("the resident")

    def write_span(self, report: EvidenceReport) -> str:
        """Write the first and the last day."""
        zone = find_zone(report.timezone) or UTC
        first, until = (datetime.fromisoformat(text).astimezone(zone) for text in (report.from_at, report.until_at))
        return f"{first.date()} – {(until - MS).date()}"

    def write_moment(self, at: str, timezone: str) -> str:
        """Write a time of the report on the clock of its zone."""
        return self.words.moment((datetime.fromisoformat(at) - _EPOCH) / MS, timezone)

    def write_share(self, share: float | None) -> str:
        """Write a share as per cent."""
        return "–" if share is None else f"{share * 100:.1f}\u00a0%"

    def write_time(self, seconds: float | None) -> str:
        """Write a duration, or a dash."""
        return "–" if seconds is None else self.words.duration(seconds)


def _draw_taken_by(report: EvidenceReport, labels: _Labels) -> str:
    rows = [(labels.write_time(one.within_s), [one.share * 100]) for one in report.taken_by]
    return draw_bars(rows, labels.words.text("Share taken by when"), labels.words.text("Per cent of the alerts"), form=".1f")


def _draw_breakdown(breakdown: Breakdown, labels: _Labels) -> str:
    """Draw which share of each shift and area was taken in time, and which of each rule and model was false; else nothing."""
    text = labels.words.text
    if breakdown.by in {"shift", "area"}:
        title, name = text("Share taken within 60 and 180 seconds"), text("Per cent, of 60 s above and 180 s below")
        return _draw_shares(breakdown, labels, _list_taken_shares, title, name)
    if breakdown.by in {"rule", "device_model"}:
        return _draw_shares(breakdown, labels, _list_false_share, text("False share"), text("Per cent of those closed"))
    return ""


def _draw_shares(
    breakdown: Breakdown, labels: _Labels, list_shares: Callable[[GroupFigures], list[float]], title: str, name: str
) -> str:
    """Draw shares of the groups that have any; empty where none has, or where they would fill pages."""
    rows = [(labels.name_group(breakdown.by, group.group)[:24], list_shares(group)) for group in breakdown.groups]
    rows = [row for row in rows if row[1]][:_MOST_BARS]
    return draw_bars(rows, title, name, form=".1f") if rows else ""


def _list_false_share(group: GroupFigures) -> list[float]:
    return [] if group.false_share is None else [group.false_share * 100]


def _list_taken_shares(group: GroupFigures) -> list[float]:
    return [target.share * 100 for target in group.targets if target.milestone == "taken" and target.share is not None]


def _draw_days(report: EvidenceReport, labels: _Labels) -> str:
    words = labels.words
    columns = [(words.day(date.fromisoformat(day.day)), float(day.alerts)) for day in report.load.days]
    return draw_columns(columns, words.text("Alerts of each day"), words.text("Day"), words.text("Alerts"))
