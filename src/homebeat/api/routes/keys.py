"""Keys of other systems: the list, a new one, and revoking."""

from __future__ import annotations

from functools import cache
from typing import Annotated

from fastapi import APIRouter, Path, Request

from homebeat.actions import RevokeKey
from homebeat.actions.directory import open_directory
from homebeat.actions.give_out import give_key
from homebeat.actions.permit import declare
from homebeat.api.guard import Caller, Context
from homebeat.api.problem import document_problems
from homebeat.api.route import ApiRoute, show_once
from homebeat.api.schema.paging import Cursor, Limit, Listing
from homebeat.api.schema.people import KeyItem, KeyMade, KeyWanted, make_grants, make_key_item
from homebeat.domain.durations import DAY_MS
from homebeat.domain.role import Operation

Name = Annotated[str, Path(max_length=200)]


@cache
def build_router() -> APIRouter:
    """The routes of keys."""
    routes = APIRouter(
        prefix="/api/v1/keys", route_class=ApiRoute, tags=["people"], responses=document_problems(401, 403, 422, 503)
    )

    @routes.get("", summary="List keys")
    @declare(Operation.READ_PEOPLE)
    def list_keys(context: Context, caller: Caller, limit: Limit = 50, cursor: Cursor = None) -> Listing[KeyItem]:
        """Those that have a role in the caller's areas, by name, revoked ones too; with the roles that lie there."""
        with open_directory(context.store, caller.principal) as directory:
            page = directory.read_keys(limit, cursor)
        return Listing(items=[make_key_item(shown) for shown in page.items], next_cursor=page.next_cursor)

    @routes.post("", summary="Make a key", status_code=201, responses=document_problems(404))
    @declare(Operation.MANAGE_PEOPLE)
    def make_key(request: Request, context: Context, caller: Caller, body: KeyWanted) -> KeyMade:
        """Only with roles that the caller may give. The secret is shown once; homebeat keeps its hash."""
        show_once(request, "secret")
        ends_at = context.clock() + body.days * DAY_MS
        made = give_key(context.perform, caller.principal, body.name, make_grants(body.roles), ends_at)
        return KeyMade(key=get_key(context, caller, made.key.name), secret=made.secret)

    @routes.get("/{name}", summary="One key", responses=document_problems(404))
    @declare(Operation.READ_PEOPLE)
    def get_key(context: Context, caller: Caller, name: Name) -> KeyItem:
        """With the roles that lie in the caller's areas."""
        with open_directory(context.store, caller.principal) as directory:
            return make_key_item(directory.find_key(name))

    @routes.delete("/{name}", summary="Revoke a key", responses=document_problems(404))
    @declare(Operation.MANAGE_PEOPLE)
    def revoke_key(context: Context, caller: Caller, name: Name) -> KeyItem:
        """For good: it opens nothing from now on. 404 also where it was revoked before."""
        context.perform(caller.principal, RevokeKey(name))
        return get_key(context, caller, name)

    return routes
