"""Accounts: the list, one with its roles and sessions, and what may be done to them."""

from __future__ import annotations

from functools import cache
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request

from homebeat import actions
from homebeat.actions.directory import open_directory
from homebeat.actions.give_out import GivenLink, give_link
from homebeat.actions.identify import Caller as KnownCaller
from homebeat.actions.permit import declare
from homebeat.api.context import ApiContext
from homebeat.api.guard import Caller, Context
from homebeat.api.problem import document_problems
from homebeat.api.route import ApiRoute, show_once
from homebeat.api.schema.paging import Cursor, Limit, Listing
from homebeat.api.schema.people import (
    AccountItem,
    AccountMade,
    AccountWanted,
    GrantWanted,
    IdentityItem,
    IdentityWanted,
    LinkItem,
    SessionItem,
    make_account_item,
    make_grant,
    make_grants,
    make_identity_item,
    make_link_item,
    make_session_item,
)
from homebeat.domain.actor import ActorKind
from homebeat.domain.errors import NotFound, NotPermitted
from homebeat.domain.role import Operation, Role

Name = Annotated[str, Path(max_length=200)]


@cache
def build_router() -> APIRouter:
    """The routes of accounts."""
    routes = APIRouter(
        prefix="/api/v1/accounts", route_class=ApiRoute, tags=["people"], responses=document_problems(401, 403, 422, 503)
    )

    @routes.get("", summary="List accounts")
    @declare(Operation.READ_PEOPLE)
    def list_accounts(context: Context, caller: Caller, limit: Limit = 50, cursor: Cursor = None) -> Listing[AccountItem]:
        """Those that have a role in the caller's areas, by name, disabled ones too; with the roles that lie there."""
        with open_directory(context.store, caller.principal) as directory:
            page = directory.read_accounts(limit, cursor)
        return Listing(items=[make_account_item(shown) for shown in page.items], next_cursor=page.next_cursor)

    @routes.post("", summary="Make an account", status_code=201, responses=document_problems(404))
    @declare(Operation.MANAGE_PEOPLE)
    def make_account(request: Request, context: Context, caller: Caller, body: AccountWanted) -> AccountMade:
        """Only with roles that the caller may give. The link signs its owner in once, and is shown once."""
        wanted = actions.MakeAccount(body.name, make_grants(body.roles), body.language)
        name = context.perform(caller.principal, wanted).name
        link = _give_link(request, context, caller, name)
        return AccountMade(account=get_account(context, caller, name), link=make_link_item(link))

    @routes.get("/{name}", summary="One account", responses=document_problems(404))
    @declare(Operation.READ_PEOPLE)
    def get_account(context: Context, caller: Caller, name: Name) -> AccountItem:
        """With the roles that lie in the caller's areas."""
        with open_directory(context.store, caller.principal) as directory:
            return make_account_item(directory.find_account(name))

    @routes.post("/{name}/roles", summary="Give a role", responses=document_problems(404))
    @declare(Operation.MANAGE_PEOPLE)
    def give_role(context: Context, caller: Caller, name: Name, body: GrantWanted) -> AccountItem:
        """Giving one that the account has already changes nothing."""
        context.perform(caller.principal, actions.GiveRole(ActorKind.PERSON, name, make_grant(body.role, body.area)))
        return get_account(context, caller, name)

    @routes.delete("/{name}/roles", summary="Take a role away", responses=document_problems(404, 409))
    @declare(Operation.MANAGE_PEOPLE)
    def take_role(
        context: Context,
        caller: Caller,
        name: Name,
        role: Role,
        area: Annotated[str | None, Query(min_length=1, max_length=200)] = None,
    ) -> AccountItem:
        """Not the last one: disable the account instead. Taking one that the account does not have changes nothing."""
        context.perform(caller.principal, actions.TakeRole(ActorKind.PERSON, name, make_grant(role, area)))
        return get_account(context, caller, name)

    @routes.post("/{name}/disable", summary="Disable an account", responses=document_problems(404))
    @declare(Operation.MANAGE_PEOPLE)
    def disable_account(context: Context, caller: Caller, name: Name) -> AccountItem:
        """Nobody can sign in under its name, and its sessions end."""
        context.perform(caller.principal, actions.DisableAccount(name))
        return get_account(context, caller, name)

    @routes.post("/{name}/enable", summary="Enable an account again", responses=document_problems(404))
    @declare(Operation.MANAGE_PEOPLE)
    def enable_account(context: Context, caller: Caller, name: Name) -> AccountItem:
        """Takes back that it was disabled."""
        context.perform(caller.principal, actions.DisableAccount(name, undo=True))
        return get_account(context, caller, name)

    @routes.post("/{name}/link", summary="Make another link to sign in with", responses=document_problems(404))
    @declare(Operation.MANAGE_PEOPLE)
    def make_sign_in_link(request: Request, context: Context, caller: Caller, name: Name) -> LinkItem:
        """It signs in once, within 24 hours, and is shown once. Older links of the account stop working."""
        return make_link_item(_give_link(request, context, caller, name))

    @routes.get("/{name}/sessions", summary="Where somebody is signed in", responses=document_problems(404))
    @declare(Operation.READ_PEOPLE)
    def list_sessions(context: Context, caller: Caller, name: Name) -> Listing[SessionItem]:
        """Newest first; all of them."""
        with open_directory(context.store, caller.principal) as directory:
            found = directory.list_sessions(name, context.clock())
        return Listing(items=[make_session_item(entry) for entry in found], next_cursor=None)

    @routes.delete("/{name}/sessions/{session_id}", summary="End a session", responses=document_problems(404))
    @declare(Operation.MANAGE_PEOPLE)
    def end_session(context: Context, caller: Caller, name: Name, session_id: Name) -> Listing[SessionItem]:
        """Answers with those that are left."""
        context.perform(caller.principal, actions.EndSessionOf(name, session_id))
        return list_sessions(context, caller, name)

    return routes


