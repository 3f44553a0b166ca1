"""Sign in, sign out, choose a language."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Form, Query, Request
from fastapi.routing import APIRoute
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response

from homebeat.console.web.access import LANGUAGE_COOKIE, Forged, Visitor, choose_wording, find_token_by_secret, find_visitor
from homebeat.console.web.context import ConsoleContext
from homebeat.console.web.page import Templates, is_local, make_language_link
from homebeat.console.web.session import COOKIE
from homebeat.wording import negotiate
from homebeat.wording.catalogue import msg

WRONG: Final = msg("This token is not known, has ended or was revoked.")
TOO_OFTEN: Final = msg("Too many wrong tokens came from here. Wait a few seconds, then try again.")
_YEAR_S = 365 * 86_400
Next = Annotated[str, Query(max_length=500)]


def build_router(context: ConsoleContext, templates: Templates, route_class: type[APIRoute]) -> APIRouter:
    """Build the routes of signing in and out."""
    routes = APIRouter(include_in_schema=False, route_class=route_class)

    @routes.get("/sign-in")
    def sign_in(request: Request, next: Next = "/") -> Response:  # noqa: A002  the name in the address
        return HTMLResponse(_form(request, next))

    @routes.post("/sign-in")
    def begin_session(
        request: Request,
        token: Annotated[str, Form(max_length=500)],
        next: Annotated[str, Form(max_length=500)] = "/",  # noqa: A002
    ) -> Response:
        address = request.client.host if request.client else ""
        wait_s = context.tries.wait_s(address)
        if wait_s:
            return HTMLResponse(_form(request, next, TOO_OFTEN), 429, headers={"Retry-After": str(wait_s)})
        found = find_token_by_secret(context, token)
        if found is None:
            context.tries.fail(address)
            return HTMLResponse(_form(request, next, WRONG), 401)
        context.tries.succeed(address)
        _end(find_visitor(context, request))
        cookie, session = context.sessions.open(found.hash, context.clock(), found.expires_at)
        answer = RedirectResponse(next if is_local(next) else "/", 303)
        seconds = (session.expires_at - context.clock()) // 1000
        answer.set_cookie(COOKIE, cookie, max_age=seconds, httponly=True, samesite="strict", secure=context.is_secure)
        return answer

    @routes.post("/sign-out")
    def sign_out(request: Request, csrf: Annotated[str, Form(max_length=200)] = "") -> Response:
        visitor = find_visitor(context, request)
        if visitor and not context.sessions.is_csrf(visitor.session, csrf):
            raise Forged
        _end(visitor)
        answer = RedirectResponse("/sign-in", 303)
        answer.delete_cookie(COOKIE, httponly=True, samesite="strict", secure=context.is_secure)
        return answer

    @routes.get("/language")
    def language(to: Annotated[str, Query(max_length=20)], next: Next = "/") -> Response:  # noqa: A002
        answer = RedirectResponse(next if is_local(next) else "/", 303)
        chosen = negotiate(None, to).value
        answer.set_cookie(LANGUAGE_COOKIE, chosen, max_age=_YEAR_S, httponly=True, samesite="lax", secure=context.is_secure)
        return answer

    @routes.get("/console/signed-in")
    def is_signed_in(request: Request) -> Response:
        return PlainTextResponse("", 204 if find_visitor(context, request) else 401)

    def _end(visitor: Visitor | None) -> None:
        """End a session here, not only in the browser: on a shared computer somebody may have kept the cookie."""
        if visitor is not None:
            with context.store.begin() as tx:
                tx.sign_outs.add(visitor.session.id, visitor.session.expires_at)

    def _form(request: Request, target: str, wrong: str = "") -> str:
        words = choose_wording(request)
        link = make_language_link(words, "/sign-in")
        return templates.render(
            "sign_in.html",
            words,
            wrong=words.text(wrong) if wrong else "",
            next=target if is_local(target) else "/",
            language_href=link,
        )

    return routes
