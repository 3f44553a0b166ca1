"""The page on which a home is changed, and its forms."""

# No `from __future__ import annotations` here: FastAPI needs the dependencies as values, which are local to `build_router`.

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Annotated, Any, Final
from urllib.parse import quote

from fastapi import APIRouter, Depends, Form, Path, Query, Request
from fastapi.routing import APIRoute
from starlette.responses import HTMLResponse, RedirectResponse, Response

from homebeat.actions import (
    Acknowledge,
    AddDevice,
    AddHome,
    AnnounceTest,
    ChangeContacts,
    ChangeHome,
    EndAbsence,
    EnterAbsence,
    Resolve,
    RetireDevice,
    RetireHome,
    UndoHomeChange,
)
from homebeat.actions.home_writing import HomeTree, WrittenHome
from homebeat.actions.perform import Action
from homebeat.actions.permit import declare
from homebeat.actions.retire_home import LONGEST_REASON, SHORTEST_REASON
from homebeat.console.home.forms import (
    name_new,
    order_contacts,
    place_device_faults,
    place_faults,
    read_contacts,
    read_device,
    read_new_home,
    read_place,
    read_residents,
)
from homebeat.console.home.new import NewHomePages
from homebeat.console.home.page import HomePages, RefusedForm
from homebeat.console.home.trial import TrialPages
from homebeat.console.web.access import Guard, Visitor, choose_wording
from homebeat.console.web.context import ConsoleContext
from homebeat.console.web.page import Templates
from homebeat.console.web.typed import Typed
from homebeat.domain.alert import Outcome
from homebeat.domain.errors import BadHome, HomebeatError, Incomplete, NotAllowed, StaleVersion
from homebeat.domain.ids import AlertId, DeviceId, HouseholdId
from homebeat.domain.retirement import read_retirement_reason
from homebeat.domain.role import Operation
from homebeat.wording.catalogue import msg

Id = Annotated[str, Path(max_length=64)]
Version = Annotated[int, Form(ge=0, lt=2**31)]

CHANGED: Final = msg("Somebody has changed this home since you looked. Nothing was written: look again, then enter it.")
REFUSED: Final = msg("Nothing was changed: see below.")
NOBODY_SAID: Final = msg("Nothing was closed: say who pressed, and who says that nobody needs help.")
MOVED: Final = msg("The alert has moved on. Look at it again.")
ELSEWHERE: Final = msg("Nothing was changed: this device, or this person, stands in another home.")
NO_REASON: Final = msg("Nothing was changed: say why, in 5 to 500 characters.")


class _Answers:
    """What the forms answer."""

    def __init__(self, context: ConsoleContext, pages: HomePages) -> None:
        self._context = context
        self._pages = pages

    def act(
        self,
        request: Request,
        who: Visitor,
        household: str,
        form: str,
        typed: Mapping[str, str],
        action: Action[WrittenHome],
        order: Sequence[int] = (),
    ) -> Response:
        """Do it, and lead back to the page of the home; or show there why not, with what was typed."""
        words = choose_wording(request)
        try:
            written = self._context.perform(who.principal, action)
        except BadHome as bad:
            faults = tuple(place_device_faults(bad.faults) if form == "devices" else place_faults(bad.faults, order))
            return self._refuse(request, who, household, RefusedForm(form, typed, faults, words.text(REFUSED)), bad)
        except StaleVersion as stale:
            return self._refuse(request, who, household, RefusedForm(notice=words.text(CHANGED)), stale)
        except Incomplete as incomplete:
            return self._refuse(request, who, household, RefusedForm(notice=words.text(NO_REASON)), incomplete)
        except NotAllowed as taken:
            return self._refuse(request, who, household, RefusedForm(form, typed, (), words.text(ELSEWHERE)), taken)
        if written.secrets:
            return HTMLResponse(self._pages.render(who, words, household, secrets=written.secrets))
        return RedirectResponse(f"/homes/{quote(household, safe='')}/edit", 303)

    def _refuse(self, request: Request, who: Visitor, household: str, refused: RefusedForm, why: HomebeatError) -> Response:
        return HTMLResponse(self._pages.render(who, choose_wording(request), household, refused), why.status)


