"""Providers: their contracts, what they were asked, who gets their work; and whoever decides on that."""

from __future__ import annotations

from functools import cache
from typing import Annotated

from fastapi import APIRouter, Path

from homebeat.actions import ResumeProvider, SuspendProvider
from homebeat.actions.permit import declare
from homebeat.actions.providers import get_provider_sight, list_provider_sights
from homebeat.api.context import ApiContext
from homebeat.api.guard import Caller, CallerScope, Context
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
from homebeat.domain.principal import Principal
from homebeat.domain.role import Operation
from homebeat.domain.scope import Scope

Provider = Annotated[str, Path(max_length=200, description="The id of a responder, as in the fleet file.")]


@cache
def build_router() -> APIRouter:
    """The routes of providers."""
    routes = APIRouter(
        prefix="/api/v1/providers", route_class=ApiRoute, tags=["providers"], responses=document_problems(401, 403, 422, 503)
    )

    @routes.get("", summary="List providers")
    @declare(Operation.READ_DUTY)
    def providers(context: Context, scope: CallerScope, caller: Caller) -> Listing[ProviderItem]:
        """Those of the caller's areas, in the order of the fleet file, each with what it was asked within its window."""
        with context.store.read(scope) as reader:
            found = list_provider_sights(reader, caller.principal, context.clock())
        return Listing(items=list(map(make_provider_item, found)), next_cursor=None)

    @routes.get("/{provider}", summary="One provider", responses=document_problems(404))
    @declare(Operation.READ_DUTY)
    def provider(context: Context, scope: CallerScope, caller: Caller, provider: Provider) -> ProviderDetail:
        """With the history of who got its work, and why."""
        return _show(context, scope, caller.principal, ResponderId(provider))

    @routes.post("/{provider}/suspend", summary="Give its work to its standby", responses=document_problems(404, 409))
    @declare(Operation.SUSPEND)
    def suspend(
        context: Context, scope: CallerScope, caller: Caller, provider: Provider, body: SuspensionWanted
    ) -> ProviderDetail:
        """At once, by a supervisor of all its areas; `is_veto` puts on record that the residents' committee decided so."""
        who = ResponderId(provider)
        context.perform(caller.principal, SuspendProvider(who, body.reason, body.is_veto, body.version))
        return _show(context, scope, caller.principal, who)

    @routes.post("/{provider}/resume", summary="Give its work back", responses=document_problems(404, 409))
    @declare(Operation.SUSPEND)
    def resume(
        context: Context, scope: CallerScope, caller: Caller, provider: Provider, body: ResumptionWanted
    ) -> ProviderDetail:
        """At once, or on trial: then its standby is notified together with it, until enough visits in a row were kept."""
        who = ResponderId(provider)
        context.perform(caller.principal, ResumeProvider(who, body.reason, body.on_trial, body.version))
        return _show(context, scope, caller.principal, who)

    return routes


def _show(context: ApiContext, scope: Scope, principal: Principal, provider: ResponderId) -> ProviderDetail:
    with context.store.read(scope) as reader:
        return make_provider_detail(get_provider_sight(reader, principal, context.clock(), provider))
