"""Whose turn it was in a step that notifies one person after the other: by name, and no longer by number.

Revision: 0068, after 0067.
"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op

revision = "0068"
down_revision = "0067"
branch_labels = None
depends_on = None

_JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    """Who had their turn is not known by name: a step that is in the middle begins again."""
    with op.batch_alter_table("deadline") as table:
        table.drop_constraint(op.f("ck_deadline_position"), type_="check")
        table.drop_column("turn")
        table.add_column(sa.Column("notified", _JSON, nullable=False, server_default="[]"))
        table.create_check_constraint(op.f("ck_deadline_position"), "step >= 0 AND repeat >= 0")
    # what undoing a closing brings back is kept for minutes, and says it by number
    op.execute("DELETE FROM closing")


def downgrade() -> None:
    """A step that is in the middle begins again."""
    with op.batch_alter_table("deadline") as table:
        table.drop_constraint(op.f("ck_deadline_position"), type_="check")
        table.drop_column("notified")
        table.add_column(sa.Column("turn", sa.SmallInteger(), nullable=False, server_default="0"))
        table.create_check_constraint(op.f("ck_deadline_position"), "step >= 0 AND turn >= 0 AND repeat >= 0")
    op.execute("DELETE FROM closing")
