"""Contacts who live in the home themselves.

Revision: 0051, after 0050.
"""

import sqlalchemy as sa

from alembic import op

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Every contact is family, until the fleet file says something else."""
    op.add_column("contact", sa.Column("is_resident", sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    """Residents among the contacts are taken for family: take them out of the fleet file before."""
    op.drop_column("contact", "is_resident")
