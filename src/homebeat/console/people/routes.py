"""The pages of accounts as they are read."""

# No `from __future__ import annotations` here: FastAPI needs the dependencies as values, which are local to `build_router`.

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.routing import APIRoute
from starlette.responses import HTMLResponse, Response

from homebeat.actions.permit import declare
from homebeat.console.people.page import PeoplePages
from homebeat.console.web.access import Guard, Visitor, choose_wording
from homebeat.console.web.context import ConsoleContext
from homebeat.domain.role import Operation

Name = Annotated[str, Path(max_length=200)]


def build_router(context: ConsoleContext, pages: PeoplePages, route_class: type[APIRoute]) -> APIRouter:
    """Build the routes that only read."""
    routes = APIRouter(prefix="/people", include_in_schema=False, route_class=route_class)
    reader = Annotated[Visitor, Depends(Guard(context).require_visitor)]

    @routes.get("")
    @declare(Operation.READ_PEOPLE)
    def people(request: Request, who: reader, cursor: Annotated[str | None, Query(max_length=512)] = None) -> Response:
        return HTMLResponse(pages.render_list(who, choose_wording(request), cursor))

    @routes.get("/{name}")
    @declare(Operation.READ_PEOPLE)
    def person(request: Request, who: reader, name: Name) -> Response:
        return HTMLResponse(pages.render_account(who, choose_wording(request), name))

    return routes
