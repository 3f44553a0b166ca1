"""Writes and reads thousands of rows in one statement of the driver: SQLAlchemy would cost more per row than the database."""

from __future__ import annotations

from contextlib import contextmanager, nullcontext
from functools import cache
from typing import TYPE_CHECKING, Any, cast

import msgspec
from sqlalchemy import JSON, Text

from homebeat.store.base.database import get_driver_connection

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sqlalchemy import ClauseElement, Column, Connection, Dialect, Table
    from sqlalchemy.sql.compiler import SQLCompiler


@contextmanager
def write_ahead(connection: Connection) -> Iterator[None]:
    """Let PostgreSQL write while the next rows are made: within the block `write_columns` does not wait until they are written.

    What the database refuses is raised later within the block, or at its end. Nothing can be read in it but by the driver itself.
    """
    with get_driver_connection(connection).pipeline() if connection.dialect.name == "postgresql" else nullcontext():
        yield


def write_columns(
    connection: Connection,
    table: Table,
    columns: Mapping[str, Sequence[Any]],
    *,
    replaces: str = "",
    keeps: str = "",
    adds: str = "",
) -> int:
    """Insert rows given as columns of one length.

    Args:
        connection: Inside a writing transaction.
        table: Where to.
        columns: Values by column name: text, numbers, truth values, bytes, and what JSON can say in a column of JSON.
        replaces: The key column by which an existing row is overwritten; "" for none.
        keeps: The key column by which an existing row stays as it is; "" for none.
        adds: A column whose number is added to that of an existing row; "" for none.

    Returns:
        How many rows were written.
    """
    is_single = connection.dialect.name == "postgresql" and len(next(iter(columns.values()))) == 1
    statement = _insert(table, tuple(columns), replaces, keeps, connection.dialect, adds=adds, is_single=is_single)
    if is_single:
        # arrays of one value each take the driver more than twice as long
        return connection.exec_driver_sql(statement, tuple(value for (value,) in _encode(table, columns))).rowcount
    return _execute(connection, statement, table, columns)


def write_new_rows(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]], key: str) -> set[Any]:
    """Insert those of some rows whose key is new; returns their keys. Arguments as those of `write_columns`."""
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    if connection.dialect.name == "postgresql":
        statement = _insert(table, tuple(columns), "", key, connection.dialect) + f" RETURNING {key}"
        return {found for (found,) in connection.exec_driver_sql(statement, _make_arrays(table, columns))}
    # SQLite has one writer, which this is: what is there now is what was there before
    before = {found for (found,) in read_rows_by_key(connection, table, (key,), columns[key])}
    write_columns(connection, table, columns, keeps=key)
    return {*columns[key]} - before


def update_columns(
    connection: Connection, table: Table, columns: Mapping[str, Sequence[Any]], *, key: str, expects: Mapping[str, Sequence[Any]]
) -> int:
    """Update rows given as columns of one length, where each still is as it is expected to be.

    Args:
        connection: Inside a writing transaction.
        table: Which.
        columns: What they are from now on, by column name; the key among them.
        key: The column that tells rows apart.
        expects: What they have been until now, by column name.

    Returns:
        How many rows were as expected.
    """
    statement = _update(table, tuple(columns), key, tuple(expects), connection.dialect)
    if connection.dialect.name == "postgresql":
        return _execute(connection, statement, table, columns, expects)
    changed = {name: values for name, values in columns.items() if name != key}
    return _execute(connection, statement, table, {**changed, key: columns[key]}, expects)


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


def execute_compiled(connection: Connection, statement: ClauseElement, values: Mapping[str, Any]) -> Any:
    """Execute a statement that every action of a person needs: it is compiled once, and then given to the driver.

    Args:
        connection: Inside a transaction.
        statement: The same object each time, with a named parameter for each value.
        values: Text and numbers by name of the parameter.

    Returns:
        The driver's cursor.
    """
    compiled = _compile(statement, connection.dialect)
    given = values if compiled.positiontup is None else [values[name] for name in compiled.positiontup]
    return get_driver_connection(connection).execute(compiled.string, given)


