"""Who may do what: a closed set of roles, and one table of what each may do."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Operation(StrEnum):
    """What can be asked of homebeat over HTTP."""

    READ = "read"
    ANSWER = "answer"  # take, give back, close and reopen an alert
    REMARK = "remark"  # add a remark to an alert
    CHOOSE = "choose"  # a resident's false-alarm budget, and back-tests


class Role(StrEnum):
    """What the owner of a token is here for."""

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


def roles_for(operation: Operation) -> tuple[Role, ...]:
    """The roles that may do `operation`."""
    return tuple(role for role in Role if operation in PERMITTED[role])


def is_permitted(role: str, operation: Operation) -> bool:
    """Whether somebody of `role` may do `operation`; a role that is none of ours may do nothing."""
    return operation in PERMITTED.get(role, frozenset())  # type: ignore[call-overload]  # a StrEnum equals its text
