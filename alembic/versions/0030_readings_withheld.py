"""How many readings were left out because consent to them was withdrawn.

Revision: 0030, after 0029.
"""

import sqlalchemy as sa

from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Until now nothing was left out."""
    op.add_column("ledger", sa.Column("readings_withheld", sa.BigInteger(), nullable=False, server_default="0"))


def downgrade() -> None:
    """The number is lost."""
    op.drop_column("ledger", "readings_withheld")
