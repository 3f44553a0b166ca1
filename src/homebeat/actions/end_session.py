"""End a session: a copy of its cookie opens nothing afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from homebeat.actions.perform import Record
from homebeat.actions.work import Work
from homebeat.domain.errors import NotFound
from homebeat.domain.role import Operation


@dataclass(frozen=True, slots=True)
class EndSession:
    """End one of the actor's own sessions.

    1. Load the session; refuse where it is not the actor's.
    2. Delete it.
    """

    name: ClassVar = "end_session"
    operation: ClassVar = Operation.OWN_ACCOUNT

    session_id: str

    def run(self, work: Work) -> None:
        """Returns nothing."""
        found = work.tx.sessions.find(self.session_id)
        if found is None or found.account != work.actor.name:
            raise NotFound("there is no such session")
        work.tx.sessions.end(self.session_id)

    def record(self, result: None) -> Record:  # noqa: ARG002 -- of the contract
        """The account and the session."""
        return Record(str(self.session_id[:12]), {})
