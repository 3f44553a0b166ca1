"""Residents, households, devices and readings."""

from __future__ import annotations

from functools import cache
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query

from homebeat.actions.find_people import list_people
from homebeat.actions.permit import declare
from homebeat.actions.pulse import read_as_of
from homebeat.actions.show_plan import show_plan
from homebeat.api.guard import Context, OpenView
from homebeat.api.problem import document_problems
from homebeat.api.route import ApiRoute
from homebeat.api.schema.home import (
    HouseholdItem,
    HouseholdWithAll,
    ListedResident,
    ResidentInFull,
    make_household_item,
    make_household_with_all,
    make_listed_resident,
    make_resident_in_full,
)
from homebeat.api.schema.paging import Area, Cursor, Limit, Listing
from homebeat.api.schema.plan import PlanItem, make_plan_item
from homebeat.domain.alert import Subject
from homebeat.domain.as_of import State
from homebeat.domain.errors import NotFound
from homebeat.domain.ids import AreaId, HouseholdId, ResidentId
from homebeat.domain.response_plan import USUAL_RULE
from homebeat.domain.role import Field as Masked
from homebeat.domain.role import Operation
from homebeat.domain.search_terms import read_question
from homebeat.rules.catalogue import RULES
from homebeat.store import ResidentFilter

Id = Annotated[str, Path(max_length=200)]
Name = Annotated[str | None, Query(max_length=200)]
Question = Annotated[
    str,
    Query(
        max_length=200,
        description="A name, an address, a telephone number, or the id of a resident, a home or a device. By an address, a number"
        " and contacts, whoever answers alerts and sees these then finds somebody; that is a look in the audit.",
    ),
]


def _read_filter(
    area: Area = None,
    state: State | None = None,
    blind: Annotated[bool | None, Query(description="Whether no way from them to a human being is proven now.")] = None,
    away: Annotated[bool | None, Query(description="Declared away. Only where your role always shows absences.")] = None,
    open_alert: Annotated[bool | None, Query(description="Whether an alert about them is open.")] = None,
) -> ResidentFilter:
    return ResidentFilter(AreaId(area) if area else None, state, is_blind=blind, is_away=away, has_alert=open_alert)


@cache
def build_router() -> APIRouter:
    """The routes of homes and what is in them."""
    routes = APIRouter(prefix="/api/v1", route_class=ApiRoute, tags=["homes"], responses=document_problems(401, 422, 503))

    @routes.get("/residents", summary="List residents")
    @declare(Operation.READ_HOMES)
    def list_residents(
        open_view: OpenView,
        where: Annotated[ResidentFilter, Depends(_read_filter)],
        q: Question = "",
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> Listing[ListedResident]:
        """With the state of each; `unknown` means that nothing is proven. With `q`, those whom every part of it fits."""
        with open_view() as view:
            as_of, question = read_as_of(view.reader, view.now), read_question(q)
            if q.strip() and not question:
                return Listing(items=[], next_cursor=None)
            page = list_people(view, as_of, question, where, limit, cursor)
        return Listing(items=[make_listed_resident(one, as_of) for one in page.items], next_cursor=page.next_cursor)

    @routes.get("/residents/{resident_id}", summary="One resident", responses=document_problems(404))
    @declare(Operation.READ_HOMES)
    def get_resident(open_view: OpenView, resident_id: Id) -> ResidentInFull:
        """One resident with state, and notes."""
        with open_view() as view:
            as_of = read_as_of(view.reader, view.now)
            entry = view.find_resident(ResidentId(resident_id))
        if entry is None:
            raise NotFound("there is no such resident")
        return make_resident_in_full(entry, as_of)

    @routes.get("/residents/{resident_id}/plan", summary="Who would be notified, and when", responses=document_problems(404))
    @declare(Operation.READ_HOMES)
    def get_resident_plan(
        context: Context,
        open_view: OpenView,
        resident_id: Id,
        rule: Annotated[str, Query(max_length=200, description="For an alert of this rule.")] = USUAL_RULE,
    ) -> PlanItem:
        """What would happen to an alert that nobody answers, by who can be notified at this hour. Asking notifies nobody."""
        if rule not in RULES:
            raise NotFound("there is no such rule")
        with open_view() as view:
            entry = view.find_resident(ResidentId(resident_id), is_shown=False)
            if entry is None:
                raise NotFound("there is no such resident")
            subject = Subject(entry.household, entry.resident.id)
            found = show_plan(view.reader, subject, rule, view.now, context.setup.settle(view.reader))
            sees = view.sees(Masked.CONTACTS, entry)
        return make_plan_item(found, with_people=sees)

    @routes.get("/households", summary="List households")
    @declare(Operation.READ_HOMES)
    def list_households(
        open_view: OpenView, area: Area = None, limit: Limit = 50, cursor: Cursor = None
    ) -> Listing[HouseholdItem]:
        """With their residents and states."""
        with open_view() as view:
            as_of = read_as_of(view.reader, view.now)
            page = view.list_households(limit, cursor, AreaId(area) if area else None)
        return Listing(items=[make_household_item(e, as_of) for e in page.items], next_cursor=page.next_cursor)

    @routes.get("/households/{household_id}", summary="One household with everything in it", responses=document_problems(404))
    @declare(Operation.READ_HOMES)
    def get_household(open_view: OpenView, household_id: Id) -> HouseholdWithAll:
        """Residents with state, absences, contacts in call order, devices with liveness and latest readings."""
        with open_view() as view:
            as_of = read_as_of(view.reader, view.now)
            detail = view.find_household(HouseholdId(household_id))
            if detail is None:
                raise NotFound("there is no such household")
        return make_household_with_all(detail, as_of)

    return routes
