"""The look of the pages: light, dark, or as the system has it."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request
from fastapi.routing import APIRoute
from starlette.responses import RedirectResponse, Response

from homebeat.actions.permit import declare
from homebeat.console.web.page import STATIC, is_local


class Brightness(StrEnum):
    """What a reader may choose."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


LOOK_COOKIE: Final = "homebeat_look"
#: How long a browser keeps what its reader chose.
KEPT_S: Final = 365 * 86_400
#: On which media the dark palette holds; paper is always white.
_DARK_ON: Final = {
    Brightness.SYSTEM: "screen and (prefers-color-scheme: dark)",
    Brightness.LIGHT: "not all",
    Brightness.DARK: "screen",
}


def draw_style(look: Brightness, dark: str) -> str:
    """Write the style of a look: the palette `dark` where it holds. The link to the look that one has is not shown."""
    return f"@media {_DARK_ON[look]} {{\n{dark}}}\n.to-{look} {{ display: none !important; }}\n"


def read_look(cookie: str | None) -> Brightness:
    """Read what somebody chose; whatever else the cookie says is as the system has it."""
    return Brightness(cookie) if cookie in set(Brightness) else Brightness.SYSTEM


def build_router(route_class: type[APIRoute], *, is_secure: bool) -> APIRouter:
    """Build the routes of the look: its style, which depends on a cookie, and the link that sets that."""
    routes = APIRouter(include_in_schema=False, route_class=route_class)
    dark = (STATIC / "dark.css").read_text(encoding="utf-8")
    styles = {look: draw_style(look, dark) for look in Brightness}

    @routes.get("/look.css")
    @declare(None)
    def style(request: Request) -> Response:
        headers = {"Cache-Control": "private, no-cache", "Vary": "Cookie"}
        return Response(styles[read_look(request.cookies.get(LOOK_COOKIE))], media_type="text/css", headers=headers)

    @routes.get("/look")
    @declare(None)
    def choose(to: Brightness, next: Annotated[str, Query(max_length=500)] = "/") -> Response:  # noqa: A002  the name in the address
        answer = RedirectResponse(next if is_local(next) else "/", 303)
        answer.set_cookie(LOOK_COOKIE, to.value, max_age=KEPT_S, httponly=True, samesite="lax", secure=is_secure)
        return answer

    return routes
