"""Which devices a home lets residents be asked on, and that such a device has answered.

Revision: 0084, after 0083.
"""

import sqlalchemy as sa

from alembic import op

revision = "0084"
down_revision = "0083"
branch_labels = None
depends_on = None

_BEFORE = "arrival IN ('awaited', 'failed', 'unanswered', 'delivered', 'picked_up', 'key')"
_NOW = "arrival IN ('awaited', 'failed', 'unanswered', 'echoed', 'delivered', 'picked_up', 'key')"


def upgrade() -> None:
    """Nobody has said anything: bands ask their wearers, and nothing else does."""
    op.add_column("device", sa.Column("may_ask", sa.Boolean(), nullable=True))
    _check(_NOW)


def downgrade() -> None:
    """What devices have answered is forgotten."""
    op.execute("UPDATE delivery SET arrival = 'awaited' WHERE arrival = 'echoed'")
    _check(_BEFORE)
    op.drop_column("device", "may_ask")


def _check(condition: str) -> None:
    named = f"CONSTRAINT ck_delivery_arrival CHECK ({condition})"
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"ALTER TABLE delivery DROP CONSTRAINT ck_delivery_arrival, ADD {named}")
        return
    # the constraint belongs to the column (0047): SQLite changes none that is there
    op.execute("ALTER TABLE delivery RENAME COLUMN arrival TO arrival_before")
    op.execute(f"ALTER TABLE delivery ADD COLUMN arrival TEXT {named}")
    op.execute("UPDATE delivery SET arrival = arrival_before WHERE arrival_before IS NOT NULL")
    op.drop_column("delivery", "arrival_before")
