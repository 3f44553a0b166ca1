"""Who does something: a person, the engine, the clock, the resident or a service. Each step of an alert names its actor."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class ActorKind(StrEnum):
    """What kind of actor it is."""

    PERSON = "user"  # somebody who is signed in, or whose program holds a token
    ENGINE = "engine"  # the rules
    CLOCK = "clock"  # a deadline that ran out
    SERVICE = "service"  # another part of homebeat
    RESIDENT = "resident"  # the person cared for, by a band or by being up


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does it.

    Attributes:
        name: Of a person's token or of a service; empty for the others.
        role: A person's role, as text; one that is not in `domain.role.Role` permits nothing. Empty for other actors.
    """

    kind: ActorKind
    name: str = ""
    role: str = ""

    def __str__(self) -> str:
        """The form used in histories: `user:chen`, `service:deliver`, `engine`."""
        return f"{self.kind}:{self.name}" if self.name else self.kind.value


ENGINE: Final = Actor(ActorKind.ENGINE)


def make_person(name: str, role: str) -> Actor:
    """Make the actor for somebody with a token of that name and role."""
    return Actor(ActorKind.PERSON, name, role)


def make_service(name: str) -> Actor:
    """Make the actor for a part of homebeat, such as `deliver`."""
    return Actor(ActorKind.SERVICE, name)
