"""Draws the list of residents."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from homebeat.actions.find_people import FoundEntry, list_people
from homebeat.actions.pulse import read_as_of
from homebeat.console.card.evidence import find_zone
from homebeat.console.residents.asked import STATES, AskedResidents
from homebeat.console.web.access import Visitor
from homebeat.console.web.context import ConsoleContext
from homebeat.console.web.page import Templates, Waiting
from homebeat.console.web.pages import make_frame
from homebeat.console.web.person import drop_mask, join_parts, list_hidden, write_address, write_age
from homebeat.domain.as_of import AsOf
from homebeat.domain.ids import AreaId
from homebeat.domain.role import Field, Operation
from homebeat.domain.scope import NOTHING
from homebeat.domain.search_terms import MOST_CHARACTERS, read_question
from homebeat.store import FEW, MANY, Page, ResidentCounts
from homebeat.wording import Wording

PATH: Final = "/residents"
_MOST: Final = 50
_NOBODY: Final[Page[FoundEntry]] = Page(())
#: Of more areas than this, one is named by its id instead of chosen.
_MOST_AREAS: Final = 300


@dataclass(frozen=True, slots=True)
class ResidentLine:
    """One resident of the list.

    Attributes:
        look: Of the state: `active`, `quiet` or `unknown`.
        since: Since when that holds, in words; empty where it is not known, and for `active`.
        alerts: How many alerts are open; empty for none.
        found_by: The fields by which they were found, in words.
        is_blind: Whether no way from them to a human being is proven.
        blind_since: Since when, in words, where that does not stand beside the state; empty where it is not known.
    """

    href: str
    name: str
    about: str
    look: str
    state: str
    since: str
    alerts: str
    found_by: str
    is_blind: bool
    blind_since: str


@dataclass(frozen=True, slots=True)
class CountTile:
    """How many residents are so, with the way to their list."""

    name: str
    count: str
    href: str
    look: str


@dataclass(frozen=True, slots=True)
class StateChoice:
    """Something to choose."""

    value: str
    name: str


class ResidentListPages:
    """Draws the list for one request."""

    def __init__(self, context: ConsoleContext, templates: Templates) -> None:
        self._context = context
        self._templates = templates

    def render(self, visitor: Visitor, words: Wording, asked: AskedResidents, cursor: str | None = None) -> str:
        """Render a page of the list.

        Args:
            visitor: Who looks.
            words: Their language.
            asked: What they typed and chose.
            cursor: Where the page before ended.

        Raises:
            BadCursor: The cursor is not one of ours.
        """
        question = read_question(asked.q)
        with self._context.open_view(visitor.principal, Operation.READ_HOMES) as view:
            as_of, areas = read_as_of(view.reader, view.now), view.reader.homes.list_areas()
            is_nothing = bool(asked.q.strip()) and not question
            page = _NOBODY if is_nothing else list_people(view, as_of, question, asked.make_filter(), _MOST, cursor)
            missing = view.reader.search.count_pending() if question else 0
            counts = view.reader.search.count_residents(AreaId(asked.area) if asked.area else None)
            may_ask_away = view.principal.find_field_scope(Field.HABITS) != NOTHING
        waiting = Waiting(words)
        return self._templates.render(
            "residents.html",
            words,
            may_add=visitor.may(Operation.MANAGE_HOMES),
            asked=asked,
            lines=[_make_line(one, words, as_of, waiting) for one in page.items],
            tiles=_list_tiles(counts, asked, as_of, words),
            is_whole=counts.is_whole,
            may_ask_away=may_ask_away,
            states=[StateChoice(state, words.home_state(state)) for state in STATES],
            areas=areas if len(areas) <= _MOST_AREAS else (),
            many_areas=len(areas) > _MOST_AREAS,
            is_nothing=is_nothing,
            missing=words.number(missing, 0) if missing else "",
            next_href=f"{PATH}?{asked.write_query(page.next_cursor)}" if page.next_cursor else "",
            longest=MOST_CHARACTERS,
            **make_frame(visitor, words, PATH, f"{PATH}?{asked.write_query(cursor)}"),
        )


def _list_tiles(counts: ResidentCounts, asked: AskedResidents, as_of: AsOf, words: Wording) -> list[CountTile]:
    """List the counts on top; of an area where one is chosen. What is not counted to its end says so."""
    states = counts.states if as_of.is_current else {"unknown": counts.total}
    of_area = AskedResidents(area=asked.area)

    def make(name: str, number: int, most: int, shown: AskedResidents, look: str = "") -> CountTile:
        count = words.number(min(number, most), 0)
        text = words.text("more than %(count)s", count=count) if number > most else count
        return CountTile(name, text, f"{PATH}?{shown.write_query()}", look)

    tiles = [make(words.text("All"), counts.total, MANY, of_area)]
    most = MANY if counts.is_whole or not as_of.is_current else FEW
    tiles += [
        make(words.home_state(state), states[state], most, replace(of_area, state=state), state)
        for state in STATES
        if state in states
    ]
    return [*tiles, make(words.text("With an open alert"), counts.with_alert, FEW, replace(of_area, alert="yes"))]


def _make_line(found: FoundEntry, words: Wording, as_of: AsOf, waiting: Waiting) -> ResidentLine:
    entry, known = found.entry, found.entry.state
    state = as_of.find_state(known.state if known else None)
    since = as_of.find_since(known.since_at if known else None)
    zone = find_zone(entry.timezone)
    is_other_since = state == "active" or found.blind_since != since
    return ResidentLine(
        href=f"/resident/{entry.resident.id}",
        name=drop_mask(entry.resident.name) or entry.resident.id,
        about=join_parts(write_age(entry.resident.birth_year, as_of.now, words), write_address(entry, above=True)),
        look=state,
        state=words.home_state(state, away=bool(known and known.away)),
        since="" if state == "active" else _write_since(since, zone, words, as_of, waiting),
        alerts=words.number(entry.open_alerts, 0) if entry.open_alerts else "",
        found_by=list_hidden(found.fields, words),
        is_blind=found.is_blind,
        blind_since=_write_since(found.blind_since, zone, words, as_of, waiting) if is_other_since else "",
    )


def _write_since(at: int | None, zone: str, words: Wording, as_of: AsOf, waiting: Waiting) -> str:
    return "" if at is None else join_parts(words.clock(at, zone), waiting.ago(at, as_of.now))
