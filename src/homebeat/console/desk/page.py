"""Draws the desk for one request: the whole page, or the card alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from starlette.responses import HTMLResponse, Response

from homebeat.actions.shown_photos import open_photo
from homebeat.console.card.calls import RESULTS
from homebeat.console.card.card import Card, make_card
from homebeat.console.card.evidence import find_zone
from homebeat.console.desk.queue import Window, Windows
from homebeat.console.desk.row import RowPainter
from homebeat.console.duty.now import OnDutyLine, read_on_duty
from homebeat.console.web.access import Visitor
from homebeat.console.web.blind import check_sight
from homebeat.console.web.context import ConsoleContext
from homebeat.console.web.page import Templates, Waiting, make_language_link
from homebeat.console.web.pages import list_pages
from homebeat.domain.alert import Queue
from homebeat.domain.ids import AlertId
from homebeat.domain.role import Operation
from homebeat.store import AlertFilter
from homebeat.wording import Wording

#: So many people on duty are named where no alert is open; the page of duty has all of them.
_MOST_ON_DUTY: Final = 5
_SHOWN: Final = ("key", "title", "total", "hidden", "empty", "link", "link_text", "folds", "is_open")


class DeskPages:
    """Draws the desk for one request."""

    def __init__(self, context: ConsoleContext, templates: Templates, painter: RowPainter, windows: Windows) -> None:
        self._context = context
        self._templates = templates
        self._painter = painter
        self._windows = windows

    def render_page(self, visitor: Visitor, words: Wording, queue: Queue | None, alert_id: str | None, notice: str = "") -> str:
        """Render the whole page. Without `alert_id` the card is that of the first row."""
        now, scope = self._context.clock(), visitor.find_scope(Operation.READ_ALERTS)
        found = self._windows.get(self._context.store.find_newest_change(), words, now, queue, visitor.principal)
        with self._context.open_view(visitor.principal, Operation.READ_ALERTS) as view:
            first = next((row.id for section in found.sections for row in section.rows), None)
            shown = None if visitor.is_onlooker else alert_id or first
            book = self._context.find_book(view.reader)
            card = make_card(view, AlertId(shown), words, visitor, book, notice) if shown else None
            changes = view.reader.alerts.count(AlertFilter(is_open=True, queues=frozenset({Queue.DIGEST})))
        here = "/" + (f"?alert={alert_id}" if alert_id else f"?queue={queue}" if queue else "")
        return self._templates.render(
            "page.html",
            words,
            desk_title=found.title,
            page_title=found.page_title,
            tiles=found.tiles,
            sections=self._draw_sections(found, visitor, words, now),
            card=self.render_card(visitor, words, card, queue, self._read_on_duty(visitor, words) if card is None else ()),
            opened=bool(alert_id),
            banner=check_sight(self._context, words, scope).banner or explain_onlooker(visitor, words),
            is_onlooker=visitor.is_onlooker,
            waiting=Waiting(words),
            changes=changes,
            live_href="/console/live" + (f"?queue={queue}" if queue else ""),
            language_href=make_language_link(words, here),
            name=visitor.name,
            csrf=visitor.csrf,
            may_answer=visitor.may(Operation.ANSWER),
            pages=list_pages(visitor, words),
            unseen_glass=self._count_unseen_glass(visitor),
        )

    def _draw_sections(self, found: Window, visitor: Visitor, words: Wording, now: int) -> list[dict[str, Any]]:
        waiting = Waiting(words)
        return [
            {
                **{name: getattr(section, name) for name in _SHOWN},
                "rows": [
                    self._painter.finish(self._painter.draw_look(row, words), row, visitor.csrf, waiting, now)
                    for row in section.rows
                ],
            }
            for section in found.sections
        ]

    def render_card(
        self, visitor: Visitor, words: Wording, card: Card | None, queue: Queue | None = None, on_duty: Sequence[OnDutyLine] = ()
    ) -> str:
        """Render the card alone; without one who is on duty, and for an onlooker the way to sign in again."""
        if visitor.is_onlooker:
            return self._templates.render("_over_card.html", words, says=explain_onlooker(visitor, words))
        if card is None:
            return self._templates.render("_empty_card.html", words, on_duty=on_duty, is_new=self._is_new(visitor))
        href = f"/?queue={queue}" if queue else "/"
        return self._templates.render(
            "_card.html",
            words,
            card=card,
            csrf=visitor.csrf,
            queue_href=href,
            waiting=Waiting(words),
            now=self._context.clock(),
            results=RESULTS,
        )

    def _is_new(self, visitor: Visitor) -> bool:
        """Whether no home is watched yet, for whoever may add one."""
        if not visitor.may(Operation.MANAGE_HOMES):
            return False
        with self._context.store.read(visitor.find_scope(Operation.MANAGE_HOMES)) as reader:
            return not reader.beginnings.has_home()

    def _read_on_duty(self, visitor: Visitor, words: Wording) -> Sequence[OnDutyLine]:
        """Who is on duty now, for who may see that."""
        if visitor.is_onlooker or not visitor.may(Operation.READ_DUTY):
            return ()
        with self._context.open_view(visitor.principal, Operation.READ_DUTY) as view:
            zone = find_zone(view.reader.homes.find_timezone())
            areas = {area.id: area.name for area in view.reader.homes.list_areas()}
            rotas = view.reader.rotas.list_rotas(since=view.now)
            return read_on_duty(view, rotas, areas, words, zone).lines[:_MOST_ON_DUTY]

    def answer_card(self, visitor: Visitor, words: Wording, alert_id: str, status: int = 200, notice: str = "") -> Response:
        """Answer with the card, as the page's script expects it."""
        if visitor.is_onlooker:
            return HTMLResponse(self.render_card(visitor, words, None), 401, headers={"X-Card": "1"})
        with self._context.open_view(visitor.principal, Operation.READ_ALERTS) as view:
            card = make_card(view, AlertId(alert_id), words, visitor, self._context.find_book(view.reader), notice)
        return HTMLResponse(self.render_card(visitor, words, card), status, headers={"X-Card": "1"})

    def answer_photo(self, visitor: Visitor, alert_id: str, photo_id: str) -> Response:
        """Answer with a photo from the door."""
        with self._context.open_view(visitor.principal, Operation.READ_ALERTS) as view:
            return Response(open_photo(view, AlertId(alert_id), photo_id), media_type="image/jpeg")

    def _count_unseen_glass(self, visitor: Visitor) -> str:
        """How many times somebody broke the glass and nobody has looked at it, for who reviews that; empty for none."""
        if not visitor.may(Operation.REVIEW_GLASS):
            return ""
        with self._context.store.read(visitor.find_scope(Operation.REVIEW_GLASS)) as reader:
            return str(reader.glass.count_unseen() or "")


def explain_onlooker(visitor: Visitor, words: Wording) -> str:
    """What is said to somebody whose session is over; empty for everybody else."""
    text = words.text("Your session is over: new alerts still appear here, without names. Sign in to see them and to answer.")
    return text if visitor.is_onlooker else ""
