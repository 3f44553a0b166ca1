"""Writes readings to the log. The database's unique index decides which of them are new."""

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


class ReadingWrites:
    """The log of readings, for writing."""

    def __init__(self, connection: Connection, database: Database) -> None:
        self._connection = connection
        self._database = database

    def append(self, batch: Batch, device_nos: I32) -> Appended:
        """Append a batch to the log, without duplicates.

        Args:
            batch: Readings in arrival order.
            device_nos: The device's number in the database, per roster row (`fleet.read_device_nos`), int32[rows].

        Returns:
            What was new. A reading is a duplicate when one with the same device, metric and time exists, in this batch too. An
            alarm without a time is one when an alarm of its kind came from that device in the same 300 s of arrival.
        """
        if len(batch) == 0:
            return Appended(0, None, self.find_next_position() - 1)
        numbers = device_nos[batch.device]
        if self._database.is_sqlite:
            return readings_sqlite.append(self._connection, batch, numbers, compute_keys)
        return readings_postgres.append(self._connection, self._database, batch, numbers, compute_keys(batch))

    def find_next_position(self) -> int:
        """Find the position that the next new reading gets, or a later one."""
        if self._database.is_sqlite:
            return readings_sqlite.find_end(self._connection) + 1
        return readings_postgres.find_end(self._connection) + 1

    def index_by_device(self, limit: int = SETTLE_ROWS) -> int:
        """Index up to `limit` readings by device (SQLite only). Returns how many; call it again while it is not 0.

        Without it queries are right but slower: they read what is not indexed yet from the log.
        """
        return readings_sqlite.index_by_device(self._connection, limit) if self._database.is_sqlite else 0


def compute_keys(batch: Batch) -> I64:
    """Compute the time that makes each reading unique: int64[n], epoch ms."""
    untimed = (batch.metric >= Metric.ALARM_SOS) & ((batch.mark & Mark.UNTIMED) != 0)
    if not untimed.any():
        return batch.observed_at
    return np.where(untimed, batch.received_at - batch.received_at % WINDOW_MS, batch.observed_at)
