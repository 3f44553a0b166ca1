"""Draws the list of rotas, and the page on which one is made or changed with what it would leave open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from homebeat.actions.duty_people import find_duty_people
from homebeat.actions.rota_writing import WrittenRota
from homebeat.actions.shifts import find_gaps_ahead
from homebeat.actions.view import View
from homebeat.console.card.evidence import find_zone
from homebeat.console.duty.now import KINDS
from homebeat.console.duty.page import DutyDayRow, make_path, make_row, name_rota
from homebeat.console.duty.week import find_monday, group_gaps, make_week
from homebeat.console.rotas.form import list_faults, make_rows
from homebeat.console.web.access import Visitor
from homebeat.console.web.context import ConsoleContext
from homebeat.console.web.grants import Option, make_area_options
from homebeat.console.web.page import Templates
from homebeat.console.web.pages import make_frame
from homebeat.console.web.person import join_parts, name_actor
from homebeat.domain.errors import NotFound
from homebeat.domain.fleet import ResponderKind
from homebeat.domain.ids import AreaId, ResponderId, RotaId
from homebeat.domain.role import Operation, Relation
from homebeat.registry.rota_tree import write_rota
from homebeat.store import RotaEntry
from homebeat.wording import Wording

PATH: Final = "/settings/rotas"
EDIT: Final = "/settings/rotas/edit"
_HERE: Final = frozenset({Relation.IN_AREA})
#: Rotas on one page.
_MOST: Final = 200
#: Gaps that are named.
_MOST_GAPS: Final = 20
_WEEKS: Final = 4


@dataclass(frozen=True, slots=True)
class RotaLine:
    """One rota; `href` leads to its form, `week` to its weeks; `gaps` is how many times nobody is on duty in four weeks."""

    id: str
    href: str
    week: str
    act: str
    title: str
    facts: str
    gaps: int
    version: int
    may_undo: bool


@dataclass(frozen=True, slots=True)
class PreviewWeek:
    """A week as it would be."""

    title: str
    names: Sequence[str]
    days: Sequence[DutyDayRow]


@dataclass(frozen=True, slots=True)
class RotaForm:
    """A form that was refused, or whose weeks were asked for.

    Attributes:
        tree: What was typed, as a table of the rota file.
        written: What it would leave open; None where that is not known.
    """

    tree: Mapping[str, Any]
    faults: Sequence[tuple[str, str]] = ()
    written: WrittenRota | None = None
    notice: str = ""


class RotaPages:
    """Draws the pages for one request."""

    def __init__(self, context: ConsoleContext, templates: Templates) -> None:
        self._context = context
        self._templates = templates

    def render(self, visitor: Visitor, words: Wording, notice: str = "") -> str:
        """Render the rotas of the areas where the visitor arranges duty."""
        with self._context.open_view(visitor.principal, Operation.ARRANGE_DUTY) as view:
            zone = find_zone(view.reader.homes.find_timezone())
            listed = view.reader.homes.list_areas()
            areas = {area.id: area.name for area in listed}
            entries = [one for one in view.reader.rotas.list_rotas(since=view.now) if _may_arrange(view, one.rota.area)]
            gone = [one for one in view.reader.rotas.list_put_away(_MOST) if _may_arrange(view, one.rota.area)]
            retired = view.reader.duty.list_retired()
            lines = [
                _make_line(one, areas, words, zone, len(find_gaps_ahead(one.rota, view.now, retired))) for one in entries[:_MOST]
            ]
        return self._templates.render(
            "rotas.html",
            words,
            rotas=lines,
            left_out=max(0, len(entries) - _MOST),
            gone=[_make_line(one, areas, words, zone, 0) for one in gone],
            areas=make_area_options(listed),
            edit=EDIT,
            notice=notice,
            **make_frame(visitor, words, PATH),
        )

    def render_form(self, visitor: Visitor, words: Wording, area: str, rota: str = "", typed: RotaForm | None = None) -> str:
        """Render the form of one rota.

        Args:
            visitor: Who looks.
            words: Their language.
            area: Where a new one is to be.
            rota: Which one; empty for a new one.
            typed: What was typed into it.

        Raises:
            NotFound: There is no such rota or area where they arrange duty.
        """
        with self._context.open_view(visitor.principal, Operation.ARRANGE_DUTY) as view:
            entry = view.reader.rotas.find_entry(RotaId(rota)) if rota else None
            where = AreaId(area) if entry is None else entry.rota.area
            if (rota and (entry is None or entry.retired_at is not None)) or not _may_arrange(view, where):
                raise NotFound("there is no such rota or area")
            names = {one.id: one.name for one in view.reader.homes.list_areas()}
            tree = typed.tree if typed else write_rota(entry.rota) if entry else _begin(view)
            covering = [ResponderId(row["id"]) for row in view.reader.duty.find_covering([where])[where]][:_MOST]
            people = find_duty_people(view, covering)
            calendars = sorted(view.reader.rotas.read_holidays())
            written = typed.written if typed else None
            weeks = [] if written is None else list(_list_weeks(view, written, words))
        faults = typed.faults if typed else ()
        gaps = written.gaps if written else ()
        return self._templates.render(
            "rota_edit.html",
            words,
            title=name_rota(entry.rota, names, words) if entry else words.text("A new rota"),
            area=where,
            area_name=names.get(where, where),
            rota=rota,
            version=entry.version if entry else 0,
            tree={"kind": "desk", "timezone": "", "from": "", "holidays": "", **tree},
            kinds=[Option(kind.value, words.text(KINDS[kind])) for kind in ResponderKind],
            calendars=calendars,
            shifts=make_rows(tree, "shifts", faults, words),
            hours=make_rows(tree, "hours", faults, words),
            people=[Option(one.responder, join_parts(one.name, words.text(KINDS[one.kind]))) for one in people.values()],
            faults={name: list_faults(faults, name, words) for name in ("area", "kind", "timezone", "from", "holidays")},
            weeks=weeks,
            is_asked=written is not None,
            gaps=[_write_gap(one.starts_at, one.ends_at, written, words) for one in gaps[:_MOST_GAPS]],
            gaps_left_out=max(0, len(gaps) - _MOST_GAPS),
            notice=typed.notice if typed else "",
            **make_frame(visitor, words, EDIT, f"{EDIT}?{urlencode({'rota': rota} if rota else {'area': where})}"),
        )


def _begin(view: View) -> dict[str, Any]:
    """What stands in the form of a new rota."""
    zone = view.reader.homes.find_timezone()
    return {"timezone": zone, "from": datetime.fromtimestamp(view.now / 1000, ZoneInfo(zone)).date().isoformat()}


def _may_arrange(view: View, area: AreaId) -> bool:
    return view.principal.may_on(Operation.ARRANGE_DUTY, view.reader.fleet.find_line(area), _HERE)


def _make_line(entry: RotaEntry, areas: Mapping[AreaId, str], words: Wording, zone: str, gaps: int) -> RotaLine:
    ident = entry.rota.id
    kept = words.text("kept in the console") if entry.kept_since is not None else words.text("kept by the rota file")
    changed = words.text(
        "last changed %(clock)s by %(name)s", clock=words.clock(entry.set_at, zone), name=name_actor(entry.set_by, words)
    )
    return RotaLine(
        ident,
        f"{EDIT}?{urlencode({'rota': ident})}",
        make_path(ident),
        f"/console/rotas/{quote(ident, safe='')}",
        name_rota(entry.rota, areas, words),
        join_parts(kept, changed),
        gaps,
        entry.version,
        entry.kept_since is not None and (entry.before is not None or entry.retired_at is None),
    )


def _list_weeks(view: View, written: WrittenRota, words: Wording) -> list[PreviewWeek]:
    """The coming four weeks, as they would be."""
    rota, retired = written.rota, view.reader.duty.list_retired()
    first = find_monday("", rota.zone, view.now)
    mondays = [first + timedelta(days=7 * no) for no in range(_WEEKS + 1)]
    found = [make_week(rota, monday, (), retired, view.now) for monday in mondays]
    people = find_duty_people(view, {shift.who for week in found for shift in week.shifts if shift.who is not None})
    weeks = []
    for week in found:
        gaps = group_gaps(week, rota)
        rows = [make_row(week, day, gaps.get(day, ()), rota, people, words, None, view.now) for day in week.days]
        weeks.append(PreviewWeek(f"{words.day(week.monday)} – {words.day(week.days[-1])}", week.names, rows))
    return weeks


def _write_gap(starts_at: int, ends_at: int, written: WrittenRota | None, words: Wording) -> str:
    zone = written.rota.timezone if written else ""
    return words.text("%(start)s – %(end)s", start=words.clock(starts_at, zone), end=words.clock(ends_at, zone))
