"""Writes and reads thousands of rows in one statement of the driver: SQLAlchemy would cost more per row than the database."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import msgspec

from homebeat.store.base.database import get_driver_connection

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection, Dialect, Table


def write_columns(connection: Connection, table: Table, columns: Mapping[str, Sequence[Any]], *, replaces: str = "") -> None:
    """Insert rows given as columns of one length.

    Args:
        connection: Inside a writing transaction.
        table: Where to; its plain types only (text, numbers, truth values).
        columns: Values by column name.
        replaces: The key column by which an existing row is overwritten; "" for none.
    """
    statement = _insert(table, tuple(columns), replaces, connection.dialect)
    if connection.dialect.name == "postgresql":
        get_driver_connection(connection).execute(statement, [list(values) for values in columns.values()])
    else:
        get_driver_connection(connection).executemany(statement, zip(*columns.values(), strict=True))


def read_rows_by_key(connection: Connection, table: Table, names: Sequence[str], keys: Sequence[str]) -> list[tuple[Any, ...]]:
    """Read the columns `names` of all rows whose value in the first of them is among `keys`, as the driver gives them."""
    if connection.dialect.name == "postgresql":
        given: Any = list(keys)
        among = "= ANY(%s)"
    else:
        given = msgspec.json.encode(keys).decode()
        among = "IN (SELECT value FROM json_each(?))"
    # names of our own tables
    statement = f"SELECT {', '.join(names)} FROM {table.name} WHERE {names[0]} {among}"  # noqa: S608
    found = get_driver_connection(connection).execute(statement, [given])
    rows: list[tuple[Any, ...]] = found.fetchall()
    return rows


@cache
def _insert(table: Table, names: tuple[str, ...], replaces: str, dialect: Dialect) -> str:
    into = f"INSERT INTO {table.name} ({', '.join(names)})"
    if dialect.name == "postgresql":
        arrays = ", ".join(f"%s::{table.c[name].type.compile(dialect)}[]" for name in names)
        given = f"SELECT * FROM unnest({arrays})"  # noqa: S608 -- names of our own tables
    else:
        given = f"VALUES ({', '.join('?' * len(names))})"
    if not replaces:
        return f"{into} {given}"
    fields = ", ".join(f"{name} = excluded.{name}" for name in names if name != replaces)
    return f"{into} {given} ON CONFLICT ({replaces}) DO UPDATE SET {fields}"
