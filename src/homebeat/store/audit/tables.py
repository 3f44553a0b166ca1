"""The table of the audit. Rows are added, and deleted when they are old; nothing changes one."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, Index, Table, Text

from homebeat.store.base.metadata import METADATA, Json, Serial

audit: Final = Table(
    "audit",
    METADATA,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("at", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("about", Text, nullable=False),
    Column("detail", Json, nullable=False),
    Index("ix_audit_at", "at"),
    Index("ix_audit_about", "about", "id"),
    sqlite_autoincrement=True,
)
