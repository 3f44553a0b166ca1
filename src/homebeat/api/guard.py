"""Identifies the caller by a bearer token, looked up by its SHA-256."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from homebeat.actions.identify import digest_of, identify
from homebeat.api.context import ApiContext
from homebeat.api.problem import Unauthorised
from homebeat.domain.errors import NotPermitted, Unavailable
from homebeat.domain.role import Operation, Role
from homebeat.store import Token

_BEARER = HTTPBearer(auto_error=False, description="A token made by `homebeat token create`.")


def get_context(request: Request) -> ApiContext:
    """The context that this application was built with."""
    context: ApiContext = request.app.state.context
    return context


Context = Annotated[ApiContext, Depends(get_context)]


def read_bearer(request: Request) -> str:
    """Read the secret of the bearer token; empty when the request has none."""
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    return secret.strip() if scheme.lower() == "bearer" else ""


def identify_caller(
    request: Request, context: Context, _: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]
) -> Token:
    """Identify the caller by the token of the request. The route has looked it up before it read the body.

    Raises:
        Unauthorised: There is no token, or it is not valid.
        NotPermitted: Its role is unknown.
    """
    known: Token | None = getattr(request.state, "token", None)
    return known or identify_bearer(context, read_bearer(request))


def identify_bearer(context: ApiContext, secret: str) -> Token:
    """As `identify_caller`, from the secret."""
    token = identify(context.store, digest_of(secret), context.clock()) if secret else None
    if token is None:
        raise Unauthorised("a valid bearer token is needed")
    if not token.may(Operation.READ):
        raise NotPermitted(f"this token's role permits nothing; make another with one of these roles: {', '.join(Role)}")
    return token


def find_caller(context: ApiContext, secret: str) -> Token | None:
    """As `identify_bearer`, for routes that need no token: None without a valid one."""
    token = identify(context.store, digest_of(secret), context.clock())
    return token if token and token.may(Operation.READ) else None


Caller = Annotated[Token, Depends(identify_caller)]


def is_still_valid(context: ApiContext, token: Token) -> bool:
    """Whether a token may keep its stream open. While the database does not answer, it may."""
    try:
        with context.store.read() as reader:
            now = reader.tokens.find_by_hash(token.hash)
    except Unavailable:
        return True
    return now is not None and now.is_valid(context.clock())
