"""Dead letters of which nothing is said yet, because another channel may bring the message.

Revision: 0055, after 0054.
"""

import sqlalchemy as sa

from alembic import op

revision = "0055"
down_revision = "0054"
branch_labels = None
depends_on = None

_UNSAID = sa.text("say_at IS NOT NULL")


def upgrade() -> None:
    """Of every dead letter that there is something was said."""
    op.add_column("outbox", sa.Column("say_at", sa.BigInteger(), nullable=True))
    op.create_index("ix_outbox_unsaid", "outbox", ["say_at", "id"], sqlite_where=_UNSAID, postgresql_where=_UNSAID)


def downgrade() -> None:
    """What waits to be said is lost: let the deadlines run for a minute before."""
    op.drop_index("ix_outbox_unsaid", table_name="outbox")
    op.drop_column("outbox", "say_at")
