"""The tables of the outbox and its deliveries.

Invariants are constraints; times are epoch milliseconds UTC as BIGINT.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from homebeat.store.base.metadata import METADATA, Json, Serial

WAITING: Final = text("state IN ('pending', 'leased')")

DEAD: Final = text("state = 'dead'")

#: `set_at`: when `due_at` and `lease_until` were set, by the same clock: if that lies in the future, neither of them holds.
outbox: Final = Table(
    "outbox",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("alert_id", Text, ForeignKey("alert.id"), nullable=False, index=True),
    Column("contact", Text, nullable=False),
    Column("channel_kind", Text, nullable=False),
    Column("channel_index", SmallInteger, nullable=False),
    Column("endpoint", Text, nullable=False, server_default=""),
    Column("event", Text, nullable=False),
    Column("payload", Json, nullable=False),
    Column("priority_rank", SmallInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("due_at", BigInteger, nullable=False),
    Column("set_at", BigInteger, nullable=False, server_default="0"),
    Column("attempts", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("lease_until", BigInteger, nullable=True),
    Column("lease_owner", Text, nullable=True),
    Column("last_error", Text, nullable=False),
    CheckConstraint("state IN ('pending', 'leased', 'delivered', 'superseded', 'dead')", name="state"),
    CheckConstraint("(state = 'leased') = (lease_until IS NOT NULL)", name="lease"),
    Index(
        "ix_outbox_endpoint",
        *("endpoint", "priority_rank", "due_at", "id", "set_at", "lease_until"),
        sqlite_where=WAITING,
        postgresql_where=WAITING,
    ),
    Index("ix_outbox_dead", "id", sqlite_where=DEAD, postgresql_where=DEAD),
)

delivery: Final = Table(
    "delivery",
    METADATA,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("outbox_id", Text, ForeignKey("outbox.id"), nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("duration_ms", Integer, nullable=False),
    Column("ok", Boolean, nullable=False),
    Column("status", Integer, nullable=True),
    Column("error", Text, nullable=False),
    Column("next_due_at", BigInteger, nullable=True),
    UniqueConstraint("outbox_id", "attempt"),
)

#: `id`: a keyed digest of the kind of channel and the address. `times`: of what was sent lately, epoch ms, ascending.
#: `queue_ends_at`: until when those that were put off have their turns; in the past where none waits.
sending: Final = Table(
    "sending",
    METADATA,
    Column("id", String(32), primary_key=True),
    Column("times", Json, nullable=False),
    Column("last_at", BigInteger, nullable=False, index=True),
    Column("queue_ends_at", BigInteger, nullable=False, server_default="0"),
)

#: How far each city platform has come in the events. `position`: the last event that it got, or did not want. `proven`: a
#: digest of the address that has answered the challenge. `refusals`: of the next event. `refused`: how many it refused for good.
platform: Final = Table(
    "platform",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("position", BigInteger, nullable=False),
    Column("proven", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("refusals", Integer, nullable=False),
    Column("due_at", BigInteger, nullable=False),
    Column("failing_since", BigInteger, nullable=True),
    Column("error", Text, nullable=False),
    Column("refused", Integer, nullable=False),
    Column("owner", Text, nullable=False),
    Column("lease_until", BigInteger, nullable=False),
)
