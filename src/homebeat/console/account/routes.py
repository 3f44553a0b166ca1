"""One's own account: the password, the second factor, and where one is signed in."""

# No `from __future__ import annotations` here: FastAPI needs the dependencies as values, which are local to `build_router`.

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Form, Request
from fastapi.routing import APIRoute
from starlette.responses import HTMLResponse, RedirectResponse, Response

from homebeat.actions import EndSession, SetPassword, SetSecondFactor
from homebeat.actions.permit import declare
from homebeat.actions.sign_in import Refusal
from homebeat.console.account.page import AccountPages
from homebeat.console.web.access import Guard, Visitor, choose_wording
from homebeat.console.web.context import ConsoleContext
from homebeat.domain.errors import Busy, NotFound
from homebeat.domain.role import Operation
from homebeat.domain.scope import EVERYTHING
from homebeat.identity.passwords import find_password_fault
from homebeat.identity.recovery import digest_recovery_code, make_recovery_codes
from homebeat.identity.totp import CodeOutcome, check_totp_code
from homebeat.wording.catalogue import msg

Text = Annotated[str, Form(max_length=500)]

SAVED: Final = msg("The new password is saved. Wherever else you were signed in, you are signed out.")
NOT_THE_OLD: Final = msg("The password that you have now is not right. Nothing was changed.")
NOT_THE_SAME: Final = msg("The two new passwords differ. Nothing was changed.")
REMOVED: Final = msg("There is no second factor any more.")
_SHORTEST_ID: Final = 12


def build_router(context: ConsoleContext, pages: AccountPages, route_class: type[APIRoute]) -> APIRouter:
    """Build the routes about one's own account."""
    routes = APIRouter(prefix="/account", include_in_schema=False, route_class=route_class)
    guard = Guard(context)
    reader = Annotated[Visitor, Depends(guard.require_visitor)]
    sender = Annotated[Visitor, Depends(guard.require_sender)]

    @routes.get("")
    @declare(Operation.OWN_ACCOUNT)
    def account(request: Request, who: reader) -> Response:
        return HTMLResponse(pages.render(who, choose_wording(request)))

    @routes.post("/password")
    @declare(Operation.OWN_ACCOUNT)
    def set_password(request: Request, who: sender, new: Text, again: Text, old: Text = "") -> Response:
        words = choose_wording(request)
        refused = _refuse_unproven(context, request, who, old) or _refuse_password(who.name, new, again)
        if refused:
            return HTMLResponse(pages.render(who, words, wrong=refused), 422)
        try:
            hashed = context.sign_in.passwords.hash_password(new)
        except Busy:
            return HTMLResponse(pages.render(who, words, wrong=Refusal.BUSY), 503, headers={"Retry-After": "5"})
        context.perform(who.principal, SetPassword(hashed, who.caller.id))
        return HTMLResponse(pages.render(who, words, notice=SAVED))

    @routes.post("/sessions/end")
    @declare(Operation.OWN_ACCOUNT)
    def end_session(who: sender, session: Text) -> Response:
        found = [one for one in pages.list_sessions(who) if len(session) >= _SHORTEST_ID and one.id.startswith(session)]
        if not found:
            raise NotFound("there is no such session")
        context.perform(who.principal, EndSession(found[0].id))
        return RedirectResponse("/account", 303)

    return routes


def build_second_factor_router(context: ConsoleContext, pages: AccountPages, route_class: type[APIRoute]) -> APIRouter:
    """Build the routes about one's own second factor."""
    routes = APIRouter(prefix="/account", include_in_schema=False, route_class=route_class)
    sender = Annotated[Visitor, Depends(Guard(context).require_sender)]

    @routes.post("/second-factor/begin")
    @declare(Operation.OWN_ACCOUNT)
    def begin_second_factor(request: Request, who: sender, old: Text = "") -> Response:
        words = choose_wording(request)
        refused = _refuse_unproven(context, request, who, old)
        if refused:
            return HTMLResponse(pages.render(who, words, wrong=refused), 422)
        return HTMLResponse(pages.render_set_up(who, words))

    @routes.post("/second-factor")
    @declare(Operation.OWN_ACCOUNT)
    def set_second_factor(request: Request, who: sender, secret: Text, code: Text, proof: Text) -> Response:
        words = choose_wording(request)
        if not pages.is_proof(who, secret, proof):
            return HTMLResponse(pages.render(who, words, wrong=NOT_THE_OLD), 422)
        check = check_totp_code(secret, code, context.clock(), None)
        if check.outcome is not CodeOutcome.ACCEPTED or check.step is None:
            return HTMLResponse(pages.render_set_up(who, words, secret, check), 422)
        codes = make_recovery_codes()
        digests = tuple(digest for one in codes if (digest := digest_recovery_code(one)))
        context.perform(who.principal, SetSecondFactor(secret, check.step, digests, who.caller.id))
        return HTMLResponse(pages.render_codes(who, words, codes))

    @routes.post("/second-factor/remove")
    @declare(Operation.OWN_ACCOUNT)
    def remove_second_factor(request: Request, who: sender, old: Text = "") -> Response:
        words = choose_wording(request)
        refused = _refuse_unproven(context, request, who, old)
        if refused:
            return HTMLResponse(pages.render(who, words, wrong=refused), 422)
        context.perform(who.principal, SetSecondFactor("", 0, (), who.caller.id))
        return HTMLResponse(pages.render(who, words, notice=REMOVED))

    return routes


def _refuse_unproven(context: ConsoleContext, request: Request, who: Visitor, old: str) -> str:
    """Why somebody may not change how they sign in: a browser left open proves nobody. Empty when they may.

    Whoever signed in with a link need not know the old password.
    """
    with context.store.read(EVERYTHING) as reader:
        account, session = reader.accounts.find(who.name), reader.sessions.find(who.caller.id)
    if account is None or not account.password or (session is not None and session.how == "link"):
        return ""
    address = request.client.host if request.client else ""
    refused = context.sign_in.prove_again(who.name, old, address).refused
    return NOT_THE_OLD if refused == Refusal.WRONG else refused


def _refuse_password(name: str, new: str, again: str) -> str:
    return NOT_THE_SAME if new != again else find_password_fault(new, name) or ""
