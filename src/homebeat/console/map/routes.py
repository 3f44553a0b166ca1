"""The address of the map."""

# No `from __future__ import annotations` here: FastAPI needs the dependencies as values, which are local to `build_router`.

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.routing import APIRoute
from starlette.responses import HTMLResponse, Response

from homebeat.actions.permit import declare
from homebeat.console.map.page import PATH, MapPages
from homebeat.console.web.access import Guard, Visitor, choose_wording
from homebeat.console.web.context import ConsoleContext
from homebeat.domain.role import Operation


def build_router(context: ConsoleContext, pages: MapPages, route_class: type[APIRoute]) -> APIRouter:
    """Build the route of the page."""
    routes = APIRouter(include_in_schema=False, route_class=route_class)
    reader = Annotated[Visitor, Depends(Guard(context).require_visitor)]
    text = Annotated[str, Query(max_length=64)]

    @routes.get(PATH)
    @declare(Operation.READ_HOMES)
    def show_map(request: Request, who: reader, area: text = "", building: text | None = None) -> Response:
        return HTMLResponse(pages.render(who, choose_wording(request), area, building))

    return routes
