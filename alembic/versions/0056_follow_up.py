"""Follow-ups: whether somebody came in a closed case, and whether it was right.

Revision: 0056, after 0055.
"""

import sqlalchemy as sa

from alembic import op

revision = "0056"
down_revision = "0055"
branch_labels = None
depends_on = None

_SEEN = "EXISTS (SELECT 1 FROM alert AS there WHERE there.id = follow_up.alert_id)"
_WAITING = sa.text("state = 'waiting'")


def upgrade() -> None:
    """Cases that are closed already have no follow-up."""
    op.create_table(
        "follow_up",
        sa.Column("alert_id", sa.Text(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=True),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("answered_by", sa.Text(), nullable=False),
        sa.Column("answered_at", sa.BigInteger(), nullable=True),
        sa.Column("complaint", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("state IN ('waiting', 'answered', 'unanswered')", name=op.f("ck_follow_up_state")),
        sa.CheckConstraint("answer IN ('good', 'nobody', 'wrong')", name=op.f("ck_follow_up_answer")),
        sa.CheckConstraint("(state = 'answered') = (answer IS NOT NULL)", name=op.f("ck_follow_up_answered_with_answer")),
        sa.CheckConstraint("(answer IS NULL) = (answered_at IS NULL)", name=op.f("ck_follow_up_answered_at_with_answer")),
        sa.ForeignKeyConstraint(["alert_id"], ["alert.id"], name=op.f("fk_follow_up_alert_id_alert")),
        sa.ForeignKeyConstraint(["complaint"], ["complaint.id"], name=op.f("fk_follow_up_complaint_complaint")),
        sa.PrimaryKeyConstraint("alert_id", name=op.f("pk_follow_up")),
    )
    op.create_index("ix_follow_up_state", "follow_up", ["state", "due_at", "alert_id"], unique=False)
    op.create_index(
        "ix_follow_up_waiting", "follow_up", ["ends_at"], unique=False, sqlite_where=_WAITING, postgresql_where=_WAITING
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE follow_up ENABLE ROW LEVEL SECURITY")
        op.execute("ALTER TABLE follow_up FORCE ROW LEVEL SECURITY")
        setting = "current_setting('homebeat.scope', true)"
        op.execute(f"CREATE POLICY scope ON follow_up USING ((SELECT {setting}) = '*' OR {_SEEN})")


def downgrade() -> None:
    """Follow-ups are lost; complaints stay."""
    op.drop_table("follow_up")
