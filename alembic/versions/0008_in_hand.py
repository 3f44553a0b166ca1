"""Messages in hand when a watch died.

Revision: 0008, after 0007.
"""

import sqlalchemy as sa

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "in_hand",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("digest"),
    )


def downgrade() -> None:
    """Drop it, and the note that a watch runs."""
    op.drop_table("in_hand")
    op.execute("DELETE FROM meta WHERE name = 'watch_runs'")
