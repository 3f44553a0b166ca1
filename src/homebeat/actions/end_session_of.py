"""End a session of somebody else: a computer that was left open, or a cookie that was copied."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from homebeat.actions.people import load_account
from homebeat.actions.perform import Record
from homebeat.actions.work import Work
from homebeat.domain.errors import NotFound
from homebeat.domain.role import Operation


@dataclass(frozen=True, slots=True)
class EndSessionOf:
    """End one session of an account.

    1. Load the account; refuse where it has a role that the actor may not give.
    2. Find the session among those of the account.
    3. Delete it.

    Attributes:
        who: The name of the account.
        public_id: Of the session, as lists show it.
    """

    name: ClassVar = "end_session_of"
    operation: ClassVar = Operation.MANAGE_PEOPLE

    who: str
    public_id: str

    def run(self, work: Work) -> None:
        """Returns nothing."""
        account = load_account(work, self.who)
        mine = [one for one in work.tx.sessions.list_of([account.name], work.now) if one.public_id == self.public_id]
        if not mine:
            raise NotFound("there is no such session")
        for one in mine:
            work.tx.sessions.end(one.id)

    def record(self, result: None) -> Record:  # noqa: ARG002 -- of the contract
        """The account and the session."""
        return Record(f"user:{self.who}", {"session": self.public_id})
