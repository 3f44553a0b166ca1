"""The forms of a card by which somebody is helped: what became of a call, who goes to the door, and calling that off."""

# No `from __future__ import annotations` here: FastAPI needs the dependencies as values, which are local to `build_router`.

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Form, Path, Request
from fastapi.routing import APIRoute
from starlette.responses import Response

from homebeat import actions
from homebeat.actions.permit import declare
from homebeat.console.desk.forms import STALE, Id, Version, answer_form
from homebeat.console.desk.page import DeskPages
from homebeat.console.web.access import Guard, Visitor
from homebeat.console.web.context import ConsoleContext
from homebeat.domain.call import Callee, CallResult
from homebeat.domain.errors import NotAllowed, StaleVersion
from homebeat.domain.ids import AlertId, ResponderId
from homebeat.domain.role import Operation
from homebeat.wording.catalogue import msg

CLOSED: Final = msg("Not entered: this alert is closed. Write a remark instead.")
NOT_SENT: Final = msg(
    "Nobody was sent: somebody else has this alert, they are on their way already, or their work goes to another for now."
)
OVER: Final = msg("This visit is over already.")
Name = Annotated[str, Form(min_length=1, max_length=200)]


def build_router(context: ConsoleContext, pages: DeskPages, route_class: type[APIRoute]) -> APIRouter:
    """Build the routes."""
    routes = APIRouter(prefix="/console/alerts/{alert_id}", include_in_schema=False, route_class=route_class)
    sender = Annotated[Visitor, Depends(Guard(context).require_sender)]

    @routes.post("/calls/{result}")
    @declare(Operation.ANSWER)
    def enter_call(
        request: Request, who: sender, alert_id: Id, result: CallResult, callee: Annotated[Callee, Form()], called: Name
    ) -> Response:
        try:
            context.perform(who.principal, actions.EnterCall(AlertId(alert_id), callee, called, result))
        except NotAllowed:
            return answer_form(pages, request, who, alert_id, CLOSED)
        return answer_form(pages, request, who, alert_id)

    @routes.post("/visits")
    @declare(Operation.ANSWER)
    def send(request: Request, who: sender, alert_id: Id, version: Version, responder: Name) -> Response:
        try:
            context.perform(who.principal, actions.AssignVisit(AlertId(alert_id), ResponderId(responder), version))
        except StaleVersion:
            return answer_form(pages, request, who, alert_id, STALE)
        except NotAllowed:
            return answer_form(pages, request, who, alert_id, NOT_SENT)
        return answer_form(pages, request, who, alert_id)

    @routes.post("/visits/{visit_id}/cancel")
    @declare(Operation.ANSWER)
    def call_off(request: Request, who: sender, alert_id: Id, visit_id: Annotated[str, Path(max_length=200)]) -> Response:
        try:
            context.perform(who.principal, actions.CancelVisit(AlertId(alert_id), visit_id))
        except NotAllowed:
            return answer_form(pages, request, who, alert_id, OVER)
        return answer_form(pages, request, who, alert_id)

    return routes
