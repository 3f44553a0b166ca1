"""Reads readings: the log in its order, and the readings of one device."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from sqlalchemy import Connection, select, text

from homebeat.domain.ids import DeviceId
from homebeat.domain.metric import Metric
from homebeat.store.base import cursors
from homebeat.store.base.cursors import INT8, Page
from homebeat.store.base.database import get_driver_connection
from homebeat.store.home import tables as home_tables
from homebeat.store.reading import postgres as readings_postgres
from homebeat.store.reading import sqlite as readings_sqlite
from homebeat.store.reading.values import ReadingEntry
from homebeat.store.reading.writes import WINDOW_MS
from homebeat.stream.batch import EMPTY, Batch

if TYPE_CHECKING:
    from sqlalchemy import Row

    from homebeat.stream.batch import I32, I64

_LOG = "SELECT position, device_no, metric, observed_at, received_at, value, mark FROM reading"
#: A device's readings on SQLite: those in the index by device, and the end of the log, which is not indexed yet.
_OF_DEVICE = """
    SELECT position, metric, mark, observed_at, received_at, value FROM reading
     WHERE settled = 1 AND device_no = :no AND metric = :metric AND key_at >= :low AND key_at < :high
    UNION ALL
    SELECT position, metric, mark, observed_at, received_at, value FROM reading
     WHERE position > (SELECT value FROM meta WHERE name = 'settled_position')
       AND device_no = :no AND metric = :metric AND key_at >= :low AND key_at < :high
"""
_OF_DEVICE_PARTITIONED = """
    SELECT position, metric, mark, observed_at, received_at, value FROM reading
     WHERE device_no = :no AND metric = :metric AND key_at >= :low AND key_at < :high
"""
_LAST = text("""
    SELECT position, metric, mark, observed_at, received_at, value FROM reading
     WHERE settled = 1 AND device_no = :no AND metric = :metric ORDER BY key_at DESC LIMIT 1
""")
_TAIL = text("""
    SELECT position, metric, mark, observed_at, received_at, value FROM reading
     WHERE position > (SELECT value FROM meta WHERE name = 'settled_position') AND device_no = :no
""")
_LATEST = text(f"""
    SELECT last.* FROM (VALUES {", ".join(f"({int(metric)})" for metric in Metric)}) AS known (metric)
     CROSS JOIN LATERAL (
        SELECT position, metric, mark, observed_at, received_at, value FROM reading
         WHERE device_no = :no AND metric = known.metric ORDER BY key_at DESC LIMIT 1) AS last
""")  # noqa: S608 - numbers of ours


class ReadingQueries:
    """Readings, for reading."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._is_sqlite = connection.dialect.name == "sqlite"

    def find_end(self) -> int:
        """Find the last position given; 0 when there are no readings."""
        return readings_sqlite.find_end(self._connection) if self._is_sqlite else readings_postgres.find_end(self._connection)

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
            found = self._read_window(position, min(position + limit, end))
            number = found["device_no"]
            row = np.where(number < len(rows), rows[np.minimum(number, len(rows) - 1)], -1).astype(np.int32)
            kept = found[row >= 0]
            if len(kept):
                batch = Batch(
                    row[row >= 0],
                    kept["metric"].astype(np.uint8),
                    kept["observed_at"].copy(),
                    kept["received_at"].copy(),
                    kept["value"].copy(),
                    kept["mark"].astype(np.uint8),
                )
                return batch, kept["position"].copy()
            position += limit
        return EMPTY, np.empty(0, np.int64)

    def read_page(
        self, device: DeviceId, metric: Metric, start: int, end: int, limit: int = 200, cursor: str | None = None
    ) -> Page[ReadingEntry]:
        """Read a page of one metric with start <= observed_at < end (epoch ms), oldest first."""
        no = self._find_no(device)
        if no is None:
            return Page(())
        after_at, after_position = (start, 0) if cursor is None else cursors.read(cursor, INT8, INT8)
        query = f"""
            SELECT * FROM ({self._select_device()}) AS found
             WHERE observed_at >= :start AND observed_at < :end
               AND (observed_at > :after_at OR observed_at = :after_at AND position > :after_position)
             ORDER BY observed_at, position LIMIT :limit"""  # noqa: S608 - constants
        where = {
            "no": no,
            "metric": int(metric),
            "low": max(start, after_at) - WINDOW_MS,
            "high": end,
            "start": start,
            "end": end,
            "after_at": after_at,
            "after_position": after_position,
            "limit": limit + 1,
        }
        entries = [_make_entry(device, row) for row in self._connection.execute(text(query), where)]
        return cursors.make_page(entries, limit, lambda entry: (entry.observed_at, entry.position))

    def read_latest(self, device: DeviceId) -> tuple[ReadingEntry, ...]:
        """Read the last reading of each metric, by metric number."""
        no = self._find_no(device)
        if no is None:
            return ()
        if self._is_sqlite:
            rows = [row for metric in Metric for row in self._connection.execute(_LAST, {"no": no, "metric": int(metric)})]
            rows += self._connection.execute(_TAIL, {"no": no})
        else:
            rows = list(self._connection.execute(_LATEST, {"no": no}))
        rows.sort(key=lambda row: (row.observed_at, row.position))
        last = {row.metric: row for row in rows}
        return tuple(_make_entry(device, last[metric]) for metric in sorted(last))

    def read_columns(
        self, device: DeviceId, metric: Metric, start: int, end: int
    ) -> tuple[I64, np.ndarray[Any, np.dtype[np.float64]]]:
        """Read one metric's event times (epoch ms, int64[n], rising) and values (float64[n]) with start <= observed_at < end."""
        no = self._find_no(device)
        if no is None:
            return np.empty(0, np.int64), np.empty(0, np.float64)
        where = {"no": no, "metric": int(metric), "low": start - WINDOW_MS, "high": end}
        rows = [
            (row.observed_at, row.value)
            for row in self._connection.execute(text(self._select_device()), where)
            if start <= row.observed_at < end
        ]
        table = np.array(sorted(rows), [("at", np.int64), ("value", np.float64)])
        return table["at"].copy(), table["value"].copy()

    def _select_device(self) -> str:
        return _OF_DEVICE if self._is_sqlite else _OF_DEVICE_PARTITIONED

    def _find_no(self, device: DeviceId) -> int | None:
        return self._connection.scalar(select(home_tables.device.c.no).where(home_tables.device.c.id == device))

    def _read_window(self, after: int, until: int) -> np.ndarray[Any, np.dtype[np.void]]:
        # A span of positions, not a LIMIT: it stays as cheap with a long log behind it.
        mark = "?" if self._is_sqlite else "%s"
        query = f"{_LOG} WHERE position > {mark} AND position <= {mark} ORDER BY position"
        rows = get_driver_connection(self._connection).execute(query, (after, until)).fetchall()
        return np.array(rows, _COLUMNS)


_COLUMNS = np.dtype(
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


def _make_entry(device: DeviceId, row: Row[Any]) -> ReadingEntry:
    return ReadingEntry(row.position, device, Metric(row.metric), row.observed_at, row.received_at, row.value, row.mark)
