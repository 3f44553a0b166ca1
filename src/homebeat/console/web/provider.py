"""Sign in through the identity provider: the way there, and the way back."""

# No `from __future__ import annotations` here: FastAPI needs the dependencies as values, which are local to `build_router`.

from typing import Annotated, Final

from fastapi import APIRouter, Form, Request
from fastapi.routing import APIRoute
from starlette.responses import HTMLResponse, Response

from homebeat.actions import ProviderSignIn
from homebeat.actions.permit import declare
from homebeat.actions.sign_in import Signed
from homebeat.console.web.access import find_visitor
from homebeat.console.web.context import ConsoleContext
from homebeat.console.web.page import is_local
from homebeat.console.web.session import delete_state, name_state, set_state
from homebeat.console.web.sign_in import SignInPages, end_session, find_address
from homebeat.wording.catalogue import msg

Text = Annotated[str, Form(max_length=500)]
GOING: Final = msg("Going on to %(provider)s.")
SIGNED_IN: Final = msg("You are signed in.")


def build_router(context: ConsoleContext, provider: ProviderSignIn, pages: SignInPages, route_class: type[APIRoute]) -> APIRouter:
    """Build the routes of signing in through the identity provider."""
    routes = APIRouter(prefix="/sign-in", include_in_schema=False, route_class=route_class)

    @routes.post("/provider")
    @declare(None)
    def begin(request: Request, next: Text = "/", link: Text = "") -> Response:  # noqa: A002  the name in the address
        target = next if is_local(next) else "/"
        sent = provider.begin(target, link, find_address(request))
        if not sent.address:
            return pages.answer_try(request, Signed(refused=sent.refused, wait_s=sent.wait_s), target)
        # now, because it does not come along when the provider leads back
        end_session(context, find_visitor(context, request))
        answer = HTMLResponse(pages.draw_way_on(request, GOING, sent.address))
        set_state(answer, sent.state, is_secure=context.is_secure)
        return answer

    @routes.get("/back")
    @declare(None)
    def finish(request: Request) -> Response:
        state = request.cookies.get(name_state(is_secure=context.is_secure), "")
        came = provider.finish(state, request.url.query, find_address(request))
        if came.signed.cookie:
            answer: Response = HTMLResponse(pages.draw_way_on(request, SIGNED_IN, came.target))
            pages.begin_session(request, answer, came.signed)
        else:
            answer = pages.answer_try(request, came.signed, came.target, subject=came.subject)
        delete_state(answer, is_secure=context.is_secure)
        return answer

    return routes
