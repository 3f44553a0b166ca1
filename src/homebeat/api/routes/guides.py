"""Guides: what is to be done about alerts of each kind in an area."""

from __future__ import annotations

from functools import cache
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from homebeat.actions import SetGuide
from homebeat.actions.permit import declare
from homebeat.api.guard import Caller, Context, OpenView
from homebeat.api.problem import document_problems
from homebeat.api.route import ApiRoute
from homebeat.api.times import Instant, format_instant
from homebeat.domain.guide import LONGEST_STEP, MOST_STEPS, Guide
from homebeat.domain.ids import AreaId
from homebeat.domain.role import Operation
from homebeat.wording import Language

Step = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_STEP, pattern=r"^[^\r\n]*$")]


class GuideWanted(BaseModel):
    """Steps beside alerts of one rule in an area."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {"area": "plum-lane", "rule": "gas", "language": "en", "steps": ["Call the gas company"], "version": 0}
        },
    )

    area: Annotated[str, Field(max_length=200, description="With all below it that have none of their own.")]
    rule: Annotated[str, Field(max_length=200)]
    language: Language
    steps: Annotated[list[Step], Field(max_length=MOST_STEPS, description="In order; none: the usual ones hold again.")]
    version: Annotated[int, Field(ge=0, lt=2**31, description="Of what the caller has seen; 0 where there was none.")]


class GuideItem(BaseModel):
    """Steps beside alerts of one rule in an area."""

    area: str
    rule: str
    language: str
    steps: list[str]
    before: list[str] = Field(description="What they were before the last change.")
    version: int
    at: Instant
    actor: str


@cache
def build_router() -> APIRouter:
    """The routes of guides."""
    routes = APIRouter(
        prefix="/api/v1/guides", route_class=ApiRoute, tags=["alerts"], responses=document_problems(401, 403, 422, 503)
    )

    @routes.get("", summary="Steps that areas have of their own")
    @declare(Operation.READ_ALERTS)
    def list_guides(open_view: OpenView) -> list[GuideItem]:
        """In the caller's areas, and of the areas above, which hold there too. For all others the usual steps hold."""
        with open_view() as view:
            return [_make_item(one) for one in view.reader.guides.list_all()]

    @routes.put("", summary="Set the steps of a rule in an area", responses=document_problems(404, 409))
    @declare(Operation.SET_GUIDES)
    def set_guide(caller: Caller, context: Context, body: GuideWanted) -> GuideItem:
        """The card of each alert of the rule in the area shows them from now on. What they were before is kept with them."""
        wanted = SetGuide(AreaId(body.area), body.rule, body.language.value, "\n".join(body.steps), body.version)
        return _make_item(context.perform(caller.principal, wanted))

    return routes


def _make_item(guide: Guide) -> GuideItem:
    return GuideItem(
        area=guide.area,
        rule=guide.rule,
        language=guide.language,
        steps=list(guide.steps),
        before=guide.before.splitlines(),
        version=guide.version,
        at=format_instant(guide.at),
        actor=guide.actor,
    )
