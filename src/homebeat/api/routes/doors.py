"""The codes at doors: given out to be printed, and renewed."""

from __future__ import annotations

from functools import cache
from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from homebeat.actions import PrintDoorLabels, RenewDoorCode
from homebeat.actions.permit import declare
from homebeat.api.guard import Caller, Context
from homebeat.api.problem import document_problems
from homebeat.api.route import ApiRoute
from homebeat.domain.ids import AreaId, HouseholdId
from homebeat.domain.notice import DOOR_PATH
from homebeat.domain.role import Operation

Id = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class LabelsWanted(BaseModel):
    """Of which homes: those of an area and all below it, or one."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"area": "plum-lane"}})

    area: Id | None = None
    household: Id | None = None


class DoorCodeItem(BaseModel):
    """The code of one door."""

    household: str
    code: str = Field(examples=["ABCD2345"])
    path: str = Field(description="What the QR code leads to, after the public address.", examples=["/door/ABCD2345"])


class DoorCodeList(BaseModel):
    """The codes that were asked for."""

    items: list[DoorCodeItem]


@cache
def build_router() -> APIRouter:
    """The routes of the codes at doors."""
    routes = APIRouter(
        prefix="/api/v1", route_class=ApiRoute, tags=["homes"], responses=document_problems(401, 403, 404, 422, 503)
    )

    @routes.post("/door-labels", summary="The codes at doors, to be printed")
    @declare(Operation.DOOR_CODES)
    def print_door_labels(context: Context, caller: Caller, body: LabelsWanted) -> DoorCodeList:
        """At most 500, in the order of the fleet file. Who was given which is in the audit."""
        area = None if body.area is None else AreaId(body.area)
        household = None if body.household is None else HouseholdId(body.household)
        codes = context.perform(caller.principal, PrintDoorLabels(area, household))
        return DoorCodeList(items=[_make_item(home, code) for home, code in codes.items()])

    @routes.post("/households/{household_id}/door-code/renew", summary="Renew the code at a door")
    @declare(Operation.DOOR_CODES)
    def renew_door_code(context: Context, caller: Caller, household_id: Annotated[str, Path(max_length=200)]) -> DoorCodeItem:
        """Its label is lost, or was copied. The code before proves nothing any more."""
        home = HouseholdId(household_id)
        return _make_item(home, context.perform(caller.principal, RenewDoorCode(home)))

    return routes


def _make_item(home: HouseholdId, code: str) -> DoorCodeItem:
    return DoorCodeItem(household=home, code=code, path=DOOR_PATH + code)
