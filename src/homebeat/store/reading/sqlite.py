"""Appends to the log on SQLite: few large statements, no Python work per reading."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from homebeat.store.base.database import get_driver_connection
from homebeat.store.reading.values import Appended

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray
    from sqlalchemy import Connection

    from homebeat.stream.batch import I32, I64, Batch, Bool

#: Rows a statement; few sizes, so that SQLite keeps them prepared. 5,000 rows of 6 values stay under its least limit, 32,766.
_SIZES: Final = (5_000, 1_000, 200, 40, 8, 1)
_WIDTH: Final = 6
_END: Final = "SELECT seq FROM sqlite_sequence WHERE name = 'reading'"


def append(connection: Connection, batch: Batch, numbers: I32, key_of: Callable[[Batch], I64]) -> Appended:
    """Write what is new of a batch; `numbers` are the devices' numbers, int32[n]."""
    driver = get_driver_connection(connection)
    before = find_end(connection)
    values: list[Any] = [None] * (len(batch) * _WIDTH)
    columns: tuple[NDArray[Any], ...] = (numbers, batch.metric, batch.mark, batch.observed_at, batch.received_at, batch.value)
    for place, column in enumerate(columns):
        values[place::_WIDTH] = column.tolist()
    accepted, start = 0, 0
    for size in _SIZES:
        while len(values) - start >= size * _WIDTH:
            stop = start + size * _WIDTH
            accepted += driver.execute(_insert(size), values[start:stop]).rowcount
            start = stop
    if accepted == len(batch):
        return Appended(accepted, None, before + accepted)
    return Appended(accepted, _find_new(driver, before, batch, numbers, key_of(batch)), find_end(connection))


def find_end(connection: Connection) -> int:
    """Find the last position ever given. It is never given again, even after the newest readings were deleted."""
    row = get_driver_connection(connection).execute(_END).fetchone()
    return int(row[0]) if row else 0


def index_by_device(connection: Connection, limit: int) -> int:
    """Index up to `limit` readings by device; returns how many."""
    driver = get_driver_connection(connection)
    (done,) = driver.execute("SELECT value FROM meta WHERE name = 'settled_position'").fetchone()
    last = min(done + limit, find_end(connection))
    if last <= done:
        return 0
    driver.execute("UPDATE reading SET settled = 1 WHERE position > ? AND position <= ?", (done, last))
    driver.execute("UPDATE meta SET value = ? WHERE name = 'settled_position'", (last,))
    return int(last - done)


@cache
def _insert(size: int) -> str:
    row = "(" + ",".join("?" * _WIDTH) + ")"
    return (
        "INSERT INTO reading (device_no, metric, mark, observed_at, received_at, value) VALUES "  # noqa: S608 - no values in it
        + ",".join([row] * size)
        + " ON CONFLICT DO NOTHING"
    )


def _find_new(driver: Any, before: int, batch: Batch, numbers: I32, key_at: I64) -> Bool:
    # The new rows are a subsequence of the batch: of equal readings the first is the one that was written.
    new = driver.execute("SELECT device_no, metric, key_at FROM reading WHERE position > ? ORDER BY position", (before,))
    mask = np.zeros(len(batch), np.bool_)
    wanted = next(new, None)
    for place, key in enumerate(zip(numbers.tolist(), batch.metric.tolist(), key_at.tolist(), strict=True)):
        if wanted is None:
            break
        if key == wanted:
            mask[place] = True
            wanted = next(new, None)
    return mask
