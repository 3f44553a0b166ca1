"""The addresses of the pages of response plans, and their forms."""

# No `from __future__ import annotations` here: FastAPI needs the dependencies as values, which are local to `build_router`.

from typing import Annotated, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.routing import APIRoute
from starlette.responses import HTMLResponse, RedirectResponse, Response

from homebeat.actions import ChangePlan, ChangeResponse
from homebeat.actions.permit import declare
from homebeat.console.plans.form import TypedPlan, explain_plan_fault, read_choice_form, read_plan_form
from homebeat.console.plans.page import OWN, PATH, PlansPages, explain_all
from homebeat.console.rules.routes import FAULTS, SAME, write_refusal
from homebeat.console.web.access import Guard, Visitor, choose_wording
from homebeat.console.web.context import ConsoleContext
from homebeat.console.web.typed import Typed
from homebeat.domain.errors import BadSettings, Incomplete, NotAllowed, NotPermitted
from homebeat.domain.ids import AreaId
from homebeat.domain.role import Operation
from homebeat.settings.console_plans import UnusablePlan
from homebeat.wording.catalogue import msg

Asked = Annotated[str, Query(max_length=200)]
Id = Annotated[str, Form(max_length=200)]
Newest = Annotated[int, Form(ge=0, lt=2**63)]

HOLDS: Final = msg("Nothing was changed: this plan holds somewhere, or a change of it waits. Choose another there first.")
_REFUSALS: Final = (BadSettings, Incomplete, NotAllowed, NotPermitted)


def build_router(context: ConsoleContext, pages: PlansPages, route_class: type[APIRoute]) -> APIRouter:
    """Build the routes of the pages."""
    routes = APIRouter(include_in_schema=False, route_class=route_class)
    guard = Guard(context)
    reader = Annotated[Visitor, Depends(guard.require_visitor)]
    sender = Annotated[Visitor, Depends(guard.require_sender)]

    @routes.get(PATH)
    @declare(Operation.SET_RULES)
    def plans(request: Request, who: reader, area: Asked = "") -> Response:
        return HTMLResponse(pages.render(who, choose_wording(request), area))

    @routes.get(OWN)
    @declare(Operation.SET_RULES)
    def own(request: Request, who: reader, name: Asked = "") -> Response:
        return HTMLResponse(pages.render_own(who, choose_wording(request), name))

    @routes.post("/console/plans/choice")
    @declare(Operation.SET_RULES)
    def choose(request: Request, who: sender, typed: Typed, newest: Newest, area: Id = "") -> Response:
        words, after = choose_wording(request), read_choice_form(typed)
        action = ChangeResponse(context.base, AreaId(area) if area else None, after or None, newest, typed.get("reason", ""))
        try:
            context.perform(who.principal, action)
        except UnusablePlan as bad:
            return HTMLResponse(pages.render(who, words, area, words.text(FAULTS), explain_all(bad.faults, words)), 422)
        except _REFUSALS as refused:
            notice, status = write_refusal(refused, words, SAME)
            return HTMLResponse(pages.render(who, words, area, notice), status)
        return RedirectResponse(f"{PATH}?{urlencode({'area': area})}" if area else PATH, 303)

    @routes.post("/console/plans/own")
    @declare(Operation.SET_RULES)
    def write(request: Request, who: sender, typed: Typed, name: Id, newest: Newest) -> Response:
        words = choose_wording(request)
        is_removal = typed.get("do") == "remove"
        plan = read_plan_form(typed, words)
        if plan.faults and not is_removal:
            return HTMLResponse(pages.render_own(who, words, name, plan, words.text(FAULTS)), 422)
        steps = None if is_removal else plan.steps
        try:
            context.perform(who.principal, ChangePlan(context.base, name.strip(), steps, newest, typed.get("reason", "")))
        except UnusablePlan as bad:
            said = {place: explain_plan_fault(text, words) for place, text in bad.faults.items()}
            return HTMLResponse(pages.render_own(who, words, name, TypedPlan(plan.steps, said), words.text(FAULTS)), 422)
        except _REFUSALS as refused:
            notice, status = write_refusal(refused, words, SAME)
            notice = words.text(HOLDS) if is_removal and type(refused) is NotAllowed else notice
            return HTMLResponse(pages.render_own(who, words, name, plan, notice), status)
        return RedirectResponse(PATH, 303)

    return routes
