"""The tables of homebeat's own work.

Invariants are constraints; times are epoch milliseconds UTC as BIGINT.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Integer, LargeBinary, Table, Text

from homebeat.store.base.metadata import METADATA, Json, Serial

checkpoint: Final = Table(
    "checkpoint",
    METADATA,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("position", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("version", Text, nullable=False),
    Column("state", LargeBinary, nullable=False),
    sqlite_autoincrement=True,
)

#: The parts of checkpoints, by a digest of the content: a part that did not change from one to the next is stored once.
checkpoint_part: Final = Table(
    "checkpoint_part",
    METADATA,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("digest", LargeBinary, nullable=False, unique=True),
    Column("content", LargeBinary, nullable=False),
)

checkpoint_use: Final = Table(
    "checkpoint_use",
    METADATA,
    Column("checkpoint", BigInteger, ForeignKey("checkpoint.id"), primary_key=True, autoincrement=False),
    Column("part", BigInteger, ForeignKey("checkpoint_part.id"), primary_key=True, autoincrement=False, index=True),
)

change: Final = Table(
    "change",
    METADATA,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("kind", Text, nullable=False),
    Column("ref", Text, nullable=False),
    Column("at", BigInteger, nullable=False, index=True),
    sqlite_autoincrement=True,
)

heartbeat: Final = Table(
    "heartbeat",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("detail", Json, nullable=False),
)

#: Single numbers: `log_position` (PostgreSQL's end of the log), `fleet_revision`, `settings_revision`,
#: `settled_position` (SQLite: up to where readings are in the index by device), `watch_runs` (1 until a watch ended in order),
#: `plain_remains` (1 while what was plain before it was sealed may still be on the disk),
#: `stream_key` (enciphers the ids of the live stream).
meta: Final = Table("meta", METADATA, Column("name", Text, primary_key=True), Column("value", BigInteger, nullable=False))

#: What people changed of the settings in the console (`domain.setting_change`): of each area and subject the newest row in force
#: holds. `area`: NULL for everywhere. `before` and `after` are JSON, null where the file holds. Rows are added, and decided once.
setting_change: Final = Table(
    "setting_change",
    METADATA,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("key", Text, nullable=False, unique=True),
    Column("area", Text, ForeignKey("area.id"), nullable=True, index=True),
    Column("subject", Text, nullable=False, index=True),
    Column("before", Json, nullable=False),
    Column("after", Json, nullable=False),
    Column("state", Text, nullable=False),
    Column("residents", Integer, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    Column("reason_sealed", LargeBinary, nullable=False),
    Column("tried", Json, nullable=False),
    Column("decided_at", BigInteger, nullable=True),
    Column("decided_by", Text, nullable=False),
    Column("word_sealed", LargeBinary, nullable=True),
    sqlite_autoincrement=True,
)

#: Who may write the log: one row, by the database's clock. If `renewed_at` is in the future, the clock ran ahead: no lease then.
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

#: Steps of the clock that the engine followed: after the reading at `position`, before the next.
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
