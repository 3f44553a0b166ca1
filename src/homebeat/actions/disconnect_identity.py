"""Take from an account the identity that its owner has at the identity provider."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from homebeat.actions.connect_identity import record_identity
from homebeat.actions.people import load_account
from homebeat.actions.perform import Record
from homebeat.actions.work import Work
from homebeat.domain.errors import NotFound
from homebeat.domain.role import Operation
from homebeat.store import AccountIdentity


@dataclass(frozen=True, slots=True)
class DisconnectIdentity:
    """Disconnect an account from its identity: nobody signs in to it through the identity provider any more.

    1. Load the account; refuse where it has a role that the actor may not give.
    2. Remove its identity; refuse where it has none.
    3. End its sessions: one of them may be of somebody who should not have been connected.

    Attributes:
        who: The name of the account.
        issuer: The provider in force.
    """

    name: ClassVar = "disconnect_identity"
    operation: ClassVar = Operation.MANAGE_PEOPLE

    who: str
    issuer: str

    def run(self, work: Work) -> AccountIdentity:
        """Returns the identity that it had."""
        account = load_account(work, self.who)
        found = work.tx.identities.find_of(account.name, self.issuer)
        if found is None:
            raise NotFound(f"the account {account.name} is not connected with the identity provider")
        work.tx.identities.remove(account.name, self.issuer)
        work.tx.sessions.end_all(account.name)
        return found

    def record(self, result: AccountIdentity) -> Record:
        """The account, and a digest of the identity that it had."""
        return record_identity(result)
