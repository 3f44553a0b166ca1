"""How often somebody typed a code that is not the one at the door.

Revision: 0064, after 0063.
"""

import sqlalchemy as sa

from alembic import op

revision = "0064"
down_revision = "0063"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nobody has so far, as far as is known."""
    with op.batch_alter_table("visit") as table:
        table.add_column(sa.Column("wrong_codes", sa.Integer(), server_default="0", nullable=False))


def downgrade() -> None:
    """Tries are not counted any more; they stand in the histories of alerts."""
    with op.batch_alter_table("visit") as table:
        table.drop_column("wrong_codes")
