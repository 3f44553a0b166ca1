"""The addresses of the first hour, and the form that adds an area."""

# No `from __future__ import annotations` here: FastAPI needs the dependencies as values, which are local to `build_router`.

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.routing import APIRoute
from starlette.responses import HTMLResponse, RedirectResponse, Response

from homebeat.actions import AddArea
from homebeat.actions.permit import declare
from homebeat.console.start.page import PATH, StartPages
from homebeat.console.web.access import Guard, Visitor, choose_wording
from homebeat.console.web.context import ConsoleContext
from homebeat.domain.errors import BadHome
from homebeat.domain.role import Operation

Text = Annotated[str, Form(max_length=300)]


def build_router(context: ConsoleContext, pages: StartPages, route_class: type[APIRoute]) -> APIRouter:
    """Build the routes of the page."""
    routes, guard = APIRouter(include_in_schema=False, route_class=route_class), Guard(context)
    reader = Annotated[Visitor, Depends(guard.require_visitor)]
    sender = Annotated[Visitor, Depends(guard.require_sender)]

    @routes.get(PATH)
    @declare(Operation.MANAGE_HOMES)
    def start(request: Request, who: reader) -> Response:
        return HTMLResponse(pages.render(who, choose_wording(request)))

    @routes.post("/console/areas")
    @declare(Operation.MANAGE_HOMES)
    def add_area(request: Request, who: sender, id: Text = "", name: Text = "", parent: Text = "") -> Response:  # noqa: A002 - a field
        typed = {"id": id.strip(), "name": name.strip(), "parent": parent.strip()}
        try:
            context.perform(who.principal, AddArea({field: value for field, value in typed.items() if value}))
        except BadHome as bad:
            return HTMLResponse(pages.render(who, choose_wording(request), typed, bad.faults), bad.status)
        return RedirectResponse(PATH, 303)

    return routes
