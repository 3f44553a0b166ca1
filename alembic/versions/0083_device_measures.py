"""What a device can measure, as its model says.

Revision: 0083, after 0082.
"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op

revision = "0083"
down_revision = "0082"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Every device is believed in everything that it says."""
    op.add_column(
        "device",
        sa.Column("measures", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), server_default="[]", nullable=False),
    )


def downgrade() -> None:
    """And is so again."""
    op.drop_column("device", "measures")
