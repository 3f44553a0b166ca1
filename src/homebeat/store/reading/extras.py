"""Stores readings of metrics that homebeat does not know; they are never judged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from homebeat.store.base.database import insert_into
from homebeat.store.reading import tables

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from homebeat.domain.inbound import Extra


class Extras:
    """Extra readings, for writing."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, extras: Sequence[Extra]) -> int:
        """Write those that are new; returns how many."""
        if not extras:
            return 0
        insert = (
            insert_into(self._connection, tables.extra_reading).on_conflict_do_nothing().execution_options(preserve_rowcount=True)
        )
        return self._connection.execute(insert, [extra._asdict() for extra in extras]).rowcount
