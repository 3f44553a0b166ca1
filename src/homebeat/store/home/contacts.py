"""What the contacts of a home want and are, without opening who they are."""

from __future__ import annotations

from sqlalchemy import Connection, select

from homebeat.domain.ids import ContactId, HouseholdId
from homebeat.domain.scope import Scope
from homebeat.store.home import tables
from homebeat.store.scoping import narrow


class ContactQueries:
    """Contacts, for reading."""

    def __init__(self, connection: Connection, scope: Scope) -> None:
        self._connection = connection
        self._scope = scope

    def is_stopped(self, contact: ContactId) -> bool:
        """Whether a contact wants no messages."""
        table = tables.contact
        query = select(table.c.id).where(table.c.id == contact, table.c.stopped_at.is_not(None))
        return self._connection.scalar(narrow(query, table.c.household, self._scope)) is not None

    def is_resident_contact(self, contact: ContactId) -> bool:
        """Whether a contact lives in the home themselves."""
        table = tables.contact
        query = select(table.c.id).where(table.c.id == contact, table.c.is_resident.is_(True))
        return self._connection.scalar(narrow(query, table.c.household, self._scope)) is not None

    def find_home_of(self, contact: ContactId) -> HouseholdId | None:
        """Find the home of a contact; None where there is no such contact."""
        table = tables.contact
        query = select(table.c.household).where(table.c.id == contact)
        return self._connection.scalar(narrow(query, table.c.household, self._scope))

    def find_representative(self, household: HouseholdId) -> ContactId | None:
        """Find who answers for the family of a home; None where nobody does."""
        table = tables.contact
        theirs = table.c.household == household, table.c.retired_at.is_(None), table.c.is_representative.is_(True)
        return self._connection.scalar(narrow(select(table.c.id).where(*theirs), table.c.household, self._scope))

    def list_stopped(self) -> list[tuple[HouseholdId, ContactId]]:
        """List the contacts who want no messages, with their homes."""
        table = tables.contact
        query = select(table.c.household, table.c.id).where(table.c.stopped_at.is_not(None), table.c.retired_at.is_(None))
        rows = self._connection.execute(narrow(query, table.c.household, self._scope).order_by(table.c.household, table.c.place))
        return [(HouseholdId(row.household), ContactId(row.id)) for row in rows]
