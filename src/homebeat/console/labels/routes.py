"""The page of door labels, its sheets, and the form that renews a code."""

# No `from __future__ import annotations` here: FastAPI needs the dependencies as values, which are local to `build_router`.

from collections.abc import Mapping
from typing import Annotated, Final
from urllib.parse import quote

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.routing import APIRoute
from starlette.responses import HTMLResponse, RedirectResponse, Response

from homebeat.actions import PrintDoorLabels, RenewDoorCode
from homebeat.actions.permit import declare
from homebeat.console.labels.sheet import draw_sheet
from homebeat.console.web.access import Guard, Visitor, choose_wording
from homebeat.console.web.context import ConsoleContext
from homebeat.console.web.page import Templates
from homebeat.console.web.pages import make_frame
from homebeat.domain.errors import Incomplete, NotFound
from homebeat.domain.ids import AreaId, HouseholdId
from homebeat.domain.role import Operation
from homebeat.wording.catalogue import msg

Id = Annotated[str, Form(max_length=64)]
ShortId = Annotated[str, Query(max_length=64)]
HERE: Final = "/labels"
NONE_THERE: Final = msg("There is no home there.")
CHOOSE: Final = msg("Name an area or a home; of an area with more than 500 homes, a smaller one.")


def build_router(context: ConsoleContext, templates: Templates, route_class: type[APIRoute]) -> APIRouter:
    """Build the routes about door labels."""
    routes = APIRouter(include_in_schema=False, route_class=route_class)
    guard = Guard(context)
    reader = Annotated[Visitor, Depends(guard.require_visitor)]
    sender = Annotated[Visitor, Depends(guard.require_sender)]

    @routes.get(HERE)
    @declare(Operation.DOOR_CODES)
    def choose(request: Request, who: reader, renewed: ShortId = "") -> Response:
        return draw_choice(request, who, "", 200, find_home(who, renewed))

    @routes.post("/console/labels")
    @declare(Operation.DOOR_CODES)
    def show(request: Request, who: sender, area: Id = "", household: Id = "") -> Response:
        wanted = PrintDoorLabels(AreaId(area.strip()) if area.strip() else None, _read_home(household))
        try:
            return draw(request, context.perform(who.principal, wanted))
        except (Incomplete, NotFound) as refused:
            return draw_choice(request, who, CHOOSE if isinstance(refused, Incomplete) else NONE_THERE, refused.status)

    @routes.post("/console/labels/renew")
    @declare(Operation.DOOR_CODES)
    def renew(request: Request, who: sender, household: Id) -> Response:
        home = HouseholdId(household.strip())
        try:
            context.perform(who.principal, RenewDoorCode(home))
        except NotFound as refused:
            return draw_choice(request, who, NONE_THERE, refused.status)
        # not the sheet itself: whoever loads that page again would renew the code once more, and the printed one would be void
        return RedirectResponse(f"{HERE}?renewed={quote(home, safe='')}", 303)

    def find_home(who: Visitor, named: str) -> str:
        """Name a home of theirs; anything else that stands in the address is not shown: anybody can write a link."""
        home = HouseholdId(named)
        with context.store.read(who.find_scope(Operation.DOOR_CODES)) as found:
            return home if home in found.homes.find_areas([home]) else ""

    def draw(request: Request, codes: Mapping[HouseholdId, str]) -> Response:
        base = context.link_base or str(request.base_url).rstrip("/")
        return HTMLResponse(draw_sheet(templates, codes, base, choose_wording(request)))

    def draw_choice(request: Request, who: Visitor, notice: str, status: int, renewed: str = "") -> Response:
        words = choose_wording(request)
        page = templates.render(
            "label_choice.html", words, notice=words.text(notice), renewed=renewed, **make_frame(who, words, HERE)
        )
        return HTMLResponse(page, status)

    return routes


def _read_home(text: str) -> HouseholdId | None:
    return HouseholdId(text.strip()) if text.strip() else None
