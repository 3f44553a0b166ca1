"""Readings written: the log. Which of them are new is for the database's unique index to say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from homebeat.codecs.wire import Mark
from homebeat.domain.metric import Metric
from homebeat.store.reading import postgres as readings_postgres
from homebeat.store.reading import sqlite as readings_sqlite
from homebeat.store.reading.values import Appended

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from homebeat.store.base.database import Database
    from homebeat.stream.batch import I32, I64, Batch

#: An alarm that came without a time is the same alarm when it comes again within this window of arrival.
WINDOW_MS: Final = 300_000
#: Readings entered into SQLite's index by device in one go: about 0.1 s.
SETTLE_ROWS: Final = 20_000


class Readings:
    """The log of readings, for writing."""

    def __init__(self, connection: Connection, database: Database) -> None:
        self._connection = connection
        self._database = database

    def append(self, batch: Batch, device_nos: I32) -> Appended:
        """Write a batch at the end of the log; readings that are there already are left out.

        Args:
            batch: In arrival order.
            device_nos: The device's number in the database, per roster row (`fleet.device_nos`), int32[rows].

        Returns:
            What was new. A reading counts as there already when one with the same device, metric and time is, also in
            this batch; an alarm without a time when one of its kind came from that device in the same 300 s of arrival.
        """
        if len(batch) == 0:
            return Appended(0, None, self.next_position() - 1)
        numbers = device_nos[batch.device]
        if self._database.is_sqlite:
            return readings_sqlite.append(self._connection, batch, numbers, key_of)
        return readings_postgres.append(self._connection, self._database, batch, numbers, key_of(batch))

    def next_position(self) -> int:
        """The position that the next new reading gets, or a later one."""
        if self._database.is_sqlite:
            return readings_sqlite.end(self._connection) + 1
        return readings_postgres.end(self._connection) + 1

    def settle(self, limit: int = SETTLE_ROWS) -> int:
        """Enter readings into the index by device; to be called when there is time, until it returns 0.

        Queries are right without it, only slower: they read what is not settled from the log. PostgreSQL needs none.
        """
        return readings_sqlite.settle(self._connection, limit) if self._database.is_sqlite else 0


def key_of(batch: Batch) -> I64:
    """The time that makes a reading unique: int64[n], epoch ms."""
    untimed = (batch.metric >= Metric.ALARM_SOS) & ((batch.mark & Mark.UNTIMED) != 0)
    if not untimed.any():
        return batch.observed_at
    return np.where(untimed, batch.received_at - batch.received_at % WINDOW_MS, batch.observed_at)
