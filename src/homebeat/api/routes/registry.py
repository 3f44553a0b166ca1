"""Changing what the registry says of a home. The bodies have the form of the fleet file, and its rules."""

from __future__ import annotations

from functools import cache
from typing import Annotated

from fastapi import APIRouter, Path

from homebeat import actions
from homebeat.actions.permit import declare
from homebeat.api.guard import Caller, Context, OpenView
from homebeat.api.problem import document_problems
from homebeat.api.route import ApiRoute
from homebeat.api.schema.paging import Area, Cursor, Limit, Listing
from homebeat.api.schema.registry import (
    AbsenceEnd,
    AbsenceWanted,
    AreaItem,
    AreaWanted,
    ContactsWanted,
    DeviceRetirement,
    FittedDevice,
    HomeChangeItem,
    HomeParts,
    HomeWanted,
    HomeWritten,
    RetirementWanted,
    TestAnnounced,
    TestItem,
    UndoWanted,
    make_change_item,
    make_home_written,
    write_tree,
)
from homebeat.api.times import convert_to_ms, format_instant
from homebeat.domain.errors import NotFound
from homebeat.domain.ids import AreaId, DeviceId, HouseholdId
from homebeat.domain.role import Operation

Id = Annotated[str, Path(max_length=200)]


@cache
def build_area_router() -> APIRouter:
    """The routes of areas."""
    routes = APIRouter(
        prefix="/api/v1/areas", route_class=ApiRoute, tags=["registry"], responses=document_problems(401, 403, 422, 503)
    )

    @routes.get("", summary="List areas")
    @declare(Operation.READ_HOMES)
    def list_areas(open_view: OpenView, area: Area = None, limit: Limit = 50, cursor: Cursor = None) -> Listing[AreaItem]:
        """Those in which your roles permit it, in the order of the fleet file."""
        with open_view() as view:
            page = view.reader.homes.read_areas(limit, cursor, AreaId(area) if area else None)
        return Listing(
            items=[AreaItem(id=one.id, name=one.name, parent=one.parent) for one in page.items], next_cursor=page.next_cursor
        )

    @routes.post("", summary="Add an area")
    @declare(Operation.MANAGE_HOMES)
    def add_area(context: Context, caller: Caller, body: AreaWanted) -> AreaWanted:
        """One that lies in no other takes a role for everything."""
        area = context.perform(caller.principal, actions.AddArea(write_tree(body)))
        return AreaWanted(id=area.id, name=area.name, parent=area.parent)

    return routes


