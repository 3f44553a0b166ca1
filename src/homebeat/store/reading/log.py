"""Reads the log in its order: on from a position, for a restart; spans of it, by arrival, of some devices, for a back-test."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from homebeat.domain.scope import Scope
from homebeat.store.base.database import get_driver_connection
from homebeat.store.reading import postgres as readings_postgres
from homebeat.store.reading import sqlite as readings_sqlite
from homebeat.store.scoping import require_everything
from homebeat.stream.batch import EMPTY, Batch

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from homebeat.stream.batch import I32, I64

_BETWEEN: Final = (
    "SELECT position, device_no, metric, observed_at, received_at, value, mark FROM reading WHERE position > ? AND position <= ?"
)
#: How many positions a search looks ahead for the next reading: positions given to duplicates are empty.
_REACH: Final = 4_096
_COLUMNS: Final = np.dtype(
    [
        ("position", np.int64),
        ("device_no", np.int64),
        ("metric", np.int64),
        ("observed_at", np.int64),
        ("received_at", np.int64),
        ("value", np.float64),
        ("mark", np.int64),
    ]
)


def _sort_arrivals(arrived: I64) -> I64:
    """Make arrivals rise, int64[n]: a clock that ran ahead may have stamped one later than readings after it in the log."""
    return np.minimum.accumulate(arrived[::-1])[::-1].copy()


class LogQueries:
    """The log, for reading."""

    def __init__(self, connection: Connection, scope: Scope) -> None:
        self._connection = connection
        self._scope = scope
        self._is_sqlite = connection.dialect.name == "sqlite"

    def find_end(self) -> int:
        """Find the last position given; 0 when there are no readings."""
        require_everything(self._scope)
        return readings_sqlite.find_end(self._connection) if self._is_sqlite else readings_postgres.find_end(self._connection)

    def find_arrival(self, position: int) -> int | None:
        """Find when the first reading at this position, or soon after it, arrived, epoch ms; None where none is kept."""
        query = "SELECT received_at FROM reading WHERE position >= ? AND position < ? ORDER BY position LIMIT 1"
        row = self._execute(query, (position, position + _REACH)).fetchone()
        return None if row is None else int(row[0])

    def find_position(self, arrival: int) -> int:
        """Find the last position whose reading arrived before `arrival` (epoch ms), by binary search; 0 if none did."""
        low, high = 0, self.find_end() + 1
        while high - low > 1:
            middle = (low + high) // 2
            at = self.find_arrival(middle)
            # what is no longer kept is older than what is
            if at is None or at < arrival:
                low = middle
            else:
                high = middle
        return low

    def read_between(self, after: int, until: int, rows: I32, numbers: I32 | None = None) -> Batch:
        """Read readings at positions after `after` up to `until`, in their order.

        Args:
            after: The last position that is left out.
            until: The last position that is included.
            rows: Roster row by device number, int32[largest number + 1]; -1 for a device whose readings are left out.
            numbers: The devices' numbers where they are few, so that the database leaves the others out.
        """
        query, values = _BETWEEN, [after, until]
        if numbers is not None and self._is_sqlite:
            query += f" AND device_no IN ({','.join(map(str, numbers.tolist()))})"
        elif numbers is not None:
            query, values = query + " AND device_no = ANY(?)", [*values, numbers.tolist()]
        batch, _positions = self._read_batch(query, tuple(values), rows)
        return replace(batch, received_at=_sort_arrivals(batch.received_at))

    def read_since(self, position: int, limit: int, rows: I32) -> tuple[Batch, I64]:
        """Read readings after `position` in the order of the log, for a replay.

        Args:
            position: The position that is folded already.
            limit: How many at most.
            rows: Roster row by device number, int32[largest number + 1]; -1 for a device that is not in the roster, whose
                readings are left out of the batch.

        Returns:
            The batch, and the position of each of its readings, int64[n]. Go on from the last position; nothing more is
            there when both are empty.
        """
        end = self.find_end()
        while position < end:
            # A span of positions, not a LIMIT: it stays as cheap with a long log behind it.
            batch, positions = self._read_batch(_BETWEEN, (position, min(position + limit, end)), rows)
            if len(batch):
                return batch, positions
            position += limit
        return EMPTY, np.empty(0, np.int64)

    def _read_batch(self, query: str, values: tuple[Any, ...], rows: I32) -> tuple[Batch, I64]:
        """Read what a query finds, in the order of the log, of devices that have a row; with the positions, int64[n]."""
        found = np.array(self._execute(query + " ORDER BY position", values).fetchall(), _COLUMNS)
        number = found["device_no"]
        row = np.where(number < len(rows), rows[np.minimum(number, len(rows) - 1)], -1).astype(np.int32)
        kept = found[row >= 0]
        batch = Batch(
            row[row >= 0],
            kept["metric"].astype(np.uint8),
            kept["observed_at"].copy(),
            kept["received_at"].copy(),
            kept["value"].copy(),
            kept["mark"].astype(np.uint8),
        )
        return batch, kept["position"].copy()

    def _execute(self, query: str, values: tuple[Any, ...]) -> Any:
        require_everything(self._scope)
        return get_driver_connection(self._connection).execute(query if self._is_sqlite else query.replace("?", "%s"), values)
