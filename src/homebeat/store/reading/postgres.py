"""Appends to the log on PostgreSQL: one COPY BINARY from one buffer.

As long as every reading is new, rows are copied straight into the table. After a duplicate, batches go through a temporary table
and an INSERT that leaves out existing rows, until a batch without duplicates.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import psycopg

from homebeat.domain.durations import DAY_MS
from homebeat.domain.errors import Unavailable
from homebeat.store.base.database import get_driver_connection
from homebeat.store.reading.values import Appended

if TYPE_CHECKING:
    from psycopg import Cursor
    from sqlalchemy import Connection

    from homebeat.store.base.database import Database
    from homebeat.stream.batch import I32, I64, Batch

_COLUMNS: Final = "position, device_no, metric, mark, observed_at, received_at, value, key_at"
#: A row of COPY BINARY: the number of fields, then each one's length and bytes, big-endian.
_ROW: Final = np.dtype(
    [("fields", ">i2")]
    + [
        part
        for name, kind in (
            ("position", ">i8"),
            ("device_no", ">i4"),
            ("metric", ">i2"),
            ("mark", ">i2"),
            ("observed_at", ">i8"),
            ("received_at", ">i8"),
            ("value", ">f8"),
            ("key_at", ">i8"),
        )
        for part in ((f"{name}_length", ">i4"), (name, kind))
    ]
)
_HEAD: Final = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_TAIL: Final = b"\xff\xff"


def append(connection: Connection, database: Database, batch: Batch, numbers: I32, key_at: I64) -> Appended:
    """Write what is new of a batch; `numbers` are the devices' numbers, int32[n]."""
    was_sure = _ensure_days(connection, database, key_at)
    with get_driver_connection(connection).cursor() as cursor:
        # This row is the single writer's lock as well: a second writer waits here, so that positions follow commits.
        cursor.execute("UPDATE meta SET value = value + %s WHERE name = 'log_position' RETURNING value", (len(batch),))
        last = int(cursor.fetchone()[0])
        rows = _HEAD + _make_rows(batch, numbers, key_at, last - len(batch)).tobytes() + _TAIL
        try:
            if not database.repeats and _write_all(cursor, rows):
                return Appended(len(batch), None, last)
            new = _write_new(cursor, rows, last - len(batch))
        except psycopg.errors.CheckViolation as error:
            if was_sure:
                raise  # every day is there: it is a reading that is refused
            database.days.clear()  # a day that we remember was dropped by another process
            raise Unavailable("a day of readings was dropped while it was written to; try again") from error
        database.repeats = len(new) < len(batch)
        if len(new) == len(batch):
            return Appended(len(batch), None, last)
        mask = np.zeros(len(batch), np.bool_)
        mask[np.asarray(new, np.int64).reshape(-1) - (last - len(batch)) - 1] = True
        return Appended(len(new), mask, last)


def _write_all(cursor: Cursor[Any], rows: bytes) -> bool:
    """Write all rows: the common case, at half the cost. False, and nothing is written, when one of them is not new."""
    cursor.execute("SAVEPOINT arriving")
    try:
        with cursor.copy(f"COPY reading ({_COLUMNS}) FROM STDIN (FORMAT BINARY)") as copy:
            copy.write(rows)
    except psycopg.errors.UniqueViolation:
        cursor.execute("ROLLBACK TO SAVEPOINT arriving")
        return False
    cursor.execute("RELEASE SAVEPOINT arriving")
    return True


def _write_new(cursor: Cursor[Any], rows: bytes, before: int) -> list[tuple[int]]:
    """Write what is not there yet; returns the positions of what was written."""
    cursor.execute(
        "CREATE TEMP TABLE IF NOT EXISTS arriving (position BIGINT, device_no INTEGER, metric SMALLINT, mark SMALLINT,"
        " observed_at BIGINT, received_at BIGINT, value DOUBLE PRECISION, key_at BIGINT) ON COMMIT DELETE ROWS"
    )
    with cursor.copy(f"COPY arriving ({_COLUMNS}) FROM STDIN (FORMAT BINARY)") as copy:
        copy.write(rows)
    cursor.execute(
        f"INSERT INTO reading ({_COLUMNS}) SELECT {_COLUMNS} FROM arriving WHERE position > %s"  # noqa: S608 - constants
        " ORDER BY position ON CONFLICT DO NOTHING RETURNING position",
        (before,),
    )
    return cursor.fetchall()


def find_end(connection: Connection) -> int:
    """Find the last position ever given."""
    row = get_driver_connection(connection).execute("SELECT value FROM meta WHERE name = 'log_position'").fetchone()
    return int(row[0])


def name_partition(day: int) -> str:
    """Name the partition of a UTC day, counted from 1970-01-01."""
    return f"reading_d{np.datetime64(day, 'D').astype(str).replace('-', '')}"


def _make_rows(batch: Batch, numbers: I32, key_at: I64, before: int) -> np.ndarray[Any, np.dtype[np.void]]:
    rows = np.zeros(len(batch), _ROW)
    rows["fields"] = 8
    columns = {
        "position": np.arange(before + 1, before + 1 + len(batch)),
        "device_no": numbers,
        "metric": batch.metric,
        "mark": batch.mark,
        "observed_at": batch.observed_at,
        "received_at": batch.received_at,
        "value": batch.value,
        "key_at": key_at,
    }
    for name, column in columns.items():
        rows[f"{name}_length"] = _ROW[name].itemsize
        rows[name] = column
    return rows


def _ensure_days(connection: Connection, database: Database, key_at: I64) -> bool:
    """Make missing partitions; returns whether all days were checked just now, so that none is known only from memory."""
    days = set(np.unique(key_at // DAY_MS).tolist())
    missing = days - database.days
    if not missing:
        return False
    driver = get_driver_connection(connection)
    driver.execute("SELECT pg_advisory_xact_lock(7305002)")
    for day in sorted(missing):
        name = name_partition(day)
        if driver.execute("SELECT to_regclass(%s)", (name,)).fetchone()[0] is None:
            # Made apart and then attached: that lets others read and write the other days meanwhile.
            driver.execute(f"CREATE TABLE {name} (LIKE reading INCLUDING ALL)")
            driver.execute(
                f"ALTER TABLE reading ATTACH PARTITION {name} FOR VALUES FROM ({day * DAY_MS}) TO ({(day + 1) * DAY_MS})"
            )
    database.run_after_commit(connection, lambda: database.days.update(missing))
    return missing == days
