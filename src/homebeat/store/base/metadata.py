"""Shared by all tables: the names of constraints, and the two types that differ by database."""

from __future__ import annotations

from typing import Final

from sqlalchemy import JSON, BigInteger, MetaData
from sqlalchemy.dialects import postgresql, sqlite

METADATA: Final = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

#: SQLite gives an autoincrementing key only to a column of type INTEGER.
Serial: Final = BigInteger().with_variant(sqlite.INTEGER(), "sqlite")
Json: Final = JSON().with_variant(postgresql.JSONB(), "postgresql")
