"""Whom messages reach: since when nothing has come through to a contact or responder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, delete, func, select, update

from homebeat.domain.scope import Scope
from homebeat.store.base.database import insert_into
from homebeat.store.home import tables as home_tables
from homebeat.store.notice import tables
from homebeat.store.scoping import require_everything

if TYPE_CHECKING:
    from homebeat.domain.ids import ContactId, HouseholdId

_reach = tables.reach


class ReachRows:
    """Reach, for writing. Nobody is ever left out because of it: what is sent is not changed."""

    def __init__(self, connection: Connection, scope: Scope) -> None:
        self._connection = connection
        self._scope = scope

    def note_failure(self, contact: ContactId, now: int) -> int:
        """Note that a message has failed at `now` (epoch ms); returns when the first one did since the last that came through."""
        add = insert_into(self._connection, _reach).on_conflict_do_nothing(index_elements=["contact"])
        self._connection.execute(add, {"contact": contact, "failing_since": now})
        query = select(_reach.c.failing_since).where(_reach.c.contact == contact)
        return min(now, self._connection.scalar(query) or now)

    def mark(self, contact: ContactId, now: int) -> bool:
        """Mark a contact as unreachable from `now` (epoch ms); False where they are already."""
        new = (_reach.c.contact == contact, _reach.c.unreachable_at.is_(None))
        return self._connection.execute(update(_reach).where(*new).values(unreachable_at=now)).rowcount > 0

    def end(self, contact: ContactId) -> bool:
        """Forget failures: a message came through, or nobody writes to them any more. Returns whether they were unreachable."""
        gone = delete(_reach).where(_reach.c.contact == contact).returning(_reach.c.unreachable_at)
        return self._connection.scalar(gone) is not None

    def count_unreachable(self, household: HouseholdId) -> int:
        """Count the contacts of a home who are unreachable."""
        require_everything(self._scope)
        contact = home_tables.contact
        theirs = select(contact.c.id).where(contact.c.household == household)
        query = select(func.count()).where(_reach.c.contact.in_(theirs), _reach.c.unreachable_at.is_not(None))
        return self._connection.scalar(query) or 0
