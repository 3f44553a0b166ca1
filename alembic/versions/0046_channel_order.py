"""Over which of a person's channels a message goes first.

Revision: 0046, after 0045.
"""

import sqlalchemy as sa

from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What waits goes over all channels, as it was meant."""
    op.add_column("outbox", sa.Column("chain", sa.Text(), nullable=True))
    op.add_column("outbox", sa.Column("place", sa.SmallInteger(), nullable=False, server_default="0"))


def downgrade() -> None:
    """What waits goes over all channels when it is due."""
    op.drop_column("outbox", "place")
    op.drop_column("outbox", "chain")
