"""The address of the page of follow-ups."""

# No `from __future__ import annotations` here: FastAPI needs the dependencies as values, which are local to `build_router`.

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.routing import APIRoute
from starlette.responses import HTMLResponse, Response

from homebeat.actions.permit import declare
from homebeat.console.follow_ups.page import PATH, FollowUpPages
from homebeat.console.web.access import Guard, Visitor, choose_wording
from homebeat.console.web.context import ConsoleContext
from homebeat.domain.role import Operation


def build_router(context: ConsoleContext, pages: FollowUpPages, route_class: type[APIRoute]) -> APIRouter:
    """Build the route of the page."""
    routes = APIRouter(include_in_schema=False, route_class=route_class)
    reader = Annotated[Visitor, Depends(Guard(context).require_visitor)]

    @routes.get(PATH)
    @declare(Operation.ANSWER)
    def follow_ups(request: Request, who: reader, cursor: Annotated[str | None, Query(max_length=512)] = None) -> Response:
        return HTMLResponse(pages.render(who, choose_wording(request), cursor))

    return routes
