"""Connect one's own account with the identity that the identity provider has just confirmed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from homebeat.actions.connect_identity import record_identity, write_identity
from homebeat.actions.perform import Record
from homebeat.actions.work import Work
from homebeat.domain.errors import NotFound, NotPermitted
from homebeat.domain.role import Operation
from homebeat.identity.bearer import LinkPurpose
from homebeat.store import AccountIdentity


@dataclass(frozen=True, slots=True)
class ConnectOwnIdentity:
    """Connect the actor's own account with an identity. A link shows that the account is theirs, the provider who they are.

    1. Use the link up; refuse one that was used meanwhile, is over, or is of another account.
    2. Where the account has a second factor, or belongs to another identity already, a link alone is not enough: refuse, unless
       they have shown the second factor. Then the link is good as before.
    3. Refuse an identity that belongs to another account; likewise.
    4. Write it, in place of the one that the account had; then end the sessions of the account.

    Attributes:
        issuer: The provider.
        subject: Their id there.
        link_id: Of the one-time link, which was checked when they began.
        has_shown_factor: Whether they have shown the second factor of the account in this sign-in.
    """

    name: ClassVar = "connect_own_identity"
    operation: ClassVar = Operation.OWN_ACCOUNT

    issuer: str
    subject: str = field(repr=False)
    link_id: str
    has_shown_factor: bool = False

    def run(self, work: Work) -> AccountIdentity:
        """Returns the identity as it is stored."""
        found = work.tx.links.find(self.link_id)
        is_good = found is not None and found[1] == work.actor.name and found[0].purpose is LinkPurpose.SIGN_IN
        if found is None or not is_good or work.now >= found[0].ends_at or not work.tx.links.use(self.link_id):
            raise NotFound("there is no such link")
        if not self.has_shown_factor and self._needs_factor(work):
            raise NotPermitted("a link does not replace what an account belongs to: the second factor is asked for first")
        return write_identity(work, work.actor.name, self.issuer, self.subject)

    def _needs_factor(self, work: Work) -> bool:
        account, held = work.tx.accounts.find(work.actor.name), work.tx.identities.find_of(work.actor.name, self.issuer)
        return account is None or account.has_second_factor or (held is not None and held.subject != self.subject)

    def record(self, result: AccountIdentity) -> Record:
        """The account, and a digest of the identity."""
        return record_identity(result)
