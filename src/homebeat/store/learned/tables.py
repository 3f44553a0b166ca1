"""The tables of what was learned, chosen and left out of learning.

Invariants are constraints; times are epoch milliseconds UTC as BIGINT.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Column, Double, ForeignKey, Index, Table, Text, UniqueConstraint

from homebeat.store.base.metadata import METADATA, Json, Serial

#: Quiet spans that are not learned from, because of the outcome of their alert.
disregarded: Final = Table(
    "disregarded",
    METADATA,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("resident", Text, ForeignKey("resident.id"), nullable=False),
    Column("starts_at", BigInteger, nullable=False),
    Column("ends_at", BigInteger, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("taught_by", Text, nullable=False),
    UniqueConstraint("taught_by", "resident"),
    CheckConstraint("ends_at > starts_at", name="ends_after_it_starts"),
    Index("ix_disregarded_resident", "resident", "starts_at"),
)

#: Who chose which number of false alarms a month for whom; None leaves it to the settings.
limit_choice: Final = Table(
    "limit_choice",
    METADATA,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("resident", Text, ForeignKey("resident.id"), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    Column("was", Double, nullable=True),
    Column("chosen", Double, nullable=True),
    Index("ix_limit_choice_resident", "resident", "id"),
)

#: The newest profile of each resident that has one; the engine's own copy is in its checkpoint.
learned: Final = Table(
    "learned",
    METADATA,
    Column("resident", Text, ForeignKey("resident.id"), primary_key=True),
    Column("learned_at", BigInteger, nullable=False),
    Column("days", Double, nullable=False),
    Column("own_share", Double, nullable=False),
    Column("budget", Double, nullable=False),
    Column("at_home_known", Boolean, nullable=False),
    Column("low_observability", Text, nullable=False),
    Column("limit_minutes", Json, nullable=False),
    Column("curve", Json, nullable=False),
    Column("habit", Json, nullable=False),
    Column("outings", Json, nullable=False),
)
