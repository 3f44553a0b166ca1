"""Contacts and responders whom nothing has reached lately.

Revision: 0048, after 0047.
"""

import sqlalchemy as sa

from alembic import op

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Everybody counts as reached."""
    op.create_table(
        "reach",
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column("failing_since", sa.BigInteger(), nullable=False),
        sa.Column("unreachable_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("contact", name=op.f("pk_reach")),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE reach ENABLE ROW LEVEL SECURITY")
        op.execute("ALTER TABLE reach FORCE ROW LEVEL SECURITY")
        op.execute("CREATE POLICY scope ON reach USING ((SELECT current_setting('homebeat.scope', true)) = '*')")


def downgrade() -> None:
    """Nobody is unreachable."""
    op.drop_table("reach")
