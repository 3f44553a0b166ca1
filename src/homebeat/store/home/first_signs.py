"""The first sign of life of each day, of residents of whom a contact wants notes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, select

from homebeat.domain.family_note import find_sign_of_day
from homebeat.store.base.among import match_any
from homebeat.store.base.chunks import split_chunks
from homebeat.store.base.database import insert_into
from homebeat.store.home import tables

if TYPE_CHECKING:
    from collections.abc import Sequence

    from homebeat.store.home.values import ResidentState


def note_first_signs(connection: Connection, states: Sequence[ResidentState]) -> None:
    """Note the last signs of life in these states, where they are the first of their part of a day. Of others nothing is kept."""
    seen = {one.resident: one.life_at for one in states if one.life_at is not None}
    resident, home, contact, sign = tables.resident, tables.household, tables.contact, tables.first_sign
    if not seen or connection.scalar(select(contact.c.id).where(tables.WANTS_NOTES).limit(1)) is None:
        return
    for some in split_chunks(seen):
        wanted = select(contact.c.id).where(
            contact.c.household == resident.c.household, tables.WANTS_NOTES, contact.c.retired_at.is_(None)
        )
        query = select(resident.c.id, home.c.timezone).join(home, home.c.id == resident.c.household)
        rows = []
        for row in connection.execute(query.where(match_any(resident.c.id, some), wanted.exists())):
            part = find_sign_of_day(seen[row.id], row.timezone)
            rows.append({"resident": row.id, "day": part.day, "is_night": part.is_night, "at": seen[row.id]})
        if rows:
            add = insert_into(connection, sign).on_conflict_do_nothing(index_elements=["resident", "day", "is_night"])
            connection.execute(add, rows)
