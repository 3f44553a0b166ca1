"""Complaints about whoever went to the door, or did not."""

from __future__ import annotations

from functools import cache
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from homebeat.actions import AnswerComplaint, AttributeComplaint, FileComplaint
from homebeat.actions.circuits import LONGEST_REASON, SHORTEST_REASON
from homebeat.actions.complaints import mask_complaint, read_complaints
from homebeat.actions.permit import declare
from homebeat.api.guard import Caller, Context, OpenView
from homebeat.api.problem import document_problems
from homebeat.api.route import ApiRoute
from homebeat.api.schema.paging import Cursor, Limit, Listing
from homebeat.api.times import Instant, format_instant, format_or_none
from homebeat.domain.complaint import Complaint, ComplaintState
from homebeat.domain.ids import AlertId, ResponderId
from homebeat.domain.role import Operation

Said = Annotated[str, StringConstraints(strip_whitespace=True, min_length=SHORTEST_REASON, max_length=LONGEST_REASON)]


class ComplaintWanted(BaseModel):
    """What happened, and about which alert or responder."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"what": "nobody came", "responder": "care-co"}})

    what: Said
    alert_id: Annotated[str | None, Field(max_length=200)] = None
    responder: Annotated[str | None, Field(max_length=200, description="Left out: whoever was sent to the door last.")] = None


class ComplaintAnswer(BaseModel):
    """Whether it is right, with a word."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"is_upheld": True, "word": "they came an hour late, and have apologised"}}
    )

    is_upheld: bool
    word: Said


class ComplaintResponder(BaseModel):
    """Whom a complaint concerns."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"responder": "care-co"}})

    responder: Annotated[str, Field(max_length=200, description="The id of a responder.")]


class ComplaintItem(BaseModel):
    """A complaint, and what became of it."""

    id: int
    area: str
    household: str | None
    alert_id: str | None
    responder: str | None = Field(description="Whom it concerns; null where that is not known.")
    what: str = Field(description="`[hidden]` for roles that do not always see remarks; so is `word`.")
    actor: str
    at: Instant
    state: ComplaintState
    word: str
    answered_by: str | None
    answered_at: Instant | None
    counts_from: Instant | None = Field(description="Since when it counts for `responder`; null while nobody is known.")


@cache
def build_router() -> APIRouter:
    """The routes of complaints."""
    routes = APIRouter(
        prefix="/api/v1/complaints", route_class=ApiRoute, tags=["providers"], responses=document_problems(401, 403, 422, 503)
    )

    @routes.get("", summary="List complaints")
    @declare(Operation.COMPLAIN)
    def list_complaints(
        open_view: OpenView,
        open_only: Annotated[bool, Query(description="Those alone that nobody has answered.")] = False,  # noqa: FBT002
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> Listing[ComplaintItem]:
        """Of the caller's areas, the newest first. None is ever deleted."""
        with open_view() as view:
            page = read_complaints(view, limit, cursor, only_open=open_only)
        return Listing(items=list(map(_make_item, page.items)), next_cursor=page.next_cursor)

    @routes.post("", summary="Complain", status_code=201, responses=document_problems(404, 409))
    @declare(Operation.COMPLAIN)
    def file_complaint(context: Context, caller: Caller, body: ComplaintWanted) -> ComplaintItem:
        """About an alert, a responder, or both. It counts for a provider's circuit at once, unless it is rejected."""
        alert = None if body.alert_id is None else AlertId(body.alert_id)
        who = None if body.responder is None else ResponderId(body.responder)
        return _make_item(
            mask_complaint(context.perform(caller.principal, FileComplaint(body.what, alert, who)), caller.principal)
        )

    @routes.post("/{complaint_id}/answer", summary="Answer a complaint", responses=document_problems(404, 409))
    @declare(Operation.ANSWER_COMPLAINT)
    def answer_complaint(
        context: Context, caller: Caller, complaint_id: Annotated[int, Path(ge=1, lt=2**63)], body: ComplaintAnswer
    ) -> ComplaintItem:
        """Once, with a word. One that is rejected counts no more."""
        found = context.perform(caller.principal, AnswerComplaint(complaint_id, body.is_upheld, body.word))
        return _make_item(mask_complaint(found, caller.principal))

    @routes.post("/{complaint_id}/responder", summary="Say whom a complaint concerns", responses=document_problems(404, 409))
    @declare(Operation.ANSWER_COMPLAINT)
    def attribute_complaint(
        context: Context, caller: Caller, complaint_id: Annotated[int, Path(ge=1, lt=2**63)], body: ComplaintResponder
    ) -> ComplaintItem:
        """Where that was not known, or was wrong while nobody has answered it. It counts for them alone from now on."""
        found = context.perform(caller.principal, AttributeComplaint(complaint_id, ResponderId(body.responder)))
        return _make_item(mask_complaint(found, caller.principal))

    return routes


def _make_item(one: Complaint) -> ComplaintItem:
    return ComplaintItem(
        id=one.id,
        area=one.area,
        household=one.household,
        alert_id=one.alert_id,
        responder=one.responder,
        what=one.what,
        actor=one.actor,
        at=format_instant(one.at),
        state=one.state,
        word=one.word,
        answered_by=one.answered_by or None,
        answered_at=format_or_none(one.answered_at),
        counts_from=format_or_none(one.counts_from),
    )
