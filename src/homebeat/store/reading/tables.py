"""The tables of readings and of the quarantine; how each database keeps `reading` is in `schema`.

Invariants are constraints; times are epoch milliseconds UTC as BIGINT.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    column,
    table,
    text,
)

from homebeat.store.base.metadata import METADATA, Serial

ASKED: Final = text("retry_asked_at IS NOT NULL")

#: Messages on which homebeat failed and which were not tried again.
DEFECTIVE: Final = text("reason = 'defect' AND retried_at IS NULL")

#: What both databases have of `reading`; how each keeps it is in `schema`.
reading: Final = table(
    "reading",
    column("position", BigInteger),
    column("device_no", Integer),
    column("metric", SmallInteger),
    column("mark", SmallInteger),
    column("observed_at", BigInteger),
    column("key_at", BigInteger),
    column("received_at", BigInteger),
    column("value", Double),
)

extra_reading: Final = Table(
    "extra_reading",
    METADATA,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("device", Text, nullable=False),
    Column("metric", Text, nullable=False),
    Column("observed_at", BigInteger, nullable=False),
    Column("received_at", BigInteger, nullable=False, index=True),
    Column("value", Text, nullable=False),
    UniqueConstraint("device", "metric", "observed_at"),
)

#: `device`: the registered device that sent the message, by its topic; null for a message of no device that was known then.
quarantine: Final = Table(
    "quarantine",
    METADATA,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("topic", Text, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("payload_sha256", LargeBinary, nullable=False),
    Column("received_at", BigInteger, nullable=False, index=True),
    Column("reason", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("partial", Boolean, nullable=False),
    Column("retried_at", BigInteger, nullable=True),
    Column("retried_outcome", Text, nullable=True),
    Column("retry_asked_at", BigInteger, nullable=True),
    Column("device", Text, nullable=True),
    UniqueConstraint("topic", "payload_sha256", "received_at"),
    Index("ix_quarantine_retry_asked", "id", sqlite_where=ASKED, postgresql_where=ASKED),
    Index("ix_quarantine_defect", "received_at", sqlite_where=DEFECTIVE, postgresql_where=DEFECTIVE),
    sqlite_autoincrement=True,
)

#: The last message of each device that was kept (`domain.last_message`); lists and what a hint needs are JSON.
last_message: Final = Table(
    "last_message",
    METADATA,
    Column("device", Text, ForeignKey("device.id"), primary_key=True),
    Column("topic", Text, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("received_at", BigInteger, nullable=False),
    Column("read_by", Text, nullable=False),
    Column("understood", Text, nullable=False),
    Column("unknown", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("hint", Text, nullable=False),
    Column("hint_params", Text, nullable=False),
    Index("ix_last_message_hint", "device", sqlite_where=text("hint <> ''"), postgresql_where=text("hint <> ''")),
)

#: How messages of suppliers are read (`domain.field_map`), each as JSON. `spec`: empty while it is out of use; `before`: what it
#: was, to put it back.
field_map: Final = Table(
    "field_map",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("spec", Text, nullable=False),
    Column("before", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
)

ledger: Final = Table(
    "ledger",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("delivered", BigInteger, nullable=False),
    Column("accepted", BigInteger, nullable=False),
    Column("duplicate", BigInteger, nullable=False),
    Column("quarantined", BigInteger, nullable=False),
    Column("readings_accepted", BigInteger, nullable=False),
    Column("readings_duplicate", BigInteger, nullable=False),
    Column("readings_withheld", BigInteger, nullable=False, server_default="0"),
    CheckConstraint("id = 1", name="one_row"),
)

#: Messages that may have ended a watch, by a digest of topic and payload; empty while none is suspected.
in_hand: Final = Table(
    "in_hand", METADATA, Column("digest", LargeBinary, primary_key=True), Column("times", Integer, nullable=False)
)
