"""The address of the page of guides, and its form."""

# No `from __future__ import annotations` here: FastAPI needs the dependencies as values, which are local to `build_router`.

from typing import Annotated, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.routing import APIRoute
from starlette.responses import HTMLResponse, RedirectResponse, Response

from homebeat.actions import SetGuide
from homebeat.actions.permit import declare
from homebeat.console.guides.page import PATH, Chosen, GuidePages
from homebeat.console.web.access import Guard, Visitor, choose_wording
from homebeat.console.web.context import ConsoleContext
from homebeat.domain.errors import Incomplete, NotFound, StaleVersion
from homebeat.domain.ids import AreaId
from homebeat.domain.role import Operation
from homebeat.wording import Language
from homebeat.wording.catalogue import msg

Id = Annotated[str, Form(max_length=200)]
Asked = Annotated[str, Query(max_length=200)]

TOO_MANY: Final = msg("Not saved: at most 8 steps, one a line, each short enough to be read at two in the morning.")
NOT_THERE: Final = msg("Not saved: there is no such area or rule among yours.")
CHANGED: Final = msg("Not saved: somebody has changed it meanwhile. Look at it again.")


def build_router(context: ConsoleContext, pages: GuidePages, route_class: type[APIRoute]) -> APIRouter:
    """Build the routes of the page."""
    routes = APIRouter(include_in_schema=False, route_class=route_class)
    guard = Guard(context)

    @routes.get(PATH)
    @declare(Operation.SET_GUIDES)
    def guides(
        request: Request,
        who: Annotated[Visitor, Depends(guard.require_visitor)],
        area: Asked = "",
        rule: Asked = "sos",
        language: Asked = "",
    ) -> Response:
        return HTMLResponse(pages.render(who, choose_wording(request), Chosen(area, rule, language)))

    @routes.post("/console/guides")
    @declare(Operation.SET_GUIDES)
    def set_guide(
        request: Request,
        who: Annotated[Visitor, Depends(guard.require_sender)],
        area: Id,
        rule: Id,
        language: Annotated[Language, Form()],
        version: Annotated[int, Form(ge=0, lt=2**31)],
        text: Annotated[str, Form(max_length=10_000)] = "",
    ) -> Response:
        chosen = Chosen(area, rule, language.value)
        try:
            context.perform(who.principal, SetGuide(AreaId(area), rule, language.value, text, version))
        except Incomplete as refused:
            return refuse(request, who, chosen, TOO_MANY, refused.status, text)
        except NotFound as refused:
            return refuse(request, who, chosen, NOT_THERE, refused.status, text)
        except StaleVersion as refused:
            return refuse(request, who, chosen, CHANGED, refused.status, text)
        return RedirectResponse(f"{PATH}?{urlencode({'area': area, 'rule': rule, 'language': language.value})}", 303)

    def refuse(request: Request, who: Visitor, chosen: Chosen, why: str, status: int, text: str) -> Response:
        words = choose_wording(request)
        return HTMLResponse(pages.render(who, words, chosen, words.text(why), text), status)

    return routes
