"""Alerts about no one home: their queue.

Revision: 0004, after 0003.
"""

import sqlalchemy as sa

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_PLACELESS = sa.text("answer <> 'resolved' AND NOT digest AND area IS NULL")


def upgrade() -> None:
    """Index the open alerts that lie in no area."""
    op.create_index(
        "ix_alert_placeless",
        "alert",
        ["desk", "answer", "priority_rank", "opened_at", "id"],
        unique=False,
        sqlite_where=_PLACELESS,
        postgresql_where=_PLACELESS,
    )


def downgrade() -> None:
    """Drop the index; alerts about no home stay and name none."""
    op.drop_index("ix_alert_placeless", table_name="alert", sqlite_where=_PLACELESS, postgresql_where=_PLACELESS)
