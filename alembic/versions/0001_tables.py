"""The first tables.

Revision: 0001, after nothing.
"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_SERIAL = sa.BigInteger().with_variant(sqlite.INTEGER(), "sqlite")
_JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
_UNRESOLVED = sa.text("answer <> 'resolved'")
_OPEN_RINGING = sa.text("answer <> 'resolved' AND NOT digest")
_WAITING = sa.text("state IN ('pending', 'leased')")
_DEAD = sa.text("state = 'dead'")
_DIGEST = sa.text("digest")
_ASKED = sa.text("retry_asked_at IS NOT NULL")
#: Children before parents.
_DROPPED = (  # noqa: SIM905 - one a line would take a page
    "reading alert_area learned limit_choice disregarded device_state resident_state device resident delivery contact away "
    "transition outbox household token quarantine meta ledger heartbeat extra_reading checkpoint change area alert"
).split()


def upgrade() -> None:
    """Create everything, and the rows that there is exactly one of."""
    _create_tables()
    if op.get_bind().dialect.name == "sqlite":
        _create_reading_on_sqlite()
    else:
        _create_reading_on_postgres()
    op.execute("INSERT INTO meta (name, value) VALUES ('log_position', 0), ('fleet_revision', 0), ('settled_position', 0)")
    op.execute("INSERT INTO ledger VALUES (1, 0, 0, 0, 0, 0, 0)")


def downgrade() -> None:
    """Drop everything, readings included."""
    for name in _DROPPED:
        op.drop_table(name)


def _create_reading_on_sqlite() -> None:
    op.execute("""
        CREATE TABLE reading (
            position INTEGER NOT NULL CONSTRAINT pk_reading PRIMARY KEY AUTOINCREMENT,
            device_no INTEGER NOT NULL,
            metric SMALLINT NOT NULL,
            mark SMALLINT NOT NULL,
            observed_at BIGINT NOT NULL,
            received_at BIGINT NOT NULL,
            value DOUBLE NOT NULL,
            settled SMALLINT DEFAULT 0 NOT NULL,
            key_at BIGINT GENERATED ALWAYS AS (
                CASE WHEN metric >= 20 AND mark & 1 THEN received_at - received_at % 300000 ELSE observed_at END
            ) VIRTUAL
        )""")
    op.execute("CREATE UNIQUE INDEX uq_reading_key_at_device_no_metric ON reading (key_at, device_no, metric)")
    op.execute("CREATE INDEX ix_reading_device ON reading (device_no, metric, key_at) WHERE settled = 1")


def _create_reading_on_postgres() -> None:
    op.execute("""
        CREATE TABLE reading (
            position BIGINT NOT NULL,
            device_no INTEGER NOT NULL,
            metric SMALLINT NOT NULL,
            mark SMALLINT NOT NULL,
            observed_at BIGINT NOT NULL,
            received_at BIGINT NOT NULL,
            value DOUBLE PRECISION NOT NULL,
            key_at BIGINT NOT NULL,
            CONSTRAINT uq_reading_device_no_metric_key_at UNIQUE (device_no, metric, key_at)
        ) PARTITION BY RANGE (key_at)""")
    op.execute(
        "CREATE INDEX ix_reading_position ON reading USING brin (position) WITH (pages_per_range = 32, autosummarize = true)"
    )


def _create_tables() -> None:
    op.create_table(
        "alert",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("subject_key", sa.Text(), nullable=False),
        sa.Column("household", sa.Text(), nullable=False),
        sa.Column("area", sa.Text(), nullable=True),
        sa.Column("resident", sa.Text(), nullable=True),
        sa.Column("device", sa.Text(), nullable=True),
        sa.Column("priority_rank", sa.SmallInteger(), nullable=False),
        sa.Column("desk", sa.Text(), nullable=False),
        sa.Column("digest", sa.Boolean(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("reason_code", sa.Text(), nullable=False),
        sa.Column("reason_params", _JSON, nullable=False),
        sa.Column("condition", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("contradicted", sa.Boolean(), nullable=False),
        sa.Column("acknowledged_at", sa.BigInteger(), nullable=True),
        sa.Column("resolved_at", sa.BigInteger(), nullable=True),
        sa.Column("resolved_by", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("transition", sa.Text(), nullable=False),
        sa.CheckConstraint("(answer = 'resolved') = (outcome IS NOT NULL)", name=op.f("ck_alert_resolved_needs_outcome")),
        sa.CheckConstraint("answer IN ('unacknowledged', 'acknowledged', 'resolved')", name=op.f("ck_alert_answer")),
        sa.CheckConstraint("condition IN ('firing', 'cleared')", name=op.f("ck_alert_condition")),
        sa.CheckConstraint("priority_rank BETWEEN 0 AND 3", name=op.f("ck_alert_priority")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert")),
    )
    op.create_index("ix_alert_answer", "alert", ["answer", "priority_rank", "opened_at", "id"], unique=False)
    op.create_index(
        "ix_alert_counts",
        "alert",
        ["desk", "priority_rank", "answer"],
        unique=False,
        sqlite_where=_OPEN_RINGING,
        postgresql_where=_OPEN_RINGING,
    )
    op.create_index(
        "ix_alert_desk",
        "alert",
        ["desk", "priority_rank", "opened_at", "id", "answer"],
        unique=False,
        sqlite_where=_UNRESOLVED,
        postgresql_where=_UNRESOLVED,
    )
    op.create_index(
        "ix_alert_desk_answer",
        "alert",
        ["desk", "answer", "priority_rank", "opened_at", "id"],
        unique=False,
        sqlite_where=_UNRESOLVED,
        postgresql_where=_UNRESOLVED,
    )
    op.create_index("ix_alert_household", "alert", ["household", "opened_at"], unique=False)
    op.create_index(
        "ix_alert_open_resident", "alert", ["resident"], unique=False, sqlite_where=_UNRESOLVED, postgresql_where=_UNRESOLVED
    )
    op.create_index("ix_alert_opened", "alert", ["opened_at", "id"], unique=False)
    op.create_index("ix_alert_resolved", "alert", ["resolved_at"], unique=False)
    op.create_index("ix_alert_digest", "alert", ["opened_at", "id"], unique=False, sqlite_where=_DIGEST, postgresql_where=_DIGEST)
    op.create_index(
        "ix_alert_queue",
        "alert",
        ["priority_rank", "opened_at", "id"],
        unique=False,
        sqlite_where=_UNRESOLVED,
        postgresql_where=_UNRESOLVED,
    )
    op.create_index("ix_alert_resident", "alert", ["resident", "opened_at"], unique=False)
    op.create_index(
        "uq_alert_unresolved",
        "alert",
        ["rule", "subject_key"],
        unique=True,
        sqlite_where=_UNRESOLVED,
        postgresql_where=_UNRESOLVED,
    )
    op.create_table(
        "area",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("parent", sa.Text(), nullable=True),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("retired_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("parent <> id", name=op.f("ck_area_not_its_own_parent")),
        sa.ForeignKeyConstraint(["parent"], ["area.id"], name=op.f("fk_area_parent_area")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_area")),
    )
    op.create_table(
        "change",
        sa.Column("id", _SERIAL, autoincrement=True, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_change")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_change_at"), "change", ["at"], unique=False)
    op.create_table(
        "checkpoint",
        sa.Column("id", _SERIAL, autoincrement=True, nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("state", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_checkpoint")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "extra_reading",
        sa.Column("id", _SERIAL, autoincrement=True, nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("metric", sa.Text(), nullable=False),
        sa.Column("observed_at", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_extra_reading")),
        sa.UniqueConstraint("device", "metric", "observed_at", name=op.f("uq_extra_reading_device_metric_observed_at")),
    )
    op.create_index(op.f("ix_extra_reading_received_at"), "extra_reading", ["received_at"], unique=False)
    op.create_table(
        "heartbeat",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("detail", _JSON, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_heartbeat")),
    )
    op.create_table(
        "ledger",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("delivered", sa.BigInteger(), nullable=False),
        sa.Column("accepted", sa.BigInteger(), nullable=False),
        sa.Column("duplicate", sa.BigInteger(), nullable=False),
        sa.Column("quarantined", sa.BigInteger(), nullable=False),
        sa.Column("readings_accepted", sa.BigInteger(), nullable=False),
        sa.Column("readings_duplicate", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_ledger_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger")),
    )
    op.create_table(
        "meta",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_meta")),
    )
    op.create_table(
        "quarantine",
        sa.Column("id", _SERIAL, autoincrement=True, nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("payload_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("partial", sa.Boolean(), nullable=False),
        sa.Column("retried_at", sa.BigInteger(), nullable=True),
        sa.Column("retried_outcome", sa.Text(), nullable=True),
        sa.Column("retry_asked_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quarantine")),
        sa.UniqueConstraint(
            "topic", "payload_sha256", "received_at", name=op.f("uq_quarantine_topic_payload_sha256_received_at")
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_quarantine_received_at"), "quarantine", ["received_at"], unique=False)
    op.create_index("ix_quarantine_retry_asked", "quarantine", ["id"], unique=False, sqlite_where=_ASKED, postgresql_where=_ASKED)
    op.create_table(
        "token",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=True),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_token")),
        sa.UniqueConstraint("name", name=op.f("uq_token_name")),
    )
    op.create_table(
        "household",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("area", sa.Text(), nullable=False),
        sa.Column("timezone", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("ask_first", sa.Boolean(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("retired_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["area"], ["area.id"], name=op.f("fk_household_area_area")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_household")),
    )
    op.create_index(op.f("ix_household_area"), "household", ["area"], unique=False)
    op.create_table(
        "alert_area",
        sa.Column("area", sa.Text(), nullable=False),
        sa.Column("desk", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("priority_rank", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("opened_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("alert_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["alert_id"], ["alert.id"], name=op.f("fk_alert_area_alert_id_alert")),
        sa.ForeignKeyConstraint(["area"], ["area.id"], name=op.f("fk_alert_area_area_area")),
        sa.PrimaryKeyConstraint("area", "desk", "answer", "priority_rank", "opened_at", "alert_id", name=op.f("pk_alert_area")),
    )
    op.create_index(op.f("ix_alert_area_alert_id"), "alert_area", ["alert_id"], unique=False)
    op.create_table(
        "outbox",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("alert_id", sa.Text(), nullable=False),
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column("channel_kind", sa.Text(), nullable=False),
        sa.Column("channel_index", sa.SmallInteger(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("payload", _JSON, nullable=False),
        sa.Column("priority_rank", sa.SmallInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("lease_until", sa.BigInteger(), nullable=True),
        sa.Column("lease_owner", sa.Text(), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.CheckConstraint("(state = 'leased') = (lease_until IS NOT NULL)", name=op.f("ck_outbox_lease")),
        sa.CheckConstraint("state IN ('pending', 'leased', 'delivered', 'superseded', 'dead')", name=op.f("ck_outbox_state")),
        sa.ForeignKeyConstraint(["alert_id"], ["alert.id"], name=op.f("fk_outbox_alert_id_alert")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
    )
    op.create_index(op.f("ix_outbox_alert_id"), "outbox", ["alert_id"], unique=False)
    op.create_index("ix_outbox_dead", "outbox", ["id"], unique=False, sqlite_where=_DEAD, postgresql_where=_DEAD)
    op.create_index(
        "ix_outbox_due",
        "outbox",
        ["priority_rank", "due_at", "id"],
        unique=False,
        sqlite_where=_WAITING,
        postgresql_where=_WAITING,
    )
    op.create_table(
        "transition",
        sa.Column("key", sa.String(length=24), nullable=False),
        sa.Column("alert_id", sa.Text(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("reason_code", sa.Text(), nullable=False),
        sa.Column("reason_params", _JSON, nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["alert_id"], ["alert.id"], name=op.f("fk_transition_alert_id_alert")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_transition")),
        sa.UniqueConstraint("alert_id", "seq", name=op.f("uq_transition_alert_id_seq")),
    )
    op.create_table(
        "away",
        sa.Column("id", _SERIAL, autoincrement=True, nullable=False),
        sa.Column("household", sa.Text(), nullable=False),
        sa.Column("starts_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("taught_by", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.CheckConstraint("ends_at IS NULL OR ends_at > starts_at", name=op.f("ck_away_ends_after_it_starts")),
        sa.ForeignKeyConstraint(["household"], ["household.id"], name=op.f("fk_away_household_household")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_away")),
        sa.UniqueConstraint("household", "starts_at", "taught_by", name=op.f("uq_away_household_starts_at_taught_by")),
    )
    op.create_table(
        "contact",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("household", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("relation", sa.Text(), nullable=False),
        sa.Column("channels", _JSON, nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("retired_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["household"], ["household.id"], name=op.f("fk_contact_household_household")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact")),
    )
    op.create_index(op.f("ix_contact_household"), "contact", ["household"], unique=False)
    op.create_table(
        "delivery",
        sa.Column("id", _SERIAL, autoincrement=True, nullable=False),
        sa.Column("outbox_id", sa.Text(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("duration_ms", sa.Integer(), nullable=False),
        sa.Column("ok", sa.Boolean(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("next_due_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["outbox_id"], ["outbox.id"], name=op.f("fk_delivery_outbox_id_outbox")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
        sa.UniqueConstraint("outbox_id", "attempt", name=op.f("uq_delivery_outbox_id_attempt")),
    )
    op.create_table(
        "resident",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("household", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("birth_year", sa.Integer(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("false_alarms_a_month", sa.Double(), nullable=True),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("retired_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("false_alarms_a_month BETWEEN 0.1 AND 8", name=op.f("ck_resident_budget")),
        sa.ForeignKeyConstraint(["household"], ["household.id"], name=op.f("fk_resident_household_household")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_resident")),
    )
    op.create_index(op.f("ix_resident_household"), "resident", ["household"], unique=False)
    op.create_table(
        "device",
        sa.Column("no", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("household", sa.Text(), nullable=False),
        sa.Column("resident", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("codec", sa.Text(), nullable=True),
        sa.Column("reports_every_ms", sa.BigInteger(), nullable=False),
        sa.Column("resolution_litres", sa.Double(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("retired_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["household"], ["household.id"], name=op.f("fk_device_household_household")),
        sa.ForeignKeyConstraint(["resident"], ["resident.id"], name=op.f("fk_device_resident_resident")),
        sa.PrimaryKeyConstraint("no", name=op.f("pk_device")),
        sa.UniqueConstraint("id", name=op.f("uq_device_id")),
    )
    op.create_index(op.f("ix_device_household"), "device", ["household"], unique=False)
    op.create_table(
        "resident_state",
        sa.Column("resident", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("since_at", sa.BigInteger(), nullable=True),
        sa.Column("life_at", sa.BigInteger(), nullable=True),
        sa.Column("proven_at", sa.BigInteger(), nullable=True),
        sa.Column("away", sa.Boolean(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("state IN ('active', 'quiet', 'unknown')", name=op.f("ck_resident_state_state")),
        sa.ForeignKeyConstraint(["resident"], ["resident.id"], name=op.f("fk_resident_state_resident_resident")),
        sa.PrimaryKeyConstraint("resident", name=op.f("pk_resident_state")),
    )
    op.create_table(
        "device_state",
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("heard_at", sa.BigInteger(), nullable=True),
        sa.Column("battery_pct", sa.Double(), nullable=True),
        sa.Column("silent", sa.Boolean(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["device"], ["device.id"], name=op.f("fk_device_state_device_device")),
        sa.PrimaryKeyConstraint("device", name=op.f("pk_device_state")),
    )
    _create_learned()


def _create_learned() -> None:
    op.create_table(
        "disregarded",
        sa.Column("id", _SERIAL, autoincrement=True, nullable=False),
        sa.Column("resident", sa.Text(), nullable=False),
        sa.Column("starts_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("taught_by", sa.Text(), nullable=False),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_disregarded_ends_after_it_starts")),
        sa.ForeignKeyConstraint(["resident"], ["resident.id"], name=op.f("fk_disregarded_resident_resident")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disregarded")),
        sa.UniqueConstraint("taught_by", "resident", name=op.f("uq_disregarded_taught_by_resident")),
    )
    op.create_index("ix_disregarded_resident", "disregarded", ["resident", "starts_at"], unique=False)
    op.create_table(
        "limit_choice",
        sa.Column("id", _SERIAL, autoincrement=True, nullable=False),
        sa.Column("resident", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("was", sa.Double(), nullable=True),
        sa.Column("chosen", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(["resident"], ["resident.id"], name=op.f("fk_limit_choice_resident_resident")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_limit_choice")),
    )
    op.create_index("ix_limit_choice_resident", "limit_choice", ["resident", "id"], unique=False)
    op.create_table(
        "learned",
        sa.Column("resident", sa.Text(), nullable=False),
        sa.Column("learned_at", sa.BigInteger(), nullable=False),
        sa.Column("days", sa.Double(), nullable=False),
        sa.Column("own_share", sa.Double(), nullable=False),
        sa.Column("budget", sa.Double(), nullable=False),
        sa.Column("at_home_known", sa.Boolean(), nullable=False),
        sa.Column("low_observability", sa.Text(), nullable=False),
        sa.Column("limit_minutes", _JSON, nullable=False),
        sa.Column("curve", _JSON, nullable=False),
        sa.Column("habit", _JSON, nullable=False),
        sa.Column("outings", _JSON, nullable=False),
        sa.ForeignKeyConstraint(["resident"], ["resident.id"], name=op.f("fk_learned_resident_resident")),
        sa.PrimaryKeyConstraint("resident", name=op.f("pk_learned")),
    )
