"""The tables of the watch alone: who holds the lease, and which steps of the clock were followed."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, CheckConstraint, Column, Integer, Table, Text

from homebeat.store.metadata import METADATA

#: Who may write the log: one row, by the database's clock. `renewed_at` in the future: the clock ran ahead, the lease is none.
tenure: Final = Table(
    "tenure",
    METADATA,
    Column("no", Integer, primary_key=True, autoincrement=False),
    Column("owner", Text, nullable=False),
    Column("epoch", BigInteger, nullable=False),
    Column("renewed_at", BigInteger, nullable=False),
    Column("lease_until", BigInteger, nullable=False),
    CheckConstraint("no = 1", name="one_row"),
)

#: Steps of the clock that the engine followed, beside the readings: it did so after the reading at `position`, before the next.
clock_step: Final = Table(
    "clock_step",
    METADATA,
    Column("no", Integer, primary_key=True, autoincrement=False),
    Column("position", BigInteger, nullable=False),
    Column("before_at", BigInteger, nullable=False),
    Column("after_at", BigInteger, nullable=False),
    Column("noted_at", BigInteger, nullable=False),
    Column("accepted_at", BigInteger, nullable=True),
    Column("accepted_by", Text, nullable=False),
)
