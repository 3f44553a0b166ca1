"""Disable an account, or enable it again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from homebeat.actions.people import is_oneself, load_account
from homebeat.actions.perform import Record
from homebeat.actions.work import Work
from homebeat.domain.actor import ActorKind
from homebeat.domain.errors import NotAllowed
from homebeat.domain.role import Operation


@dataclass(frozen=True, slots=True)
class DisableAccount:
    """Disable an account: nobody can sign in under its name. It is never deleted, because histories name it.

    1. Load the account; refuse where it has a role that the actor may not give, or is the actor's own.
    2. Write since when it is disabled, or with `undo` that it is not.
    3. End its sessions.
    """

    name: ClassVar = "disable_account"
    operation: ClassVar = Operation.MANAGE_PEOPLE

    who: str
    undo: bool = False

    def run(self, work: Work) -> int:
        """Returns how many sessions ended."""
        load_account(work, self.who)
        if is_oneself(work, ActorKind.PERSON, self.who):
            raise NotAllowed("you cannot disable your own account: somebody else has to")
        work.tx.accounts.set_disabled(self.who, None if self.undo else work.now)
        return work.tx.sessions.end_all(self.who)

    def record(self, result: int) -> Record:
        """The account, and how many sessions ended."""
        return Record(f"user:{self.who}", {"disabled": not self.undo, "sessions": result})
