"""The forms of duty: give a shift, swap two, take leave, and the address of one's shifts for a calendar."""

# No `from __future__ import annotations` here: FastAPI needs the dependencies as values, which are local to `build_router`.

from datetime import date
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Form, Path, Request
from fastapi.routing import APIRoute
from starlette.responses import HTMLResponse, RedirectResponse, Response

from homebeat.actions import GiveShift, MakeShiftFeed, RevokeShiftFeed, SwapShifts, TakeLeave
from homebeat.actions.permit import declare
from homebeat.actions.shift_calendar import make_address
from homebeat.actions.swap_shifts import ShiftName
from homebeat.console.card.evidence import find_zone
from homebeat.console.duty.page import PATH, DutyPages, Said, make_path
from homebeat.console.web.access import Guard, Visitor, choose_wording
from homebeat.console.web.context import ConsoleContext
from homebeat.console.web.local_time import read_local_time
from homebeat.domain.errors import HomebeatError, Incomplete, NotAllowed, NotFound, NotPermitted
from homebeat.domain.ids import ResponderId, RotaId
from homebeat.domain.leave import Leave
from homebeat.domain.role import Operation
from homebeat.wording.catalogue import msg

Text = Annotated[str, Form(max_length=200)]

NOT_YOURS: Final = msg("Not done: these are not your shifts. Ask a supervisor, or whoever has them.")
NOT_GIVEN: Final = msg("Not done: there is no such shift ahead, or this person does not answer alerts there.")
NOT_SWAPPED: Final = msg("Not done: two people swap shifts. One of these is nobody's, or both are one person's.")
NO_LEAVE: Final = msg("Not done: a leave ends after it begins, is not over yet, and lasts a year at most.")


def build_forms(context: ConsoleContext, pages: DutyPages, route_class: type[APIRoute]) -> APIRouter:
    """Build the routes that change who has which shift."""
    routes = APIRouter(prefix="/console/duty", include_in_schema=False, route_class=route_class)
    sender = Annotated[Visitor, Depends(Guard(context).require_sender)]

    @routes.post("/give")
    @declare(Operation.OWN_SHIFTS)
    def give(request: Request, who: sender, rota: Text, shift: Text, to: Text = "", week: Text = "") -> Response:
        try:
            one = _read_shift(rota, shift)
            context.perform(who.principal, GiveShift(one.rota, one.day, one.shift, ResponderId(to) if to else None))
        except (NotPermitted, NotFound, Incomplete) as refused:
            return refuse(request, who, refused, NOT_GIVEN, rota, week)
        return RedirectResponse(make_path(rota, week), 303)

    @routes.post("/swap")
    @declare(Operation.OWN_SHIFTS)
    def swap(request: Request, who: sender, rota: Text, first: Text, second: Text, week: Text = "") -> Response:
        try:
            context.perform(who.principal, SwapShifts(_read_shift(rota, first), _read_shift(rota, second)))
        except (NotPermitted, NotFound, Incomplete, NotAllowed) as refused:
            return refuse(request, who, refused, NOT_SWAPPED, rota, week)
        return RedirectResponse(make_path(rota, week), 303)

    @routes.post("/leave")
    @declare(Operation.OWN_SHIFTS)
    def leave(
        request: Request, who: sender, absent: Text, starts: Text, ends: Text, rota: Text = "", week: Text = ""
    ) -> Response:
        with context.store.read(who.find_scope(Operation.OWN_SHIFTS)) as found:
            zone = find_zone(found.homes.find_timezone())
        try:
            span = [read_local_time(text, zone) or 0 for text in (starts, ends)]
            taken = context.perform(who.principal, TakeLeave(Leave(ResponderId(absent), *span)))
        except (NotPermitted, NotFound, Incomplete) as refused:
            return refuse(request, who, refused, NO_LEAVE, rota, week)
        # who takes which shift stands in this answer: on the page itself they are among all others
        return show(request, who, rota, week, Said(replacements=taken))

    def show(request: Request, who: Visitor, rota: str, week: str, said: Said, status: int = 200) -> Response:
        return HTMLResponse(pages.render(who, choose_wording(request), rota, week, said), status)

    def refuse(request: Request, who: Visitor, refused: HomebeatError, said: str, rota: str, week: str) -> Response:
        if isinstance(refused, NotPermitted):
            said = NOT_YOURS
        return show(request, who, rota, week, Said(notice=choose_wording(request).text(said)), refused.status)

    return routes


def build_feed_forms(context: ConsoleContext, pages: DutyPages, route_class: type[APIRoute]) -> APIRouter:
    """Build the routes of the addresses at which calendars find shifts."""
    routes = APIRouter(prefix="/console/duty/feeds", include_in_schema=False, route_class=route_class)
    sender = Annotated[Visitor, Depends(Guard(context).require_sender)]

    @routes.post("")
    @declare(Operation.OWN_SHIFTS)
    def make(request: Request, who: sender) -> Response:
        """Of one's own shifts."""
        with context.store.read(who.find_scope(Operation.OWN_SHIFTS)) as found:
            own = found.duty.find_accounts([who.name]).get(who.name)
        if own is None:
            raise NotFound("this account is no responder's: it has no shifts")
        bearer: Any = context.perform(who.principal, MakeShiftFeed(own))
        base = context.link_base or str(request.base_url)
        # the secret stands in this answer alone: in no address of ours, so in no history and no log
        return HTMLResponse(pages.render(who, choose_wording(request), said=Said(address=make_address(base, bearer.text))))

    @routes.post("/{feed_id}/end")
    @declare(Operation.OWN_SHIFTS)
    def end(who: sender, feed_id: Annotated[str, Path(max_length=200)]) -> Response:
        context.perform(who.principal, RevokeShiftFeed(feed_id))
        return RedirectResponse(PATH, 303)

    return routes


def _read_shift(rota: str, text: str) -> ShiftName:
    """Read what the page offers as a shift: its day, a slash and its name."""
    day, _, name = text.partition("/")
    try:
        return ShiftName(RotaId(rota), date.fromisoformat(day), name)
    except ValueError:
        raise Incomplete(f"{text!r} is no shift") from None
