"""Draws the page of duty: who is on duty now, and the weeks of each rota."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from urllib.parse import urlencode

from homebeat.actions.duty_people import DutyPerson, find_duty_people
from homebeat.actions.shifts import make_shift
from homebeat.actions.view import View
from homebeat.console.card.evidence import find_zone
from homebeat.console.duty.now import KINDS, OnDuty, read_on_duty
from homebeat.console.duty.week import Week, find_monday, find_span, group_gaps, make_week
from homebeat.console.web.access import Visitor
from homebeat.console.web.context import ConsoleContext
from homebeat.console.web.grants import Option
from homebeat.console.web.page import Templates
from homebeat.console.web.pages import make_frame
from homebeat.console.web.person import join_parts
from homebeat.domain.durations import DAY_MS
from homebeat.domain.errors import NotFound
from homebeat.domain.ids import AreaId, ResponderId, RotaId
from homebeat.domain.leave import Replacement
from homebeat.domain.role import Operation, Relation
from homebeat.domain.rota import Gap, Rota, Shift
from homebeat.store import LeaveEntry, RotaEntry, ShiftFeed
from homebeat.wording import Wording

PATH: Final = "/duty"
_HERE: Final = frozenset({Relation.IN_AREA})
#: As many rotas, people and leaves stand on one page.
_MOST: Final = 300
#: What was entered for shifts further back is not needed: what was stands in the table of shifts.
_BACK_MS: Final = 7 * DAY_MS


@dataclass(frozen=True, slots=True)
class DutyCell:
    """One shift of one day: who has it when. `look` is `quiet` where nobody has it, `own` where the visitor does."""

    name: str
    lines: Sequence[tuple[str, str, str]]


@dataclass(frozen=True, slots=True)
class DutyDayRow:
    """One day of the week; `gaps` says when nobody is on duty from then on."""

    name: str
    is_today: bool
    cells: Sequence[DutyCell]
    gaps: Sequence[str]


@dataclass(frozen=True, slots=True)
class RotaSheet:
    """A week of one rota, with the forms that the visitor may send.

    Attributes:
        shifts: Which the visitor may give away or swap; empty where there is none.
        others: Of the week, for a swap.
        people: Who can take a shift of this rota.
        own: Which responder the visitor is; empty for none.
    """

    id: str
    title: str
    zone: str
    span: str
    before: str
    after: str
    week: str
    names: Sequence[str]
    days: Sequence[DutyDayRow]
    gaps: int
    shifts: Sequence[Option]
    others: Sequence[Option]
    people: Sequence[Option]
    absent: Sequence[Option]
    own: str


@dataclass(frozen=True, slots=True)
class Said:
    """What a form answers: why it did nothing, who takes the shifts of whoever is on leave, or an address that is shown once."""

    notice: str = ""
    replacements: Sequence[Replacement] | None = None
    address: str = ""


class DutyPages:
    """Draws the page for one request."""

    def __init__(self, context: ConsoleContext, templates: Templates) -> None:
        self._context = context
        self._templates = templates

    def render(self, visitor: Visitor, words: Wording, rota: str = "", week: str = "", said: Said | None = None) -> str:
        """Render who is on duty now, and a week of one rota.

        Args:
            visitor: Who looks.
            words: Their language.
            rota: Which rota; empty for the first.
            week: A day of the week; empty for this one.
            said: What a form answers.

        Raises:
            NotFound: There is no such rota.
            Incomplete: There is no such week.
        """
        said = said or Said()
        with self._context.open_view(visitor.principal, Operation.READ_DUTY) as view:
            zone = find_zone(view.reader.homes.find_timezone())
            areas = {area.id: area.name for area in view.reader.homes.list_areas()}
            rotas = view.reader.rotas.list_rotas(since=view.now - _BACK_MS)
            on_duty: OnDuty = read_on_duty(view, rotas, areas, words, zone)
            own = view.reader.duty.find_accounts([visitor.name]).get(visitor.name)
            chosen = _choose(rotas, rota, own)
            sheet = None if chosen is None else _read_sheet(view, visitor, words, chosen, week, areas, own)
            leaves = _read_leaves(view, words, zone)
            feeds = view.reader.shift_feeds.list_valid(own) if own is not None else []
            taken = _read_replacements(view, words, said.replacements, {one.rota.id: one.rota for one in rotas})
        return self._templates.render(
            "duty.html",
            words,
            on_duty=on_duty,
            rotas=[Option(one.rota.id, name_rota(one.rota, areas, words)) for one in rotas[:_MOST]],
            rotas_left_out=max(0, len(rotas) - _MOST),
            sheet=sheet,
            leaves=leaves,
            feeds=[(one.id, _write_feed(one, words, zone)) for one in feeds],
            own=own or "",
            address=said.address,
            taken=taken,
            arranges=visitor.may(Operation.ARRANGE_DUTY),
            notice=said.notice,
            **make_frame(visitor, words, PATH, make_path(chosen.rota.id, week) if chosen else ""),
        )


def make_path(rota: str, week: str = "") -> str:
    """Make the address of a week of a rota."""
    return f"{PATH}?{urlencode({'rota': rota} | ({'week': week} if week else {}))}"


def _choose(rotas: Sequence[RotaEntry], wanted: str, own: ResponderId | None) -> RotaEntry | None:
    """Choose the rota that an address names, else the first in which the visitor is, else the first."""
    if wanted:
        found = next((one for one in rotas if one.rota.id == wanted), None)
        if found is None:
            raise NotFound(f"there is no rota {wanted!r}")
        return found
    mine = (one for one in rotas if any(own in shift.who for shift in one.rota.shifts))
    return next(mine, next(iter(rotas), None))


def _read_sheet(
    view: View, visitor: Visitor, words: Wording, entry: RotaEntry, day: str, areas: Mapping[AreaId, str], own: ResponderId | None
) -> RotaSheet:
    rota, now = entry.rota, view.now
    monday = find_monday(day, rota.zone, now)
    start, end = find_span(monday, rota)
    stored = map(make_shift, view.reader.rotas.list_shifts(start, end, RotaId(rota.id)))
    retired = view.reader.duty.list_retired()
    week = make_week(rota, monday, (one for one in stored if one.ends_at <= now), retired, now)
    covering = [ResponderId(row["id"]) for row in view.reader.duty.find_covering([rota.area])[rota.area]][:_MOST]
    seen = {shift.who for shift in week.shifts if shift.who is not None}
    people = find_duty_people(view, {*covering, *seen})
    arranges = visitor.principal.may_on(Operation.ARRANGE_DUTY, view.reader.fleet.find_line(rota.area), _HERE)
    ahead = [shift for shift in week.shifts if shift.ends_at > now]
    may = visitor.may(Operation.OWN_SHIFTS)
    own_shifts = ahead if arranges else [shift for shift in ahead if own is not None and shift.who == own]
    able = sorted((people[who] for who in covering if who in people), key=lambda one: one.kind != rota.kind)
    gaps = group_gaps(week, rota)
    return RotaSheet(
        id=rota.id,
        title=name_rota(rota, areas, words),
        zone=rota.timezone,
        span=f"{words.day(monday)} – {words.day(monday + timedelta(days=6))}",
        before=make_path(rota.id, (monday - timedelta(days=7)).isoformat()),
        after=make_path(rota.id, (monday + timedelta(days=7)).isoformat()),
        week=monday.isoformat(),
        names=week.names,
        days=[make_row(week, one, gaps.get(one, ()), rota, people, words, own, now) for one in week.days],
        gaps=len(week.gaps),
        shifts=_list_shifts(own_shifts, people, words) if may else [],
        others=_list_shifts([one for one in ahead if one.who is not None], people, words) if may else [],
        people=[Option(one.responder, _name_person(one, words)) for one in able],
        absent=[Option(one.responder, _name_person(one, words)) for one in able if arranges or one.responder == own],
        own=own or "",
    )


def make_row(
    week: Week,
    day: date,
    gaps: Sequence[Gap],
    rota: Rota,
    people: Mapping[ResponderId, DutyPerson],
    words: Wording,
    own: ResponderId | None,
    now: int,
) -> DutyDayRow:
    """Make the row of one day; `own` is looked for among those who have shifts."""
    cells = [
        DutyCell(name, [_make_line(one, rota, people, words, own, now) for one in week.list_of(day, name)]) for name in week.names
    ]
    said = [
        words.text(
            "%(from)s – %(until)s",
            **{"from": words.clock(one.starts_at, rota.timezone), "until": words.clock(one.ends_at, rota.timezone)},
        )
        for one in gaps
    ]
    start, end = (find_span(day + timedelta(days=no), rota)[0] for no in (0, 1))
    return DutyDayRow(words.day(day, weekday=True), start <= now < end, cells, said)


def _make_line(
    shift: Shift, rota: Rota, people: Mapping[ResponderId, DutyPerson], words: Wording, own: ResponderId | None, now: int
) -> tuple[str, str, str]:
    """Who, from when until when, and how it looks."""
    hours = f"{_write_hour(shift.starts_at, rota)}–{_write_hour(shift.ends_at, rota)}"
    if shift.who is None:
        return words.text("nobody"), hours, "quiet"
    name = people[shift.who].name if shift.who in people else shift.who
    look = "now" if shift.covers(now) else "own" if shift.who == own else ""
    return (words.text("%(name)s (on duty now)", name=name) if look == "now" else name), hours, look


def _write_hour(at: int, rota: Rota) -> str:
    return datetime.fromtimestamp(at / 1000, rota.zone).strftime("%H:%M")


def _list_shifts(shifts: Sequence[Shift], people: Mapping[ResponderId, DutyPerson], words: Wording) -> list[Option]:
    def name(shift: Shift) -> str:
        if shift.who is None:
            return words.text("nobody")
        return people[shift.who].name if shift.who in people else shift.who

    return [
        Option(f"{one.day.isoformat()}/{one.name}", join_parts(words.day(one.day, weekday=True), one.name, name(one)))
        for one in shifts
    ]


def name_rota(rota: Rota, areas: Mapping[AreaId, str], words: Wording) -> str:
    """Name a rota by its area, what people are on duty as, and its id."""
    return join_parts(areas.get(rota.area, rota.area), words.text(KINDS[rota.kind]), rota.id)


def _name_person(one: DutyPerson, words: Wording) -> str:
    return join_parts(one.name, words.text(KINDS[one.kind]))


def _read_leaves(view: View, words: Wording, zone: str) -> list[str]:
    """Who is on leave now or will be."""
    entries: list[LeaveEntry] = view.reader.rotas.list_leaves(view.now)[:_MOST]
    people = find_duty_people(view, (one.leave.who for one in entries))
    return [
        join_parts(
            people[one.leave.who].name if one.leave.who in people else one.leave.who,
            words.text(
                "%(from)s – %(until)s",
                **{"from": words.clock(one.leave.starts_at, zone), "until": words.clock(one.leave.ends_at, zone)},
            ),
        )
        for one in entries
    ]


def _read_replacements(
    view: View, words: Wording, found: Sequence[Replacement] | None, rotas: Mapping[RotaId, Rota]
) -> list[tuple[str, str, bool]] | None:
    """Which shift goes to whom; the last is True for nobody. None where nobody has just taken leave."""
    if found is None:
        return None
    people = find_duty_people(view, (one.who for one in found if one.who is not None))
    return [
        (
            join_parts(words.day(one.shift.day, weekday=True), one.shift.name, one.shift.rota if len(rotas) > 1 else ""),
            words.text("nobody") if one.who is None else people[one.who].name if one.who in people else one.who,
            one.who is None,
        )
        for one in found
    ]


def _write_feed(one: ShiftFeed, words: Wording, zone: str) -> str:
    return words.text("made %(clock)s", clock=words.clock(one.made_at, zone))
