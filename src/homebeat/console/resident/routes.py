"""A resident's page with the choice along the curve and the form of consent, and the slow changes of the last days."""

# No `from __future__ import annotations` here: FastAPI needs the dependencies as values, which are local to `build_router`.

import math
from datetime import date
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Form, Path, Query, Request
from fastapi.routing import APIRoute
from starlette.responses import HTMLResponse, RedirectResponse, Response

from homebeat.actions import ChooseLimit, EnterConsent, RevokeFamilyLinks
from homebeat.actions.permit import declare
from homebeat.console.resident.consent import TypedConsent
from homebeat.console.resident.page import ResidentPages
from homebeat.console.web.access import Guard, Visitor, choose_wording
from homebeat.console.web.context import ConsoleContext
from homebeat.domain.consent import Purpose
from homebeat.domain.errors import Incomplete, NotAllowed
from homebeat.domain.fleet import FEWEST_FALSE_ALARMS, MOST_FALSE_ALARMS
from homebeat.domain.ids import ContactId, ResidentId
from homebeat.domain.role import Operation
from homebeat.wording.catalogue import msg

Id = Annotated[str, Path(max_length=200)]
Area = Annotated[str | None, Query(max_length=200)]

CHANGED: Final = msg("Somebody has chosen for this person since you looked. Nothing was written: look again, then decide.")
NO_NUMBER: Final = msg("Choose between 0.1 and 8 a month.")
NOT_ENTERED: Final = msg(
    "Nothing was entered: say whether it was agreed or withdrawn, on which day (not in the future), and on which paper."
)


def build_router(context: ConsoleContext, pages: ResidentPages, route_class: type[APIRoute]) -> APIRouter:
    """Build the routes about residents."""
    routes = APIRouter(include_in_schema=False, route_class=route_class)
    guard = Guard(context)
    reader = Annotated[Visitor, Depends(guard.require_visitor)]
    sender = Annotated[Visitor, Depends(guard.require_sender)]

    @routes.get("/resident/{resident_id}")
    @declare(Operation.READ_HOMES)
    def resident(request: Request, who: reader, resident_id: Id) -> Response:
        return HTMLResponse(pages.render_resident(who, choose_wording(request), resident_id))

    @routes.get("/digest")
    @declare(Operation.READ_ALERTS)
    def digest(request: Request, who: reader, area: Area = None) -> Response:
        return HTMLResponse(pages.render_digest(who, choose_wording(request), area))

    @routes.post("/console/residents/{resident_id}/limits")
    @declare(Operation.CHOOSE)
    def choose(
        request: Request,
        who: sender,
        resident_id: Id,
        version: Annotated[int, Form(ge=0)],
        budget: Annotated[str, Form(max_length=20)] = "",
    ) -> Response:
        def refuse(text: str, status: int) -> Response:
            words = choose_wording(request)
            return HTMLResponse(pages.render_resident(who, words, resident_id, words.text(text)), status)

        try:
            wanted = float(budget) if budget else None
        except ValueError:
            wanted = math.nan
        if wanted is not None and not FEWEST_FALSE_ALARMS <= wanted <= MOST_FALSE_ALARMS:
            return refuse(NO_NUMBER, 422)
        try:
            context.perform(who.principal, ChooseLimit(ResidentId(resident_id), wanted, version))
        except NotAllowed:
            return refuse(CHANGED, 409)
        return RedirectResponse(f"/resident/{resident_id}", 303)

    @routes.post("/console/residents/{resident_id}/consent")
    @declare(Operation.CONSENT)
    def enter_consent(
        request: Request,
        who: sender,
        resident_id: Id,
        purpose: Annotated[str, Form(max_length=40)] = "",
        decision: Annotated[str, Form(max_length=20)] = "",
        decided_on: Annotated[str, Form(max_length=40)] = "",
        paper: Annotated[str, Form(max_length=2000)] = "",
    ) -> Response:
        try:
            context.perform(who.principal, _read_consent(resident_id, purpose, decision, decided_on, paper))
        except (ValueError, Incomplete):
            words, typed = choose_wording(request), TypedConsent(purpose, decision, decided_on, paper)
            return HTMLResponse(pages.render_resident(who, words, resident_id, words.text(NOT_ENTERED), typed), 422)
        return RedirectResponse(f"/resident/{resident_id}#consent", 303)

    @routes.post("/console/residents/{resident_id}/family-links")
    @declare(Operation.CONSENT)
    def end_links(who: sender, resident_id: Id, contact: Annotated[str, Form(max_length=400)] = "") -> Response:
        context.perform(who.principal, RevokeFamilyLinks(ResidentId(resident_id), ContactId(contact)))
        return RedirectResponse(f"/resident/{resident_id}#contacts", 303)

    return routes


def _read_consent(resident: str, purpose: str, decision: str, decided_on: str, paper: str) -> EnterConsent:
    """Read what the form sends; raises `ValueError`."""
    agreed = {"agreed": True, "withdrawn": False}.get(decision)
    if agreed is None:
        raise ValueError("neither agreed nor withdrawn")
    return EnterConsent(ResidentId(resident), Purpose(purpose), agreed, date.fromisoformat(decided_on), paper)
