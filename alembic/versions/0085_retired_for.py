"""Why a device was retired.

Revision: 0085, after 0084.
"""

import sqlalchemy as sa

from alembic import op

revision = "0085"
down_revision = "0084"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Of devices that are retired by now nobody has said it."""
    op.add_column("device", sa.Column("retired_for", sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    """Why devices were retired is forgotten."""
    op.drop_column("device", "retired_for")
