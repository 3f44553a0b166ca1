"""Who may write the log.

Revision: 0010, after 0009.
"""

import sqlalchemy as sa

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the one row; nobody holds it."""
    op.create_table(
        "tenure",
        sa.Column("no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("renewed_at", sa.BigInteger(), nullable=False),
        sa.Column("lease_until", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("no = 1", name=op.f("ck_tenure_one_row")),
        sa.PrimaryKeyConstraint("no", name=op.f("pk_tenure")),
    )
    op.execute("INSERT INTO tenure (no, owner, epoch, renewed_at, lease_until) VALUES (1, '', 0, 0, 0)")


def downgrade() -> None:
    """Without it two watches may write beside each other again."""
    op.drop_table("tenure")
