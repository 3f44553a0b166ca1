"""Visits: who was sent to the door, and how far they came.

Revision: 0038, after 0037.
"""

import sqlalchemy as sa

from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

_POLICY = (
    "(SELECT current_setting('homebeat.scope', true)) = '*' "
    "OR EXISTS (SELECT 1 FROM alert AS there WHERE there.id = visit.alert_id)"
)
_EXPECTED = sa.text("due_at IS NOT NULL")


def upgrade() -> None:
    """Nobody is on their way yet."""
    op.create_table(
        "visit",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("alert_id", sa.Text(), nullable=False),
        sa.Column("visitor", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=True),
        sa.Column("set_at", sa.BigInteger(), nullable=False),
        sa.Column("assigned_at", sa.BigInteger(), nullable=False),
        sa.Column("assigned_by", sa.Text(), nullable=False),
        sa.Column("en_route_at", sa.BigInteger(), nullable=True),
        sa.Column("at_door_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("proof", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "state IN ('assigned', 'en_route', 'at_door', 'seen', 'missed', 'cancelled')", name=op.f("ck_visit_state")
        ),
        sa.CheckConstraint("(due_at IS NULL) = (state IN ('seen', 'missed', 'cancelled'))", name=op.f("ck_visit_due_while_live")),
        sa.ForeignKeyConstraint(["alert_id"], ["alert.id"], name=op.f("fk_visit_alert_id_alert")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit")),
    )
    for column in ("alert_id", "due_at"):
        op.create_index(op.f(f"ix_visit_{column}"), "visit", [column], unique=False)
    op.create_index(
        "uq_visit_live", "visit", ["alert_id", "visitor"], unique=True, sqlite_where=_EXPECTED, postgresql_where=_EXPECTED
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE visit ENABLE ROW LEVEL SECURITY")
        op.execute("ALTER TABLE visit FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY scope ON visit USING ({_POLICY})")


def downgrade() -> None:
    """Who is on their way is in the histories of alerts."""
    op.drop_table("visit")
