"""The tables. Invariants are constraints here; code above may rely on them and nothing else.

`reading` differs by database and is defined in `schema`: on SQLite a table in log order, on PostgreSQL partitioned by the
UTC day of `key_at`.
Times are epoch milliseconds UTC as BIGINT.
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
    String,
    Table,
    Text,
    UniqueConstraint,
    column,
    table,
    text,
)

from homebeat.store.metadata import METADATA, Json, Serial

#: The same text in queries and in the partial indexes, so that both planners see that they match.
UNRESOLVED: Final = text("answer <> 'resolved'")
WAITING: Final = text("state IN ('pending', 'leased')")
DEAD: Final = text("state = 'dead'")
DIGEST: Final = text("digest")
RINGING: Final = text("NOT digest")
#: What waits in a queue and lies in no area: it stands in the queue of every area.
PLACELESS: Final = text("answer <> 'resolved' AND NOT digest AND area IS NULL")
_OPEN_RINGING: Final = text("answer <> 'resolved' AND NOT digest")
ASKED: Final = text("retry_asked_at IS NOT NULL")
#: Messages over which homebeat failed, and which nobody has driven again.
DEFECTIVE: Final = text("reason = 'defect' AND retried_at IS NULL")

area: Final = Table(
    "area",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("parent", Text, ForeignKey("area.id"), nullable=True),
    Column("place", Integer, nullable=False),
    Column("retired_at", BigInteger, nullable=True),
    CheckConstraint("parent <> id", name="not_its_own_parent"),
)

household: Final = Table(
    "household",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("area", Text, ForeignKey("area.id"), nullable=False, index=True),
    Column("timezone", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("ask_first", Boolean, nullable=False),
    Column("place", Integer, nullable=False),
    Column("retired_at", BigInteger, nullable=True),
)

resident: Final = Table(
    "resident",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("household", Text, ForeignKey("household.id"), nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("birth_year", Integer, nullable=True),
    Column("phone", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("false_alarms_a_month", Double, nullable=True),
    Column("place", Integer, nullable=False),
    Column("retired_at", BigInteger, nullable=True),
    CheckConstraint("false_alarms_a_month BETWEEN 0.1 AND 8", name="budget"),
)

contact: Final = Table(
    "contact",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("household", Text, ForeignKey("household.id"), nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("relation", Text, nullable=False),
    Column("channels", Json, nullable=False),
    Column("place", Integer, nullable=False),
    Column("retired_at", BigInteger, nullable=True),
)

device: Final = Table(
    "device",
    METADATA,
    Column("no", Integer, primary_key=True, autoincrement=True),
    Column("id", Text, nullable=False, unique=True),
    Column("household", Text, ForeignKey("household.id"), nullable=False, index=True),
    Column("resident", Text, ForeignKey("resident.id"), nullable=True),
    Column("kind", Text, nullable=False),
    Column("codec", Text, nullable=True),
    Column("reports_every_ms", BigInteger, nullable=False),
    Column("resolution_litres", Double, nullable=False),
    Column("place", Integer, nullable=False),
    Column("retired_at", BigInteger, nullable=True),
)

away: Final = Table(
    "away",
    METADATA,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("household", Text, ForeignKey("household.id"), nullable=False),
    Column("starts_at", BigInteger, nullable=False),
    Column("ends_at", BigInteger, nullable=True),
    Column("reason", Text, nullable=False),
    Column("taught_by", Text, nullable=False),
    Column("place", Integer, nullable=False),
    UniqueConstraint("household", "starts_at", "taught_by"),
    CheckConstraint("ends_at IS NULL OR ends_at > starts_at", name="ends_after_it_starts"),
)

#: Quiet spans that are not learned from, because of what was found when the alert on them was closed.
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

#: Who asked for which number of false alarms a month for whom; None leaves it to the settings.
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
    UniqueConstraint("topic", "payload_sha256", "received_at"),
    Index("ix_quarantine_retry_asked", "id", sqlite_where=ASKED, postgresql_where=ASKED),
    Index("ix_quarantine_defect", "received_at", sqlite_where=DEFECTIVE, postgresql_where=DEFECTIVE),
    sqlite_autoincrement=True,
)

alert: Final = Table(
    "alert",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("rule", Text, nullable=False),
    Column("subject_key", Text, nullable=False),
    Column("household", Text, nullable=False),
    Column("area", Text, nullable=True),
    Column("resident", Text, nullable=True),
    Column("device", Text, nullable=True),
    Column("priority_rank", SmallInteger, nullable=False),
    Column("desk", Text, nullable=False),
    Column("digest", Boolean, nullable=False),
    Column("opened_at", BigInteger, nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("reason_code", Text, nullable=False),
    Column("reason_params", Json, nullable=False),
    Column("condition", Text, nullable=False),
    Column("answer", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("outcome", Text, nullable=True),
    Column("contradicted", Boolean, nullable=False),
    Column("acknowledged_at", BigInteger, nullable=True),
    Column("resolved_at", BigInteger, nullable=True),
    Column("resolved_by", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    Column("transition", Text, nullable=False),
    CheckConstraint("priority_rank BETWEEN 0 AND 3", name="priority"),
    CheckConstraint("condition IN ('firing', 'cleared')", name="condition"),
    CheckConstraint("answer IN ('unacknowledged', 'acknowledged', 'resolved')", name="answer"),
    CheckConstraint("(answer = 'resolved') = (outcome IS NOT NULL)", name="resolved_needs_outcome"),
    Index("uq_alert_unresolved", "rule", "subject_key", unique=True, sqlite_where=UNRESOLVED, postgresql_where=UNRESOLVED),
    Index("ix_alert_queue", "priority_rank", "opened_at", "id", sqlite_where=UNRESOLVED, postgresql_where=UNRESOLVED),
    Index("ix_alert_answer", "answer", "priority_rank", "opened_at", "id"),
    Index("ix_alert_household", "household", "opened_at"),
    Index("ix_alert_resident", "resident", "opened_at"),
    Index("ix_alert_open_resident", "resident", sqlite_where=UNRESOLVED, postgresql_where=UNRESOLVED),
    Index(
        "ix_alert_desk",
        "desk",
        "priority_rank",
        "opened_at",
        "id",
        "answer",
        sqlite_where=UNRESOLVED,
        postgresql_where=UNRESOLVED,
    ),
    Index(
        "ix_alert_desk_answer",
        "desk",
        "answer",
        "priority_rank",
        "opened_at",
        "id",
        sqlite_where=UNRESOLVED,
        postgresql_where=UNRESOLVED,
    ),
    Index("ix_alert_counts", "desk", "priority_rank", "answer", sqlite_where=_OPEN_RINGING, postgresql_where=_OPEN_RINGING),
    Index(
        "ix_alert_placeless",
        "desk",
        "answer",
        "priority_rank",
        "opened_at",
        "id",
        sqlite_where=PLACELESS,
        postgresql_where=PLACELESS,
    ),
    Index("ix_alert_opened", "opened_at", "id"),
    Index("ix_alert_resolved", "resolved_at"),
    Index("ix_alert_digest", "opened_at", "id", sqlite_where=DIGEST, postgresql_where=DIGEST),
)

#: Each unresolved alert under its area and under every area above that: the queue of a district is one range of an index,
#: however many streets it has and however few of the alerts are its own.
alert_area: Final = Table(
    "alert_area",
    METADATA,
    Column("area", Text, ForeignKey("area.id"), primary_key=True),
    Column("desk", Text, primary_key=True),
    Column("answer", Text, primary_key=True),
    Column("priority_rank", SmallInteger, primary_key=True, autoincrement=False),
    Column("opened_at", BigInteger, primary_key=True, autoincrement=False),
    Column("alert_id", Text, ForeignKey("alert.id"), primary_key=True, index=True),
)

transition: Final = Table(
    "transition",
    METADATA,
    Column("key", String(24), primary_key=True),
    Column("alert_id", Text, ForeignKey("alert.id"), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    Column("reason_code", Text, nullable=False),
    Column("reason_params", Json, nullable=False),
    Column("note", Text, nullable=False),
    Column("outcome", Text, nullable=True),
    UniqueConstraint("alert_id", "seq"),
)

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

#: What checkpoints are made of, by a digest of the content: what did not change from one to the next is there once.
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
    CheckConstraint("id = 1", name="one_row"),
)

token: Final = Table(
    "token",
    METADATA,
    Column("hash", String(64), primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("role", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=True),
    Column("revoked_at", BigInteger, nullable=True),
)

#: Sessions that were signed out before their end. `id` is the SHA-256 of the session's nonce.
signed_out: Final = Table(
    "signed_out", METADATA, Column("id", String(64), primary_key=True), Column("ends_at", BigInteger, nullable=False, index=True)
)

#: Requests with an `Idempotency-Key`. `id` is the SHA-256 of token and key, `request` that of what was asked;
#: `status` is null until the answer is known.
answered: Final = Table(
    "answered",
    METADATA,
    Column("id", String(64), primary_key=True),
    Column("token", String(64), nullable=False, index=True),
    Column("request", String(64), nullable=False),
    Column("at", BigInteger, nullable=False, index=True),
    Column("status", Integer, nullable=True),
    Column("headers", Json, nullable=False),
    Column("body", LargeBinary, nullable=False),
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

#: Single numbers: `log_position` (PostgreSQL's end of the log), `fleet_revision`,
#: `settled_position` (SQLite: up to where readings are in the index by device), `watch_runs` (1 until a watch ended in order).
meta: Final = Table("meta", METADATA, Column("name", Text, primary_key=True), Column("value", BigInteger, nullable=False))

resident_state: Final = Table(
    "resident_state",
    METADATA,
    Column("resident", Text, ForeignKey("resident.id"), primary_key=True),
    Column("state", Text, nullable=False),
    Column("since_at", BigInteger, nullable=True),
    Column("life_at", BigInteger, nullable=True),
    Column("proven_at", BigInteger, nullable=True),
    Column("away", Boolean, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    CheckConstraint("state IN ('active', 'quiet', 'unknown')", name="state"),
)

device_state: Final = Table(
    "device_state",
    METADATA,
    Column("device", Text, ForeignKey("device.id"), primary_key=True),
    Column("heard_at", BigInteger, nullable=True),
    Column("battery_pct", Double, nullable=True),
    Column("silent", Boolean, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("beats_every_s", Integer, nullable=True),
)