def _execute(connection: Connection, statement: str, table: Table, *given: Mapping[str, Sequence[Any]]) -> int:
    if connection.dialect.name == "postgresql":
        arrays = tuple(array for columns in given for array in _make_arrays(table, columns))
        return connection.exec_driver_sql(statement, arrays).rowcount
    rows = zip(*(values for columns in given for values in _encode(table, columns)), strict=True)
    return connection.exec_driver_sql(statement, list(rows)).rowcount


def _encode(table: Table, columns: Mapping[str, Sequence[Any]]) -> list[Sequence[Any]]:
    """Make the values that the driver takes: JSON as text."""
    return [
        [msgspec.json.encode(value).decode() for value in values] if isinstance(table.c[name].type, JSON) else list(values)
        for name, values in columns.items()
    ]


def _make_arrays(table: Table, columns: Mapping[str, Sequence[Any]]) -> tuple[Any, ...]:
    """Make the arrays that PostgreSQL takes. Those of text are written here: the driver takes ten times as long over them."""
    encoded = zip(columns, _encode(table, columns), strict=True)
    return tuple(_write_array(values) if _is_text(table.c[name]) else values for name, values in encoded)


def _write_array(values: Sequence[str | None]) -> str:
    """Write an array of text as PostgreSQL reads it (its manual, "Array Input and Output Syntax")."""
    if None not in values:
        joined = '","'.join(cast("Sequence[str]", values))
        if "\\" not in joined and joined.count('"') == 2 * (len(values) - 1):
            return '{"' + joined + '"}'  # nearly always: nothing in it must be escaped
    written = ("NULL" if text is None else '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"' for text in values)
    return "{" + ",".join(written) + "}"


def _is_text(column: Column[Any]) -> bool:
    return isinstance(column.type, (JSON, Text))


@cache
def _compile(statement: ClauseElement, dialect: Dialect) -> SQLCompiler:
    return cast("SQLCompiler", statement.compile(dialect=dialect))


@cache
def _insert(
    table: Table, names: tuple[str, ...], replaces: str, keeps: str, dialect: Dialect, *, adds: str = "", is_single: bool = False
) -> str:
    into = f"INSERT INTO {table.name} ({', '.join(names)})"
    if is_single:
        given = f"VALUES ({', '.join(f'%s::{table.c[name].type.compile(dialect)}' for name in names)})"
    elif dialect.name == "postgresql":
        given = f"SELECT * FROM {_unnest(table, names, dialect)}"  # noqa: S608 -- names of our own tables
    else:
        given = f"VALUES ({', '.join('?' * len(names))})"
    if keeps:
        return f"{into} {given} ON CONFLICT ({keeps}) DO NOTHING"
    if not replaces:
        return f"{into} {given}"
    before = {adds: f"{table.name}.{adds} + "}
    fields = ", ".join(f"{name} = {before.get(name, '')}excluded.{name}" for name in names if name != replaces)
    return f"{into} {given} ON CONFLICT ({replaces}) DO UPDATE SET {fields}"


@cache
def _update(table: Table, names: tuple[str, ...], key: str, expects: tuple[str, ...], dialect: Dialect) -> str:
    changed = [name for name in names if name != key]
    if dialect.name != "postgresql":
        fields, before = (", ".join(f"{name} = ?" for name in changed), " AND ".join(f"{name} = ?" for name in (key, *expects)))
        return f"UPDATE {table.name} SET {fields} WHERE {before}"  # noqa: S608 -- as above
    given = ", ".join((*names, *(f"old_{name}" for name in expects)))
    fields = ", ".join(f"{name} = given.{name}" for name in changed)
    before = " AND ".join((f"{table.name}.{key} = given.{key}", *(f"{table.name}.{name} = given.old_{name}" for name in expects)))
    source = f"{_unnest(table, (*names, *expects), dialect)} AS given ({given})"
    return f"UPDATE {table.name} SET {fields} FROM {source} WHERE {before}"  # noqa: S608 -- as above


def _unnest(table: Table, names: Sequence[str], dialect: Dialect) -> str:
    types = (f"{'%s' if _is_text(table.c[name]) else '%b'}::{table.c[name].type.compile(dialect)}[]" for name in names)
    return f"unnest({', '.join(types)})"
