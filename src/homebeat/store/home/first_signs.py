"""The first sign of life of each day, of residents of whom a contact wants notes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, select

from homebeat.store.base.among import match_any
from homebeat.store.base.chunks import split_chunks
from homebeat.store.base.database import insert_into
from homebeat.store.home import tables

if TYPE_CHECKING:
    from collections.abc import Sequence

    from homebeat.store.home.values import ResidentState


def note_first_signs(connection: Connection, states: Sequence[ResidentState]) -> None:
    """Note the first signs of life of each part of a day that these states show; an earlier one goes before what was noted."""
    seen = {one.resident: one.signs for one in states if one.signs is not None}
    resident, home, contact, sign = tables.resident, tables.household, tables.contact, tables.first_sign
    if not seen or connection.scalar(select(contact.c.id).where(tables.WANTS_NOTES).limit(1)) is None:
        return
    for some in split_chunks(seen):
        wanted = select(contact.c.id).where(
            contact.c.household == resident.c.household, tables.WANTS_NOTES, contact.c.retired_at.is_(None)
        )
        query = select(resident.c.id, home.c.timezone).join(home, home.c.id == resident.c.household)
        rows = [
            {"resident": row.id, "day": part.day, "is_night": part.is_night, "at": at}
            for row in connection.execute(query.where(match_any(resident.c.id, some), wanted.exists()))
            for part, at in seen[row.id].find_firsts(row.timezone).items()
        ]
        if rows:
            add = insert_into(connection, sign)
            part_of_day = ["resident", "day", "is_night"]
            is_earlier = add.excluded.at < sign.c.at
            connection.execute(
                add.on_conflict_do_update(index_elements=part_of_day, set_={"at": add.excluded.at}, where=is_earlier), rows
            )
