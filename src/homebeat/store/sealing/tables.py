"""The tables of keys.

Times are epoch milliseconds UTC as BIGINT.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, CheckConstraint, Column, Integer, LargeBinary, Table, Text

from homebeat.store.base.metadata import METADATA

#: One row for each owner. Deleting it erases what was sealed with it, also in every backup that has not this table.
owner_key: Final = Table(
    "owner_key",
    METADATA,
    Column("owner", Text, primary_key=True),
    Column("key_id", LargeBinary, nullable=False),
    Column("wrapped", LargeBinary, nullable=False),
    Column("made_at", BigInteger, nullable=False),
)

#: Which key file wraps the owner keys, and a known text sealed with it: opened at each start, before anything is written.
key_check: Final = Table(
    "key_check",
    METADATA,
    Column("no", Integer, primary_key=True, autoincrement=False),
    Column("key_id", LargeBinary, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    CheckConstraint("no = 1", name="one_row"),
)
