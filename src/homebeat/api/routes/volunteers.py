"""Volunteers: what they can do today, and the hours that they gave, for a time bank."""

from __future__ import annotations

from functools import cache
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from starlette.responses import PlainTextResponse

from homebeat.actions import CorrectHours
from homebeat.actions.circuits import LONGEST_REASON, SHORTEST_REASON
from homebeat.actions.correct_hours import MOST_MINUTES
from homebeat.actions.permit import declare
from homebeat.actions.volunteers import VolunteerSight, list_month_hours, list_volunteer_sights, write_hours_csv
from homebeat.api.guard import Caller, CallerScope, Context, OpenView, ViewOpener
from homebeat.api.problem import document_problems
from homebeat.api.route import ApiRoute
from homebeat.api.schema.paging import Listing
from homebeat.api.times import Day, Instant, format_instant
from homebeat.domain.ids import ResponderId
from homebeat.domain.role import Operation
from homebeat.domain.service_hours import MonthHours

Why = Annotated[str, StringConstraints(strip_whitespace=True, min_length=SHORTEST_REASON, max_length=LONGEST_REASON)]
MonthText = Annotated[str, StringConstraints(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")]
First = Annotated[
    str, Query(alias="from", pattern=r"^\d{4}-(0[1-9]|1[0-2])$", description="The first month.", examples=["2026-03"])
]
Last = Annotated[
    str | None, Query(alias="to", pattern=r"^\d{4}-(0[1-9]|1[0-2])$", description="The last month; left out, the same.")
]


class CertificateItem(BaseModel):
    """A certificate of a volunteer."""

    name: str
    until: Day | None = Field(description="The last day on which it is good; null for no end.")
    skills: list[str] = Field(description="Those that nobody has without it.")
    is_good: bool


class VolunteerItem(BaseModel):
    """A volunteer, and what they can do today."""

    volunteer: str = Field(description="The id of a responder, as in the fleet file.")
    areas: list[str] = Field(description="Empty: everywhere.")
    skills: list[str] = Field(description="Those that hold today.")
    lost_skills: list[str] = Field(description="Those that need a certificate which has ended.")
    certificates: list[CertificateItem]


class CorrectionItem(BaseModel):
    """What somebody has added to the hours of a month, or taken off."""

    minutes: int
    reason: str = Field(description="`[hidden]` for who may not correct hours.")
    actor: str
    at: Instant


class HoursItem(BaseModel):
    """The hours of one volunteer in one month."""

    volunteer: str
    month: str
    visits: int
    minutes: int = Field(description="From setting off to the end of each visit.")
    corrections: list[CorrectionItem] = Field(description="None replaces another.")
    total_minutes: int


class CorrectionWanted(BaseModel):
    """Minutes more or less, and why."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"month": "2026-03", "minutes": 45, "reason": "stayed until the son came"}}
    )

    month: MonthText
    minutes: Annotated[int, Field(ge=-MOST_MINUTES, le=MOST_MINUTES, description="Not 0; below 0 to take some off.")]
    reason: Why


@cache
def build_router() -> APIRouter:
    """The routes of volunteers."""
    routes = APIRouter(
        prefix="/api/v1/volunteers", route_class=ApiRoute, tags=["volunteers"], responses=document_problems(401, 403, 422, 503)
    )

    @routes.get("", summary="List volunteers")
    @declare(Operation.READ_DUTY)
    def list_volunteers(context: Context, scope: CallerScope) -> Listing[VolunteerItem]:
        """Those of the caller's areas, with what they can do today: a skill whose certificate has ended is lost meanwhile."""
        with context.store.read(scope) as reader:
            found = list_volunteer_sights(reader, context.clock())
        return Listing(items=list(map(_make_volunteer, found)), next_cursor=None)

    @routes.get("/hours", summary="Hours that volunteers gave")
    @declare(Operation.READ_DUTY)
    def list_volunteer_hours(open_view: OpenView, first: First, last: Last = None) -> Listing[HoursItem]:
        """By person and month, for a time bank. Months are those of the zone of the first home."""
        found = _list_hours(open_view, first, last or first)
        return Listing(items=list(map(_make_hours, found)), next_cursor=None)

    @routes.get(
        "/hours.csv",
        summary="Hours that volunteers gave, as CSV",
        response_class=PlainTextResponse,
        responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
    )
    @declare(Operation.READ_DUTY)
    def get_volunteer_hours_file(open_view: OpenView, first: First, last: Last = None) -> PlainTextResponse:
        """The same: what was counted in one row, each correction in a row of its own."""
        found = _list_hours(open_view, first, last or first)
        return PlainTextResponse(write_hours_csv(found, format_instant), media_type="text/csv")

    @routes.post("/{volunteer}/hours", summary="Correct hours", status_code=201, responses=document_problems(404, 409))
    @declare(Operation.ARRANGE_DUTY)
    def correct_volunteer_hours(
        context: Context,
        caller: Caller,
        volunteer: Annotated[str, Path(max_length=200, description="The id of a responder.")],
        body: CorrectionWanted,
    ) -> CorrectionItem:
        """By a supervisor of all their areas, and nobody for themselves. What was there before stays beside it."""
        made = context.perform(caller.principal, CorrectHours(ResponderId(volunteer), body.month, body.minutes, body.reason))
        return CorrectionItem(minutes=made.minutes, reason=made.reason, actor=made.actor, at=format_instant(made.at))

    return routes


def _list_hours(open_view: ViewOpener, first: str, last: str) -> list[MonthHours]:
    with open_view() as view:
        found = list_month_hours(view.reader, view.principal, first, last)
        view.note_remarks("hours", (one.reason for month in found for one in month.corrections))
    return found


def _make_volunteer(sight: VolunteerSight) -> VolunteerItem:
    certificates = [
        CertificateItem(name=one.name, until=one.last_day, skills=list(one.skills), is_good=one not in sight.ended)
        for one in sight.entry.certificates
    ]
    return VolunteerItem(
        volunteer=sight.entry.volunteer,
        areas=list(sight.entry.areas),
        skills=list(sight.skills),
        lost_skills=list(sight.lost),
        certificates=certificates,
    )


def _make_hours(one: MonthHours) -> HoursItem:
    corrections = [
        CorrectionItem(minutes=each.minutes, reason=each.reason, actor=each.actor, at=format_instant(each.at))
        for each in one.corrections
    ]
    return HoursItem(
        volunteer=one.responder,
        month=one.month,
        visits=one.visits,
        minutes=one.minutes,
        corrections=corrections,
        total_minutes=one.total_minutes,
    )
