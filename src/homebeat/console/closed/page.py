"""Draws the page of closed alerts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import quote

from homebeat.console.card.evidence import find_zone
from homebeat.console.closed.search import ClosedSearch
from homebeat.console.web.access import Visitor
from homebeat.console.web.context import ConsoleContext
from homebeat.console.web.grants import Option
from homebeat.console.web.page import Templates
from homebeat.console.web.pages import make_frame
from homebeat.console.web.person import drop_mask, join_parts, name_actor, write_place
from homebeat.domain.alert import Outcome, can_undo_resolve
from homebeat.domain.errors import Incomplete
from homebeat.domain.role import Operation
from homebeat.store import AlertEntry, Page
from homebeat.wording import Wording
from homebeat.wording.names import RULES

#: Alerts on one page.
_MOST: Final = 100
PATH: Final = "/closed"


@dataclass(frozen=True, slots=True)
class ClosedLine:
    """One closed alert; `undo` says that the reader may still undo the closing, on its card."""

    href: str
    about: str
    what: str
    outcome: str
    who: str
    clock: str
    undo: str


class ClosedPages:
    """Draws the page for one request."""

    def __init__(self, context: ConsoleContext, templates: Templates) -> None:
        self._context = context
        self._templates = templates

    def render(self, visitor: Visitor, words: Wording, search: ClosedSearch, cursor: str | None = None) -> str:
        """Render a page, latest closed first. A day that cannot be read finds nothing, and the page says why.

        Raises:
            BadCursor: The cursor is not one of ours.
        """
        notice = ""
        page: Page[AlertEntry] = Page(())
        with self._context.open_view(visitor.principal, Operation.READ_ALERTS) as view:
            zone = find_zone(view.reader.homes.find_timezone())
            areas = view.reader.homes.list_areas()
            try:
                page = view.read_alerts(search.make_filter(str(visitor.actor), zone), _MOST, cursor)
            except Incomplete:
                notice, search = words.text("This day cannot be read. Write it like 2026-03-01."), replace(search, day="")
            view.note_addresses("closed", page.items)
            lines = [_make_line(entry, visitor, words, view.now) for entry in page.items]
        return self._templates.render(
            "closed.html",
            words,
            lines=lines,
            search=search,
            notice=notice,
            areas=[Option(area.id, area.name) for area in areas],
            rules=sorted((Option(code, words.rule_name(code)) for code in RULES), key=lambda one: one.name),
            outcomes=[Option(one.value, words.outcome(one)) for one in Outcome if one is not Outcome.WITHDRAWN],
            next_href=f"{PATH}?{search.write_query(page.next_cursor)}" if page.next_cursor else "",
            **make_frame(visitor, words, PATH, f"{PATH}?{search.write_query(None)}"),
        )


def _make_line(entry: AlertEntry, visitor: Visitor, words: Wording, now: int) -> ClosedLine:
    alert, zone = entry.alert, find_zone(entry.timezone)
    can_undo = visitor.may(Operation.ANSWER) and can_undo_resolve(alert, now, str(visitor.actor))
    return ClosedLine(
        f"/?alert={quote(alert.id)}",
        join_parts(drop_mask(entry.resident_name), write_place(entry, words)),
        join_parts(words.priority(alert.priority), words.rule_name(alert.rule)),
        words.outcome(alert.outcome, alert.desk) if alert.outcome else "",
        name_actor(alert.resolved_by, words) if alert.resolved_by else "",
        words.clock(alert.resolved_at, zone) if alert.resolved_at is not None else "",
        words.text("you can undo this on its card") if can_undo else "",
    )
