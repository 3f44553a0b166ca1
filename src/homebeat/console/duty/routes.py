"""The address of the page of duty."""

# No `from __future__ import annotations` here: FastAPI needs the dependencies as values, which are local to `build_router`.

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.routing import APIRoute
from starlette.responses import HTMLResponse, Response

from homebeat.actions.permit import declare
from homebeat.console.duty.page import PATH, DutyPages
from homebeat.console.web.access import Guard, Visitor, choose_wording
from homebeat.console.web.context import ConsoleContext
from homebeat.domain.role import Operation


def build_router(context: ConsoleContext, pages: DutyPages, route_class: type[APIRoute]) -> APIRouter:
    """Build the route of the page."""
    routes = APIRouter(include_in_schema=False, route_class=route_class)
    reader = Annotated[Visitor, Depends(Guard(context).require_visitor)]

    @routes.get(PATH)
    @declare(Operation.READ_DUTY)
    def duty(
        request: Request,
        who: reader,
        rota: Annotated[str, Query(max_length=200)] = "",
        week: Annotated[str, Query(max_length=20)] = "",
    ) -> Response:
        return HTMLResponse(pages.render(who, choose_wording(request), rota, week))

    return routes
