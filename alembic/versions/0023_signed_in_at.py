"""When somebody signed in last.

Revision: 0023, after 0022.
"""

import sqlalchemy as sa

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nobody has signed in yet, as far as is known."""
    op.add_column("account", sa.Column("signed_in_at", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    """It is known no longer."""
    op.drop_column("account", "signed_in_at")
