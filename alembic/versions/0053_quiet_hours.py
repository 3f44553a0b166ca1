"""Quiet hours of contacts and responders, and silences that begin later.

Revision: 0053, after 0052.
"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op

revision = "0053"
down_revision = "0052"
branch_labels = None
depends_on = None

_JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    """Nobody has quiet hours yet."""
    for table in ("contact", "responder"):
        op.add_column(table, sa.Column("quiet_hours", _JSON, nullable=True))
    op.add_column("silence", sa.Column("starts_at", sa.BigInteger(), server_default="0", nullable=False))


def downgrade() -> None:
    """Everybody is written to at once again."""
    for table in ("contact", "responder"):
        op.drop_column(table, "quiet_hours")
    op.drop_column("silence", "starts_at")
