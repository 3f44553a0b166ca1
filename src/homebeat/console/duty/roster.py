"""The roster for the day when nothing works: on paper, who has which shift with their numbers, and how to reach the residents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from homebeat.actions.duty_people import find_duty_people, sees_phones
from homebeat.actions.print_roster import MOST_HOMES, RosterReason, sees_roster
from homebeat.actions.shifts import make_shift
from homebeat.actions.view import View
from homebeat.console.card.evidence import find_zone
from homebeat.console.duty.now import KINDS
from homebeat.console.duty.week import Week, find_monday, find_span, make_week
from homebeat.console.web.access import Visitor
from homebeat.console.web.context import ConsoleContext
from homebeat.console.web.grants import Option, make_area_options
from homebeat.console.web.page import Templates
from homebeat.console.web.pages import make_frame
from homebeat.console.web.person import drop_mask, join_parts, show_masked
from homebeat.domain.errors import NotFound
from homebeat.domain.fleet import Contact
from homebeat.domain.ids import AreaId
from homebeat.domain.principal import Principal, narrow_grants
from homebeat.domain.role import Operation
from homebeat.store import HouseholdEntry, RotaEntry
from homebeat.wording import Wording
from homebeat.wording.catalogue import msg

PATH: Final = "/duty/roster"
#: Rotas on one roster: those of an area, those above it, and those below.
_MOST_ROTAS: Final = 30
REASONS: Final = {
    RosterReason.READY: msg("to lie ready"),
    RosterReason.OUTAGE: msg("homebeat, the power or the network is down"),
    RosterReason.DRILL: msg("a drill"),
}


@dataclass(frozen=True, slots=True)
class RosterRota:
    """A rota of the week: a line for each shift, and when nobody is on duty."""

    title: str
    lines: Sequence[tuple[str, str, str]]
    people: Sequence[tuple[str, str]]
    gaps: Sequence[str]


@dataclass(frozen=True, slots=True)
class RosterHome:
    """A home: who lives there, and whom to call, in order."""

    place: str
    people: Sequence[str]
    contacts: Sequence[str]


class RosterPages:
    """Draws the roster for one request."""

    def __init__(self, context: ConsoleContext, templates: Templates) -> None:
        self._context = context
        self._templates = templates

    def render(
        self, visitor: Visitor, words: Wording, area: str, week: str, *, with_homes: bool = False, notice: str = ""
    ) -> str:
        """Render a week of the rotas that are on duty in an area; the form alone without one.

        Args:
            visitor: Who looks.
            words: Their language.
            area: Which area.
            week: A day of the week; empty for this one.
            with_homes: Also how to reach the residents; `PrintRoster` has said that they may be shown.
            notice: Why something was not done.

        Raises:
            NotFound: The area is none of the visitor's.
            Incomplete: There is no such week.
        """
        principal = self._narrow(visitor, area) if area else visitor.principal
        with self._context.store.read(visitor.find_scope(Operation.READ_DUTY)) as reader:
            areas = reader.homes.list_areas()
        names = {one.id: one.name for one in areas}
        rotas: list[RosterRota] = []
        with self._context.open_view(principal, Operation.READ_DUTY) as view:
            monday = find_monday(week, ZoneInfo(zone := find_zone(view.reader.homes.find_timezone())), view.now)
            if area:
                entries = view.reader.rotas.list_rotas(since=view.now)[:_MOST_ROTAS]
                rotas = [
                    _draw_rota(view, words, one, monday.isoformat(), names.get(one.rota.area, one.rota.area)) for one in entries
                ]
            printed, is_open = words.moment(view.now, zone), sees_phones(view)
        homes = self._read_homes(principal, AreaId(area), words) if with_homes else []
        return self._templates.render(
            "roster.html",
            words,
            area=area,
            area_name=names.get(AreaId(area), area),
            areas=make_area_options(areas),
            week=monday.isoformat(),
            day=words.day(monday),
            rotas=rotas,
            homes=homes,
            printed=printed,
            shows_numbers=is_open,
            may_print=bool(area) and sees_roster(principal),
            reasons=[Option(one.value, words.text(text)) for one, text in REASONS.items()],
            notice=notice,
            **make_frame(visitor, words, "/duty", PATH),
        )

    def _narrow(self, visitor: Visitor, area: str) -> Principal:
        named = [grant.area for grant in visitor.principal.grants if grant.area is not None]
        with self._context.store.read(visitor.find_scope(Operation.READ_DUTY)) as reader:
            found = narrow_grants(visitor.principal, AreaId(area), reader.fleet.find_lines([AreaId(area), *named]))
        if not found.may(Operation.READ_DUTY):
            raise NotFound(f"there is no area {area!r}")
        return found

    def _read_homes(self, principal: Principal, area: AreaId, words: Wording) -> list[RosterHome]:
        with self._context.open_view(principal, Operation.READ_HOMES) as view:
            return [_make_home(view, home, words) for home in view.list_households(MOST_HOMES, None, area).items]


def _draw_rota(view: View, words: Wording, entry: RotaEntry, day: str, area: str) -> RosterRota:
    rota, now = entry.rota, view.now
    monday = find_monday(day, rota.zone, now)
    start, end = find_span(monday, rota)
    stored = map(make_shift, view.reader.rotas.list_shifts(start, end, rota.id))
    week: Week = make_week(rota, monday, (one for one in stored if one.ends_at <= now), view.reader.duty.list_retired(), now)
    people = find_duty_people(view, (one.who for one in week.shifts if one.who is not None), with_phones=True)
    lines = []
    for one in week.shifts:
        who = words.text("nobody") if one.who is None else people[one.who].name if one.who in people else one.who
        span = f"{words.clock(one.starts_at, rota.timezone)} – {words.clock(one.ends_at, rota.timezone)}"
        lines.append((span, one.name, who))
    return RosterRota(
        join_parts(area, words.text(KINDS[rota.kind]), rota.id),
        lines,
        sorted((one.name, one.phone) for one in people.values()),
        [f"{words.clock(gap.starts_at, rota.timezone)} – {words.clock(gap.ends_at, rota.timezone)}" for gap in week.gaps],
    )


def _make_home(view: View, home: HouseholdEntry, words: Wording) -> RosterHome:
    people = [join_parts(show_masked(one.resident.name, words), drop_mask(one.resident.phone)) for one in home.residents]
    contacts = view.find_contacts(home.residents[0]) if home.residents else ()
    return RosterHome(
        join_parts(home.area_name, show_masked(home.address, words)),
        people,
        [_write_contact(one) for one in contacts if not one.is_resident],
    )


def _write_contact(one: Contact) -> str:
    return join_parts(one.name, one.relation, drop_mask(one.phone))
