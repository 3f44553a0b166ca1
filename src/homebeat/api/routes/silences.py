"""Silences: hearing nothing of one rule for a while, about one subject or in one area."""

from __future__ import annotations

from functools import cache
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from homebeat.actions import LiftSilence, PlanMaintenance, Shelve, SilenceArea
from homebeat.actions.permit import declare
from homebeat.actions.silencing import LONGEST_REASON, SHORTEST_REASON
from homebeat.api.guard import Caller, Context, OpenView
from homebeat.api.problem import document_problems
from homebeat.api.route import ApiRoute
from homebeat.api.schema.paging import Cursor, Limit, Listing
from homebeat.api.times import Instant, Moment, convert_to_ms, format_instant, format_or_none
from homebeat.domain.durations import MINUTE_MS
from homebeat.domain.ids import AlertId, AreaId, DeviceId, HouseholdId
from homebeat.domain.role import Operation
from homebeat.domain.silence import LONGEST_MS, Silence

Why = Annotated[str, StringConstraints(strip_whitespace=True, min_length=SHORTEST_REASON, max_length=LONGEST_REASON)]
Minutes = Annotated[int, Field(ge=1, le=LONGEST_MS // MINUTE_MS, description="How long it holds: a week at most.")]


class ShelvingWanted(BaseModel):
    """Why further alerts like one are held back, and how long."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"reason": "the plumber comes tomorrow", "minutes": 480}}
    )

    reason: Why
    minutes: Minutes


class SilenceWanted(BaseModel):
    """Which rule is silenced in which area, why, and how long."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {"rule": "no_water", "area": "plum-lane", "reason": "the main is renewed until Friday", "minutes": 4320}
        },
    )

    rule: Annotated[str, StringConstraints(max_length=100)]
    area: Annotated[str, StringConstraints(max_length=200)]
    reason: Why
    minutes: Minutes


class MaintenanceWanted(BaseModel):
    """Where somebody works on devices, why, from when, and how long."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {"area": "plum-lane", "reason": "new meters", "from": "2026-03-02T08:00:00+08:00", "minutes": 480}
        },
    )

    area: Annotated[str | None, Field(max_length=200, description="With all below it; or a household.")] = None
    household: Annotated[str | None, Field(max_length=200)] = None
    device: Annotated[str | None, Field(max_length=200, description="Of that household; null for all of them.")] = None
    reason: Why
    from_: Annotated[
        Moment | None, Field(alias="from", description="ISO 8601 with a zone; null: now. At most 90 days ahead.")
    ] = None
    minutes: Minutes


class SilenceItem(BaseModel):
    """What somebody wants to hear nothing of."""

    id: int
    rule: str = Field(description="`maintenance`: what devices say of themselves, while somebody works on them.")
    subject: str | None = Field(description="Whom or what it is about, as `device:ID`; null for all homes of `area` and below.")
    household: str | None
    area: str
    reason: str = Field(description="`[hidden]` where the caller's role does not show remarks.")
    actor: str
    at: Instant
    starts_at: Instant = Field(description="From when it holds: maintenance can be planned ahead.")
    until: Instant
    lifted_by: str | None = Field(description="Who ended it before its time.")
    lifted_at: Instant | None
    held: int = Field(description="How many alerts it held back, with those that were over before it ended.")


@cache
def build_router() -> APIRouter:
    """The routes of silences."""
    routes = APIRouter(prefix="/api/v1", route_class=ApiRoute, tags=["alerts"], responses=document_problems(401, 403, 422, 503))

    @routes.get("/silences", summary="What is silenced")
    @declare(Operation.READ_ALERTS)
    def list_silences(
        context: Context,
        open_view: OpenView,
        past: Annotated[bool, Query(description="Those too that are over.")] = False,  # noqa: FBT002
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> Listing[SilenceItem]:
        """In the caller's areas, and those of the areas above, which hold there too; the newest first."""
        with open_view() as view:
            page = view.read_silences(context.clock(), limit, cursor, only_active=not past)
        return Listing(items=[_make_item(entry) for entry in page.items], next_cursor=page.next_cursor)

    @routes.post("/silences", summary="Silence a rule in an area", responses=document_problems(404, 409))
    @declare(Operation.SILENCE)
    def silence_rule(context: Context, open_view: OpenView, caller: Caller, body: SilenceWanted) -> SilenceItem:
        """No alert of the rule opens in the area while it holds. What still is so when it ends opens then.

        Calls for help, whatever is critical, and what homebeat says about itself or an area cannot be silenced: that is a 409.
        """
        made = context.perform(caller.principal, SilenceArea(body.rule, AreaId(body.area), body.reason, body.minutes * MINUTE_MS))
        with open_view() as view:
            return _make_item(view.get_silence(made.id))

    @routes.post("/maintenance", summary="Plan work on devices", responses=document_problems(404, 409))
    @declare(Operation.SILENCE)
    def plan_maintenance(context: Context, open_view: OpenView, caller: Caller, body: MaintenanceWanted) -> SilenceItem:
        """Holds back what devices say of themselves. Alerts about people open, and say that there is work.

        It stands among the silences, and ends like one.
        """
        wanted = PlanMaintenance(
            body.reason,
            body.minutes * MINUTE_MS,
            None if body.from_ is None else convert_to_ms(body.from_),
            None if body.area is None else AreaId(body.area),
            None if body.household is None else HouseholdId(body.household),
            None if body.device is None else DeviceId(body.device),
        )
        made = context.perform(caller.principal, wanted)
        with open_view() as view:
            return _make_item(view.get_silence(made.id))

    @routes.post("/alerts/{alert_id}/shelve", summary="Hold back further alerts like one", responses=document_problems(404, 409))
    @declare(Operation.SHELVE)
    def shelve_alert(
        context: Context,
        open_view: OpenView,
        caller: Caller,
        alert_id: Annotated[str, Path(max_length=200)],
        body: ShelvingWanted,
    ) -> SilenceItem:
        """Of its rule, about its subject, for 8 hours at most, or a week for whoever may silence. The alert itself goes on."""
        made = context.perform(caller.principal, Shelve(AlertId(alert_id), body.reason, body.minutes * MINUTE_MS))
        with open_view() as view:
            return _make_item(view.get_silence(made.id))

    @routes.post("/silences/{silence_id}/lift", summary="End a silence before its time", responses=document_problems(404, 409))
    @declare(Operation.SHELVE)
    def lift_silence(
        context: Context, open_view: OpenView, caller: Caller, silence_id: Annotated[int, Path(ge=1, lt=2**63)]
    ) -> SilenceItem:
        """One's own, or whoever may silence in that area. What it held back and still is so opens within a minute."""
        context.perform(caller.principal, LiftSilence(silence_id))
        with open_view() as view:
            return _make_item(view.get_silence(silence_id))

    return routes


def _make_item(entry: Silence) -> SilenceItem:
    return SilenceItem(
        id=entry.id,
        rule=entry.rule,
        subject=entry.subject_key or None,
        household=entry.household,
        area=entry.area,
        reason=entry.reason,
        actor=entry.actor,
        at=format_instant(entry.at),
        starts_at=format_instant(max(entry.at, entry.starts_at)),
        until=format_instant(entry.ends_at),
        lifted_by=entry.lifted_by or None,
        lifted_at=format_or_none(entry.lifted_at),
        held=entry.held,
    )
