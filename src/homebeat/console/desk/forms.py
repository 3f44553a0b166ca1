"""The forms of the desk: take (a case, or one alert), give back, close, reopen, follow up, remark.

Taking, giving back and closing carry the version of the alert that the person saw.
"""

# No `from __future__ import annotations` here: FastAPI needs the dependencies as values, which are local to `build_router`.

from collections.abc import Callable
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Form, Path, Request
from fastapi.routing import APIRoute
from starlette.responses import HTMLResponse, RedirectResponse, Response

from homebeat import actions
from homebeat.actions.perform import Action
from homebeat.actions.permit import declare
from homebeat.console.desk.page import DeskPages
from homebeat.console.web.access import Guard, Visitor, choose_wording
from homebeat.console.web.context import ConsoleContext
from homebeat.domain.alert import NEEDS_NOTE, Alert, Outcome
from homebeat.domain.errors import Incomplete, NotAllowed, NotTaken
from homebeat.domain.follow_up import FollowUpAnswer
from homebeat.domain.ids import AlertId
from homebeat.domain.role import Operation
from homebeat.wording.catalogue import msg

Id = Annotated[str, Path(max_length=200)]
Version = Annotated[int, Form(ge=1)]
Note = Annotated[str, Form(max_length=2000)]
#: The other alerts of the case that the row showed, as `desk.row` writes them: ``id:version id:version``.
Others = Annotated[str, Form(max_length=4000, pattern=r"^([A-Za-z0-9_-]{1,200}:[0-9]{1,9}( |$))*$")]

STALE: Final = msg("This alert has changed since you looked at it. Nothing was written: look again, then decide.")
TOO_LATE: Final = msg(
    "This alert cannot be reopened: somebody else closed it, more than five minutes have passed, or there is a "
    "newer one for the same cause."
)
WHO_SAID_SO: Final = msg("Not closed: write into the note who confirmed that the resident is away, and until when.")
TAKE_FIRST: Final = msg("Not closed: nobody has taken this critical alert. Take it first, then say what was found.")
WHAT_WAS_FOUND: Final = msg("Not closed: write into the note what was found, or who said so. A critical alert needs that.")
EMPTY: Final = msg("A remark needs some text.")
FOLLOWED_UP: Final = msg("Somebody has answered this follow-up already, or it is not due yet.")
WHO_WAS_ASKED: Final = msg("Not entered: write into the note who was asked, and what they said, in 5 to 500 characters.")


def build_router(context: ConsoleContext, pages: DeskPages, route_class: type[APIRoute]) -> APIRouter:
    """Build the routes that write."""
    routes = APIRouter(prefix="/console/alerts/{alert_id}", include_in_schema=False, route_class=route_class)
    guard = Guard(context)
    sender = Annotated[Visitor, Depends(guard.require_sender)]

    def answer_action(request: Request, who: Visitor, alert_id: str, refused: str = "", status: int = 409) -> Response:
        return answer_form(pages, request, who, alert_id, refused, status)

    def plain(action_of: Callable[[AlertId, int], Action[Alert]], refusal: str) -> Callable[..., Response]:
        @declare(Operation.ANSWER)
        def route(request: Request, who: sender, alert_id: Id, version: Version) -> Response:
            try:
                context.perform(who.principal, action_of(AlertId(alert_id), version))
            except NotAllowed:
                return answer_action(request, who, alert_id, refusal)
            return answer_action(request, who, alert_id)

        return route

    @routes.post("/take")
    @declare(Operation.ANSWER)
    def take(request: Request, who: sender, alert_id: Id, version: Version, others: Others = "") -> Response:
        try:
            context.perform(who.principal, actions.Acknowledge(AlertId(alert_id), version, others=_read_versions(others)))
        except NotAllowed:
            return answer_action(request, who, alert_id, STALE)
        return answer_action(request, who, alert_id)

    routes.post("/release")(plain(actions.Release, STALE))
    # no version: a remark made meanwhile does not make a slip any less of one
    routes.post("/reopen")(plain(lambda alert, _version: actions.Reopen(alert), TOO_LATE))

    @routes.post("/resolve")
    @declare(Operation.ANSWER)
    def resolve(
        request: Request, who: sender, alert_id: Id, version: Version, outcome: Annotated[Outcome, Form()], note: Note = ""
    ) -> Response:
        try:
            context.perform(who.principal, actions.Resolve(AlertId(alert_id), outcome, version, note.strip()))
        except (NotAllowed, Incomplete) as error:
            return answer_action(request, who, alert_id, _explain_open(error, outcome), error.status)
        return answer_action(request, who, alert_id)

    @routes.post("/note")
    @declare(Operation.REMARK)
    def remark(request: Request, who: sender, alert_id: Id, note: Note) -> Response:
        if not note.strip():
            return answer_action(request, who, alert_id, EMPTY, 422)
        context.perform(who.principal, actions.AddNote(AlertId(alert_id), note.strip()))
        return answer_action(request, who, alert_id)

    return routes


def build_follow_up_router(context: ConsoleContext, pages: DeskPages, route_class: type[APIRoute]) -> APIRouter:
    """Build the route that enters how a closed case went."""
    routes = APIRouter(prefix="/console/alerts/{alert_id}", include_in_schema=False, route_class=route_class)
    sender = Annotated[Visitor, Depends(Guard(context).require_sender)]

    @routes.post("/follow-up")
    @declare(Operation.ANSWER)
    def follow_up(
        request: Request, who: sender, alert_id: Id, answer: Annotated[FollowUpAnswer, Form()], note: Note = ""
    ) -> Response:
        try:
            context.perform(who.principal, actions.AnswerFollowUp(AlertId(alert_id), answer, note))
        except NotAllowed:
            return answer_form(pages, request, who, alert_id, FOLLOWED_UP)
        except Incomplete:
            return answer_form(pages, request, who, alert_id, WHO_WAS_ASKED, 422)
        return answer_form(pages, request, who, alert_id)

    return routes


def _explain_open(error: NotAllowed | Incomplete, outcome: Outcome) -> str:
    """Why an alert was not closed."""
    if isinstance(error, Incomplete):
        return WHO_SAID_SO if outcome in NEEDS_NOTE else WHAT_WAS_FOUND
    return TAKE_FIRST if isinstance(error, NotTaken) else STALE


def _read_versions(others: str) -> dict[AlertId, int]:
    parts = (part.split(":") for part in others.split())
    return {AlertId(alert_id): int(version) for alert_id, version in parts}


def answer_form(
    pages: DeskPages, request: Request, who: Visitor, alert_id: str, refused: str = "", status: int = 409
) -> Response:
    """Answer a form about an alert: with its card, which says why where it was refused; without the script, with the page."""
    words = choose_wording(request)
    notice = words.text(refused)
    if request.headers.get("x-console"):
        return pages.answer_card(who, words, alert_id, status if refused else 200, notice)
    if refused:
        return HTMLResponse(pages.render_page(who, words, None, alert_id, notice), status)
    return RedirectResponse(f"/?alert={alert_id}", 303)
