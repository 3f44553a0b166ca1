"""The page of broken glass, and the forms that break it and review it."""

# No `from __future__ import annotations` here: FastAPI needs the dependencies as values, which are local to `build_router`.

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Form, Path, Query, Request
from fastapi.routing import APIRoute
from starlette.responses import HTMLResponse, RedirectResponse, Response

from homebeat.actions import BreakGlass, ReviewGlass
from homebeat.actions.permit import declare
from homebeat.console.glass.page import GlassPages
from homebeat.console.web.access import Guard, Visitor, choose_wording
from homebeat.console.web.context import ConsoleContext
from homebeat.console.web.page import is_local
from homebeat.domain.errors import NotAllowed
from homebeat.domain.ids import HouseholdId
from homebeat.domain.role import Operation
from homebeat.wording.catalogue import msg

OWN: Final = msg("This one is your own: somebody else must look at it.")


def build_router(context: ConsoleContext, pages: GlassPages, route_class: type[APIRoute]) -> APIRouter:
    """Build the routes about broken glass."""
    routes = APIRouter(include_in_schema=False, route_class=route_class)
    guard = Guard(context)
    reader = Annotated[Visitor, Depends(guard.require_visitor)]
    sender = Annotated[Visitor, Depends(guard.require_sender)]

    @routes.post("/console/households/{household_id}/glass")
    @declare(Operation.BREAK_GLASS)
    def break_glass(
        who: sender,
        household_id: Annotated[str, Path(max_length=200)],
        reason: Annotated[str, Form(max_length=2000)],
        back: Annotated[str, Form(max_length=300)] = "/",
    ) -> Response:
        context.perform(who.principal, BreakGlass(HouseholdId(household_id), reason))
        return RedirectResponse(back if is_local(back) else "/", 303)

    @routes.get("/glass")
    @declare(Operation.REVIEW_GLASS)
    def glass(request: Request, who: reader, cursor: Annotated[str | None, Query(max_length=512)] = None) -> Response:
        return HTMLResponse(pages.render(who, choose_wording(request), cursor))

    @routes.post("/console/glass/{glass_id}")
    @declare(Operation.REVIEW_GLASS)
    def review(request: Request, who: sender, glass_id: Annotated[int, Path(ge=1, lt=2**63)]) -> Response:
        try:
            context.perform(who.principal, ReviewGlass(glass_id))
        except NotAllowed:
            words = choose_wording(request)
            return HTMLResponse(pages.render(who, words, notice=words.text(OWN)), 409)
        return RedirectResponse("/glass", 303)

    return routes
