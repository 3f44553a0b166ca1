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


@compiles(IsAmong)
def _write(among: IsAmong, compiler: SQLCompiler, **more: Any) -> str:
    column, values = (compiler.process(clause, **more) for clause in among.clauses)
    if compiler.dialect.name == "postgresql":
        return f"{column} = ANY ({values})"
    return f"{column} IN (SELECT value FROM json_each({values}))"  # noqa: S608 -- both parts are SQLAlchemy's
