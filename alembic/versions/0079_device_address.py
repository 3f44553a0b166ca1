"""What a device's messages call it, and how many litres a pulse of a meter is.

Revision: 0079, after 0078.
"""

import sqlalchemy as sa

from alembic import op

revision = "0079"
down_revision = "0078"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Every device is called by its id, and no meter reports pulses."""
    op.add_column("device", sa.Column("address", sa.Text(), server_default="", nullable=False))
    op.add_column("device", sa.Column("litres_per_pulse", sa.Double(), nullable=True))


def downgrade() -> None:
    """Messages that call a device by another name are set aside again."""
    for name in ("litres_per_pulse", "address"):
        op.drop_column("device", name)
