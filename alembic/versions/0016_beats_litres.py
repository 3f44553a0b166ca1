"""What is drawn by itself behind a meter.

Revision: 0016, after 0015.
"""

import sqlalchemy as sa

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """No meter is known to draw by itself until it is judged again."""
    op.add_column("device_state", sa.Column("beats_litres", sa.Integer(), nullable=True))


def downgrade() -> None:
    """Pages no longer say so."""
    op.drop_column("device_state", "beats_litres")
