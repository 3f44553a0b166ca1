"""When a notice's due time and lease were set.

Revision: 0003, after 0002.
"""

import sqlalchemy as sa

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_WAITING = sa.text("state IN ('pending', 'leased')")


def upgrade() -> None:
    """What was set before counts as set when the notice was made."""
    op.add_column("outbox", sa.Column("set_at", sa.BigInteger(), nullable=False, server_default="0"))
    op.execute("UPDATE outbox SET set_at = created_at")
    _index(["priority_rank", "due_at", "id", "set_at"])


def downgrade() -> None:
    """Without it a clock that ran ahead delays notices again."""
    _index(["priority_rank", "due_at", "id"])
    op.drop_column("outbox", "set_at")


def _index(columns: list[str]) -> None:
    op.drop_index("ix_outbox_due", "outbox")
    op.create_index("ix_outbox_due", "outbox", columns, sqlite_where=_WAITING, postgresql_where=_WAITING)
