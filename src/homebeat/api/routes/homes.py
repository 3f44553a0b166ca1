"""Residents, households, devices and readings."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query

from homebeat.actions.look import look_at_home, look_at_list
from homebeat.actions.permit import declare
from homebeat.actions.pulse import read_as_of
from homebeat.api.guard import Caller, CallerScope, Context
from homebeat.api.problem import document_problems
from homebeat.api.route import ApiRoute
from homebeat.api.schema.home import (
    HouseholdItem,
    HouseholdWithAll,
    ResidentItem,
    make_device_item,
    make_household_item,
    make_household_with_all,
    make_reading_item,
    make_resident_item,
)
from homebeat.api.schema.paging import Cursor, Limit, Listing
from homebeat.domain.as_of import State
from homebeat.domain.errors import NotFound
from homebeat.domain.ids import AreaId, HouseholdId, ResidentId
from homebeat.domain.role import Operation

Id = Annotated[str, Path(max_length=200)]
Name = Annotated[str | None, Query(max_length=200)]
Area = Annotated[str | None, Query(max_length=200, description="This area and all below it.")]


def build_router() -> APIRouter:
    """The routes of homes and what is in them."""
    routes = APIRouter(prefix="/api/v1", route_class=ApiRoute, tags=["homes"], responses=document_problems(401, 422, 503))

    @routes.get("/residents", summary="List residents")
    @declare(Operation.READ_HOMES)
    def residents(
        context: Context,
        caller: Caller,
        scope: CallerScope,
        area: Area = None,
        state: State | None = None,
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> Listing[ResidentItem]:
        """With the state of each; `unknown` means that nothing is proven."""
        with context.store.read(scope) as reader:
            as_of = read_as_of(reader, context.clock())
            if state is not None and not as_of.is_current:
                if state != "unknown":
                    return Listing(items=[], next_cursor=None)
                state = None  # all of them are
            page = reader.homes.list_residents(limit, cursor, AreaId(area) if area else None, state)
        context.note_looks(caller.principal, look_at_list("residents"))
        return Listing(items=[make_resident_item(e, as_of) for e in page.items], next_cursor=page.next_cursor)

    @routes.get("/residents/{resident_id}", summary="One resident", responses=document_problems(404))
    @declare(Operation.READ_HOMES)
    def resident(context: Context, caller: Caller, scope: CallerScope, resident_id: Id) -> ResidentItem:
        """One resident with state."""
        with context.store.read(scope) as reader:
            as_of = read_as_of(reader, context.clock())
            entry = reader.homes.find_resident(ResidentId(resident_id))
        if entry is None:
            raise NotFound("there is no such resident")
        context.note_looks(caller.principal, look_at_home([entry]))
        return make_resident_item(entry, as_of)

    @routes.get("/households", summary="List households")
    @declare(Operation.READ_HOMES)
    def households(
        context: Context, caller: Caller, scope: CallerScope, area: Area = None, limit: Limit = 50, cursor: Cursor = None
    ) -> Listing[HouseholdItem]:
        """With their residents and states."""
        with context.store.read(scope) as reader:
            as_of = read_as_of(reader, context.clock())
            page = reader.homes.list_households(limit, cursor, AreaId(area) if area else None)
        context.note_looks(caller.principal, look_at_list("households"))
        return Listing(items=[make_household_item(e, as_of) for e in page.items], next_cursor=page.next_cursor)

    @routes.get("/households/{household_id}", summary="One household with everything in it", responses=document_problems(404))
    @declare(Operation.READ_HOMES)
    def household(context: Context, caller: Caller, scope: CallerScope, household_id: Id) -> HouseholdWithAll:
        """Residents with state, absences, contacts in call order, devices with liveness and latest readings."""
        with context.store.read(scope) as reader:
            as_of = read_as_of(reader, context.clock())
            detail = reader.homes.find_household(HouseholdId(household_id))
            if detail is None:
                raise NotFound("there is no such household")
            devices = []
            for entry in detail.devices:
                item = make_device_item(entry, as_of)
                latest = entry.latest or reader.readings.read_latest(entry.device.id)
                devices.append(item.model_copy(update={"latest": [make_reading_item(r) for r in latest]}))
        looks = look_at_home(detail.entry.residents, household_id, "contacts", "vitals", "water")
        context.note_looks(caller.principal, looks)
        return make_household_with_all(detail, devices, as_of)

    return routes
