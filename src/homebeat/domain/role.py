"""Who may do what: a closed set of roles, and one table of what each role, and each part of homebeat, may do."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from homebeat.domain.actor import Actor, ActorKind


class Operation(StrEnum):
    """What people can ask of homebeat, and what it does by itself."""

    READ = "read"
    ANSWER = "answer"  # take, give back, close and reopen an alert
    REMARK = "remark"  # add a remark to an alert
    CHOOSE = "choose"  # a resident's false-alarm budget, and back-tests
    JUDGE = "judge"  # open, clear and change alerts as the rules say
    GIVE_UP = "give_up"  # say that a notice could not be delivered
    RECORD = "record"  # lay down what happened before homebeat was there


class Role(StrEnum):
    """What the owner of a token does here."""

    VIEWER = "viewer"
    TECHNICIAN = "technician"
    DESK = "desk"
    SUPERVISOR = "supervisor"
    ADMIN = "admin"


_DESK: Final = frozenset({Operation.READ, Operation.ANSWER, Operation.REMARK})

#: What is not in this table is not permitted.
PERMITTED: Final[Mapping[Role, frozenset[Operation]]] = {
    Role.VIEWER: frozenset({Operation.READ}),
    Role.TECHNICIAN: frozenset({Operation.READ, Operation.REMARK}),
    Role.DESK: _DESK,
    Role.SUPERVISOR: _DESK | {Operation.CHOOSE},
    Role.ADMIN: _DESK | {Operation.CHOOSE},
}


#: What a part of homebeat may do, by the kind of actor and its name; a part without a name stands under "".
MACHINES: Final[Mapping[tuple[ActorKind, str], frozenset[Operation]]] = {
    (ActorKind.ENGINE, ""): frozenset({Operation.JUDGE}),
    (ActorKind.SERVICE, "deliver"): frozenset({Operation.GIVE_UP}),
    (ActorKind.SERVICE, "history"): frozenset({Operation.RECORD}),
}


def list_roles(operation: Operation) -> tuple[Role, ...]:
    """List the roles that may do `operation`."""
    return tuple(role for role in Role if operation in PERMITTED[role])


def is_permitted(actor: Actor, operation: Operation) -> bool:
    """Whether the actor may do `operation`; an unknown role may do nothing."""
    if actor.kind is ActorKind.PERSON:
        return operation in PERMITTED.get(actor.role, frozenset())  # type: ignore[call-overload]  # a StrEnum equals its text
    return operation in MACHINES.get((actor.kind, actor.name), frozenset())
