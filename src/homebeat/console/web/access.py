"""Who is signed in, and in which language they read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import Form, Request

from homebeat.actions.identify import digest_of, identify
from homebeat.console.web.context import ConsoleContext
from homebeat.console.web.session import COOKIE, Session
from homebeat.domain.actor import Actor
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
    def actor(self) -> Actor:
        """Who acts."""
        return self.token.owner

    def may(self, operation: Operation) -> bool:
        """Whether their role permits `operation`."""
        return self.token.may(operation)


def choose_wording(request: Request) -> Wording:
    """Choose the reader's language: what they chose before (cookie), else what the browser asks for."""
    return Wording(negotiate(request.headers.get("accept-language"), request.cookies.get(LANGUAGE_COOKIE)))


def find_token(context: ConsoleContext, digest: str, session: Session | None = None) -> Token | None:
    """Find the token with this SHA-256, if its role permits anything at all; see `identify`."""
    token = identify(context.store, digest, context.clock(), session.id if session is not None else "")
    return token if token is not None and token.may(Operation.READ) else None


def find_token_by_secret(context: ConsoleContext, secret: str) -> Token | None:
    """Find the valid token with this secret; None where there is none."""
    return find_token(context, digest_of(secret.strip()))


def is_still_valid(context: ConsoleContext, visitor: Visitor) -> bool:
    """Whether a session that was valid still is: a live page must not outlive it."""
    return context.clock() < visitor.session.expires_at and find_token(context, visitor.token.hash, visitor.session) is not None


def find_visitor(context: ConsoleContext, request: Request) -> Visitor | None:
    """Find who is signed in; None for nobody."""
    session = context.sessions.read(request.cookies.get(COOKIE), context.clock())
    token = find_token(context, session.token_hash, session) if session else None
    return Visitor(token, session, context.sessions.make_csrf(session)) if session and token else None


class Guard:
    """What a route requires of its visitor, as FastAPI dependencies."""

    def __init__(self, context: ConsoleContext) -> None:
        self._context = context

    def require_visitor(self, request: Request) -> Visitor:
        """Require somebody who is signed in.

        Raises:
            SignedOut: Nobody is.
        """
        found = find_visitor(self._context, request)
        if found is None:
            raise SignedOut
        return found

    def require_sender(self, request: Request, csrf: Annotated[str, Form(max_length=200)] = "") -> Visitor:
        """Require somebody who is signed in and sends a form that a page of this session has made.

        Raises:
            SignedOut: Nobody is.
            Forged: The form comes from elsewhere.
        """
        found = self.require_visitor(request)
        if not self._context.sessions.is_csrf(found.session, csrf):
            raise Forged
        return found
