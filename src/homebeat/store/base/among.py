"""The condition that a column's value is one of many, as one parameter of a statement.

A list of parameters, as SQLAlchemy's `in_` makes it, is a new statement for each length: compiled, parsed and planned each time.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sqlalchemy import ARRAY, Boolean, Text, TypeDecorator, bindparam
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import ColumnElement, Dialect
    from sqlalchemy.sql.compiler import SQLCompiler
    from sqlalchemy.types import TypeEngine


class Keys(TypeDecorator[Any]):
    """Many values of a type: an array on PostgreSQL, JSON on SQLite. Text and whole numbers only."""

    impl = Text
    cache_ok = True

    def __init__(self, each: TypeEngine[Any]) -> None:
        super().__init__()
        self.each = each

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """As what the database gets it."""
        return dialect.type_descriptor(ARRAY(self.each) if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        """Make what the driver gets."""
        return value if dialect.name == "postgresql" else json.dumps(value)


class IsAmong(FunctionElement[bool]):
    """See `match_any`."""

    type = Boolean()
    inherit_cache = True


def match_any(column: ColumnElement[Any], values: Iterable[Any]) -> ColumnElement[bool]:
    """Make a condition: the value of a column is one of these, which are text or whole numbers."""
    return IsAmong(column, bindparam(None, list(values), type_=Keys(column.type)))


@compiles(IsAmong)
def _write(among: IsAmong, compiler: SQLCompiler, **more: Any) -> str:
    column, values = (compiler.process(clause, **more) for clause in among.clauses)
    if compiler.dialect.name == "postgresql":
        return f"{column} = ANY ({values})"
    return f"{column} IN (SELECT value FROM json_each({values}))"  # noqa: S608 -- both parts are SQLAlchemy's
