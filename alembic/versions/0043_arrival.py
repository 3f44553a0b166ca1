"""Where homes are, and how far from them visitors were at the door by the word of their telephones.

Revision: 0043, after 0042.
"""

import sqlalchemy as sa

from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing is known of either yet."""
    op.add_column("household", sa.Column("position_sealed", sa.LargeBinary(), nullable=True))
    op.add_column("visit", sa.Column("nearness", sa.Text(), nullable=False, server_default=""))
    op.add_column("visit", sa.Column("distance_m", sa.Integer(), nullable=True))
    op.add_column("visit", sa.Column("accuracy_m", sa.Integer(), nullable=True))


def downgrade() -> None:
    """The next import brings the positions back; the distances are lost."""
    for column in ("accuracy_m", "distance_m", "nearness"):
        op.drop_column("visit", column)
    op.drop_column("household", "position_sealed")
