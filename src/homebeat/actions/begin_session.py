"""Begin a session: somebody has shown who they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from homebeat.actions.perform import Record
from homebeat.actions.work import Work
from homebeat.domain.role import Operation
from homebeat.store import SessionEntry


@dataclass(frozen=True, slots=True)
class BeginSession:
    """Begin a session of the actor.

    1. Write the session with its end.
    2. Write when they signed in last.
    3. Note the network: wrong tries of others there no longer hold this person up.

    Attributes:
        session_id: SHA-256 of what the cookie holds, lower-case hex.
        how: What they showed: `password`, `link`, `provider`.
        network: Where they are, as `identity.lockout` counts networks.
        ends_at: Epoch ms.
    """

    name: ClassVar = "begin_session"
    operation: ClassVar = Operation.OWN_ACCOUNT

    session_id: str
    how: str
    network: str
    ends_at: int

    def run(self, work: Work) -> SessionEntry:
        """Returns the session."""
        entry = SessionEntry(self.session_id, work.actor.name, self.network, self.how, work.now, work.now, self.ends_at)
        work.tx.sessions.add(entry)
        work.tx.accounts.note_sign_in(work.actor.name, work.now)
        work.tx.tries.note_network(entry.account, entry.network)
        return entry

    def record(self, result: SessionEntry) -> Record:
        """The account, the session, and how they signed in."""
        return Record(f"user:{result.account}", {"session": result.public_id, "how": self.how})
