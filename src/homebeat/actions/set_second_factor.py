"""Set up one's own second factor, or go without one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from homebeat.actions.perform import Record
from homebeat.actions.work import Work
from homebeat.domain.role import Operation


@dataclass(frozen=True, slots=True)
class SetSecondFactor:
    """Set the actor's own second factor.

    1. Write its secret, the step of the code that proved it, and the digests of its recovery codes.
    2. End every other session of the actor.

    Attributes:
        secret: Empty to go without a second factor.
        step: Of the code that proved that the app has the secret.
        codes: Digests of the recovery codes.
        session_id: The session that goes on.
    """

    name: ClassVar = "set_second_factor"
    operation: ClassVar = Operation.OWN_ACCOUNT

    secret: str = field(repr=False)
    step: int
    codes: tuple[str, ...] = field(repr=False)
    session_id: str

    def run(self, work: Work) -> int:
        """Returns how many sessions ended."""
        work.tx.accounts.set_second_factor(work.actor.name, self.secret, self.step, self.codes, work.now)
        return work.tx.sessions.end_all(work.actor.name, but=self.session_id)

    def record(self, result: int) -> Record:
        """Whether there is a second factor now, and how many sessions ended."""
        return Record("own account", {"has": bool(self.secret), "sessions": result})
