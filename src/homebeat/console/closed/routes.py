"""The address of the page of closed alerts."""

# No `from __future__ import annotations` here: FastAPI needs the dependencies as values, which are local to `build_router`.

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.routing import APIRoute
from starlette.responses import HTMLResponse, Response

from homebeat.actions.permit import declare
from homebeat.console.closed.page import PATH, ClosedPages
from homebeat.console.closed.search import ClosedSearch
from homebeat.console.web.access import Guard, Visitor, choose_wording
from homebeat.console.web.context import ConsoleContext
from homebeat.domain.role import Operation

Asked = Annotated[str, Query(max_length=200)]


def build_router(context: ConsoleContext, pages: ClosedPages, route_class: type[APIRoute]) -> APIRouter:
    """Build the route of the page."""
    routes = APIRouter(include_in_schema=False, route_class=route_class)
    reader = Annotated[Visitor, Depends(Guard(context).require_visitor)]

    @routes.get(PATH)
    @declare(Operation.READ_ALERTS)
    def show_closed(
        request: Request,
        who: reader,
        area: Asked = "",
        rule: Asked = "",
        outcome: Asked = "",
        day: Asked = "",
        mine: Asked = "",
        cursor: Annotated[str | None, Query(max_length=512)] = None,
    ) -> Response:
        search = ClosedSearch(area, rule, outcome, day, mine)
        return HTMLResponse(pages.render(who, choose_wording(request), search, cursor))

    return routes
