"""Who is signed in, and in which language they read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import Form, Request

from homebeat.actions.identify import Caller, digest_of, identify_onlooker, identify_session
from homebeat.actions.permit import find_declared, permit
from homebeat.console.web.context import ConsoleContext
from homebeat.console.web.session import is_csrf, make_csrf, name_cookie
from homebeat.domain.actor import Actor
from homebeat.domain.principal import Principal
from homebeat.domain.role import Operation
from homebeat.domain.scope import Scope
from homebeat.wording import Wording, negotiate


class SignedOut(Exception):
    """Nobody is signed in."""


class Forged(Exception):
    """A form that no page of this session has made."""


LANGUAGE_COOKIE: Final = "homebeat_language"


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who is signed in.

    Attributes:
        is_onlooker: Their session is over: they see that alerts wait, and nothing of anybody.
    """

    caller: Caller
    cookie: str
    is_onlooker: bool = False

    @property
    def principal(self) -> Principal:
        """Who acts, with their roles."""
        return self.caller.principal

    @property
    def actor(self) -> Actor:
        """Who acts, as histories name them."""
        return self.caller.principal.actor

    @property
    def name(self) -> str:
        """What they signed in with."""
        return self.caller.name

    @property
    def csrf(self) -> str:
        """What every form of theirs carries."""
        return make_csrf(self.cookie)

    def find_scope(self, operation: Operation) -> Scope:
        """Find the areas in which they may do `operation`."""
        return self.principal.find_scope(operation)

    def may(self, operation: Operation) -> bool:
        """Whether one of their roles permits `operation`."""
        return self.principal.may(operation)


def choose_wording(request: Request) -> Wording:
    """Choose the reader's language: what they chose before (cookie), else what the browser asks for."""
    return Wording(negotiate(request.headers.get("accept-language"), request.cookies.get(LANGUAGE_COOKIE)))


def is_still_valid(context: ConsoleContext, visitor: Visitor) -> bool:
    """Whether a session that was valid still is, with the same roles: a live page must not outlive them."""
    identify = identify_onlooker if visitor.is_onlooker else identify_session
    now = identify(context.store, visitor.caller.id, context.clock())
    return now is not None and now.principal == visitor.principal


def find_visitor(context: ConsoleContext, request: Request) -> Visitor | None:
    """Find who is signed in; None for nobody, and for who has no role."""
    cookie = request.cookies.get(name_cookie(is_secure=context.is_secure))
    caller = identify_session(context.store, digest_of(cookie), context.clock()) if cookie else None
    return Visitor(caller, cookie) if cookie and caller and caller.principal.may(Operation.OWN_ACCOUNT) else None


def find_onlooker(context: ConsoleContext, request: Request) -> Visitor | None:
    """Find whose session is over by its time; None for nobody."""
    cookie = request.cookies.get(name_cookie(is_secure=context.is_secure))
    caller = identify_onlooker(context.store, digest_of(cookie), context.clock()) if cookie else None
    return Visitor(caller, cookie, is_onlooker=True) if cookie and caller else None


class Guard:
    """What a route requires of its visitor, as FastAPI dependencies."""

    def __init__(self, context: ConsoleContext) -> None:
        self._context = context

    def require_visitor(self, request: Request) -> Visitor:
        """Require somebody who is signed in and has a role that permits what the route declares.

        Raises:
            SignedOut: Nobody is.
            NotPermitted: None of their roles does.
        """
        found = find_visitor(self._context, request)
        if found is None:
            raise SignedOut
        operation = find_declared(request.scope["endpoint"])
        if operation is not None:
            permit(found.principal, operation)
        return found

    def require_onlooker(self, request: Request) -> Visitor:
        """As `require_visitor`; also somebody whose session is over by its time, for routes of the queue.

        Raises:
            SignedOut: Nobody is signed in, and nobody was.
            NotPermitted: None of their roles permits it.
        """
        try:
            return self.require_visitor(request)
        except SignedOut:
            found = find_onlooker(self._context, request)
            if found is None:
                raise
            return found

    def require_sender(self, request: Request, csrf: Annotated[str, Form(max_length=200)] = "") -> Visitor:
        """Require somebody who is signed in and sends a form that a page of this session has made.

        Raises:
            SignedOut: Nobody is.
            Forged: The form comes from elsewhere.
        """
        found = self.require_visitor(request)
        if not is_csrf(found.cookie, csrf):
            raise Forged
        return found
