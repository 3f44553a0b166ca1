"""The model of a device, as the fleet file says it.

Revision: 0062, after 0061.
"""

import sqlalchemy as sa

from alembic import op

revision = "0062"
down_revision = "0061"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing is known of models until a fleet file that names them is imported."""
    op.add_column("device", sa.Column("model", sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    """Models are lost; the fleet file has them."""
    op.drop_column("device", "model")
