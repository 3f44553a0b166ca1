"""The desk as it is read: the page with queue and card, the card alone, and the live stream."""

# No `from __future__ import annotations` here: FastAPI needs the dependencies as values, which are local to `build_router`.

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.routing import APIRoute
from starlette.responses import HTMLResponse, RedirectResponse, Response

from homebeat.actions.permit import declare, permit
from homebeat.console.desk.live import LivePage
from homebeat.console.desk.page import DeskPages
from homebeat.console.desk.queue import Windows
from homebeat.console.desk.row import RowPainter
from homebeat.console.web.access import Guard, Visitor, choose_wording
from homebeat.console.web.context import ConsoleContext
from homebeat.console.web.page import Templates
from homebeat.console.web.pages import find_first_page
from homebeat.domain.alert import Queue
from homebeat.domain.role import Operation

#: The queues that have a page of their own.
Waits = Literal[Queue.CARE, Queue.PROPERTY, Queue.DEVICES]
Id = Annotated[str, Path(max_length=200)]


def build_router(
    context: ConsoleContext,
    templates: Templates,
    painter: RowPainter,
    windows: Windows,
    pages: DeskPages,
    route_class: type[APIRoute],
) -> APIRouter:
    """Build the routes that only read."""
    routes = APIRouter(include_in_schema=False, route_class=route_class)
    guard = Guard(context)
    onlooker = Annotated[Visitor, Depends(guard.require_onlooker)]

    @routes.get("/")
    @declare(Operation.OWN_ACCOUNT)
    def desk_page(
        request: Request, who: onlooker, queue: Waits | None = None, alert: Annotated[str | None, Query(max_length=200)] = None
    ) -> Response:
        first = None if who.may(Operation.READ_ALERTS) else find_first_page(who)
        if first:
            return RedirectResponse(first, 303)
        permit(who.principal, Operation.READ_ALERTS)
        return HTMLResponse(pages.render_page(who, choose_wording(request), queue, alert))

    @routes.get("/console/card/{alert_id}")
    @declare(Operation.READ_ALERTS)
    def card(request: Request, who: onlooker, alert_id: Id) -> Response:
        return pages.answer_card(who, choose_wording(request), alert_id)

    @routes.get("/console/alerts/{alert_id}/photos/{photo_id}")
    @declare(Operation.READ_ALERTS)
    def photo(who: Annotated[Visitor, Depends(guard.require_visitor)], alert_id: Id, photo_id: Id) -> Response:
        return pages.answer_photo(who, alert_id, photo_id)

    @routes.get("/console/live")
    @declare(Operation.READ_ALERTS)
    async def live(request: Request, who: onlooker, queue: Waits | None = None) -> Response:
        page = LivePage(context, templates, painter, windows, choose_wording(request), queue, who)
        answer = context.places.open_stream(who.caller.id, page.stream_events())
        return answer or HTMLResponse("", 503, headers={"Retry-After": "5"})

    return routes
