"""The log of readings as a backtest reads it: spans of it, by arrival, of some devices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from homebeat.store.base.database import raw
from homebeat.store.reading import postgres as readings_postgres
from homebeat.store.reading import sqlite as readings_sqlite
from homebeat.stream.batch import Batch

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from homebeat.stream.batch import I32, I64

_BETWEEN: Final = (
    "SELECT device_no, metric, observed_at, received_at, value, mark FROM reading WHERE position > ? AND position <= ?"
)
#: How far a search looks for the next reading: positions given to duplicates hold none.
_REACH: Final = 4_096
_COLUMNS: Final = np.dtype(
    [
        ("device_no", np.int64),
        ("metric", np.int64),
        ("observed_at", np.int64),
        ("received_at", np.int64),
        ("value", np.float64),
        ("mark", np.int64),
    ]
)


def _in_order(arrived: I64) -> I64:
    """Arrivals as they can have been, int64[n]: none after one that stands later in the log. A clock that ran ahead said so."""
    return np.minimum.accumulate(arrived[::-1])[::-1].copy()


class LogQueries:
    """The log, for reading."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._is_sqlite = connection.dialect.name == "sqlite"

    def end(self) -> int:
        """The last position given; 0 when there are no readings."""
        return readings_sqlite.end(self._connection) if self._is_sqlite else readings_postgres.end(self._connection)

    def arrived_at(self, position: int) -> int | None:
        """When the first reading at this position or soon after it arrived, epoch ms; None where none is kept."""
        query = "SELECT received_at FROM reading WHERE position >= ? AND position < ? ORDER BY position LIMIT 1"
        row = self._execute(query, (position, position + _REACH)).fetchone()
        return None if row is None else int(row[0])

    def position_at(self, arrival: int) -> int:
        """The last position whose reading arrived before `arrival` (epoch ms); 0 if none did. Found by halving the log."""
        low, high = 0, self.end() + 1
        while high - low > 1:
            middle = (low + high) // 2
            at = self.arrived_at(middle)
            # what is no longer kept is older than what is
            if at is None or at < arrival:
                low = middle
            else:
                high = middle
        return low

    def between(self, after: int, until: int, rows: I32, numbers: I32 | None = None) -> Batch:
        """Readings at positions after `after` up to `until`, in their order.

        Args:
            after: A position, and `until` likewise.
            until: The last position that is in it.
            rows: Roster row by device number, int32[largest number + 1]; -1 for a device whose readings are left out.
            numbers: The devices' numbers where they are few, so that the database leaves the others out.
        """
        query, values = _BETWEEN, [after, until]
        if numbers is not None and self._is_sqlite:
            query += f" AND device_no IN ({','.join(map(str, numbers.tolist()))})"
        elif numbers is not None:
            query, values = query + " AND device_no = ANY(?)", [*values, numbers.tolist()]
        found = np.array(self._execute(query + " ORDER BY position", tuple(values)).fetchall(), _COLUMNS)
        number = found["device_no"]
        row = np.where(number < len(rows), rows[np.minimum(number, len(rows) - 1)], -1).astype(np.int32)
        kept = found[row >= 0]
        return Batch(
            row[row >= 0],
            kept["metric"].astype(np.uint8),
            kept["observed_at"].copy(),
            _in_order(kept["received_at"]),
            kept["value"].copy(),
            kept["mark"].astype(np.uint8),
        )

    def _execute(self, query: str, values: tuple[Any, ...]) -> Any:
        return raw(self._connection).execute(query if self._is_sqlite else query.replace("?", "%s"), values)
