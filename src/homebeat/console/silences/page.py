"""Draws the page of silences: what is held back now or will be, and what was."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from homebeat.actions.view import View
from homebeat.console.card.evidence import find_zone
from homebeat.console.web.access import Visitor
from homebeat.console.web.context import ConsoleContext
from homebeat.console.web.grants import Option, make_area_options
from homebeat.console.web.page import Templates
from homebeat.console.web.pages import make_frame
from homebeat.console.web.person import join_parts, name_actor, show_masked
from homebeat.domain.ids import AreaId, HouseholdId
from homebeat.domain.role import Operation
from homebeat.domain.silence import MAINTENANCE, Silence, can_be_silenced
from homebeat.rules.catalogue import RULES
from homebeat.wording import Wording

PATH: Final = "/silences"
_MOST: Final = 100
#: For how long a form offers to hold back, minutes: an hour, a shift, a day, some days, a week.
LASTING: Final = (60, 240, 480, 1440, 4320, 10080)


@dataclass(frozen=True, slots=True)
class SilenceLine:
    """One silence.

    Attributes:
        kind: That an area is silenced, one alert shelved, or somebody works on devices.
        look: `holds` while it holds, `unknown` where it is still to begin, else empty: it is over.
        href: Where the form goes that ends it; empty where the visitor cannot.
    """

    what: str
    kind: str
    where: str
    look: str
    standing: str
    held: str
    facts: str
    reason: str
    href: str


class SilencePages:
    """Draws the page for one request."""

    def __init__(self, context: ConsoleContext, templates: Templates) -> None:
        self._context = context
        self._templates = templates

    def render(self, visitor: Visitor, words: Wording, cursor: str | None = None, *, past: bool = False, notice: str = "") -> str:
        """Render a page of them, the newest first.

        Args:
            visitor: Who looks.
            words: Their language.
            cursor: Where the page before ended.
            past: Those too that are over.
            notice: Why something was not done.

        Raises:
            BadCursor: The cursor is not one of ours.
        """
        may_silence = visitor.may(Operation.SILENCE)
        with self._context.open_view(visitor.principal, Operation.READ_ALERTS) as view:
            page = view.read_silences(view.now, _MOST, cursor, only_active=not past)
            zone = find_zone(view.reader.homes.find_timezone())
            areas = view.reader.homes.list_areas()
            names = {area.id: area.name for area in areas}
            people = view.name_residents(one.household for one in page.items if one.household is not None)
            may_lift = _find_liftable(view, visitor, page.items)
            now = view.now
        lines = [_make_line(one, words, zone, now, names, people, may_lift=one.id in may_lift) for one in page.items]
        more = f"&past={'yes' if past else ''}"
        return self._templates.render(
            "silences.html",
            words,
            lines=lines,
            past=past,
            next_href=f"{PATH}?cursor={quote(page.next_cursor, safe='')}{more}" if page.next_cursor else "",
            may_silence=may_silence,
            rules=_list_rules(words) if may_silence else [],
            areas=make_area_options(areas) if may_silence else [],
            lasting=[Option(str(one), words.duration(one * 60)) for one in LASTING],
            zone=zone,
            notice=notice,
            **make_frame(visitor, words, PATH),
        )


def _list_rules(words: Wording) -> list[Option]:
    """List what can be silenced by its name."""
    found = [Option(code, words.rule_name(code)) for code, rule in RULES.items() if can_be_silenced(code, rule.priority)]
    return sorted(found, key=lambda one: one.name)


def _find_liftable(view: View, visitor: Visitor, items: Iterable[Silence]) -> frozenset[int]:
    """Find which of these the visitor may end: their own, and those of areas in which they may silence."""
    if not visitor.may(Operation.SHELVE):
        return frozenset()
    shown = [one for one in items if one.lifted_at is None and one.ends_at > view.now]
    homes = view.reader.homes.find_areas(one.household for one in shown if one.household is not None)
    places = {one.id: one.area if one.household is None else homes.get(one.household, one.area) for one in shown}
    lines = view.reader.fleet.find_lines(places.values())
    scope, own = visitor.find_scope(Operation.SILENCE), str(visitor.actor)
    return frozenset(one.id for one in shown if one.actor == own or scope.reaches(lines.get(places[one.id], ())))


def _make_line(
    one: Silence,
    words: Wording,
    zone: str,
    now: int,
    areas: Mapping[AreaId, str],
    people: Mapping[HouseholdId, Sequence[str]],
    *,
    may_lift: bool,
) -> SilenceLine:
    starts_at = max(one.at, one.starts_at)
    is_over = one.lifted_at is not None or one.ends_at <= now
    made = words.text("made by %(actor)s, %(clock)s", actor=name_actor(one.actor, words), clock=words.clock(one.at, zone))
    device = one.subject_key.removeprefix("device:") if one.subject_key.startswith("device:") else ""
    home = "" if one.household is None else join_parts(*people.get(one.household, ())) or one.household
    return SilenceLine(
        what=words.text("What devices say of themselves") if one.rule == MAINTENANCE else words.rule_name(one.rule),
        kind=_name_kind(one, words),
        where=join_parts(home, device and words.text("device %(id)s", id=device), areas.get(one.area, one.area)),
        look="" if is_over else "holds" if starts_at <= now else "unknown",
        standing=_write_standing(one, words, zone, now, starts_at),
        held=words.text("has held back %(count)s", count=words.number(one.held, 0)),
        facts=made,
        reason=show_masked(one.reason, words),
        href=f"/console/silences/{one.id}/lift" if may_lift else "",
    )


def _name_kind(one: Silence, words: Wording) -> str:
    if one.rule == MAINTENANCE:
        return words.text("Work on devices")
    return words.text("Silenced in an area") if one.household is None else words.text("Shelved, of one home")


def _write_standing(one: Silence, words: Wording, zone: str, now: int, starts_at: int) -> str:
    ends = words.clock(one.ends_at, zone)
    if one.lifted_at is not None:
        return words.text(
            "over: ended by %(name)s, %(clock)s", name=name_actor(one.lifted_by, words), clock=words.clock(one.lifted_at, zone)
        )
    if one.ends_at <= now:
        return words.text("over since %(clock)s", clock=ends)
    if starts_at > now:
        return words.text("from %(clock)s until %(ends)s", clock=words.clock(starts_at, zone), ends=ends)
    left = words.duration((one.ends_at - now) / 1000)
    return words.text("holds until %(clock)s, for %(left)s more", clock=ends, left=left)
