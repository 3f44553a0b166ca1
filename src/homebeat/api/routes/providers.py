"""Providers: their contracts, what they were asked, who gets their work; and whoever decides on that."""

from __future__ import annotations

from functools import cache
from typing import Annotated

from fastapi import APIRouter, Path

from homebeat.actions import ResumeProvider, SuspendProvider
from homebeat.actions.permit import declare
from homebeat.actions.providers import get_provider_sight, list_provider_sights
from homebeat.api.guard import Caller, Context, OpenView, ViewOpener
from homebeat.api.problem import document_problems
from homebeat.api.route import ApiRoute
from homebeat.api.schema.paging import Listing
from homebeat.api.schema.providers import (
    ProviderDetail,
    ProviderItem,
    ResumptionWanted,
    SuspensionWanted,
    make_provider_detail,
    make_provider_item,
)
from homebeat.domain.ids import ResponderId
from homebeat.domain.role import Operation

Provider = Annotated[str, Path(max_length=200, description="The id of a responder, as in the fleet file.")]


@cache
def build_router() -> APIRouter:
    """The routes of providers."""
    routes = APIRouter(
        prefix="/api/v1/providers", route_class=ApiRoute, tags=["providers"], responses=document_problems(401, 403, 422, 503)
    )

    @routes.get("", summary="List providers")
    @declare(Operation.READ_DUTY)
    def list_providers(open_view: OpenView) -> Listing[ProviderItem]:
        """Those of the caller's areas, in the order of the fleet file, each with what it was asked within its window."""
        with open_view() as view:
            found = list_provider_sights(view.reader, view.principal, view.now)
            view.note_remarks("providers", (reason for one in found for reason in one.reasons))
        return Listing(items=list(map(make_provider_item, found)), next_cursor=None)

    @routes.get("/{provider}", summary="One provider", responses=document_problems(404))
    @declare(Operation.READ_DUTY)
    def get_provider(open_view: OpenView, provider: Provider) -> ProviderDetail:
        """With the history of who got its work, and why."""
        return _show(open_view, ResponderId(provider))

    @routes.post("/{provider}/suspend", summary="Give its work to its standby", responses=document_problems(404, 409))
    @declare(Operation.SUSPEND)
    def suspend_provider(
        context: Context, open_view: OpenView, caller: Caller, provider: Provider, body: SuspensionWanted
    ) -> ProviderDetail:
        """At once, by a supervisor of all its areas; `is_veto` puts on record that the residents' committee decided so."""
        who = ResponderId(provider)
        context.perform(caller.principal, SuspendProvider(who, body.reason, body.is_veto, body.version))
        return _show(open_view, who)

    @routes.post("/{provider}/resume", summary="Give its work back", responses=document_problems(404, 409))
    @declare(Operation.SUSPEND)
    def resume_provider(
        context: Context, open_view: OpenView, caller: Caller, provider: Provider, body: ResumptionWanted
    ) -> ProviderDetail:
        """At once, or on trial: then its standby is notified together with it, until enough visits in a row were kept."""
        who = ResponderId(provider)
        context.perform(caller.principal, ResumeProvider(who, body.reason, body.on_trial, body.version))
        return _show(open_view, who)

    return routes


def _show(open_view: ViewOpener, provider: ResponderId) -> ProviderDetail:
    with open_view() as view:
        sight = get_provider_sight(view.reader, view.principal, view.now, provider)
        view.note_remarks(f"responder:{provider}", sight.reasons)
    return make_provider_detail(sight)
