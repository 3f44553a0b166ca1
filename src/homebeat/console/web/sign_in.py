"""Sign in, sign out, choose a language."""

# No `from __future__ import annotations` here: FastAPI needs the dependencies as values, which are local to `build_router`.

from typing import Annotated, Final

from fastapi import APIRouter, Form, Query, Request
from fastapi.routing import APIRoute
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response

from homebeat.actions import EndSession
from homebeat.actions.permit import declare
from homebeat.actions.sign_in import Refusal, Signed
from homebeat.console.web.access import LANGUAGE_COOKIE, Forged, Visitor, choose_wording, find_visitor
from homebeat.console.web.context import ConsoleContext
from homebeat.console.web.page import Templates, is_local, make_language_link
from homebeat.console.web.session import delete_cookie, is_csrf, set_cookie
from homebeat.wording import negotiate
from homebeat.wording.sign_in import SIGN_IN

_YEAR_S = 365 * 86_400
#: What is answered when somebody has to wait; everything else that is refused is 401.
_STATUS: Final = {Refusal.WAIT: 429, Refusal.BUSY: 503}
Next = Annotated[str, Query(max_length=500)]
Text = Annotated[str, Form(max_length=500)]


def build_router(context: ConsoleContext, templates: Templates, route_class: type[APIRoute]) -> APIRouter:
    """Build the routes of signing in and out."""
    routes = APIRouter(include_in_schema=False, route_class=route_class)

    @routes.get("/sign-in")
    @declare(None)
    def sign_in(request: Request, next: Next = "/", link: Annotated[str, Query(max_length=500)] = "") -> Response:  # noqa: A002  the name in the address
        return HTMLResponse(_draw_form(templates, request, next, link=link))

    @routes.post("/sign-in")
    @declare(None)
    def begin_session(
        request: Request,
        name: Text = "",
        password: Text = "",
        link: Text = "",
        next: Text = "/",  # noqa: A002
    ) -> Response:
        if link:
            signed = context.sign_in.with_link(link, _find_address(request))
        else:
            signed = context.sign_in.with_password(name, password, _find_address(request))
        return _answer_try(context, templates, request, signed, next, name)

    @routes.post("/sign-in/code")
    @declare(None)
    def check_code(request: Request, pending: Text, code: Text, next: Text = "/") -> Response:  # noqa: A002
        signed = context.sign_in.with_code(pending, code, _find_address(request))
        return _answer_try(context, templates, request, signed, next)

    @routes.post("/sign-out")
    @declare(None)
    def sign_out(request: Request, csrf: Annotated[str, Form(max_length=200)] = "") -> Response:
        visitor = find_visitor(context, request)
        if visitor and not is_csrf(visitor.cookie, csrf):
            raise Forged
        _end(context, visitor)
        answer = RedirectResponse("/sign-in", 303)
        delete_cookie(answer, is_secure=context.is_secure)
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


def _answer_try(
    context: ConsoleContext, templates: Templates, request: Request, signed: Signed, target: str, name: str = ""
) -> Response:
    """Answer with the session's cookie, with the page that asks for the code, or with why not."""
    if not signed.cookie:
        status = 200 if not signed.refused else _STATUS.get(signed.refused, 401)  # type: ignore[call-overload]
        headers = {"Retry-After": str(signed.wait_s)} if signed.wait_s else None
        return HTMLResponse(_draw_form(templates, request, target, signed, name), status, headers=headers)
    _end(context, find_visitor(context, request))
    answer = RedirectResponse(target if is_local(target) else "/", 303)
    set_cookie(answer, signed.cookie, is_secure=context.is_secure)
    return answer


def _find_address(request: Request) -> str:
    return request.client.host if request.client else ""


def _end(context: ConsoleContext, visitor: Visitor | None) -> None:
    """End a session here, not only in the browser: on a shared computer somebody may have kept the cookie."""
    if visitor is not None:
        context.perform(visitor.principal, EndSession(visitor.caller.id))


_NOTHING_TRIED: Final = Signed()


def _draw_form(
    templates: Templates, request: Request, target: str, signed: Signed = _NOTHING_TRIED, name: str = "", link: str = ""
) -> str:
    words = choose_wording(request)
    minutes = signed.minutes or -(-signed.wait_s // 60)
    return templates.render(
        "sign_in.html",
        words,
        wrong=words.text(SIGN_IN[signed.refused], minutes=minutes) if signed.refused else "",
        pending=signed.pending,
        name=name,
        next=target if is_local(target) else "/",
        link=link,
        language_href=make_language_link(words, "/sign-in"),
    )
