"""Sign in, sign out, choose a language."""

# No `from __future__ import annotations` here: FastAPI needs the dependencies as values, which are local to `build_router`.

from typing import Annotated, Final

from fastapi import APIRouter, Form, Query, Request
from fastapi.routing import APIRoute
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response

from homebeat.actions import BeginSession, EndSession
from homebeat.actions.identify import digest_of
from homebeat.actions.permit import declare
from homebeat.console.web.access import LANGUAGE_COOKIE, Forged, Visitor, choose_wording, find_visitor
from homebeat.console.web.context import ConsoleContext
from homebeat.console.web.page import Templates, is_local, make_language_link
from homebeat.console.web.session import LIFETIME_MS, is_csrf, make_cookie, name_cookie
from homebeat.domain.actor import ActorKind
from homebeat.domain.principal import Principal, make_holder
from homebeat.domain.role import Operation
from homebeat.wording import negotiate
from homebeat.wording.catalogue import msg

WRONG: Final = msg("This link was used before, is over or was replaced by a newer one. Ask for another.")
TOO_OFTEN: Final = msg("Too many wrong tries came from here. Wait a few seconds, then try again.")
_YEAR_S = 365 * 86_400
Next = Annotated[str, Query(max_length=500)]


def build_router(context: ConsoleContext, templates: Templates, route_class: type[APIRoute]) -> APIRouter:
    """Build the routes of signing in and out."""
    routes = APIRouter(include_in_schema=False, route_class=route_class)
    cookie_name = name_cookie(is_secure=context.is_secure)

    @routes.get("/sign-in")
    @declare(None)
    def sign_in(request: Request, next: Next = "/", link: Annotated[str, Query(max_length=500)] = "") -> Response:  # noqa: A002  the name in the address
        return HTMLResponse(_draw_form(templates, request, next, link=link))

    @routes.post("/sign-in")
    @declare(None)
    def begin_session(
        request: Request,
        link: Annotated[str, Form(max_length=500)],
        next: Annotated[str, Form(max_length=500)] = "/",  # noqa: A002
    ) -> Response:
        address = request.client.host if request.client else ""
        wait_s = context.tries.wait_s(address)
        if wait_s:
            return HTMLResponse(_draw_form(templates, request, next, TOO_OFTEN), 429, headers={"Retry-After": str(wait_s)})
        found = _use_link(context, link.strip())
        if found is None:
            context.tries.fail(address)
            return HTMLResponse(_draw_form(templates, request, next, WRONG), 401)
        context.tries.succeed(address)
        _end(context, find_visitor(context, request))
        cookie, ends_at = make_cookie(), context.clock() + LIFETIME_MS
        context.perform(found, BeginSession(digest_of(cookie), "link", address, ends_at))
        answer = RedirectResponse(next if is_local(next) else "/", 303)
        answer.set_cookie(
            cookie_name, cookie, max_age=LIFETIME_MS // 1000, httponly=True, samesite="strict", secure=context.is_secure
        )
        return answer

    @routes.post("/sign-out")
    @declare(None)
    def sign_out(request: Request, csrf: Annotated[str, Form(max_length=200)] = "") -> Response:
        visitor = find_visitor(context, request)
        if visitor and not is_csrf(visitor.cookie, csrf):
            raise Forged
        _end(context, visitor)
        answer = RedirectResponse("/sign-in", 303)
        answer.delete_cookie(cookie_name, httponly=True, samesite="strict", secure=context.is_secure)
        return answer

    @routes.get("/language")
    @declare(None)
    def language(to: Annotated[str, Query(max_length=20)], next: Next = "/") -> Response:  # noqa: A002
        answer = RedirectResponse(next if is_local(next) else "/", 303)
        chosen = negotiate(None, to).value
        answer.set_cookie(LANGUAGE_COOKIE, chosen, max_age=_YEAR_S, httponly=True, samesite="lax", secure=context.is_secure)
        return answer

    @routes.get("/console/signed-in")
    @declare(None)
    def is_signed_in(request: Request) -> Response:
        return PlainTextResponse("", 204 if find_visitor(context, request) else 401)

    return routes


def _use_link(context: ConsoleContext, secret: str) -> Principal | None:
    """Use a link up; None where it opens nothing."""
    with context.store.begin() as tx:
        name = tx.sessions.use_link(digest_of(secret), context.clock()) if secret else None
        account = tx.accounts.find(name) if name is not None else None
    if account is None or account.disabled_at is not None:
        return None
    principal = make_holder(ActorKind.PERSON, account.name, account.grants)
    return principal if principal.may(Operation.OWN_ACCOUNT) else None


def _end(context: ConsoleContext, visitor: Visitor | None) -> None:
    """End a session here, not only in the browser: on a shared computer somebody may have kept the cookie."""
    if visitor is not None:
        context.perform(visitor.principal, EndSession(visitor.caller.id))


def _draw_form(templates: Templates, request: Request, target: str, wrong: str = "", link: str = "") -> str:
    words = choose_wording(request)
    return templates.render(
        "sign_in.html",
        words,
        wrong=words.text(wrong) if wrong else "",
        next=target if is_local(target) else "/",
        link=link,
        language_href=make_language_link(words, "/sign-in"),
    )
