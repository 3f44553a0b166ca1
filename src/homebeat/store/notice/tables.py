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

UNSAID: Final = text("say_at IS NOT NULL")

NAMED: Final = text("reference IS NOT NULL")

FAMILY_NOTE: Final = text("event IN ('family.daily', 'family.weekly')")

TO_ASK: Final = text("ask_at IS NOT NULL")

#: `alert_id`: NULL where it is about no alert, as that somebody's shifts have changed.
#: `chain`: what the channels of one person have in common over which a message goes one after the other, in the order of `place`;
#: NULL where nothing follows.
#: `set_at`: when `due_at` and `lease_until` were set, by the same clock: if that lies in the future, neither of them holds.
#: `say_at`: of a dead letter of which nothing is said yet, because another channel may bring the message; then it is decided.
outbox: Final = Table(
    "outbox",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("alert_id", Text, ForeignKey("alert.id"), nullable=True, index=True),
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
    Column("chain", Text, nullable=True),
    Column("place", SmallInteger, nullable=False, server_default="0"),
    Column("say_at", BigInteger, nullable=True),
    CheckConstraint("state IN ('pending', 'leased', 'delivered', 'superseded', 'dead')", name="state"),
    CheckConstraint("(state = 'leased') = (lease_until IS NOT NULL)", name="lease"),
    Index(
        "ix_outbox_endpoint",
        *("endpoint", "priority_rank", "due_at", "id", "set_at", "lease_until"),
        sqlite_where=WAITING,
        postgresql_where=WAITING,
    ),
    Index("ix_outbox_note", "created_at", "id", sqlite_where=FAMILY_NOTE, postgresql_where=FAMILY_NOTE),
    Index("ix_outbox_dead", "id", sqlite_where=DEAD, postgresql_where=DEAD),
    Index("ix_outbox_unsaid", "say_at", "id", sqlite_where=UNSAID, postgresql_where=UNSAID),
)

#: `reference`: the provider's own name of what it accepted. `arrival`: what it said later became of that; NULL for nothing.
#: `ask_at`: when it is asked for that, where it has brought nothing by then.
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
    Column("reference", Text, nullable=True),
    Column("arrival", Text, nullable=True),
    Column("arrived_at", BigInteger, nullable=True),
    Column("arrival_code", Text, nullable=False, server_default=""),
    Column("ask_at", BigInteger, nullable=True),
    CheckConstraint("arrival IN ('awaited', 'failed', 'unanswered', 'echoed', 'delivered', 'picked_up', 'key')", name="arrival"),
    UniqueConstraint("outbox_id", "attempt"),
    Index("ix_delivery_reference", "reference", sqlite_where=NAMED, postgresql_where=NAMED),
    Index("ix_delivery_ask", "ask_at", sqlite_where=TO_ASK, postgresql_where=TO_ASK),
)

#: `id`: a keyed digest of the kind of channel and the address, or of the account. `times`: of what was sent lately, ascending.
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

#: Contacts and responders whom no message has reached since the first of those that failed. `unreachable_at`: since when that is
#: so for long enough to be said; NULL before.
reach: Final = Table(
    "reach",
    METADATA,
    Column("contact", Text, primary_key=True),
    Column("failing_since", BigInteger, nullable=False),
    Column("unreachable_at", BigInteger, nullable=True),
)

#: For which day a contact has had a note last, days since 1970-01-01: one a day, or a week.
family_note: Final = Table(
    "family_note",
    METADATA,
    Column("contact", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("day", Integer, nullable=False),
)

#: What a provider brought of a message whose attempt was not stored yet: kept for minutes. `answer`: what the pressed key means.
early_receipt: Final = Table(
    "early_receipt",
    METADATA,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("reference", Text, nullable=False),
    Column("arrival", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("answer", Text, nullable=False),
    Column("at", BigInteger, nullable=False, index=True),
    UniqueConstraint("reference", "arrival", "key"),
)

#: What is announced to Home Assistant, by the topic of its configuration; a row is there before the broker has it, and until it
#: is taken back. `content`: a digest of the configuration. `ref`: the id of the home or area, without a foreign key: it may go.
announced: Final = Table(
    "announced",
    METADATA,
    Column("topic", Text, primary_key=True),
    Column("broker", Text, nullable=False),
    Column("state_topic", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("ref", Text, nullable=False),
    Column("content", Text, nullable=False),
    CheckConstraint("kind IN ('home', 'area', 'service')", name="kind"),
    Index("ix_announced_kind", "kind", "ref"),
)

#: Which process announces to Home Assistant: one row.
announcer: Final = Table(
    "announcer",
    METADATA,
    Column("no", Integer, primary_key=True, autoincrement=False),
    Column("owner", Text, nullable=False),
    Column("lease_until", BigInteger, nullable=False),
    CheckConstraint("no = 1", name="one_row"),
)
