"""The address of the page of duty."""

# No `from __future__ import annotations` here: FastAPI needs the dependencies as values, which are local to `build_router`.

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.routing import APIRoute
from starlette.responses import HTMLResponse, Response

from homebeat.actions import PrintRoster
from homebeat.actions.permit import declare
from homebeat.actions.print_roster import RosterReason
from homebeat.console.duty.page import PATH, DutyPages
from homebeat.console.duty.roster import PATH as ROSTER
from homebeat.console.duty.roster import RosterPages
from homebeat.console.web.access import Guard, Visitor, choose_wording
from homebeat.console.web.context import ConsoleContext
from homebeat.domain.errors import Incomplete, NotFound, NotPermitted
from homebeat.domain.ids import AreaId
from homebeat.domain.role import Operation
from homebeat.wording.catalogue import msg

Area = Annotated[str, Query(max_length=200)]
Week = Annotated[str, Query(max_length=20)]
Text = Annotated[str, Form(max_length=200)]

ONLY_WITH_ALERT: Final = msg("Not shown: your role shows addresses and telephone numbers only where an alert is open.")
TOO_MANY: Final = msg("Not shown: of an area with more than 300 homes, choose a smaller one.")
NOBODY: Final = msg("There is no home there.")


def build_router(context: ConsoleContext, pages: DutyPages, route_class: type[APIRoute]) -> APIRouter:
    """Build the route of the page."""
    routes = APIRouter(include_in_schema=False, route_class=route_class)
    reader = Annotated[Visitor, Depends(Guard(context).require_visitor)]

    @routes.get(PATH)
    @declare(Operation.READ_DUTY)
    def duty(request: Request, who: reader, rota: Area = "", week: Week = "") -> Response:
        return HTMLResponse(pages.render(who, choose_wording(request), rota, week))

    return routes


def build_roster_router(context: ConsoleContext, pages: RosterPages, route_class: type[APIRoute]) -> APIRouter:
    """Build the routes of the roster on paper."""
    routes = APIRouter(include_in_schema=False, route_class=route_class)
    guard = Guard(context)
    reader = Annotated[Visitor, Depends(guard.require_visitor)]
    sender = Annotated[Visitor, Depends(guard.require_sender)]

    @routes.get(ROSTER)
    @declare(Operation.READ_DUTY)
    def roster(request: Request, who: reader, area: Area = "", week: Week = "") -> Response:
        return HTMLResponse(pages.render(who, choose_wording(request), area, week))

    @routes.post("/console/duty/roster")
    @declare(Operation.READ_HOMES)
    def print_homes(
        request: Request, who: sender, area: Text, reason: Annotated[RosterReason, Form()], week: Text = ""
    ) -> Response:
        words = choose_wording(request)
        try:
            context.perform(who.principal, PrintRoster(AreaId(area), reason))
        except NotPermitted as refused:
            return HTMLResponse(pages.render(who, words, area, week, notice=words.text(ONLY_WITH_ALERT)), refused.status)
        except (Incomplete, NotFound) as refused:
            said = TOO_MANY if isinstance(refused, Incomplete) else NOBODY
            return HTMLResponse(pages.render(who, words, "", week, notice=words.text(said)), refused.status)
        # the list stands in this answer alone: loading the page again asks anew, and goes on record anew
        return HTMLResponse(pages.render(who, words, area, week, with_homes=True))

    return routes
