"""The order of all steps of alerts, and how far each city platform has come in it.

Revision: 0041, after 0040.
"""

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

_SERIAL = sa.BigInteger().with_variant(sqlite.INTEGER(), "sqlite")
_SEEN = (
    "(SELECT current_setting('homebeat.scope', true)) = '*'"
    " OR EXISTS (SELECT 1 FROM alert AS there WHERE there.id = alert_event.alert_id)"
)


def upgrade() -> None:
    """What happened before is no event: platforms begin with what comes."""
    op.create_table(
        "alert_event",
        sa.Column("id", _SERIAL, autoincrement=True, nullable=False),
        sa.Column("alert_id", sa.Text(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("priority_rank", sa.SmallInteger(), nullable=False),
        sa.Column("condition", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["alert_id"], ["alert.id"], name=op.f("fk_alert_event_alert_id_alert")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_event")),
        sa.UniqueConstraint("alert_id", "seq", name=op.f("uq_alert_event_alert_id_seq")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "platform",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("proven", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("refusals", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("failing_since", sa.BigInteger(), nullable=True),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("lease_until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_platform")),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE alert_event ENABLE ROW LEVEL SECURITY")
        op.execute("ALTER TABLE alert_event FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY scope ON alert_event USING ({_SEEN})")


def downgrade() -> None:
    """Platforms lose their places."""
    op.drop_table("platform")
    op.drop_table("alert_event")
