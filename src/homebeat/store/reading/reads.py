"""Reads the readings of one device."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from sqlalchemy import Connection, select, text

from homebeat.domain.ids import DeviceId
from homebeat.domain.metric import Metric
from homebeat.domain.scope import Scope
from homebeat.store.base import cursors
from homebeat.store.base.cursors import INT8, Page
from homebeat.store.home import tables as home_tables
from homebeat.store.reading import tables
from homebeat.store.reading.values import ReadingBin, ReadingEntry
from homebeat.store.reading.writes import WINDOW_MS
from homebeat.store.scoping import narrow

if TYPE_CHECKING:
    from sqlalchemy import Row

    from homebeat.stream.batch import I64

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
_SETTLED = text(f"""
    WITH known (metric) AS (VALUES {", ".join(f"({int(metric)})" for metric in Metric)})
    SELECT last.position, last.metric, last.mark, last.observed_at, last.received_at, last.value
      FROM known JOIN reading AS last ON last.position = (
        SELECT position FROM reading
         WHERE settled = 1 AND device_no = :no AND metric = known.metric ORDER BY key_at DESC LIMIT 1)
""")  # noqa: S608 - numbers of ours
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


_device = home_tables.device


class ReadingQueries:
    """Readings, for reading. They are reached through their device: it lies in the scope, or has none."""

    def __init__(self, connection: Connection, scope: Scope) -> None:
        self._connection = connection
        self._scope = scope
        self._is_sqlite = connection.dialect.name == "sqlite"
        self._numbers: dict[DeviceId, int | None] = {}

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

    def read_bins(self, device: DeviceId, metric: Metric, start: int, end: int, width_ms: int) -> list[ReadingBin]:
        """Read one metric with start <= observed_at < end (epoch ms) in spans of `width_ms`, oldest first."""
        no = self._find_no(device)
        if no is None:
            return []
        query = f"""
            SELECT (observed_at - :start) / :width AS place, MIN(value) AS low, MAX(value) AS high, AVG(value) AS mean
              FROM ({self._select_device()}) AS found WHERE observed_at >= :start AND observed_at < :end
             GROUP BY (observed_at - :start) / :width ORDER BY place"""  # noqa: S608 - constants
        span = {"low": start - WINDOW_MS, "high": end, "start": start, "end": end, "width": width_ms}
        rows = self._connection.execute(text(query), {"no": no, "metric": int(metric), **span})
        return [ReadingBin(start + int(row.place) * width_ms, row.low, row.high, row.mean) for row in rows]

    def read_latest(self, device: DeviceId) -> tuple[ReadingEntry, ...]:
        """Read the last reading of each metric, by metric number."""
        no = self._find_no(device)
        if no is None:
            return ()
        if self._is_sqlite:
            rows = [*self._connection.execute(_SETTLED, {"no": no}), *self._connection.execute(_TAIL, {"no": no})]
        else:
            rows = list(self._connection.execute(_LATEST, {"no": no}))
        rows.sort(key=lambda row: (row.observed_at, row.position))
        last = {row.metric: row for row in rows}
        return tuple(_make_entry(device, last[metric]) for metric in sorted(last))

    def read_after(self, position: int, until: int, limit: int) -> list[ReadingEntry]:
        """Read readings of all devices after a position of the log, up to `until`, in the order in which they were stored."""
        log = tables.reading
        query = select(log, _device.c.id).join(_device, _device.c.no == log.c.device_no).select_from(log)
        query = query.where(log.c.position > position, log.c.position <= until).order_by(log.c.position).limit(limit)
        rows = self._connection.execute(narrow(query, _device.c.household, self._scope))
        return [_make_entry(DeviceId(row.id), row) for row in rows]

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
        """Find the number of a device, once for each: a page asks for its readings several times."""
        if device not in self._numbers:
            query = select(_device.c.no).where(_device.c.id == device)
            self._numbers[device] = self._connection.scalar(narrow(query, _device.c.household, self._scope))
        return self._numbers[device]


def _make_entry(device: DeviceId, row: Row[Any]) -> ReadingEntry:
    return ReadingEntry(row.position, device, Metric(row.metric), row.observed_at, row.received_at, row.value, row.mark)
