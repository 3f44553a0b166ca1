"""The page of keys, and its forms."""

# No `from __future__ import annotations` here: FastAPI needs the dependencies as values, which are local to `build_router`.

from typing import Annotated, Final, Literal

from fastapi import APIRouter, Depends, Form, Path, Query, Request
from fastapi.routing import APIRoute
from starlette.responses import HTMLResponse, RedirectResponse, Response

from homebeat.actions import RevokeKey
from homebeat.actions.directory import open_directory
from homebeat.actions.give_out import give_key
from homebeat.actions.permit import declare
from homebeat.console.keys.page import KeyPages, find_end
from homebeat.console.web.access import Guard, Visitor, choose_wording
from homebeat.console.web.context import ConsoleContext
from homebeat.console.web.grants import NAME, explain_refusal, make_grant
from homebeat.domain.errors import Incomplete, NotAllowed, NotFound, NotPermitted
from homebeat.domain.role import Operation
from homebeat.wording.catalogue import msg

Text = Annotated[str, Form(max_length=200)]
Name = Annotated[str, Path(max_length=200)]

REVOKED: Final = msg("This key was revoked already.")


def build_router(context: ConsoleContext, pages: KeyPages, route_class: type[APIRoute]) -> APIRouter:
    """Build the routes about keys."""
    routes = APIRouter(include_in_schema=False, route_class=route_class)
    guard = Guard(context)
    reader = Annotated[Visitor, Depends(guard.require_visitor)]
    sender = Annotated[Visitor, Depends(guard.require_sender)]

    @routes.get("/keys")
    @declare(Operation.READ_PEOPLE)
    def keys(request: Request, who: reader, cursor: Annotated[str | None, Query(max_length=512)] = None) -> Response:
        return HTMLResponse(pages.render(who, choose_wording(request), cursor))

    @routes.post("/console/keys")
    @declare(Operation.MANAGE_PEOPLE)
    def make(
        request: Request,
        who: sender,
        name: Text,
        role: Text,
        days: Annotated[Literal["365", "90", "30"], Form()],
        area: Text = "",
    ) -> Response:
        ends_at = find_end(context.clock(), int(days))
        try:
            made = give_key(context.perform, who.principal, name, [make_grant(role, area.strip())], ends_at)
        except (NotAllowed, Incomplete, NotPermitted) as refused:
            return refuse(request, who, *explain_refusal(refused, NAME))
        # the secret stands in this answer alone: in no address, so in no history and no log
        return HTMLResponse(pages.render(who, choose_wording(request), made=made))

    @routes.post("/console/keys/{name}/revoke")
    @declare(Operation.MANAGE_PEOPLE)
    def revoke(request: Request, who: sender, name: Name) -> Response:
        with open_directory(context.store, who.principal) as directory:
            directory.find_key(name)
        try:
            context.perform(who.principal, RevokeKey(name))
        except (NotFound, NotPermitted) as refused:
            return refuse(request, who, *explain_refusal(refused, REVOKED))
        return RedirectResponse("/keys", 303)

    def refuse(request: Request, who: Visitor, said: str, status: int) -> Response:
        words = choose_wording(request)
        return HTMLResponse(pages.render(who, words, notice=words.text(said)), status)

    return routes
