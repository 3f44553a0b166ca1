"""What is announced at the broker of Home Assistant, and which process announces.

Revision: 0082, after 0081.
"""

import sqlalchemy as sa

from alembic import op

revision = "0082"
down_revision = "0081"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing is announced yet."""
    names = ("broker", "state_topic", "kind", "ref", "content")
    op.create_table(
        "announced",
        sa.Column("topic", sa.Text(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in names),
        sa.CheckConstraint("kind IN ('home', 'area', 'service')", name=op.f("ck_announced_kind")),
        sa.PrimaryKeyConstraint("topic", name=op.f("pk_announced")),
    )
    op.create_index("ix_announced_kind", "announced", ["kind", "ref"])
    op.create_table(
        "announcer",
        sa.Column("no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("lease_until", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("no = 1", name=op.f("ck_announcer_one_row")),
        sa.PrimaryKeyConstraint("no", name=op.f("pk_announcer")),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE announced ENABLE ROW LEVEL SECURITY")
        op.execute("ALTER TABLE announced FORCE ROW LEVEL SECURITY")
        op.execute("CREATE POLICY scope ON announced USING ((SELECT current_setting('homebeat.scope', true)) = '*')")


def downgrade() -> None:
    """What is announced stays at the broker."""
    op.drop_table("announcer")
    op.drop_table("announced")
