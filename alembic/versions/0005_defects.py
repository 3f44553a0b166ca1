"""Messages over which homebeat itself failed: counted at each look at the page.

Revision: 0005, after 0004.
"""

import sqlalchemy as sa

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_DEFECTIVE = sa.text("reason = 'defect' AND retried_at IS NULL")


def upgrade() -> None:
    """Index them."""
    op.create_index(
        "ix_quarantine_defect", "quarantine", ["received_at"], unique=False, sqlite_where=_DEFECTIVE, postgresql_where=_DEFECTIVE
    )


def downgrade() -> None:
    """Drop the index."""
    op.drop_index("ix_quarantine_defect", table_name="quarantine", sqlite_where=_DEFECTIVE, postgresql_where=_DEFECTIVE)
