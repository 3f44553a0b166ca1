"""Set one's own password."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from homebeat.actions.perform import Record
from homebeat.actions.work import Work
from homebeat.domain.role import Operation


@dataclass(frozen=True, slots=True)
class SetPassword:
    """Set the actor's own password.

    1. Write the hash of the new password.
    2. End every other session of the actor: somebody may have known the old one.

    Attributes:
        password: The hash.
        session_id: The session that goes on.
    """

    name: ClassVar = "set_password"
    operation: ClassVar = Operation.OWN_ACCOUNT

    password: str = field(repr=False)
    session_id: str

    def run(self, work: Work) -> int:
        """Returns how many sessions ended."""
        work.tx.accounts.set_password(work.actor.name, self.password)
        return work.tx.sessions.end_all(work.actor.name, but=self.session_id)

    def record(self, result: int) -> Record:
        """How many sessions ended."""
        return Record("own account", {"sessions": result})
