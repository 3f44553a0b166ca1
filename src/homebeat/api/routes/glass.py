"""Broken glass: seeing more of a home than one's role shows, for a reason, and looking at who did."""

from __future__ import annotations

from functools import cache
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from homebeat.actions import BreakGlass, ReviewGlass
from homebeat.actions.break_glass import LONGEST_REASON, SHORTEST_REASON
from homebeat.actions.permit import declare
from homebeat.api.guard import Caller, Context, OpenView
from homebeat.api.problem import document_problems
from homebeat.api.route import ApiRoute
from homebeat.api.schema.paging import Cursor, Limit, Listing
from homebeat.api.times import Instant, format_instant, format_or_none
from homebeat.domain.ids import HouseholdId
from homebeat.domain.role import Operation
from homebeat.store import BrokenGlass


class GlassWanted(BaseModel):
    """Why the glass is broken."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"reason": "the ambulance asks for the address"}})

    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=SHORTEST_REASON, max_length=LONGEST_REASON)]


class GlassBroken(BaseModel):
    """Until when the caller sees more of this home."""

    household: str
    until: Instant


class GlassItem(BaseModel):
    """That somebody broke the glass of a home."""

    id: int
    actor: str
    household: str
    reason: str = Field(description="`[hidden]` where the caller's role does not show remarks.")
    at: Instant
    until: Instant
    seen_by: str | None = Field(description="Who has looked at it; null: nobody yet.")
    seen_at: Instant | None


@cache
def build_router() -> APIRouter:
    """The routes of broken glass."""
    routes = APIRouter(prefix="/api/v1", route_class=ApiRoute, tags=["people"], responses=document_problems(401, 403, 422, 503))

    @routes.post("/households/{household_id}/glass", summary="Break the glass", responses=document_problems(404))
    @declare(Operation.BREAK_GLASS)
    def break_glass(
        context: Context, caller: Caller, household_id: Annotated[str, Path(max_length=200)], body: GlassWanted
    ) -> GlassBroken:
        """In an emergency: for 30 minutes the caller sees whatever their role can show of this home at all.

        The reason and each look go on record, and supervisors of the area are shown it until one of them has looked.
        """
        until = context.perform(caller.principal, BreakGlass(HouseholdId(household_id), body.reason))
        return GlassBroken(household=household_id, until=format_instant(until))

    @routes.get("/glass", summary="Who has broken the glass")
    @declare(Operation.REVIEW_GLASS)
    def list_broken_glass(
        open_view: OpenView,
        unseen: Annotated[bool, Query(description="Those alone that nobody has looked at.")] = False,  # noqa: FBT002
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> Listing[GlassItem]:
        """In the caller's areas, newest first."""
        with open_view() as view:
            page = view.read_glass(limit, cursor, only_unseen=unseen)
        return Listing(items=[_make_item(entry) for entry in page.items], next_cursor=page.next_cursor)

    @routes.post("/glass/{glass_id}/seen", summary="Say that one has looked at it", responses=document_problems(404, 409))
    @declare(Operation.REVIEW_GLASS)
    def review_glass(
        context: Context, open_view: OpenView, caller: Caller, glass_id: Annotated[int, Path(ge=1, lt=2**63)]
    ) -> GlassItem:
        """Who looked first stays. Nobody reviews their own: that is a 409. Whose role hides the reason gets a 403."""
        context.perform(caller.principal, ReviewGlass(glass_id))
        with open_view() as view:
            return _make_item(view.get_glass(glass_id))

    return routes


def _make_item(entry: BrokenGlass) -> GlassItem:
    return GlassItem(
        id=entry.id,
        actor=entry.actor,
        household=entry.household,
        reason=entry.reason,
        at=format_instant(entry.at),
        until=format_instant(entry.ends_at),
        seen_by=entry.seen_by or None,
        seen_at=format_or_none(entry.seen_at),
    )
