"""An index by time of the notes to families, which are kept for a month only.

Revision: 0066, after 0065.
"""

import sqlalchemy as sa

from alembic import op

revision = "0066"
down_revision = "0065"
branch_labels = None
depends_on = None

_NOTE = sa.text("event IN ('family.daily', 'family.weekly')")


def upgrade() -> None:
    """Notes that are older go in the next nights."""
    op.create_index("ix_outbox_note", "outbox", ["created_at", "id"], sqlite_where=_NOTE, postgresql_where=_NOTE)


def downgrade() -> None:
    """They are kept as long as alerts."""
    op.drop_index("ix_outbox_note", table_name="outbox")
