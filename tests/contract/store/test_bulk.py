"""Rows as columns, and conditions on many values, on both databases."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from sqlalchemy import BigInteger, Column, ColumnElement, MetaData, Table, Text, select
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import IntegrityError

from homebeat.domain.errors import BadSettings, Unavailable
from homebeat.domain.scope import EVERYTHING
from homebeat.store import Store
from homebeat.store.base.among import match_any, match_pairs
from homebeat.store.base.bulk import update_columns, write_ahead, write_columns, write_new_rows
from homebeat.store.base.database import Database
from homebeat.store.base.metadata import Json

if TYPE_CHECKING:
    from pathlib import Path

_BIG = 1 << 53
TABLE = Table(
    "tried",
    MetaData(),
    Column("name", Text, primary_key=True),
    Column("count", BigInteger, nullable=True, unique=True),
    Column("detail", Json, nullable=False),
)
ROWS: list[dict[str, Any]] = [
    {"name": "a", "count": 1, "detail": {"text": "水"}},
    {"name": "b'; --", "count": None, "detail": [1.5, None]},
]
COLUMNS = {name: [row[name] for row in ROWS] for name in ROWS[0]}


@pytest.fixture
def table(store: Store) -> Table:
    with store.begin(scope=EVERYTHING) as tx:
        TABLE.create(tx.connection)
    return TABLE


def test_what_is_written_as_columns_is_read_as_it_was(store: Store, table: Table) -> None:
    with store.begin() as tx:
        assert write_columns(tx.connection, table, COLUMNS) == 2
        assert write_columns(tx.connection, table, COLUMNS, keeps="name") == 0
        found = tx.connection.execute(select(table).order_by(table.c.name)).mappings().all()
        assert [dict(row) for row in found] == ROWS
        write_columns(tx.connection, table, {**COLUMNS, "count": [_BIG, 3]}, replaces="name")
        assert list(tx.connection.scalars(select(table.c.count).order_by(table.c.name))) == [_BIG, 3]


def test_any_text_is_read_as_it_was_written(store: Store, table: Table) -> None:
    names = ["", "NULL", "null", '"', "\\", '\\"', "{a,b}", "a,b", " a ", "%s", "%", "水\n\t", "\U0001f600", "'", "{", "}"]
    rows: list[dict[str, Any]] = [{"name": name, "count": no, "detail": {name: [name, None]}} for no, name in enumerate(names)]
    with store.begin() as tx:
        assert write_new_rows(tx.connection, table, rows, "name") == set(names)
        query = select(table).order_by(table.c.count)
        assert [dict(row) for row in tx.connection.execute(query).mappings()] == rows
        later: dict[str, list[Any]] = {"name": names, "detail": [{"is": name} for name in names]}
        assert update_columns(tx.connection, table, later, key="name", expects={"count": list(range(len(names)))}) == len(names)
        assert [dict(row)["detail"] for row in tx.connection.execute(query).mappings()] == later["detail"]


def test_a_number_is_added_to_that_of_a_row_that_is_there(store: Store, table: Table) -> None:
    with store.begin() as tx:
        write_columns(tx.connection, table, {**COLUMNS, "count": [1, 5]}, replaces="name", adds="count")
        later: dict[str, list[Any]] = {"name": ["a", "new"], "count": [1, 20], "detail": [{}, {}]}
        write_columns(tx.connection, table, later, replaces="name", adds="count")
        assert list(tx.connection.scalars(select(table.c.count).order_by(table.c.name))) == [2, 5, 20]


def test_what_is_written_ahead_is_there_at_the_end(store: Store, table: Table) -> None:
    with store.begin() as tx:
        with write_ahead(tx.connection):
            for no in range(20):
                write_columns(tx.connection, table, {"name": [f"{no}", f"+{no}"], "count": [no, no + 100], "detail": [{}, {}]})
        assert len(tx.connection.execute(select(table.c.name)).all()) == 40


def test_what_is_refused_of_what_is_written_ahead_leaves_nothing_and_shows_no_value(
    store: Store, table: Table, caplog: pytest.LogCaptureFixture
) -> None:
    taken: dict[str, list[Any]] = {"name": ["13 Lane", "14 Lane"], "count": [1, 2], "detail": [{}, {}]}

    def write_again() -> None:
        with store.begin() as tx, write_ahead(tx.connection):
            for _ in range(3):
                write_columns(tx.connection, table, taken)

    with pytest.raises((IntegrityError, psycopg.IntegrityError)) as caught:
        write_again()
    assert "Lane" not in f"{caught.value}{caplog.text}"
    with store.begin() as tx:
        assert tx.connection.execute(select(table.c.name)).all() == []


def test_a_connection_that_is_lost_while_it_writes_ahead_is_unavailable_once(postgres_store: Store, postgres_url: str) -> None:
    def lose_it() -> None:
        with postgres_store.begin() as tx, write_ahead(tx.connection):
            tx.ledger.add(delivered=1)
            with psycopg.connect(postgres_url, autocommit=True) as other:
                other.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )

    with pytest.raises(Unavailable):
        lose_it()
    with postgres_store.begin() as tx:
        tx.ledger.add(delivered=1)


def test_of_rows_that_are_there_already_nothing_is_said(store: Store, table: Table) -> None:
    with store.begin() as tx:
        assert write_new_rows(tx.connection, table, ROWS[:1], "name") == {"a"}
        other = {**ROWS[0], "count": 9}
        assert write_new_rows(tx.connection, table, [other, ROWS[1], ROWS[1]], "name") == {"b'; --"}
        assert list(tx.connection.scalars(select(table.c.count).order_by(table.c.name))) == [1, None]


def test_only_what_is_as_expected_is_updated(store: Store, table: Table) -> None:
    with store.begin() as tx:
        write_columns(tx.connection, table, {**COLUMNS, "count": [1, 2]})
        later: dict[str, list[Any]] = {"name": ["a", "b'; --"], "count": [11, 12], "detail": [{}, {}]}
        assert update_columns(tx.connection, table, later, key="name", expects={"count": [1, 7]}) == 1
        assert list(tx.connection.scalars(select(table.c.count).order_by(table.c.name))) == [11, 2]
    with pytest.raises(IntegrityError), store.begin() as tx:
        update_columns(tx.connection, table, {"name": ["a"], "count": [2]}, key="name", expects={"count": [11]})


@pytest.mark.parametrize(
    ("names", "counts"), [([], []), (["a"], [1]), (["a", "b'; --", "no"], [1, _BIG, 5]), (["%s", "?", '"'], [-1])]
)
def test_a_value_is_one_of_many_or_of_none(store: Store, table: Table, names: list[str], counts: list[int]) -> None:
    with store.begin() as tx:
        write_columns(tx.connection, table, {**COLUMNS, "count": [1, _BIG]})
        for column, values in ((table.c.name, names), (table.c.count, counts)):
            found = set(tx.connection.scalars(select(column).where(match_any(column, values))))
            assert found == set(values) & set(tx.connection.scalars(select(column)))
        pairs = [(one, other) for one in names for other in (one, "elsewhere")]
        both = set(tx.connection.scalars(select(table.c.name).where(match_pairs(table.c.name, table.c.name, pairs))))
        assert both == set(names) & set(tx.connection.scalars(select(table.c.name)))


@pytest.mark.parametrize(
    "condition",
    [match_any(TABLE.c.name, ["a"]), match_any(TABLE.c.count, [1]), match_pairs(TABLE.c.name, TABLE.c.detail, [("a", "b")])],
    ids=["text", "number", "pairs"],
)
def test_a_condition_on_many_values_uses_the_index(condition: ColumnElement[bool]) -> None:
    written = str(select(TABLE.c.name).where(condition).compile(dialect=sqlite.dialect()))
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE tried (name TEXT, count BIGINT UNIQUE, detail JSON, PRIMARY KEY (name, detail))")
    plan = [row[-1] for row in connection.execute(f"EXPLAIN QUERY PLAN {written}", ("[]",))]
    assert plan[0].startswith("SEARCH tried USING"), f"compared with 1, every row would be read: {plan}"


def test_an_sqlite_that_is_too_old_is_said_before_it_is_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 34, 1))
    with pytest.raises(BadSettings, match=r"homebeat needs 3\.35 or later"):
        Database.parse(f"sqlite:///{tmp_path}/homebeat.db")
