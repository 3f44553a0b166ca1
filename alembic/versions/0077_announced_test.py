"""Which homes somebody tests now.

Revision: 0077, after 0076.
"""

import sqlalchemy as sa

from alembic import op

revision = "0077"
down_revision = "0076"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """No test is announced."""
    op.add_column("household", sa.Column("test_by", sa.Text(), server_default="", nullable=False))
    op.add_column("household", sa.Column("test_at", sa.BigInteger(), nullable=True))
    op.add_column("household", sa.Column("test_until", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    """No alarm says that it may be a test."""
    for name in ("test_until", "test_at", "test_by"):
        op.drop_column("household", name)
