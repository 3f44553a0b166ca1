"""Contacts who want no more messages.

Revision: 0036, after 0035.
"""

import sqlalchemy as sa

from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nobody has said so yet."""
    op.add_column("contact", sa.Column("stopped_at", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    """Whoever wanted no more messages gets them again."""
    op.drop_column("contact", "stopped_at")
