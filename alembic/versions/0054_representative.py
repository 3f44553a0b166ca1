"""Whoever answers for a family.

Revision: 0054, after 0053.
"""

import sqlalchemy as sa

from alembic import op

revision = "0054"
down_revision = "0053"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Everybody's answer counts the same, until the fleet file says something else."""
    op.add_column("contact", sa.Column("is_representative", sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    """Everybody's answer counts the same again."""
    op.drop_column("contact", "is_representative")
