"""The last message of each device that was kept.

Revision: 0080, after 0079.
"""

import sqlalchemy as sa

from alembic import op

revision = "0080"
down_revision = "0079"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """None is kept yet: each device's next message is."""
    op.create_table(
        "last_message",
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("read_by", "understood", "unknown", "detail")),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("hint", "hint_params")),
        sa.ForeignKeyConstraint(["device"], ["device.id"], name=op.f("fk_last_message_device_device")),
        sa.PrimaryKeyConstraint("device", name=op.f("pk_last_message")),
    )
    hinted = sa.text("hint <> ''")
    op.create_index("ix_last_message_hint", "last_message", ["device"], sqlite_where=hinted, postgresql_where=hinted)
    if op.get_bind().dialect.name == "postgresql":
        scope = "current_setting('homebeat.scope', true)"
        seen = "EXISTS (SELECT 1 FROM device AS there WHERE there.id = last_message.device)"
        op.execute("ALTER TABLE last_message ENABLE ROW LEVEL SECURITY")
        op.execute("ALTER TABLE last_message FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY scope ON last_message USING ((SELECT {scope}) = '*' OR {seen})")


def downgrade() -> None:
    """They are gone."""
    op.drop_table("last_message")
