"""How often was sent to one address lately.

Revision: 0035, after 0034.
"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing is counted yet."""
    op.create_table(
        "sending",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("times", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.Column("queue_ends_at", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sending")),
    )
    op.create_index(op.f("ix_sending_last_at"), "sending", ["last_at"], unique=False)


def downgrade() -> None:
    """Limits are counted from nothing again."""
    op.drop_table("sending")