@cache
def build_identity_router() -> APIRouter:
    """The routes of who the owner of an account is at the identity provider."""
    routes = APIRouter(
        prefix="/api/v1/accounts/{name}/identity",
        route_class=ApiRoute,
        tags=["people"],
        responses=document_problems(401, 403, 404, 422, 503),
    )

    @routes.get("", summary="Who somebody is at the identity provider")
    @declare(Operation.MANAGE_PEOPLE)
    def get_identity(context: Context, caller: Caller, name: Name) -> IdentityItem:
        """For who may change the account. 404 also where it is not connected."""
        with open_directory(context.store, caller.principal) as directory:
            may_change = directory.find_account(name).standing.may_change
            found = directory.find_identity(name, context.issuer)
        if not may_change:
            raise NotPermitted("the account has a role that you may not give: ask an administrator")
        if found is None:
            raise NotFound("the account is not connected with the identity provider")
        return make_identity_item(found)

    @routes.put("", summary="Connect an account with an identity", responses=document_problems(409))
    @declare(Operation.MANAGE_PEOPLE)
    def connect_identity(context: Context, caller: Caller, name: Name, body: IdentityWanted) -> IdentityItem:
        """From then on its owner can sign in through the provider of the settings.

        It takes the place of the identity that the account had, and then ends its sessions. Connecting the one that it has
        changes nothing. 409 where the identity belongs to another account, 422 where no provider is set up.
        """
        return make_identity_item(context.perform(caller.principal, actions.ConnectIdentity(name, context.issuer, body.subject)))

    @routes.delete("", summary="Disconnect an account")
    @declare(Operation.MANAGE_PEOPLE)
    def disconnect_identity(context: Context, caller: Caller, name: Name) -> IdentityItem:
        """Nobody signs in to it through the provider any more, and its sessions end. Answers with what it was connected with."""
        return make_identity_item(context.perform(caller.principal, actions.DisconnectIdentity(name, context.issuer)))

    return routes


def _give_link(request: Request, context: ApiContext, caller: KnownCaller, name: str) -> GivenLink:
    show_once(request, "address")
    base = (context.site.public_url or str(request.base_url)).rstrip("/")
    return give_link(context.perform, caller.principal, name, context.clock(), base)
