"""Notices know the receiver that they are for, so that a claim is fair between receivers.

Revision: 0009, after 0008.
"""

import sqlalchemy as sa

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_WAITING = sa.text("state IN ('pending', 'leased')")


def upgrade() -> None:
    """What waits already counts as one receiver per kind of channel, until it is sent."""
    op.add_column("outbox", sa.Column("endpoint", sa.Text(), nullable=False, server_default=""))
    op.execute("UPDATE outbox SET endpoint = channel_kind")
    op.drop_index("ix_outbox_due", "outbox")
    columns = ["endpoint", "priority_rank", "due_at", "id", "set_at", "lease_until"]
    op.create_index("ix_outbox_endpoint", "outbox", columns, sqlite_where=_WAITING, postgresql_where=_WAITING)


def downgrade() -> None:
    """Without it one dead receiver delays the others again."""
    op.drop_index("ix_outbox_endpoint", "outbox")
    op.drop_column("outbox", "endpoint")
    columns = ["priority_rank", "due_at", "id", "set_at"]
    op.create_index("ix_outbox_due", "outbox", columns, sqlite_where=_WAITING, postgresql_where=_WAITING)
