"""Who is signed in, and in which language they read."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import Form, Request

from homebeat.console.web.context import ConsoleContext
from homebeat.console.web.session import COOKIE, Session
from homebeat.domain.errors import NotPermitted
from homebeat.domain.role import Operation
from homebeat.store import Token
from homebeat.wording import Wording, negotiate


class SignedOut(Exception):
    """Nobody is signed in."""


class Forged(Exception):
    """A form that no page of this session has made."""


LANGUAGE_COOKIE: Final = "homebeat_language"


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who is signed in."""

    token: Token
    session: Session
    csrf: str

    @property
    def actor(self) -> str:
        """How they stand in the history of an alert."""
        return f"user:{self.token.name}"

    def may(self, operation: Operation) -> bool:
        """Whether their role permits `operation`."""
        return self.token.may(operation)


def words_of(request: Request) -> Wording:
    """The reader's language: chosen before (cookie), else what the browser asks for."""
    return Wording(negotiate(request.headers.get("accept-language"), request.cookies.get(LANGUAGE_COOKIE)))


def token_of(context: ConsoleContext, digest: str, session: Session | None = None) -> Token | None:
    """The valid token with this SHA-256.

    None when it is unknown, over or revoked, when its role permits nothing, or when its session was signed out.
    """
    with context.store.read() as reader:
        has_ended = session is not None and reader.sign_outs.has(session.id)
        token = None if has_ended else reader.tokens.by_hash(digest)
    if token is None or not hmac.compare_digest(token.hash, digest) or not token.is_valid(context.clock()):
        return None
    return token if token.may(Operation.READ) else None


def token_by_secret(context: ConsoleContext, secret: str) -> Token | None:
    """The valid token whose secret somebody has typed."""
    return token_of(context, hashlib.sha256(secret.strip().encode()).hexdigest())


def is_still_valid(context: ConsoleContext, visitor: Visitor) -> bool:
    """Whether a session that was valid still is: a live page must not outlive it."""
    return context.clock() < visitor.session.expires_at and token_of(context, visitor.token.hash, visitor.session) is not None


def visitor_of(context: ConsoleContext, request: Request) -> Visitor | None:
    """Who asks; None when nobody is signed in (any more)."""
    session = context.sessions.read(request.cookies.get(COOKIE), context.clock())
    token = token_of(context, session.token_hash, session) if session else None
    return Visitor(token, session, context.sessions.csrf(session)) if session and token else None


class Guard:
    """What a route demands of its visitor, as FastAPI dependencies."""

    def __init__(self, context: ConsoleContext) -> None:
        self._context = context

    def visitor(self, request: Request) -> Visitor:
        """Somebody who is signed in.

        Raises:
            SignedOut: Nobody is.
        """
        found = visitor_of(self._context, request)
        if found is None:
            raise SignedOut
        return found

    def sender(self, operation: Operation) -> Callable[..., Visitor]:
        """Somebody who is signed in, sends a form that a page of this session has made, and may do `operation`."""

        def demanded(request: Request, csrf: Annotated[str, Form(max_length=200)] = "") -> Visitor:
            found = self.visitor(request)
            if not self._context.sessions.is_csrf(found.session, csrf):
                raise Forged
            if not found.may(operation):
                raise NotPermitted(f"the role {found.token.role} may not do this")
            return found

        return demanded
