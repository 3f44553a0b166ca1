"""May they do that? The one place where it is decided, by the declared table (`domain.role`)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, TypeVar

from homebeat.domain.actor import ActorKind
from homebeat.domain.errors import NotPermitted
from homebeat.domain.ids import AreaId
from homebeat.domain.principal import Principal
from homebeat.domain.role import Operation, list_roles
from homebeat.domain.scope import EVERYTHING
from homebeat.store import ReadSession

F = TypeVar("F", bound=Callable[..., Any])
_DECLARED: Final = "homebeat_operation"


def permit(principal: Principal, operation: Operation) -> None:
    """Let them pass, or refuse.

    Raises:
        NotPermitted: No role of theirs permits it, in no area; the text says which would.
    """
    if principal.may(operation):
        return
    if principal.actor.kind in {ActorKind.PERSON, ActorKind.KEY}:
        raise NotPermitted(f"this takes one of the roles {', '.join(list_roles(operation))}")
    raise NotPermitted(f"{principal.actor} may not {operation}")


def permit_everywhere(principal: Principal, operation: Operation) -> None:
    """Let them pass where they may do it in the whole installation, or refuse.

    Raises:
        NotPermitted: They may do it in some areas alone, or nowhere.
    """
    permit(principal, operation)
    if principal.find_scope(operation) != EVERYTHING:
        raise NotPermitted("this is of the whole installation: it takes a role that is given without an area")


def may_within(reader: ReadSession, principal: Principal, operation: Operation, places: Iterable[Sequence[AreaId]]) -> list[bool]:
    """List for each of these people whether they may do it in an area where that one answers.

    Args:
        reader: Tells where areas lie.
        principal: Whoever asks.
        operation: What they may do.
        places: Of each one the areas where they answer; none for everywhere.
    """
    asked = list(places)
    if not principal.may(operation):
        return [False for _ in asked]
    scope, lines = principal.find_scope(operation), reader.fleet.find_lines(area for areas in asked for area in areas)
    return [not areas or any(scope.reaches(lines.get(area, ())) for area in areas) for areas in asked]


def declare(operation: Operation | None) -> Callable[[F], F]:
    """Declare what a route is: its operation, or None for a route that anybody may call without signing in.

    A route that declares nothing cannot be built.
    """

    def mark(endpoint: F) -> F:
        setattr(endpoint, _DECLARED, (operation,))
        return endpoint

    return mark


def find_declared(endpoint: Callable[..., Any]) -> Operation | None:
    """Find what a route declares.

    Raises:
        TypeError: It declares nothing.
    """
    declared: tuple[Operation | None] | None = getattr(endpoint, _DECLARED, None)
    if declared is None:
        raise TypeError(
            f"{endpoint.__module__}.{endpoint.__qualname__} does not declare its operation: see actions.permit.declare"
        )
    return declared[0]
