"""Keeps the counts that must balance: accepted + duplicate + quarantined = delivered."""

from __future__ import annotations

from sqlalchemy import Connection, select, update

from homebeat.store.reading import tables
from homebeat.store.reading.values import Balance

_ledger = tables.ledger


class Ledger:
    """The one row of counts."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(
        self,
        *,
        delivered: int = 0,
        accepted: int = 0,
        duplicate: int = 0,
        quarantined: int = 0,
        readings_accepted: int = 0,
        readings_duplicate: int = 0,
        readings_withheld: int = 0,
    ) -> None:
        """Add to the counts; the first four count messages. Withheld: not stored, because consent was withdrawn."""
        added = {
            "delivered": delivered,
            "accepted": accepted,
            "duplicate": duplicate,
            "quarantined": quarantined,
            "readings_accepted": readings_accepted,
            "readings_duplicate": readings_duplicate,
            "readings_withheld": readings_withheld,
        }
        values = {name: _ledger.c[name] + count for name, count in added.items() if count}
        if values:
            self._connection.execute(update(_ledger).values(values))

    def read_balance(self) -> Balance:
        """Read the counts."""
        row = self._connection.execute(select(_ledger)).one()
        return Balance(*row[1:])
