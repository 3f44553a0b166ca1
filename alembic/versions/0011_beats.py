"""What a device does by itself.

Revision: 0011, after 0010.
"""

import sqlalchemy as sa

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """No device is known to fire by itself until it is judged again."""
    op.add_column("device_state", sa.Column("beats_every_s", sa.Integer(), nullable=True))


def downgrade() -> None:
    """Pages no longer say so."""
    op.drop_column("device_state", "beats_every_s")
