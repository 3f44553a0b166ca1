"""The addresses of the pages of channels, and their forms."""

# No `from __future__ import annotations` here: FastAPI needs the dependencies as values, which are local to `build_router`.

from collections.abc import Callable
from typing import Annotated, Final, Literal
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.routing import APIRoute
from starlette.responses import HTMLResponse, RedirectResponse, Response

from homebeat.actions import TryContact, TryResponder
from homebeat.actions.permit import declare
from homebeat.console.channels.page import PATH, ChannelPages
from homebeat.console.web.access import Guard, Visitor, choose_wording
from homebeat.console.web.context import ConsoleContext
from homebeat.domain.contact_id import find_responder
from homebeat.domain.errors import Incomplete, NotAllowed, NotFound, NotPermitted
from homebeat.domain.ids import ContactId, ResponderId
from homebeat.domain.role import Operation
from homebeat.wording.catalogue import msg

Id = Annotated[str, Form(max_length=200)]
#: Of a channel in its list; empty for all.
Place = Annotated[str, Form(pattern="^[0-9]{0,2}$")]
Box = Annotated[Literal["", "yes"], Form()]
Sent = Annotated[list[str], Query(max_length=30)]

UNEXPECTED: Final = msg("Not sent: a call or a text message is among them. Tell the person before, and tick that they expect it.")
TOO_OFTEN: Final = msg("Not sent: enough tests were sent lately. Wait some minutes.")
NO_CHANNEL: Final = msg("Not sent: there is nobody like that, or no such channel.")
NOT_YOURS: Final = msg("Not sent: only they themselves, or a supervisor of all their areas, may do this.")


def build_router(context: ConsoleContext, pages: ChannelPages, route_class: type[APIRoute]) -> APIRouter:
    """Build the routes of the pages."""
    routes = APIRouter(include_in_schema=False, route_class=route_class)
    guard = Guard(context)
    reader = Annotated[Visitor, Depends(guard.require_visitor)]
    sender = Annotated[Visitor, Depends(guard.require_sender)]

    @routes.get(PATH)
    @declare(Operation.READ_SERVICE)
    def channels(request: Request, who: reader, sent: Sent = []) -> Response:  # noqa: B006 - FastAPI copies it
        return HTMLResponse(pages.render(who, choose_wording(request), sent))

    @routes.get("/homes/{household_id}/channels")
    @declare(Operation.KEEP_HOMES)
    def of_home(request: Request, who: reader, household_id: str, sent: Sent = []) -> Response:  # noqa: B006 - as above
        return HTMLResponse(pages.render_home(who, choose_wording(request), household_id, sent))

    @routes.post("/console/channels/test")
    @declare(Operation.OWN_SHIFTS)
    def try_responder(request: Request, who: sender, to: Id, place: Place = "", expected: Box = "") -> Response:
        def act() -> Response:
            responder = find_responder(ContactId(to)) or ResponderId("")
            trial = context.perform(who.principal, TryResponder(responder, _read_place(place), bool(expected)))
            return _show(PATH, trial.notices)

        return answer(request, act, lambda says: pages.render(who, choose_wording(request), notice=says))

    @routes.post("/console/homes/{household_id}/channels/test")
    @declare(Operation.KEEP_HOMES)
    def try_contact(request: Request, who: sender, household_id: str, to: Id, place: Place = "", expected: Box = "") -> Response:
        def act() -> Response:
            trial = context.perform(who.principal, TryContact(ContactId(to), _read_place(place), bool(expected)))
            return _show(f"/homes/{quote(household_id, safe='')}/channels", trial.notices)

        return answer(request, act, lambda says: pages.render_home(who, choose_wording(request), household_id, notice=says))

    def answer(request: Request, act: Callable[[], Response], draw: Callable[[str], str]) -> Response:
        words = choose_wording(request)
        try:
            return act()
        except NotPermitted as refused:
            return HTMLResponse(draw(words.text(NOT_YOURS)), refused.status)
        except NotFound as refused:
            return HTMLResponse(draw(words.text(NO_CHANNEL)), refused.status)
        except Incomplete as refused:
            return HTMLResponse(draw(words.text(UNEXPECTED)), refused.status)
        except NotAllowed as refused:
            return HTMLResponse(draw(words.text(TOO_OFTEN)), refused.status)

    return routes


def _read_place(text: str) -> int | None:
    return int(text) if text else None


def _show(path: str, notices: tuple[str, ...]) -> Response:
    return RedirectResponse(f"{path}?{urlencode([('sent', one) for one in notices])}#sent", 303)
