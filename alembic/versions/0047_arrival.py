"""What providers say became of messages that they had accepted.

Revision: 0047, after 0046.
"""

import sqlalchemy as sa

from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None

_NAMED = sa.text("reference IS NOT NULL")


def upgrade() -> None:
    """Of what was sent before nobody says more."""
    op.add_column("delivery", sa.Column("reference", sa.Text(), nullable=True))
    # with its constraint in one statement: SQLite adds none later
    op.execute(
        "ALTER TABLE delivery ADD COLUMN arrival TEXT CONSTRAINT ck_delivery_arrival "
        "CHECK (arrival IN ('awaited', 'failed', 'unanswered', 'delivered', 'picked_up', 'key'))"
    )
    op.add_column("delivery", sa.Column("arrived_at", sa.BigInteger(), nullable=True))
    op.add_column("delivery", sa.Column("arrival_code", sa.Text(), nullable=False, server_default=""))
    op.create_index("ix_delivery_reference", "delivery", ["reference"], sqlite_where=_NAMED, postgresql_where=_NAMED)


def downgrade() -> None:
    """Receipts are forgotten."""
    op.drop_index("ix_delivery_reference", "delivery")
    for column in ("arrival_code", "arrived_at", "arrival", "reference"):
        op.drop_column("delivery", column)
