"""Answers errors of a page's route: with a page in the reader's language, or by sending the visitor to sign in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any, Final
from urllib.parse import quote

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import compile_path, get_name

from homebeat.actions.permit import find_declared
from homebeat.console.web.access import Forged, SignedOut, choose_wording
from homebeat.console.web.page import Templates
from homebeat.domain.errors import BadCursor, Busy, HomebeatError, NotFound, NotPermitted, Unavailable
from homebeat.wording import Wording
from homebeat.wording.catalogue import msg

Handler = Callable[[Request, Any], Response | Awaitable[Response]]

_OTHER: Final = msg("Something went wrong")
_TITLES: Final[Mapping[int, str]] = {
    403: msg("Not permitted"),
    404: msg("Nothing found"),
    409: msg("No longer possible"),
    422: msg("Not valid"),
    503: msg("Not available just now"),
}
_NOT_SHOWN: Final = msg("Your role does not show this page.")
_NO_ALERT: Final = msg("There is no such alert.")
#: What is not there, by the beginning of the address, without `/console`.
_LOST: Final[Mapping[str, str]] = {
    "/resident": msg("There is no such resident."),
    "/supervisor": msg("There is no such area among yours."),
    "/duty": msg("There is no such rota, shift or address among yours."),
    "/homes": msg("There is no such home in your areas."),
    "/people": msg("No account of this name has a role in your areas."),
    "/keys": msg("No key of this name has a role in your areas."),
}


class DeferredRoute(APIRoute):
    """A route that reads the parameters of its endpoint when it is first asked.

    Reading takes a millisecond and 80 kB for each of 145 routes, most of which nobody asks for in a day. What finds a route,
    and what it declares, is there from the start.
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **more: Any) -> None:
        find_declared(endpoint)
        self._unread: dict[str, Any] | None = more
        self.path, self.endpoint, self.name = path, endpoint, more.get("name") or get_name(endpoint)
        self.path_regex, self.path_format, self.param_convertors = compile_path(path)
        self.methods = {method.upper() for method in more.get("methods") or ("GET",)}
        self.include_in_schema = more["include_in_schema"]

    def __getattr__(self, name: str) -> Any:
        # Python asks here only for what is not there
        more, self._unread = self.__dict__.get("_unread"), None
        if more is None:
            raise AttributeError(name)
        super().__init__(self.path, self.endpoint, **more)
        return getattr(self, name)


def make_page_route(templates: Templates) -> type[APIRoute]:
    """Make a route class whose errors are pages. Its endpoint declares its operation; without that it cannot be built."""

    class PageRoute(DeferredRoute):
        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            inner = super().get_route_handler()

            async def answer(request: Request) -> Response:
                try:
                    return await inner(request)
                except SignedOut:
                    return _answer_signed_out(request)
                except (HomebeatError, RequestValidationError, Forged) as error:
                    return _answer_page(templates, request, error)

            return answer

    return PageRoute


def _answer_signed_out(request: Request) -> Response:
    if request.method != "GET" or request.url.path.startswith("/console/"):
        return PlainTextResponse("signed out", 401)
    target = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return RedirectResponse(f"/sign-in?next={quote(target, safe='')}", 303)


def _answer_page(templates: Templates, request: Request, error: Exception) -> Response:
    words = choose_wording(request)
    if isinstance(error, NotFound):
        path = request.url.path.removeprefix("/console")
        status, detail = 404, words.text(next((text for begins, text in _LOST.items() if path.startswith(begins)), _NO_ALERT))
    elif isinstance(error, Busy):
        status, detail = 503, words.text("Somebody else is doing the same just now. Go back and try again in some seconds.")
    elif isinstance(error, Unavailable):
        status, detail = 503, words.text("homebeat cannot read its data just now: what you see may be old.")
    elif isinstance(error, Forged):
        status, detail = 403, words.text("This form is out of date. Go back, reload the page and try again.")
    elif isinstance(error, NotPermitted):
        is_page = request.method == "GET"
        status, detail = 403, words.text(_NOT_SHOWN) if is_page else words.text("Your role may look at this, and not do it.")
    elif isinstance(error, HomebeatError) and not isinstance(error, BadCursor):
        status, detail = error.status, words.text("This is not possible any more. Look at the alert again.")
    else:
        status, detail = 422, words.text("That request was not valid. Go back and try again.")
    return render_problem(templates, words, status, detail)


def render_problem(templates: Templates, words: Wording, status: int, detail: str) -> Response:
    """Render an error as a page: its name in the reader's language, the number small."""
    title = words.text(_TITLES.get(status, _OTHER))
    return HTMLResponse(templates.render("problem.html", words, title=title, detail=detail, status=status), status)


def answer_lost(templates: Templates, otherwise: Handler) -> Handler:
    """Answer an unknown address with a page, where the client reads pages; else as before."""

    def answer(request: Request, error: Exception) -> Response | Awaitable[Response]:
        is_lost = isinstance(error, HTTPException) and error.status_code == 404 and not request.url.path.startswith("/api/")
        if not is_lost or "text/html" not in request.headers.get("accept", ""):
            return otherwise(request, error)
        words = choose_wording(request)
        return render_problem(templates, words, 404, words.text("There is no page at this address."))

    return answer
