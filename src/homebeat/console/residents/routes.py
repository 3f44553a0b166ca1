"""The address of the list of residents."""

# No `from __future__ import annotations` here: FastAPI needs the dependencies as values, which are local to `build_router`.

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request
from fastapi.routing import APIRoute
from starlette.responses import HTMLResponse, Response

from homebeat.actions.permit import declare
from homebeat.console.residents.asked import AskedResidents
from homebeat.console.residents.page import PATH, ResidentListPages
from homebeat.console.web.access import Guard, Visitor, choose_wording
from homebeat.console.web.context import ConsoleContext
from homebeat.domain.role import Operation

Typed = Annotated[str, Query(max_length=200)]
#: Empty where it does not matter.
YesNo = Literal["", "yes", "no"]


def read_asked(
    q: Typed = "",
    area: Typed = "",
    state: Literal["", "active", "quiet", "unknown"] = "",
    blind: YesNo = "",
    away: YesNo = "",
    alert: YesNo = "",
) -> AskedResidents:
    """Read what the address asks for."""
    return AskedResidents(q, area, state, blind, away, alert)


def build_router(context: ConsoleContext, pages: ResidentListPages, route_class: type[APIRoute]) -> APIRouter:
    """Build the route of the list."""
    routes = APIRouter(include_in_schema=False, route_class=route_class)
    reader = Annotated[Visitor, Depends(Guard(context).require_visitor)]

    @routes.get(PATH)
    @declare(Operation.READ_HOMES)
    def residents(
        request: Request,
        who: reader,
        asked: Annotated[AskedResidents, Depends(read_asked)],
        cursor: Annotated[str | None, Query(max_length=512)] = None,
    ) -> Response:
        return HTMLResponse(pages.render(who, choose_wording(request), asked, cursor))

    return routes
