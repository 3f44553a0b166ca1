"""The tables of the audit. Triggers refuse whatever changes a row, or deletes one that retention has not noted as old."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Integer, Table, Text

from homebeat.store.base.metadata import METADATA, Serial

#: `id` counts up without gaps. `detail` is JSON as it was hashed: a JSON column may give numbers back in another form.
audit: Final = Table(
    "audit",
    METADATA,
    Column("id", Serial, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("about", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("hash", Text, nullable=False),
    Index("ix_audit_at", "at"),
    Index("ix_audit_about", "about", "id"),
    Index("ix_audit_actor", "actor", "id"),
)

#: One row: the last row of the chain, and the last one that retention has deleted (0 and no hash: none yet).
audit_head: Final = Table(
    "audit_head",
    METADATA,
    Column("no", Integer, primary_key=True, autoincrement=False),
    Column("number", BigInteger, nullable=False),
    Column("hash", Text, nullable=False),
    Column("cut_number", BigInteger, nullable=False),
    Column("cut_hash", Text, nullable=False),
    CheckConstraint("no = 1", name="one_row"),
)

#: What was signed: that the row of this number had this hash at that time.
signed_checkpoint: Final = Table(
    "signed_checkpoint",
    METADATA,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("hash", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("key_id", Text, nullable=False),
    Column("signature", Text, nullable=False),
)
