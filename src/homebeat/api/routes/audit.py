"""The audit: who did and saw what."""

from __future__ import annotations

from functools import cache
from typing import Annotated

from fastapi import APIRouter, Query

from homebeat.actions.permit import declare, permit_everywhere
from homebeat.api.guard import Caller, Context
from homebeat.api.problem import document_problems
from homebeat.api.route import ApiRoute
from homebeat.api.schema.audit import AuditItem, make_audit_item
from homebeat.api.schema.paging import Cursor, Limit, Listing
from homebeat.api.times import Moment, convert_to_ms
from homebeat.domain.role import Operation
from homebeat.domain.scope import EVERYTHING
from homebeat.store import AuditFilter

Exactly = Annotated[str, Query(max_length=200, description="Exactly this; all when absent.")]


@cache
def build_router() -> APIRouter:
    """The routes of the audit."""
    routes = APIRouter(prefix="/api/v1", route_class=ApiRoute, tags=["audit"], responses=document_problems(401, 403, 422, 503))

    @routes.get("/audit", summary="Who did and saw what")
    @declare(Operation.READ_AUDIT)
    def list_audit(  # noqa: PLR0913  one parameter per filter: that is the interface
        context: Context,
        caller: Caller,
        actor: Exactly = "",
        about: Exactly = "",
        action: Exactly = "",
        since: Annotated[Moment | None, Query(description="At this time or later.")] = None,
        until: Annotated[Moment | None, Query(description="Before this time.")] = None,
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> Listing[AuditItem]:
        """Newest first. It has no areas, so it takes a role for the whole installation.

        `homebeat audit verify` says whether any of it was tampered with.
        """
        permit_everywhere(caller.principal, Operation.READ_AUDIT)
        wanted = AuditFilter(actor, about, action, convert_to_ms(since), convert_to_ms(until))
        with context.store.read(EVERYTHING) as reader:
            page = reader.audit.read_page(limit, cursor, wanted)
        return Listing(items=[make_audit_item(entry) for entry in page.items], next_cursor=page.next_cursor)

    return routes
