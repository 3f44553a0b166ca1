"""Response plans: every plan with its steps, which holds where, and changing both."""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from homebeat.actions import ChangePlan, ChangeResponse
from homebeat.actions.permit import declare
from homebeat.api.guard import Caller, Context, OpenView
from homebeat.api.problem import document_problems
from homebeat.api.route import ApiRoute
from homebeat.api.routes.settings import SettingChangeItem, Text, do_change
from homebeat.domain.durations import format_duration
from homebeat.domain.ids import AreaId
from homebeat.domain.response_plan import Party, PlanStep
from homebeat.domain.role import Operation

Name = Annotated[str, Path(max_length=40, description="Small letters, digits and _, beginning with a letter.")]
Newest = Annotated[
    int, Field(ge=0, lt=2**63, description="The number of the newest change of this place that the caller saw; 0: none.")
]


class StepItem(BaseModel):
    """One step of a plan."""

    model_config = ConfigDict(extra="forbid")

    who: Party
    wait: Annotated[str, Field(max_length=40, description="How long it waits for an answer, as PT5M.")]
    in_turn: Annotated[bool, Field(description="One person after the other, in call order.")] = False
    together: Annotated[bool, Field(description="At the same time as the step before.")] = False
    channel: Annotated[str, Field(max_length=40, description="Only this kind of channel; empty: all.")] = ""


class PlanChoiceItem(BaseModel):
    """What is said of one place."""

    area: str | None = Field(description="null for everywhere.")
    plan: str = Field(description="Empty where nothing is said.")
    rules: dict[str, str] = Field(description="By rule; goes before `plan`, and before what a home says.")


class PlansItem(BaseModel):
    """Every plan, and what is said of each place."""

    plans: dict[str, list[StepItem]]
    choices: list[PlanChoiceItem]


class PlanChoiceWanted(BaseModel):
    """By which plan alerts of a place are answered."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "area": "plum-lane",
                "plan": "family_first",
                "rules": {"no_water": "desk_only"},
                "newest": 0,
                "reason": "",
            }
        },
    )

    area: Annotated[str | None, Field(max_length=200, description="With all below it; null for everywhere.")] = None
    plan: Annotated[str, Field(max_length=100, description="Empty: as without the console.")] = ""
    rules: Annotated[
        dict[Annotated[str, Field(max_length=100)], Annotated[str, Field(max_length=100)]], Field(max_length=100)
    ] = {}
    newest: Newest
    reason: Text = ""


class PlanWanted(BaseModel):
    """The steps of a plan of the console's own."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {"steps": [{"who": "family", "wait": "PT5M"}, {"who": "desk", "wait": "PT10M"}], "newest": 0}
        },
    )

    steps: Annotated[list[StepItem] | None, Field(max_length=50, description="null: take it away.")]
    newest: Newest
    reason: Text = ""


@cache
def build_router() -> APIRouter:
    """The routes of response plans."""
    routes = APIRouter(
        prefix="/api/v1/settings/plans", route_class=ApiRoute, tags=["settings"], responses=document_problems(401, 403, 422, 503)
    )

    @routes.get("", summary="Response plans, and which holds where")
    @declare(Operation.SET_RULES)
    def list_plans(context: Context, open_view: OpenView, area: Annotated[str | None, Query(max_length=200)] = None) -> PlansItem:
        """Of the caller's areas, of those above, and of everywhere; with `area` of that one alone."""
        with open_view() as view:
            book = context.find_book(view.reader)
            seen = {str(one.id) for one in view.reader.homes.list_areas()}
        choices = [(None, book.everywhere), *((name, one) for name, one in sorted(book.areas.items()) if name in seen)]
        return PlansItem(
            plans={name: [_make_step(step) for step in plan.steps] for name, plan in book.plans.items()},
            choices=[
                PlanChoiceItem(area=name, plan=one.plan, rules=dict(one.rules)) for name, one in choices if area in {None, name}
            ],
        )

    @routes.put("", summary="Choose the plans of an area", responses=document_problems(404, 409))
    @declare(Operation.SET_RULES)
    def choose_plans(caller: Caller, context: Context, body: PlanChoiceWanted) -> SettingChangeItem:
        """In force at once; above 20 residents it is proposed by an account, and a second person decides. 409: see `detail`."""
        after: dict[str, Any] = ({"plan": body.plan} if body.plan else {}) | ({"rules": body.rules} if body.rules else {})
        area = None if body.area is None else AreaId(body.area)
        return do_change(context, caller, ChangeResponse(context.base, area, after or None, body.newest, body.reason))

    @routes.put("/{name}", summary="Make, change or take away a plan", responses=document_problems(404, 409))
    @declare(Operation.SET_RULES)
    def write_plan(caller: Caller, context: Context, name: Name, body: PlanWanted) -> SettingChangeItem:
        """It takes a role for the whole installation. One that holds somewhere is not taken away."""
        steps = None if body.steps is None else [step.model_dump(mode="json", exclude_defaults=True) for step in body.steps]
        return do_change(context, caller, ChangePlan(context.base, name, steps, body.newest, body.reason))

    return routes


def _make_step(step: PlanStep) -> StepItem:
    return StepItem(
        who=step.who, wait=format_duration(step.wait), in_turn=step.in_turn, together=step.together, channel=step.channel
    )
