"""The address of the page of providers, and its forms."""

# No `from __future__ import annotations` here: FastAPI needs the dependencies as values, which are local to `build_router`.

from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Depends, Form, Path, Request
from fastapi.routing import APIRoute
from starlette.responses import HTMLResponse, RedirectResponse, Response

from homebeat.actions import AnswerComplaint, AttributeComplaint, ResumeProvider, SuspendProvider
from homebeat.actions.perform import Action
from homebeat.actions.permit import declare
from homebeat.console.providers.page import PATH, ProviderPages
from homebeat.console.web.access import Guard, Visitor, choose_wording
from homebeat.console.web.context import ConsoleContext
from homebeat.domain.errors import Incomplete, NotAllowed, NotPermitted
from homebeat.domain.ids import ResponderId
from homebeat.domain.role import Operation
from homebeat.wording.catalogue import msg

Provider = Annotated[str, Path(max_length=200)]
Number = Annotated[int, Path(ge=1, lt=2**63)]
Why = Annotated[str, Form(max_length=2000)]
Version = Annotated[int, Form(ge=0)]
#: Of a box that may be ticked.
Box = Annotated[Literal["", "yes"], Form()]

WHY: Final = msg("Not done: say why, in 5 to 500 characters.")
MOVED_ON: Final = msg("This has changed since you looked at it. Nothing was written: look again, then decide.")
ELSEWHERE: Final = msg("Not done: it works in other areas too, and a supervisor of all of them decides.")


def build_router(context: ConsoleContext, pages: ProviderPages, route_class: type[APIRoute]) -> APIRouter:
    """Build the routes of the page."""
    routes = APIRouter(include_in_schema=False, route_class=route_class)
    guard = Guard(context)
    reader = Annotated[Visitor, Depends(guard.require_visitor)]
    sender = Annotated[Visitor, Depends(guard.require_sender)]

    @routes.get(PATH)
    @declare(Operation.READ_DUTY)
    def providers(request: Request, who: reader) -> Response:
        return HTMLResponse(pages.render(who, choose_wording(request)))

    @routes.post("/console/providers/{provider}/suspend")
    @declare(Operation.SUSPEND)
    def suspend(request: Request, who: sender, provider: Provider, reason: Why, version: Version, veto: Box = "") -> Response:
        return act(request, who, SuspendProvider(ResponderId(provider), reason, bool(veto), version))

    @routes.post("/console/providers/{provider}/resume")
    @declare(Operation.SUSPEND)
    def resume(request: Request, who: sender, provider: Provider, reason: Why, version: Version, trial: Box = "") -> Response:
        return act(request, who, ResumeProvider(ResponderId(provider), reason, bool(trial), version))

    @routes.post("/console/complaints/{complaint_id}")
    @declare(Operation.ANSWER_COMPLAINT)
    def answer(
        request: Request, who: sender, complaint_id: Number, word: Why, verdict: Annotated[Literal["uphold", "reject"], Form()]
    ) -> Response:
        return act(request, who, AnswerComplaint(complaint_id, verdict == "uphold", word))

    @routes.post("/console/complaints/{complaint_id}/responder")
    @declare(Operation.ANSWER_COMPLAINT)
    def attribute(
        request: Request, who: sender, complaint_id: Number, responder: Annotated[str, Form(max_length=200)]
    ) -> Response:
        return act(request, who, AttributeComplaint(complaint_id, ResponderId(responder)))

    def act(request: Request, who: Visitor, action: Action[Any]) -> Response:
        words = choose_wording(request)
        try:
            context.perform(who.principal, action)
        except Incomplete:
            return HTMLResponse(pages.render(who, words, words.text(WHY)), 422)
        except NotAllowed:
            return HTMLResponse(pages.render(who, words, words.text(MOVED_ON)), 409)
        except NotPermitted:
            return HTMLResponse(pages.render(who, words, words.text(ELSEWHERE)), 403)
        return RedirectResponse(PATH, 303)

    return routes
