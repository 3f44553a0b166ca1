"""Stores links that work once."""

from __future__ import annotations

from sqlalchemy import Connection, delete, insert, select

from homebeat.identity.bearer import LinkPurpose, OneTimeLink
from homebeat.store.access import tables

_link = tables.one_time_link


class LinkQueries:
    """Links, for reading."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find(self, link_id: str) -> tuple[OneTimeLink, str] | None:
        """Find a link and the account that it is for, also one that is over; None where it was used or never was."""
        row = self._connection.execute(select(_link).where(_link.c.id == link_id)).first()
        return None if row is None else (OneTimeLink(row.id, row.digest, LinkPurpose(row.purpose), row.ends_at), row.account)

    def list_accounts(self, purpose: LinkPurpose) -> set[str]:
        """List the accounts for which a link of this purpose waits to be used."""
        return set(self._connection.scalars(select(_link.c.account).where(_link.c.purpose == purpose.value)))


class Links(LinkQueries):
    """Links, for writing."""

    def add(self, link: OneTimeLink, account: str) -> None:
        """Store a link. Older links of the account for the same purpose stop working."""
        self._connection.execute(delete(_link).where(_link.c.account == account, _link.c.purpose == link.purpose.value))
        values = {"id": link.id, "digest": link.digest, "purpose": link.purpose.value, "ends_at": link.ends_at}
        self._connection.execute(insert(_link).values(account=account, **values))

    def use(self, link_id: str) -> bool:
        """Use a link up; False where somebody else was quicker."""
        return self._connection.execute(delete(_link).where(_link.c.id == link_id)).rowcount == 1
