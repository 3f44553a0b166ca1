"""Indexes for lists of residents: in the order of the fleet file, and of those who are not active.

Revision: 0070, after 0069.
"""

import sqlalchemy as sa

from alembic import op

revision = "0070"
down_revision = "0069"
branch_labels = None
depends_on = None

_NOT_ACTIVE = sa.text("state <> 'active'")


def upgrade() -> None:
    """Nothing changes but how fast it is."""
    op.create_index("ix_resident_place", "resident", ["place"])
    op.create_index(
        "ix_resident_state_state", "resident_state", ["state"], sqlite_where=_NOT_ACTIVE, postgresql_where=_NOT_ACTIVE
    )


def downgrade() -> None:
    """As before."""
    op.drop_index("ix_resident_state_state", table_name="resident_state")
    op.drop_index("ix_resident_place", table_name="resident")