def build_router(context: ConsoleContext, templates: Templates, route_class: type[APIRoute]) -> APIRouter:
    """Build the routes about what the registry says of a home."""
    pages = HomePages(context, templates)
    routes = APIRouter(include_in_schema=False, route_class=route_class)
    guard, answers, rules = Guard(context), _Answers(context, pages), context.home_rules
    reader = Annotated[Visitor, Depends(guard.require_visitor)]
    sender = Annotated[Visitor, Depends(guard.require_sender)]

    @routes.get("/homes/{household_id}/edit")
    @declare(Operation.READ_HOMES)
    def edit(request: Request, who: reader, household_id: Id, device: Annotated[str, Query(max_length=64)] = "") -> Response:
        """With `device`, the form that adds one is open and has that id."""
        typed = RefusedForm("devices", {"devices[0].id": device}) if device else RefusedForm()
        return HTMLResponse(pages.render(who, choose_wording(request), household_id, typed))

    @routes.post("/console/homes/{household_id}/place")
    @declare(Operation.KEEP_HOMES)
    def change_place(request: Request, who: sender, household_id: Id, typed: Typed, version: Version) -> Response:
        action = ChangeHome(HouseholdId(household_id), read_place(typed), version, rules)
        return answers.act(request, who, household_id, "place", typed, action)

    @routes.post("/console/homes/{household_id}/people")
    @declare(Operation.KEEP_HOMES)
    def change_people(request: Request, who: sender, household_id: Id, typed: Typed, version: Version) -> Response:
        def read(tree: HomeTree) -> Mapping[str, Any]:
            people = read_residents(typed, tree["residents"])
            name_new(people, household_id)
            return {"residents": people}

        action = ChangeHome(HouseholdId(household_id), read, version, rules)
        return answers.act(request, who, household_id, "people", typed, action)

    @routes.post("/console/homes/{household_id}/contacts")
    @declare(Operation.KEEP_HOMES)
    def change_contacts(request: Request, who: sender, household_id: Id, typed: Typed, version: Version) -> Response:
        action = ChangeContacts(HouseholdId(household_id), partial(read_contacts, typed), version, rules)
        return answers.act(request, who, household_id, "contacts", typed, action, order_contacts(typed))

    @routes.post("/console/homes/{household_id}/absences")
    @declare(Operation.KEEP_HOMES)
    def enter_absence(request: Request, who: sender, household_id: Id, typed: Typed) -> Response:
        starts, ends, reason = (typed.get(f"away.{name}", "").strip() for name in ("from", "to", "reason"))
        action = EnterAbsence(HouseholdId(household_id), starts, ends, reason, rules)
        return answers.act(request, who, household_id, "away", typed, action)

    @routes.post("/console/homes/{household_id}/absences/end")
    @declare(Operation.KEEP_HOMES)
    def end_absence(request: Request, who: sender, household_id: Id, starts_at: Annotated[int, Form(ge=0, lt=2**62)]) -> Response:
        return answers.act(request, who, household_id, "", {}, EndAbsence(HouseholdId(household_id), starts_at, rules))

    _add_device_routes(routes, sender, answers, context)

    @routes.post("/console/homes/{household_id}/retire")
    @declare(Operation.MANAGE_HOMES)
    def retire(
        request: Request, who: sender, household_id: Id, version: Version, reason: Annotated[str, Form(max_length=2000)] = ""
    ) -> Response:
        return answers.act(request, who, household_id, "", {}, RetireHome(HouseholdId(household_id), reason, version))

    @routes.post("/console/homes/{household_id}/undo")
    @declare(Operation.READ_HOMES)
    def undo(request: Request, who: sender, household_id: Id, version: Version) -> Response:
        return answers.act(request, who, household_id, "", {}, UndoHomeChange(HouseholdId(household_id), version, rules))

    return routes


