"""Answers to requests are sealed: they have names and addresses in them.

Revision: 0022, after 0021. What is there counts as not known from now on: whoever repeats such a request is told to look what was
done, and it is not done twice.
"""

import sqlalchemy as sa

from alembic import op
from homebeat.store.home.erasing import note_rewritten

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_answered = sa.table("answered", sa.column("status"), sa.column("body"), sa.column("body_sealed"))


def upgrade() -> None:
    """Empty them, and let the name say what is there."""
    done = op.get_bind().execute(sa.update(_answered).values(status=None, body=b""))
    if done.rowcount:
        note_rewritten(op.get_bind())
    op.alter_column("answered", "body", new_column_name="body_sealed")


def downgrade() -> None:
    """As upwards: what is sealed is not known."""
    op.get_bind().execute(sa.update(_answered).values(status=None, body_sealed=b""))
    op.alter_column("answered", "body_sealed", new_column_name="body")
