"""Thousands of rows in one statement of the driver's own: SQLAlchemy's work per row would cost more than the database's."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import msgspec

from homebeat.store.base.database import raw

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection, Dialect, Table


def write_columns(connection: Connection, table: Table, columns: Mapping[str, Sequence[Any]], *, replaces: str = "") -> None:
    """Insert rows given as columns of one length.

    Args:
        connection: Inside a writing transaction.
        table: Where to; its plain types only (text, numbers, truth values).
        columns: Values by column name.
        replaces: The key column by which a row that is there already is overwritten; "": there is none.
    """
    statement = _insert(table, tuple(columns), replaces, connection.dialect)
    if connection.dialect.name == "postgresql":
        raw(connection).execute(statement, [list(values) for values in columns.values()])
    else:
        raw(connection).executemany(statement, zip(*columns.values(), strict=True))


def rows_of_keys(connection: Connection, table: Table, names: Sequence[str], keys: Sequence[str]) -> list[tuple[Any, ...]]:
    """The columns `names` of all rows whose value in the first of them is among `keys`, as the driver gives them."""
    if connection.dialect.name == "postgresql":
        given: Any = list(keys)
        among = "= ANY(%s)"
    else:
        given = msgspec.json.encode(keys).decode()
        among = "IN (SELECT value FROM json_each(?))"
    # names of our own tables
    found = raw(connection).execute(f"SELECT {', '.join(names)} FROM {table.name} WHERE {names[0]} {among}", [given])  # noqa: S608
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
