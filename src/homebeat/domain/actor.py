"""Who does something: a person, the engine, the clock, the resident or a service. Each step of an alert names its actor."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ActorKind(StrEnum):
    """What kind of actor it is."""

    PERSON = "user"  # somebody who is signed in
    KEY = "key"  # another system, by its key
    COMMAND = "command"  # somebody at the command line of the machine
    ENGINE = "engine"  # the rules
    CLOCK = "clock"  # a deadline that ran out
    SERVICE = "service"  # another part of homebeat
    CONTACT = "contact"  # somebody of the family, by a link
    RESIDENT = "resident"  # the person cared for, by a band or by being up


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does it.

    Attributes:
        name: Of an account, a key, a service, or of a user of the machine; the id of a contact; empty for the others.
        role: The roles of a person, a key or a contact then, with commas between; only for the record. Empty for other actors.
    """

    kind: ActorKind
    name: str = ""
    role: str = ""

    def __str__(self) -> str:
        """The form used in histories: `user:chen`, `service:deliver`, `engine`."""
        return f"{self.kind}:{self.name}" if self.name else self.kind.value
