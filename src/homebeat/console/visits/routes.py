"""The addresses of the page of one's own visits."""

# No `from __future__ import annotations` here: FastAPI needs the dependencies as values, which are local to `build_router`.

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.routing import APIRoute
from starlette.responses import HTMLResponse, RedirectResponse, Response

from homebeat.actions.permit import declare
from homebeat.console.visits.page import PATH, OwnVisitPages
from homebeat.console.web.access import Guard, Visitor, choose_wording
from homebeat.console.web.context import ConsoleContext
from homebeat.domain.role import Operation


def build_router(context: ConsoleContext, pages: OwnVisitPages, route_class: type[APIRoute]) -> APIRouter:
    """Build the routes of the page."""
    routes, guard = APIRouter(include_in_schema=False, route_class=route_class), Guard(context)
    reader = Annotated[Visitor, Depends(guard.require_visitor)]
    sender = Annotated[Visitor, Depends(guard.require_sender)]

    @routes.get(PATH)
    @declare(Operation.ANSWER)
    def own_visits(request: Request, who: reader) -> Response:
        return HTMLResponse(pages.render(who, choose_wording(request)))

    @routes.post("/console/visits/{alert_id}/open")
    @declare(Operation.ANSWER)
    def open_own_visit(who: sender, alert_id: str) -> Response:
        return RedirectResponse(pages.open(who, alert_id), 303)

    return routes