def _add_device_routes(routes: APIRouter, sender: Any, answers: _Answers, context: ConsoleContext) -> None:
    rules = context.home_rules

    @routes.post("/console/homes/{household_id}/devices")
    @declare(Operation.FIT_DEVICES)
    def add_device(request: Request, who: sender, household_id: Id, typed: Typed) -> Response:
        old = typed.get("replaces", "")
        reason = read_retirement_reason(typed.get("retired_for", ""))
        action = AddDevice(HouseholdId(household_id), read_device(typed), DeviceId(old) if old else None, rules, reason)
        return answers.act(request, who, household_id, "devices", typed, action)

    @routes.post("/console/homes/{household_id}/devices/retire")
    @declare(Operation.FIT_DEVICES)
    def retire_device(
        request: Request,
        who: sender,
        household_id: Id,
        device: Annotated[str, Form(max_length=64)],
        retired_for: Annotated[str, Form(max_length=20)] = "",
    ) -> Response:
        reason = read_retirement_reason(retired_for)
        action = RetireDevice(HouseholdId(household_id), DeviceId(device), rules, reason)
        return answers.act(request, who, household_id, "", {}, action)


def build_new_router(context: ConsoleContext, templates: Templates, route_class: type[APIRoute]) -> APIRouter:
    """Build the routes that add a home, and of its test alarm."""
    routes = APIRouter(include_in_schema=False, route_class=route_class)
    new_pages, trial_pages = NewHomePages(context, templates), TrialPages(context, templates)
    guard, rules = Guard(context), context.home_rules
    reader = Annotated[Visitor, Depends(guard.require_visitor)]
    sender = Annotated[Visitor, Depends(guard.require_sender)]

    @routes.get("/homes/new")
    @declare(Operation.MANAGE_HOMES)
    def new(request: Request, who: reader) -> Response:
        return HTMLResponse(new_pages.render(who, choose_wording(request)))

    @routes.post("/console/homes")
    @declare(Operation.MANAGE_HOMES)
    def add(request: Request, who: sender, typed: Typed) -> Response:
        words = choose_wording(request)
        home, order = read_new_home(typed), order_contacts(typed)
        try:
            written = context.perform(who.principal, AddHome(home, rules))
        except BadHome as bad:
            refused = RefusedForm("new", typed, tuple(place_faults(bad.faults, order)), words.text(REFUSED))
            return HTMLResponse(new_pages.render(who, words, refused), bad.status)
        except NotAllowed as taken:
            return HTMLResponse(new_pages.render(who, words, RefusedForm("new", typed, (), words.text(ELSEWHERE))), taken.status)
        if written.secrets:
            return HTMLResponse(trial_pages.render(who, words, written.household, secrets=written.secrets))
        return RedirectResponse(f"/homes/{quote(written.household, safe='')}/trial", 303)

    @routes.get("/homes/{household_id}/trial")
    @declare(Operation.READ_HOMES)
    def trial(request: Request, who: reader, household_id: Id, live: Annotated[str, Query(max_length=5)] = "") -> Response:
        return HTMLResponse(trial_pages.render(who, choose_wording(request), household_id, is_live=live == "yes"))

    @routes.post("/console/homes/{household_id}/trial/announce")
    @declare(Operation.FIT_DEVICES)
    def announce(who: sender, household_id: Id, over: Annotated[str, Form(max_length=5)] = "") -> Response:
        context.perform(who.principal, AnnounceTest(HouseholdId(household_id), is_over=over == "yes"))
        return RedirectResponse(f"/homes/{quote(household_id, safe='')}/trial", 303)

    @routes.post("/console/homes/{household_id}/trial/close")
    @declare(Operation.CLOSE_CRITICAL)
    def close_trial(
        request: Request,
        who: sender,
        household_id: Id,
        alert: Annotated[str, Form(max_length=200)],
        version: Version,
        note: Annotated[str, Form(max_length=2000)] = "",
        taken: Annotated[str, Form(max_length=5)] = "",
    ) -> Response:
        words = choose_wording(request)
        if not SHORTEST_REASON <= len(note.strip()) <= LONGEST_REASON:
            return HTMLResponse(trial_pages.render(who, words, household_id, notice=words.text(NOBODY_SAID)), 422)
        said = words.text("Test alarm: %(note)s", note=note.strip())
        try:
            if not taken:  # a call for help is taken before it is closed, a test too
                version = context.perform(who.principal, Acknowledge(AlertId(alert), version)).version
            context.perform(who.principal, Resolve(AlertId(alert), Outcome.FALSE, version, said))
        except NotAllowed as moved:
            return HTMLResponse(trial_pages.render(who, words, household_id, notice=words.text(MOVED)), moved.status)
        return RedirectResponse(f"/homes/{quote(household_id, safe='')}/trial", 303)

    return routes
