"""Connect an account with the identity that its owner has at the identity provider."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Final

from homebeat.actions.people import load_account
from homebeat.actions.perform import Record
from homebeat.actions.work import Work
from homebeat.domain.errors import Incomplete
from homebeat.domain.role import Operation
from homebeat.domain.text import is_plain
from homebeat.identity.oidc.values import digest_identity
from homebeat.store import AccountIdentity

#: As OpenID Connect Core has it, section 2.
LONGEST_SUBJECT: Final = 255


@dataclass(frozen=True, slots=True)
class ConnectIdentity:
    """Connect an account with an identity: from then on its owner signs in through the identity provider.

    1. Load the account; refuse where it has a role that the actor may not give.
    2. Refuse an identity that cannot be one, or belongs to another account.
    3. Write it, in place of the one that the account had; then end the sessions of the account.

    Attributes:
        who: The name of the account.
        issuer: The provider in force.
        subject: The id of the owner there.
    """

    name: ClassVar = "connect_identity"
    operation: ClassVar = Operation.MANAGE_PEOPLE

    who: str
    issuer: str
    subject: str = field(repr=False)

    def run(self, work: Work) -> AccountIdentity:
        """Returns the identity as it is stored."""
        account = load_account(work, self.who)
        return write_identity(work, account.name, self.issuer, self.subject.strip())

    def record(self, result: AccountIdentity) -> Record:
        """The account, and a digest of the identity."""
        return record_identity(result)


def write_identity(work: Work, account: str, issuer: str, subject: str) -> AccountIdentity:
    """Write whom an account belongs to; nothing changes where it belongs to them already.

    Raises:
        Incomplete: It is empty, too long, or cannot be shown on one line; or there is no provider.
        NotAllowed: It belongs to another account.
    """
    if not issuer:
        raise Incomplete("no identity provider is set up: see [oidc] in docs/settings.md")
    if not 0 < len(subject) <= LONGEST_SUBJECT or not is_plain(subject):
        raise Incomplete(f"the id at the identity provider is 1 to {LONGEST_SUBJECT} characters on one line")
    known = work.tx.identities.find(issuer, subject)
    if known is not None and known.account == account:
        return known
    made = AccountIdentity(issuer, subject, account, str(work.actor), work.now)
    if work.tx.identities.find_of(account, issuer) is not None:
        work.tx.sessions.end_all(account)
    work.tx.identities.put(made)
    return made


def record_identity(identity: AccountIdentity) -> Record:
    """The record of an identity: the account, and a digest. The id itself may be the number of a person's card."""
    return Record(f"user:{identity.account}", {"identity": digest_identity(identity.issuer, identity.subject)})