@cache
def build_router() -> APIRouter:
    """The routes that change homes."""
    problems = document_problems(401, 404, 409, 422, 503)
    routes = APIRouter(prefix="/api/v1/households", route_class=ApiRoute, tags=["registry"], responses=problems)

    @routes.post("", summary="Add a home")
    @declare(Operation.MANAGE_HOMES)
    def add_household(context: Context, caller: Caller, body: HomeWanted) -> HomeWritten:
        """The console keeps it: no import changes or retires it."""
        return make_home_written(context.perform(caller.principal, actions.AddHome(write_tree(body), context.home_rules)))

    @routes.patch("/{household_id}", summary="Change a home")
    @declare(Operation.KEEP_HOMES)
    def change_household(context: Context, caller: Caller, household_id: Id, body: HomeParts) -> HomeWritten:
        """How to get in, and who lives there; anything else takes the right to manage homes. An empty text takes a part away."""
        parts = write_tree(body)
        version = parts.pop("version", None)
        action = actions.ChangeHome(HouseholdId(household_id), parts, version, context.home_rules)
        return make_home_written(context.perform(caller.principal, action))

    @routes.put("/{household_id}/contacts", summary="Say whom to call, and in which order")
    @declare(Operation.KEEP_HOMES)
    def set_contacts(context: Context, caller: Caller, household_id: Id, body: ContactsWanted) -> HomeWritten:
        """All of them. Refused where the last step of the home's plan would reach nobody then."""
        tree = write_tree(body)
        action = actions.ChangeContacts(HouseholdId(household_id), tree["contacts"], body.version, context.home_rules)
        return make_home_written(context.perform(caller.principal, action))

    @routes.post("/{household_id}/absences", summary="Enter an absence")
    @declare(Operation.KEEP_HOMES)
    def enter_absence(context: Context, caller: Caller, household_id: Id, body: AbsenceWanted) -> HomeWritten:
        """Meanwhile nobody is told of a quiet home; calls for help are told all the same."""
        action = actions.EnterAbsence(HouseholdId(household_id), body.from_, body.to or "", body.reason, context.home_rules)
        return make_home_written(context.perform(caller.principal, action))

    @routes.post("/{household_id}/absences/end", summary="End an absence")
    @declare(Operation.KEEP_HOMES)
    def end_absence(context: Context, caller: Caller, household_id: Id, body: AbsenceEnd) -> HomeWritten:
        """Now. One that has not begun is taken back."""
        starts_at = convert_to_ms(body.from_) or 0
        action = actions.EndAbsence(HouseholdId(household_id), starts_at, context.home_rules)
        return make_home_written(context.perform(caller.principal, action))

    @routes.post("/{household_id}/devices", summary="Add a device, or replace one")
    @declare(Operation.FIT_DEVICES)
    def add_device(context: Context, caller: Caller, household_id: Id, body: FittedDevice) -> HomeWritten:
        """A replacement has an id of its own: so a new meter may begin at any total."""
        tree = write_tree(body)
        old = tree.pop("replaces", None)
        tree.pop("retired_for", None)
        replaces = DeviceId(old) if old else None
        action = actions.AddDevice(HouseholdId(household_id), tree, replaces, context.home_rules, body.retired_for)
        return make_home_written(context.perform(caller.principal, action))

    _add_device_routes(routes)

    @routes.post("/{household_id}/retire", summary="Retire a home")
    @declare(Operation.MANAGE_HOMES)
    def retire_household(context: Context, caller: Caller, household_id: Id, body: RetirementWanted) -> HomeWritten:
        """Nobody watches it any more. Readings and alerts stay, and undoing it brings it back."""
        action = actions.RetireHome(HouseholdId(household_id), body.reason, body.version)
        return make_home_written(context.perform(caller.principal, action))

    @routes.get("/{household_id}/changes", summary="What was changed of a home")
    @declare(Operation.READ_HOMES)
    def list_household_changes(open_view: OpenView, household_id: Id) -> Listing[HomeChangeItem]:
        """In the console and by the API, the newest first; without what was in it. All that are kept, fifty at most."""
        with open_view() as view:
            if view.reader.fleet.find_mark(HouseholdId(household_id)) is None:
                raise NotFound("there is no such household")
            found = view.reader.home_changes.list_of(HouseholdId(household_id))
        return Listing(items=[make_change_item(one) for one in found], next_cursor=None)

    @routes.post("/{household_id}/undo", summary="Undo the last change of a home")
    @declare(Operation.READ_HOMES)
    def undo_household_change(context: Context, caller: Caller, household_id: Id, body: UndoWanted) -> HomeWritten:
        """By whoever may make such a change. 409 where the home has changed since."""
        action = actions.UndoHomeChange(HouseholdId(household_id), body.version, context.home_rules)
        return make_home_written(context.perform(caller.principal, action))

    return routes


def _add_device_routes(routes: APIRouter) -> None:
    @routes.post("/{household_id}/devices/{device_id}/retire", summary="Retire a device")
    @declare(Operation.FIT_DEVICES)
    def retire_device(
        context: Context, caller: Caller, household_id: Id, device_id: Id, body: DeviceRetirement | None = None
    ) -> HomeWritten:
        """Its readings stay. The report about models counts the reasons."""
        reason = None if body is None else body.reason
        action = actions.RetireDevice(HouseholdId(household_id), DeviceId(device_id), context.home_rules, reason)
        return make_home_written(context.perform(caller.principal, action))

    @routes.post("/{household_id}/test", summary="Announce a test alarm")
    @declare(Operation.FIT_DEVICES)
    def announce_test(context: Context, caller: Caller, household_id: Id, body: TestAnnounced) -> TestItem:
        """For 30 minutes an alarm of the home says that it may be the test; nothing is held back. `over`: it ends now."""
        test = context.perform(caller.principal, actions.AnnounceTest(HouseholdId(household_id), is_over=body.over))
        return TestItem(actor=test.actor, at=format_instant(test.at), until=format_instant(test.until))
