"""Consent: what a resident agreed to, by which paper, entering that they agreed or withdrew; and ending the family's links."""

from __future__ import annotations

from functools import cache
from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from homebeat.actions import EnterConsent, RevokeFamilyLinks
from homebeat.actions.enter_consent import LONGEST_PAPER
from homebeat.actions.permit import declare
from homebeat.actions.view import View
from homebeat.api.guard import Caller, Context, OpenView
from homebeat.api.problem import document_problems
from homebeat.api.route import ApiRoute
from homebeat.api.times import Day, Instant, format_instant
from homebeat.domain.consent import ConsentDecision, Purpose, find_newest, holds
from homebeat.domain.errors import NotFound
from homebeat.domain.ids import ContactId, ResidentId
from homebeat.domain.role import Operation

Id = Annotated[str, Path(max_length=200)]
PAPER = "Where the paper is; `[hidden]` where the caller's role does not show remarks."


class ConsentWanted(BaseModel):
    """What a resident decided about one purpose."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {"purpose": "water", "agreed": False, "decided_on": "2026-02-27", "paper": "folder 12, sheet 3"}
        },
    )

    purpose: Purpose
    agreed: bool = Field(description="false: withdrawn.", strict=True)
    decided_on: Day = Field(description="The date on the paper, not in the future.")
    paper: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_PAPER)] = Field(
        description="Where the paper is, or how they said it."
    )


class DecisionItem(BaseModel):
    """That a resident agreed to something, or withdrew it."""

    purpose: Purpose
    agreed: bool
    decided_on: Day
    paper: str = Field(description=PAPER)
    entered_by: str
    entered_at: Instant


class PurposeItem(BaseModel):
    """What holds for one purpose."""

    purpose: Purpose
    holds: bool
    by: DecisionItem | None = Field(description="The decision that counts; null where nothing was entered.")


class ConsentItem(BaseModel):
    """What holds for a resident, and all that was entered, newest first."""

    resident: str
    purposes: list[PurposeItem]
    history: list[DecisionItem]


class LinksWanted(BaseModel):
    """Whose links are ended."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"contact": "h00042/daughter"}})

    contact: Annotated[str, StringConstraints(min_length=1, max_length=400)] = Field(
        description="As `contact` of the household's contacts."
    )


class LinksEnded(BaseModel):
    """How many links were ended."""

    contact: str
    ended: int


@cache
def build_router() -> APIRouter:
    """The routes of consent."""
    routes = APIRouter(
        prefix="/api/v1/residents", route_class=ApiRoute, tags=["homes"], responses=document_problems(401, 403, 404, 422, 503)
    )

    @routes.get("/{resident_id}/consent", summary="What a resident agreed to")
    @declare(Operation.READ_HOMES)
    def get_consent(open_view: OpenView, resident_id: Id) -> ConsentItem:
        """Where nothing was entered, a resident is watched because they were enrolled, and the family sees no values.

        What does not hold is shown to nobody, in whatever role.
        """
        with open_view() as view:
            return _read_consent(view, ResidentId(resident_id))

    @routes.put("/{resident_id}/consent", summary="Enter what a resident agreed to or withdrew")
    @declare(Operation.CONSENT)
    def enter_consent(context: Context, open_view: OpenView, caller: Caller, resident_id: Id, body: ConsentWanted) -> ConsentItem:
        """For the roles nurse and supervisor. Nothing that was entered is changed: what was entered last for a purpose counts.

        Withdrawing hides at once what the purpose covers, and within seconds homebeat neither stores nor judges it any more.
        Calls for help are still heard.
        """
        wanted = EnterConsent(ResidentId(resident_id), body.purpose, body.agreed, body.decided_on, body.paper)
        context.perform(caller.principal, wanted)
        return get_consent(open_view, resident_id)

    @routes.post(
        "/{resident_id}/family-links/end", summary="End the family's links of a contact", responses=document_problems(409)
    )
    @declare(Operation.CONSENT)
    def end_family_links(context: Context, caller: Caller, resident_id: Id, body: LinksWanted) -> LinksEnded:
        """For the roles nurse and supervisor. What was sent to this contact so far opens nothing any more.

        The next message to them carries a new link: to stop that, take the contact out of the fleet file.
        """
        ended = context.perform(caller.principal, RevokeFamilyLinks(ResidentId(resident_id), ContactId(body.contact)))
        return LinksEnded(contact=body.contact, ended=ended)

    return routes


def _read_consent(view: View, resident: ResidentId) -> ConsentItem:
    entry = view.find_resident(resident, is_shown=False)
    if entry is None:
        raise NotFound("there is no such resident")
    decisions = view.list_decisions(entry)
    newest = find_newest(decisions)
    standing = [
        PurposeItem(
            purpose=purpose,
            holds=holds(purpose, newest.get(purpose)),
            by=_make_item(newest[purpose]) if purpose in newest else None,
        )
        for purpose in Purpose
    ]
    return ConsentItem(resident=resident, purposes=standing, history=list(map(_make_item, decisions)))


def _make_item(one: ConsentDecision) -> DecisionItem:
    return DecisionItem(
        purpose=one.purpose,
        agreed=one.agreed,
        decided_on=one.decided_on,
        paper=one.paper,
        entered_by=one.actor,
        entered_at=format_instant(one.at),
    )
