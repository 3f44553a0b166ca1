"""The address of the page of a hand-over, and its forms."""

# No `from __future__ import annotations` here: FastAPI needs the dependencies as values, which are local to `build_router`.

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Form, Path, Request
from fastapi.routing import APIRoute
from starlette.responses import HTMLResponse, RedirectResponse, Response

from homebeat.actions import AcceptHandOver, OfferHandOver
from homebeat.actions.perform import Action
from homebeat.actions.permit import declare
from homebeat.console.hand_over.page import PATH, HandOverPages
from homebeat.console.web.access import Guard, Visitor, choose_wording
from homebeat.console.web.context import ConsoleContext
from homebeat.domain.errors import HomebeatError, Incomplete, NotAllowed, NotFound, NotPermitted
from homebeat.domain.ids import AreaId
from homebeat.domain.role import Operation
from homebeat.wording.catalogue import msg

Text = Annotated[str, Form(max_length=200)]

NOT_OFFERED: Final = msg("Not offered: name somebody else's account that answers alerts in this area.")
NOT_THERE: Final = msg("Not done: there is no such area or offer among yours.")
NOT_YOURS: Final = msg("Not done: whoever has the alerts offers them, and whom the offer names takes them over.")
TOO_LATE: Final = msg("Not done: this was taken over already, or is older than 12 hours. Have it offered again.")


def build_router(context: ConsoleContext, pages: HandOverPages, route_class: type[APIRoute]) -> APIRouter:
    """Build the routes of the page."""
    routes = APIRouter(include_in_schema=False, route_class=route_class)
    guard = Guard(context)
    reader = Annotated[Visitor, Depends(guard.require_visitor)]
    sender = Annotated[Visitor, Depends(guard.require_sender)]

    @routes.get(PATH)
    @declare(Operation.ANSWER)
    def hand_over(request: Request, who: reader) -> Response:
        return HTMLResponse(pages.render(who, choose_wording(request)))

    @routes.post("/console/hand-overs")
    @declare(Operation.ANSWER)
    def offer(request: Request, who: sender, area: Text, accepting: Text, leaving: Text = "") -> Response:
        return do(request, who, OfferHandOver(AreaId(area.strip()), accepting.strip(), leaving.strip()))

    @routes.post("/console/hand-overs/{offer_id}/accept")
    @declare(Operation.ANSWER)
    def accept(request: Request, who: sender, offer_id: Annotated[int, Path(ge=1, lt=2**63)]) -> Response:
        return do(request, who, AcceptHandOver(offer_id))

    def do(request: Request, who: Visitor, wanted: Action[Any]) -> Response:
        try:
            context.perform(who.principal, wanted)
        except (NotFound, NotPermitted, Incomplete, NotAllowed) as refused:
            words = choose_wording(request)
            return HTMLResponse(pages.render(who, words, words.text(_explain(refused))), refused.status)
        return RedirectResponse(PATH, 303)

    return routes


def _explain(refused: HomebeatError) -> str:
    if isinstance(refused, NotPermitted):
        return NOT_YOURS
    if isinstance(refused, NotFound):
        return NOT_THERE
    return NOT_OFFERED if isinstance(refused, Incomplete) else TOO_LATE
