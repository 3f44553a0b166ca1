"""The address of the page of silences, and its forms."""

# No `from __future__ import annotations` here: FastAPI needs the dependencies as values, which are local to `build_router`.

from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Depends, Form, Path, Query, Request
from fastapi.routing import APIRoute
from starlette.responses import HTMLResponse, RedirectResponse, Response

from homebeat.actions import LiftSilence, PlanMaintenance, SilenceArea
from homebeat.actions.perform import Action
from homebeat.actions.permit import declare
from homebeat.console.card.evidence import find_zone
from homebeat.console.silences.page import PATH, SilencePages
from homebeat.console.web.access import Guard, Visitor, choose_wording
from homebeat.console.web.context import ConsoleContext
from homebeat.console.web.local_time import read_local_time
from homebeat.domain.durations import MINUTE_MS
from homebeat.domain.errors import Incomplete, NotAllowed, NotFound
from homebeat.domain.ids import AreaId, HouseholdId
from homebeat.domain.role import Operation
from homebeat.domain.silence import LONGEST_MS
from homebeat.wording.catalogue import msg

Text = Annotated[str, Form(max_length=200)]
Why = Annotated[str, Form(max_length=2000)]
Minutes = Annotated[int, Form(ge=1, le=LONGEST_MS // MINUTE_MS)]

WHY: Final = msg("Not done: say why, in 5 to 500 characters.")
WHERE: Final = msg("Not done: name one area or one home, and say why in 5 to 500 characters. Work begins within 90 days.")
NOT_THERE: Final = msg("Not done: there is no such area or home among yours.")
NEVER: Final = msg("Not done: this calls for help or is critical, and is never held back.")
OVER: Final = msg("This is over already.")


def build_router(context: ConsoleContext, pages: SilencePages, route_class: type[APIRoute]) -> APIRouter:
    """Build the routes of the page."""
    routes = APIRouter(include_in_schema=False, route_class=route_class)
    guard = Guard(context)
    reader = Annotated[Visitor, Depends(guard.require_visitor)]
    sender = Annotated[Visitor, Depends(guard.require_sender)]

    @routes.get(PATH)
    @declare(Operation.READ_ALERTS)
    def silences(
        request: Request, who: reader, past: Literal["", "yes"] = "", cursor: Annotated[str | None, Query(max_length=512)] = None
    ) -> Response:
        return HTMLResponse(pages.render(who, choose_wording(request), cursor, past=bool(past)))

    @routes.post("/console/silences")
    @declare(Operation.SILENCE)
    def silence(request: Request, who: sender, rule: Text, area: Text, reason: Why, minutes: Minutes) -> Response:
        return do(request, who, SilenceArea(rule, AreaId(area.strip()), reason, minutes * MINUTE_MS), WHY, NEVER)

    @routes.post("/console/silences/maintenance")
    @declare(Operation.SILENCE)
    def maintain(
        request: Request, who: sender, reason: Why, minutes: Minutes, area: Text = "", household: Text = "", starts: Text = ""
    ) -> Response:
        with context.store.read(who.find_scope(Operation.SILENCE)) as found:
            zone = find_zone(found.homes.find_timezone())
        try:
            starts_at = read_local_time(starts, zone)
        except Incomplete as refused:
            return refuse(request, who, WHERE, refused.status)
        home, place = household.strip(), area.strip()
        wanted = PlanMaintenance(
            reason, minutes * MINUTE_MS, starts_at, AreaId(place) if place else None, HouseholdId(home) if home else None
        )
        return do(request, who, wanted, WHERE, WHERE)

    @routes.post("/console/silences/{silence_id}/lift")
    @declare(Operation.SHELVE)
    def lift(request: Request, who: sender, silence_id: Annotated[int, Path(ge=1, lt=2**63)]) -> Response:
        return do(request, who, LiftSilence(silence_id), OVER, OVER)

    def do(request: Request, who: Visitor, wanted: Action[Any], incomplete: str, refused_as: str) -> Response:
        try:
            context.perform(who.principal, wanted)
        except Incomplete as refused:
            return refuse(request, who, incomplete, refused.status)
        except NotFound as refused:
            return refuse(request, who, NOT_THERE, refused.status)
        except NotAllowed as refused:
            return refuse(request, who, refused_as, refused.status)
        return RedirectResponse(PATH, 303)

    def refuse(request: Request, who: Visitor, said: str, status: int) -> Response:
        words = choose_wording(request)
        return HTMLResponse(pages.render(who, words, notice=words.text(said)), status)

    return routes
