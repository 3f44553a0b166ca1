"""Channels: which are set up, how what was sent went, and test messages."""

from __future__ import annotations

from functools import cache
from typing import Annotated

from fastapi import APIRouter, Query

from homebeat.actions import TryContact, TryResponder
from homebeat.actions.channel_health import list_channel_sights
from homebeat.actions.permit import declare
from homebeat.api.guard import Caller, CallerScope, Context
from homebeat.api.problem import document_problems
from homebeat.api.route import ApiRoute
from homebeat.api.schema.channels import (
    ChannelItem,
    ContactTrial,
    ResponderTrial,
    TrialItem,
    TrialSent,
    make_channel_item,
    make_trial_item,
)
from homebeat.domain.ids import ContactId, ResponderId
from homebeat.domain.role import Operation

Notices = Annotated[
    list[Annotated[str, Query(max_length=40)]], Query(max_length=30, description="The ids that a test was answered with.")
]


@cache
def build_router() -> APIRouter:
    """The routes of channels."""
    routes = APIRouter(
        prefix="/api/v1/channels", route_class=ApiRoute, tags=["operation"], responses=document_problems(401, 403, 422, 503)
    )

    @routes.get("", summary="Kinds of channel, and how they are")
    @declare(Operation.READ_SERVICE)
    def list_channels(context: Context, scope: CallerScope) -> list[ChannelItem]:
        """Whether each is set up, and how the attempts of the last 24 hours went in the caller's areas, of the last 2,000."""
        with context.store.read(scope) as reader:
            found = list_channel_sights(reader, context.absent_accounts, context.clock())
        return list(map(make_channel_item, found))

    @routes.get("/tests", summary="How far test messages are")
    @declare(Operation.READ_SERVICE)
    def list_channel_tests(context: Context, scope: CallerScope, notice: Notices) -> list[TrialItem]:
        """Those of these ids that went to people of the caller's areas."""
        with context.store.read(scope) as reader:
            return list(map(make_trial_item, reader.outbox.list_tests(notice)))

    @routes.post(
        "/tests/contact", summary="Send a contact a test message", status_code=202, responses=document_problems(404, 409)
    )
    @declare(Operation.KEEP_HOMES)
    def try_contact(context: Context, caller: Caller, body: ContactTrial) -> TrialSent:
        """It waits in the outbox like any message, and says that it is a test. Few go to one person in a short time."""
        trial = context.perform(caller.principal, TryContact(ContactId(body.contact), body.place, body.is_expected))
        return TrialSent(notices=list(trial.notices))

    @routes.post(
        "/tests/responder", summary="Send a responder a test message", status_code=202, responses=document_problems(404, 409)
    )
    @declare(Operation.OWN_SHIFTS)
    def try_responder(context: Context, caller: Caller, body: ResponderTrial) -> TrialSent:
        """To oneself, or to somebody in all of whose areas the caller arranges duty."""
        trial = context.perform(caller.principal, TryResponder(ResponderId(body.responder), body.place, body.is_expected))
        return TrialSent(notices=list(trial.notices))

    return routes
