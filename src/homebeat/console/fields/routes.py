"""The addresses of the pages of maps of fields, and their forms."""

# No `from __future__ import annotations` here: FastAPI needs the dependencies as values, which are local to `build_router`.

from collections.abc import Mapping
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.routing import APIRoute
from starlette.responses import HTMLResponse, RedirectResponse, Response

from homebeat.actions import SetFieldMap, UndoFieldMap
from homebeat.actions.permit import declare
from homebeat.console.fields.forms import make_spec, read_typed_map
from homebeat.console.fields.page import PATH, FieldPages
from homebeat.console.web.access import Guard, Visitor, choose_wording
from homebeat.console.web.context import ConsoleContext
from homebeat.console.web.typed import read_typed
from homebeat.domain.errors import BadMap, NotFound, StaleVersion
from homebeat.domain.role import Operation
from homebeat.wording.catalogue import msg

Name = Annotated[str, Form(max_length=64)]
Version = Annotated[int, Form(ge=0, lt=2**31)]
Typed = Annotated[Mapping[str, str], Depends(read_typed)]

REFUSED: Final = msg("Not saved: see below.")
CHANGED: Final = msg("Not saved: somebody has changed it meanwhile. Look at it again.")
TAKEN: Final = msg("Not put back: its topics are those of another map by now.")


def build_router(context: ConsoleContext, pages: FieldPages, route_class: type[APIRoute]) -> APIRouter:
    """Build the routes of the pages."""
    routes, guard = APIRouter(include_in_schema=False, route_class=route_class), Guard(context)
    reader = Annotated[Visitor, Depends(guard.require_visitor)]
    sender = Annotated[Visitor, Depends(guard.require_sender)]

    @routes.get(PATH)
    @declare(Operation.FIT_DEVICES)
    def list_maps(request: Request, who: reader) -> Response:
        return HTMLResponse(pages.render_list(who, choose_wording(request)))

    @routes.get(f"{PATH}/edit")
    @declare(Operation.FIT_DEVICES)
    def edit(
        request: Request,
        who: reader,
        name: Annotated[str, Query(max_length=64)] = "",
        message: Annotated[int | None, Query(ge=0, lt=2**63)] = None,
    ) -> Response:
        typed, topic = pages.start(who, name, message)
        return HTMLResponse(pages.render(who, choose_wording(request), typed, topic))

    @routes.post("/console/devices/fields")
    @declare(Operation.FIT_DEVICES)
    def save(request: Request, who: sender, form: Typed) -> Response:
        """With `do` = `try` nothing is written: the page says what would come out."""
        words, typed, topic = choose_wording(request), read_typed_map(form), form.get("sample_topic", "")[:500]
        if form.get("do") != "save":
            return HTMLResponse(pages.render(who, words, typed, topic, is_tried=True))
        try:
            context.perform(who.principal, SetFieldMap(typed.name, make_spec(typed), typed.version))
        except BadMap as bad:
            page = pages.render(who, words, typed, topic, is_tried=True, faults=bad.faults, notice=words.text(REFUSED))
            return HTMLResponse(page, bad.status)
        except StaleVersion as stale:
            return HTMLResponse(pages.render(who, words, typed, topic, notice=words.text(CHANGED)), stale.status)
        return RedirectResponse(PATH, 303)

    @routes.post("/console/devices/fields/stop")
    @declare(Operation.FIT_DEVICES)
    def stop(request: Request, who: sender, name: Name, version: Version) -> Response:
        return act(request, who, SetFieldMap(name, None, version))

    @routes.post("/console/devices/fields/undo")
    @declare(Operation.FIT_DEVICES)
    def undo(request: Request, who: sender, name: Name, version: Version) -> Response:
        return act(request, who, UndoFieldMap(name, version))

    def act(request: Request, who: Visitor, action: SetFieldMap | UndoFieldMap) -> Response:
        words = choose_wording(request)
        try:
            context.perform(who.principal, action)
        except (StaleVersion, NotFound) as stale:
            return HTMLResponse(pages.render_list(who, words, words.text(CHANGED)), stale.status)
        except BadMap as bad:
            return HTMLResponse(pages.render_list(who, words, words.text(TAKEN)), bad.status)
        return RedirectResponse(PATH, 303)

    return routes
