"""Who asks: a bearer token, looked up by its SHA-256."""

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


def context_of(request: Request) -> ApiContext:
    """The context this application was built with."""
    context: ApiContext = request.app.state.context
    return context


Context = Annotated[ApiContext, Depends(context_of)]


def bearer_of(request: Request) -> str:
    """The secret that came with the request; empty when none did."""
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    return secret.strip() if scheme.lower() == "bearer" else ""


def caller(request: Request, context: Context, _: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]) -> Token:
    """The token that came with the request; a route of the API has looked it up before it read the body.

    Raises:
        Unauthorised: None came, or it opens nothing.
        NotPermitted: Its role is none of ours.
    """
    known: Token | None = getattr(request.state, "token", None)
    return known or caller_with(context, bearer_of(request))


def caller_with(context: ApiContext, secret: str) -> Token:
    """As `caller`, with the secret that came."""
    token = identify(context.store, digest_of(secret), context.clock()) if secret else None
    if token is None:
        raise Unauthorised("a valid bearer token is needed")
    if not token.may(Operation.READ):
        raise NotPermitted(f"this token's role permits nothing; make another with one of these roles: {', '.join(Role)}")
    return token


def caller_or_none(context: ApiContext, secret: str) -> Token | None:
    """As `caller`, for what strangers may ask as well."""
    token = identify(context.store, digest_of(secret), context.clock())
    return token if token and token.may(Operation.READ) else None


Caller = Annotated[Token, Depends(caller)]


def is_still_valid(context: ApiContext, token: Token) -> bool:
    """Whether a token that opened a stream still does; while the database is away, it does."""
    try:
        with context.store.read() as reader:
            now = reader.tokens.by_hash(token.hash)
    except Unavailable:
        return True
    return now is not None and now.is_valid(context.clock())
