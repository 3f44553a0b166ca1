"""Stores which account belongs to which identity of an identity provider."""

from __future__ import annotations

from sqlalchemy import Connection, delete, insert, select
from sqlalchemy.exc import IntegrityError

from homebeat.domain.errors import NotAllowed
from homebeat.store.access import tables
from homebeat.store.access.values import AccountIdentity

_identity = tables.account_identity


class IdentityQueries:
    """Identities of accounts, for reading."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find(self, issuer: str, subject: str) -> AccountIdentity | None:
        """Find the account of an identity, also a disabled one."""
        mine = select(_identity).where(_identity.c.issuer == issuer, _identity.c.subject == subject)
        row = self._connection.execute(mine).mappings().first()
        return None if row is None else AccountIdentity(**row)

    def find_of(self, account: str, issuer: str) -> AccountIdentity | None:
        """Find the identity of an account at one provider."""
        mine = select(_identity).where(_identity.c.account == account, _identity.c.issuer == issuer)
        row = self._connection.execute(mine).mappings().first()
        return None if row is None else AccountIdentity(**row)

    def list_all(self) -> list[AccountIdentity]:
        """List every one, by the name of the account."""
        query = select(_identity).order_by(_identity.c.account, _identity.c.issuer)
        return [AccountIdentity(**row) for row in self._connection.execute(query).mappings()]


class Identities(IdentityQueries):
    """Identities of accounts, for writing."""

    def put(self, identity: AccountIdentity) -> None:
        """Store an identity of an account, in place of the one that it had at this provider.

        Raises:
            NotAllowed: The identity belongs to another account.
        """
        self.remove(identity.account, identity.issuer)
        values = {column.name: getattr(identity, column.name) for column in _identity.c}
        try:
            self._connection.execute(insert(_identity).values(values))
        except IntegrityError:
            raise NotAllowed("another account is connected with this identity: disconnect that one first") from None

    def remove(self, account: str, issuer: str) -> bool:
        """Remove the identity of an account at one provider; False where it has none."""
        mine = delete(_identity).where(_identity.c.account == account, _identity.c.issuer == issuer)
        return self._connection.execute(mine).rowcount == 1
