"""Draws the page of the supervisor. What takes long is computed beside it, and the page says as of when it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from homebeat.actions.pulse import read_as_of
from homebeat.actions.shown_evidence import mask_report, sees_small_counts
from homebeat.console.card.evidence import find_zone
from homebeat.console.duty.now import OnDuty, ShiftSpan, find_shift, make_hours, read_on_duty
from homebeat.console.supervisor.figures import FigureLine, FigureWriter
from homebeat.console.supervisor.now import BlindHomes, NowSight, read_now, write_blind
from homebeat.console.supervisor.reports import MonthFigures, ReportShelf, find_month_name
from homebeat.console.supervisor.shelf import Kept
from homebeat.console.web.access import Visitor
from homebeat.console.web.blind import check_sight
from homebeat.console.web.context import ConsoleContext
from homebeat.console.web.grants import Option, make_area_options
from homebeat.console.web.page import Templates
from homebeat.console.web.pages import make_frame
from homebeat.console.web.person import join_parts
from homebeat.domain.errors import NotFound
from homebeat.domain.ids import AreaId, HouseholdId
from homebeat.domain.principal import Principal, narrow_grants
from homebeat.domain.role import Operation
from homebeat.domain.scope import Scope
from homebeat.evidence.report import EvidenceReport
from homebeat.wording import Wording
from homebeat.wording.catalogue import msg

PATH: Final = "/supervisor"
_MONTHS: Final = 12
_MOST_RULES: Final = 10


@dataclass(frozen=True, slots=True)
class SourceLine:
    """Where many alerts came from, and their share. `href` is empty where no page shows it."""

    name: str
    alerts: str
    share: str
    false: str = ""
    href: str = ""


@dataclass(frozen=True, slots=True)
class FigureBlock:
    """Figures that were computed beside the page.

    Attributes:
        as_of: When; empty where they are not there.
        missing: Why they are not there, or are old.
    """

    lines: Sequence[FigureLine]
    as_of: str
    missing: str


@dataclass(frozen=True, slots=True)
class SupervisorSight:
    """What is read for the page within its own time."""

    now: int
    zone: str
    areas: dict[AreaId, str]
    options: Sequence[Option]
    shift: ShiftSpan
    sight: NowSight | None
    on_duty: OnDuty | None
    is_current: bool


class SupervisorPages:
    """Draws the page for one request."""

    def __init__(self, context: ConsoleContext, templates: Templates, reports: ReportShelf) -> None:
        self._context = context
        self._templates = templates
        self._reports = reports

    def render(self, visitor: Visitor, words: Wording, area: str = "") -> str:
        """Render now, this shift and this month, of an area and all below it; empty for all of the visitor's.

        Raises:
            NotFound: The area is none of the visitor's.
        """
        principal = find_principal(self._context, visitor, area)
        seen = self._read(principal, visitor, words)
        totals, alerts = (principal.find_scope(one) for one in (Operation.READ_TOTALS, Operation.READ_ALERTS))
        named = AreaId(area) if area else None
        month_name = find_month_name(seen.now, seen.zone)
        blind, shift, month = self._reports.find_page(totals, alerts, named, seen.shift.starts_at, month_name)
        masked = _mask(month, principal, totals)
        names = self._name_homes(principal, blind.value, masked)
        return self._templates.render(
            "supervisor.html",
            words,
            banner=check_sight(self._context, words, alerts).banner if principal.may(Operation.READ_ALERTS) else "",
            area=area,
            areas=seen.options,
            sight=seen.sight,
            on_duty=seen.on_duty,
            is_current=seen.is_current,
            **_draw_blind(blind, names, words, seen),
            shift_name=seen.shift.name,
            shift=_draw_shift(shift, principal, totals, words, seen.zone),
            month=_draw_month(month, masked, principal, totals, words, seen.zone),
            sources=_list_sources(masked, names, words, seen) if masked is not None else [],
            rules=_list_rules(masked, words) if masked is not None else [],
            months=_list_months(month_name),
            proposed=self._count_proposed(principal),
            **make_frame(visitor, words, PATH, make_path(area)),
        )

    def _count_proposed(self, principal: Principal) -> int:
        """Count changes of rules that wait for a second person, for whoever may be that."""
        if not principal.may(Operation.SET_RULES):
            return 0
        with self._context.store.read(principal.find_scope(Operation.SET_RULES)) as reader:
            return len(reader.setting_changes.list_proposed())

    def _read(self, principal: Principal, visitor: Visitor, words: Wording) -> SupervisorSight:
        sees_alerts = principal.may(Operation.READ_ALERTS)
        with self._context.store.read(visitor.find_scope(Operation.READ_TOTALS)) as reader:
            areas = reader.homes.list_areas()
        names = {one.id: one.name for one in areas}
        with self._context.open_view(principal, Operation.READ_ALERTS if sees_alerts else Operation.READ_TOTALS) as view:
            zone = find_zone(view.reader.homes.find_timezone())
            return SupervisorSight(
                now=view.now,
                zone=zone,
                areas=names,
                options=make_area_options(areas),
                shift=find_shift(view, words, zone) if sees_alerts else make_hours(view.now, words),
                sight=read_now(view, words) if sees_alerts else None,
                on_duty=read_on_duty(view, view.reader.rotas.list_rotas(since=view.now), names, words, zone)
                if sees_alerts
                else None,
                is_current=read_as_of(view.reader, view.now).is_current,
            )

    def _name_homes(
        self, principal: Principal, blind: BlindHomes | None, report: EvidenceReport | None
    ) -> dict[HouseholdId, list[str]]:
        """Name who lives in the homes that the page shows, as far as the visitor sees names."""
        homes = [one.household for one in blind.homes] if blind is not None else []
        homes += [HouseholdId(name) for one in report.load.top if (name := _find_home(one.source))] if report is not None else []
        if not homes or not principal.may(Operation.READ_HOMES):
            return {}
        with self._context.open_view(principal, Operation.READ_HOMES) as view:
            return view.name_residents(homes)


#: What a source is, by the beginning of its name.
_SOURCES: Final = {"household": msg("home"), "device": msg("device"), "area": msg("area"), "service": "homebeat"}


def find_principal(context: ConsoleContext, visitor: Visitor, area: str) -> Principal:
    """Find what is left of the visitor's roles within an area; all of them without one.

    Raises:
        NotFound: They see no totals there, or there is no such area.
    """
    if not area:
        return visitor.principal
    named = [grant.area for grant in visitor.principal.grants if grant.area is not None]
    with context.store.read(visitor.find_scope(Operation.READ_TOTALS)) as reader:
        lines = reader.fleet.find_lines([AreaId(area), *named])
    narrowed = narrow_grants(visitor.principal, AreaId(area), lines)
    if not narrowed.may(Operation.READ_TOTALS):
        raise NotFound(f"there is no area {area!r}")
    return narrowed


def make_path(area: str) -> str:
    """Make the address of the page about an area."""
    return f"{PATH}?{urlencode({'area': area})}" if area else PATH


def _draw_block(lines: Sequence[FigureLine], found: Kept, words: Wording, zone: str) -> FigureBlock:
    as_of = words.text("as of %(clock)s", clock=words.clock(found.at, zone)) if found.value is not None else ""
    if found.is_failing:
        return FigureBlock(
            lines, as_of, words.text("This could not be computed just now. Whoever runs homebeat finds why in its log.")
        )
    return FigureBlock(lines, as_of, "" if as_of else words.text("This is being computed. Look again in some seconds."))


def _draw_shift(found: Kept, principal: Principal, scope: Scope, words: Wording, zone: str) -> FigureBlock:
    report = _mask(found, principal, scope)
    lines = [] if report is None else list(FigureWriter(words).list_shift(report))
    return _draw_block(lines, found, words, zone)


def _draw_month(
    found: Kept, report: EvidenceReport | None, principal: Principal, scope: Scope, words: Wording, zone: str
) -> FigureBlock:
    if report is None:
        return _draw_block([], found, words, zone)
    outcomes = found.value.outcomes if sees_small_counts(principal, scope) else {}
    return _draw_block(list(FigureWriter(words).list_month(report, outcomes)), found, words, zone)


def _mask(found: Kept, principal: Principal, scope: Scope) -> EvidenceReport | None:
    figures: MonthFigures | None = found.value
    return None if figures is None else mask_report(figures.report, principal, scope)


def _find_home(source: str) -> str:
    """Find the id of the home that alerts came from; empty where it was no home."""
    return source.removeprefix("household:") if source.startswith("household:") else ""


def _draw_blind(found: Kept, names: Mapping[HouseholdId, Sequence[str]], words: Wording, seen: SupervisorSight) -> dict[str, Any]:
    """The homes of which nothing is known."""
    blind: BlindHomes = found.value or BlindHomes((), 0, 0)
    return {
        "blind": write_blind(blind, names, words, seen.zone, seen.now),
        "blind_left_out": max(0, blind.count - len(blind.homes)),
        "silent_devices": blind.silent_devices,
        "blind_block": _draw_block([], found, words, seen.zone),
    }


def _list_sources(
    report: EvidenceReport, names: Mapping[HouseholdId, Sequence[str]], words: Wording, seen: SupervisorSight
) -> list[SourceLine]:
    """Where most alerts of the month came from: homes, devices and areas, each with its share."""
    writer, found = FigureWriter(words), []
    for one in report.load.top:
        kind, _, ident = one.source.partition(":")
        home = _find_home(one.source)
        lived = join_parts(*names.get(HouseholdId(home), ())) if home else ""
        place = seen.areas.get(AreaId(ident), "") if kind == "area" else ""
        what = words.text(_SOURCES[kind]) if kind in _SOURCES else ""
        found.append(SourceLine(join_parts(lived or place or what, ident), writer.count(one.alerts), writer.share(one.share)))
    return found


def _list_rules(report: EvidenceReport, words: Wording) -> list[SourceLine]:
    """The rules with most alerts, each with its share and how many of those closed were false."""
    writer, many = FigureWriter(words), report.total.alerts
    groups = next(one.groups for one in report.breakdowns if one.by == "rule")
    known = sorted((one for one in groups if one.alerts), key=lambda one: -(one.alerts or 0))[:_MOST_RULES]
    return [
        SourceLine(
            words.rule_name(one.group),
            writer.count(one.alerts),
            writer.share((one.alerts or 0) / many if many else None),
            writer.share(one.false_share),
        )
        for one in known
    ]


def _list_months(current: str) -> list[str]:
    """This month and those before it."""
    first = date.fromisoformat(f"{current}-01")
    found = []
    for _ in range(_MONTHS):
        found.append(f"{first:%Y-%m}")
        first = (first - timedelta(days=1)).replace(day=1)
    return found
