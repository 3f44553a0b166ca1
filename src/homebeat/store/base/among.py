"""The condition that a column's value is one of many, as one parameter of a statement.

A list of parameters, as SQLAlchemy's `in_` makes it, is a new statement for each length: compiled, parsed and planned each time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import ARRAY, JSON, bindparam
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import ColumnElement
    from sqlalchemy.sql.compiler import SQLCompiler


class IsAmong(FunctionElement[bool]):
    """See `match_any`. It has no type: SQLAlchemy compares a truth value with 1 on SQLite, which then looks at every row."""

    inherit_cache = True


def match_any(column: ColumnElement[Any], values: Iterable[Any]) -> ColumnElement[bool]:
    """Make a condition: the value of a column is one of these, which are text or whole numbers."""
    many = ARRAY(column.type).with_variant(JSON(), "sqlite")
    return IsAmong(column, bindparam(None, list(values), type_=many))


class ArePairsAmong(IsAmong):
    """See `match_pairs`."""

    inherit_cache = True


def match_pairs(first: ColumnElement[str], second: ColumnElement[str], pairs: Iterable[tuple[str, str]]) -> ColumnElement[bool]:
    """Make a condition: the values of two columns together are one of these pairs of texts."""
    return ArePairsAmong(first, second, bindparam(None, list(map(list, pairs)), type_=JSON()))


@compiles(IsAmong)
def _write(among: IsAmong, compiler: SQLCompiler, **more: Any) -> str:
    column, values = (compiler.process(clause, **more) for clause in among.clauses)
    if compiler.dialect.name == "postgresql":
        return f"{column} = ANY ({values})"
    return f"{column} IN (SELECT value FROM json_each({values}))"  # noqa: S608 -- both parts are SQLAlchemy's


@compiles(ArePairsAmong)
def _write_pairs(among: ArePairsAmong, compiler: SQLCompiler, **more: Any) -> str:
    first, second, values = (compiler.process(clause, **more) for clause in among.clauses)
    # "value" is what both databases call an element
    if compiler.dialect.name == "postgresql":
        return f"({first}, {second}) IN (SELECT value ->> 0, value ->> 1 FROM json_array_elements({values}))"  # noqa: S608 -- as in `_write`
    # it has `->>` only since 3.38
    both = "json_extract(value, '$[0]'), json_extract(value, '$[1]')"
    return f"({first}, {second}) IN (SELECT {both} FROM json_each({values}))"  # noqa: S608 -- as in `_write`
