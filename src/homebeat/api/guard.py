"""Identifies the caller by a bearer key, looked up by its SHA-256.

What a request depends on is `async` where it waits for nothing: else the framework would hand each over to a thread and back.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.concurrency import run_in_threadpool

from homebeat.actions.identify import Caller as KnownCaller
from homebeat.actions.identify import digest_of, identify_key
from homebeat.actions.permit import find_declared
from homebeat.actions.view import View
from homebeat.api.context import ApiContext
from homebeat.api.problem import Unauthorised
from homebeat.domain.errors import NotPermitted, Unavailable
from homebeat.domain.principal import Principal
from homebeat.domain.role import Operation, Role
from homebeat.domain.scope import NOTHING, Scope

_BEARER = HTTPBearer(auto_error=False, description="A key made by `homebeat key create`.")


async def get_context(request: Request) -> ApiContext:
    """The context that this application was built with."""
    context: ApiContext = request.app.state.context
    return context


Context = Annotated[ApiContext, Depends(get_context)]


def read_bearer(request: Request) -> str:
    """Read the bearer key; empty when the request has none."""
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    return secret.strip() if scheme.lower() == "bearer" else ""


async def identify_caller(
    request: Request, context: Context, _: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]
) -> KnownCaller:
    """Identify the caller by the key of the request. The route has looked it up before it read the body.

    Raises:
        Unauthorised: There is no key, or it is not valid.
        NotPermitted: It has no role that permits anything.
    """
    known: KnownCaller | None = getattr(request.state, "caller", None)
    if known is not None:
        return known
    return await run_in_threadpool(identify_bearer, context, read_bearer(request))


def identify_bearer(context: ApiContext, secret: str) -> KnownCaller:
    """As `identify_caller`, from the key."""
    caller = identify_key(context.store, digest_of(secret), context.clock()) if secret else None
    if caller is None:
        raise Unauthorised("a valid bearer key is needed")
    if not caller.principal.may(Operation.OWN_ACCOUNT):
        raise NotPermitted(f"this key has no role that permits anything; make another with one of: {', '.join(Role)}")
    return caller


def find_caller(context: ApiContext, secret: str) -> KnownCaller | None:
    """As `identify_bearer`, for routes that need no key: None without one that may know how the service is."""
    caller = identify_key(context.store, digest_of(secret), context.clock())
    return caller if caller and caller.principal.may(Operation.READ_SERVICE) else None


Caller = Annotated[KnownCaller, Depends(identify_caller)]


async def find_scope(request: Request, caller: Caller) -> Scope:
    """Find the areas in which the caller may do what the route declares: the route reads in this scope alone."""
    operation = find_declared(request.scope["endpoint"])
    return NOTHING if operation is None else caller.principal.find_scope(operation)


CallerScope = Annotated[Scope, Depends(find_scope)]


@dataclass(frozen=True, slots=True)
class ViewOpener:
    """Opens views for the caller, for what the route declares."""

    context: ApiContext
    principal: Principal
    operation: Operation

    def __call__(self) -> AbstractContextManager[View]:
        """Open a view; what it has shown goes on record at the end of the block."""
        return self.context.open_view(self.principal, self.operation)


async def find_opener(request: Request, context: Context, caller: Caller) -> ViewOpener:
    """Find what opens views for the caller.

    Raises:
        TypeError: The route declares no operation.
    """
    operation = find_declared(request.scope["endpoint"])
    if operation is None:
        raise TypeError("a route that anybody may call has no view")
    return ViewOpener(context, caller.principal, operation)


OpenView = Annotated[ViewOpener, Depends(find_opener)]


def is_still_valid(context: ApiContext, caller: KnownCaller) -> bool:
    """Whether a caller may keep a stream open. While the database does not answer, they may."""
    try:
        now = identify_key(context.store, caller.id, context.clock())
    except Unavailable:
        return True
    return now is not None and now.principal == caller.principal
