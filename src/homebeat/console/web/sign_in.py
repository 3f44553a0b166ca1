"""Sign in, sign out, choose a language."""

# No `from __future__ import annotations` here: FastAPI needs the dependencies as values, which are local to `build_router`.

from collections.abc import Mapping
from typing import Annotated, Final

from fastapi import APIRouter, Form, Query, Request
from fastapi.routing import APIRoute
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response

from homebeat.actions import EndSession
from homebeat.actions.permit import declare
from homebeat.actions.provider_sign_in import ProviderRefusal
from homebeat.actions.sign_in import Refusal, Signed
from homebeat.console.web.access import LANGUAGE_COOKIE, Forged, Visitor, choose_wording, find_visitor
from homebeat.console.web.context import ConsoleContext
from homebeat.console.web.look import KEPT_S
from homebeat.console.web.page import Templates, is_local, make_language_link
from homebeat.console.web.session import delete_cookie, is_csrf, set_cookie
from homebeat.wording import negotiate
from homebeat.wording.sign_in import SIGN_IN

#: What is answered when somebody has to wait; everything else that is refused is 401.
_STATUS: Final[Mapping[str, int]] = {Refusal.WAIT: 429, Refusal.BUSY: 503, ProviderRefusal.AWAY: 503}
Next = Annotated[str, Query(max_length=500)]
Text = Annotated[str, Form(max_length=500)]


_NOTHING_TRIED: Final = Signed()


class SignInPages:
    """What is answered to somebody who signs in, whichever way they take."""

    def __init__(self, context: ConsoleContext, templates: Templates) -> None:
        self._context = context
        self._templates = templates

    def answer_try(self, request: Request, signed: Signed, target: str, name: str = "", subject: str = "") -> Response:
        """Answer with the session's cookie, with the page that asks for the code, or with why not."""
        if not signed.cookie:
            status = _STATUS.get(signed.refused, 401) if signed.refused else 200
            headers = {"Retry-After": str(signed.wait_s)} if signed.wait_s else None
            page = self.draw_form(request, target, signed, name=name, subject=subject)
            return HTMLResponse(page, status, headers=headers)
        answer = RedirectResponse(target if is_local(target) else "/", 303)
        self.begin_session(request, answer, signed)
        return answer

    def begin_session(self, request: Request, answer: Response, signed: Signed) -> None:
        """Let an answer begin a session in the browser; the one that was there ends."""
        end_session(self._context, find_visitor(self._context, request))
        set_cookie(answer, signed.cookie, is_secure=self._context.is_secure)

    def draw_form(
        self, request: Request, target: str, signed: Signed = _NOTHING_TRIED, *, name: str = "", link: str = "", subject: str = ""
    ) -> str:
        """Draw the page on which one signs in, or types the code of the second factor."""
        words, provider = choose_wording(request), self._context.provider
        minutes = signed.minutes or -(-signed.wait_s // 60)
        return self._templates.render(
            "sign_in.html",
            words,
            wrong=words.text(SIGN_IN[signed.refused], minutes=minutes) if signed.refused else "",
            pending=signed.pending,
            name=name,
            next=target if is_local(target) else "/",
            link=link,
            subject=subject,
            provider=provider.title if provider is not None else "",
            language_href=make_language_link(words, "/sign-in"),
        )

    def draw_way_on(self, request: Request, says: str, address: str) -> str:
        """Draw a page that says something and leads on by itself.

        A redirect will not do: after a form, browsers follow one to no other site; and after one from another site they do not
        send the new session's cookie, which is Strict. A page of our own is a step of our own.
        """
        words = choose_wording(request)
        title = self._context.provider.title if self._context.provider is not None else ""
        return self._templates.render("way_on.html", words, says=words.text(says, provider=title), address=address)


def build_router(context: ConsoleContext, pages: SignInPages, route_class: type[APIRoute]) -> APIRouter:
    """Build the routes of signing in and out."""
    routes = APIRouter(include_in_schema=False, route_class=route_class)

    @routes.get("/sign-in")
    @declare(None)
    def sign_in(request: Request, next: Next = "/", link: Annotated[str, Query(max_length=500)] = "") -> Response:  # noqa: A002  the name in the address
        return HTMLResponse(pages.draw_form(request, next, link=link))

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
            signed = context.sign_in.with_link(link, find_address(request))
        else:
            signed = context.sign_in.with_password(name, password, find_address(request))
        return pages.answer_try(request, signed, next, name)

    @routes.post("/sign-in/code")
    @declare(None)
    def check_code(request: Request, pending: Text, code: Text, next: Text = "/") -> Response:  # noqa: A002
        signed = context.sign_in.with_code(pending, code, find_address(request))
        return pages.answer_try(request, signed, next)

    @routes.post("/sign-out")
    @declare(None)
    def sign_out(request: Request, csrf: Annotated[str, Form(max_length=200)] = "") -> Response:
        visitor = find_visitor(context, request)
        if visitor and not is_csrf(visitor.cookie, csrf):
            raise Forged
        end_session(context, visitor)
        answer = RedirectResponse("/sign-in", 303)
        delete_cookie(answer, is_secure=context.is_secure)
        return answer

    @routes.get("/language")
    @declare(None)
    def language(to: Annotated[str, Query(max_length=20)], next: Next = "/") -> Response:  # noqa: A002
        answer = RedirectResponse(next if is_local(next) else "/", 303)
        chosen = negotiate(None, to).value
        answer.set_cookie(LANGUAGE_COOKIE, chosen, max_age=KEPT_S, httponly=True, samesite="lax", secure=context.is_secure)
        return answer

    @routes.get("/console/signed-in")
    @declare(None)
    def is_signed_in(request: Request) -> Response:
        return PlainTextResponse("", 204 if find_visitor(context, request) else 401)

    return routes


def find_address(request: Request) -> str:
    """Find where somebody is, by the connection or what a trusted proxy says of it; empty where it is not known."""
    return request.client.host if request.client else ""


def end_session(context: ConsoleContext, visitor: Visitor | None) -> None:
    """End a session here, not only in the browser: on a shared computer somebody may have kept the cookie."""
    if visitor is not None:
        context.perform(visitor.principal, EndSession(visitor.caller.id))
