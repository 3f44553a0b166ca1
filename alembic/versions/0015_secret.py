"""Secrets that all processes of an installation share; before, each host had a file of its own.

Revision: 0015, after 0014.
"""

import sqlalchemy as sa

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """It begins empty: whoever needs a secret first makes it."""
    op.create_table(
        "secret",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_secret")),
    )


def downgrade() -> None:
    """Everybody signs in once more."""
    op.drop_table("secret")
