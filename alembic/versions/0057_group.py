"""The building of a home and the gateway of a device, as the fleet file says them.

Revision: 0057, after 0056.
"""

import sqlalchemy as sa

from alembic import op

revision = "0057"
down_revision = "0056"
branch_labels = None
depends_on = None

_COLUMNS = (("household", "building"), ("device", "gateway"))


def upgrade() -> None:
    """Nothing is known of either until the fleet file is imported again."""
    for table, column in _COLUMNS:
        op.add_column(table, sa.Column(column, sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    """Both are lost; the fleet file has them."""
    for table, column in reversed(_COLUMNS):
        op.drop_column(table, column)
