"""Erases people: without their keys nobody can read what is sealed about them. And remembers what is still on the disk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, delete, or_, select, update

from homebeat.store.alert import tables as alert_tables
from homebeat.store.base.among import match_any
from homebeat.store.base.chunks import split_chunks
from homebeat.store.base.database import insert_into, overwrite_deleted
from homebeat.store.home import tables
from homebeat.store.home.search_index import forget_residents
from homebeat.store.operation.tables import meta
from homebeat.store.sealing.values import name_household, name_resident, name_responder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from homebeat.domain.ids import HouseholdId, ResidentId, ResponderId
    from homebeat.store.sealing.owner_keys import OwnerKeyWrites

#: The tables that had personal columns as they are before revisions 0019 and 0022.
_REWRITTEN: Final = ("household", "resident", "contact", "away", "transition", "outbox", "answered")
_REMAINS: Final = "plain_remains"


def note_rewritten(connection: Connection) -> None:
    """Note that what stood plainly in the tables may still be on the disk."""
    connection.execute(insert_into(connection, meta).values(name=_REMAINS, value=1).on_conflict_do_nothing())


def find_rewritten(connection: Connection) -> tuple[str, ...]:
    """Find the tables of which plain values may still be on the disk."""
    return _REWRITTEN if connection.scalar(select(meta.c.value).where(meta.c.name == _REMAINS)) else ()


def forget_rewritten(connection: Connection) -> None:
    """Note that nothing plain is on the disk any more."""
    connection.execute(delete(meta).where(meta.c.name == _REMAINS))


def erase_people(
    keys: OwnerKeyWrites,
    connection: Connection,
    residents: Sequence[ResidentId],
    households: Sequence[HouseholdId],
    responders: Sequence[ResponderId] = (),
) -> int:
    """Delete the keys of people and homes, and by what they are found; returns how many keys there were."""
    overwrite_deleted(connection)
    forget_residents(connection, residents)
    for homes in split_chunks(households):
        inside = select(tables.resident.c.id).where(match_any(tables.resident.c.household, homes))
        forget_residents(connection, connection.scalars(inside))
    for table, column, names in (
        (tables.resident, tables.resident.c.id, residents),
        (tables.contact, tables.contact.c.household, households),
    ):
        for some in split_chunks(names):
            connection.execute(update(table).where(match_any(column, some)).values(phone_digest=None))
    who, what = tables.resident, tables.home_change
    alert, photo = alert_tables.alert, alert_tables.visit_photo
    for some in split_chunks(residents):  # the changes of a home, and photos of visits, are sealed with the key of the home
        theirs = select(who.c.household).where(match_any(who.c.id, some))
        connection.execute(delete(what).where(what.c.household.in_(theirs)))
        # also those of alerts about them in a home from which they have moved
        visited = select(alert.c.id).where(or_(alert.c.household.in_(theirs), match_any(alert.c.resident, some)))
        connection.execute(delete(photo).where(photo.c.alert_id.in_(visited)))
    for some in split_chunks(households):
        visited = select(alert.c.id).where(match_any(alert.c.household, some))
        connection.execute(delete(photo).where(photo.c.alert_id.in_(visited)))
    owners = [*map(name_resident, residents), *map(name_household, households), *map(name_responder, responders)]
    return sum(map(keys.erase, owners))
