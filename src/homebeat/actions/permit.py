"""May this actor do that? The one place where it is decided, by the declared table (`domain.role`)."""

from __future__ import annotations

from homebeat.domain.actor import Actor, ActorKind
from homebeat.domain.errors import NotPermitted
from homebeat.domain.role import Operation, is_permitted, list_roles


def permit(actor: Actor, operation: Operation) -> None:
    """Let the actor pass, or refuse.

    Raises:
        NotPermitted: The table does not permit it; the text says who may.
    """
    if is_permitted(actor, operation):
        return
    if actor.kind is ActorKind.PERSON:
        raise NotPermitted(f"this takes a token of the role {' or '.join(list_roles(operation))}")
    raise NotPermitted(f"{actor} may not {operation}")
