"""What providers bring of messages whose attempt is not stored yet.

Revision: 0065, after 0064.
"""

import sqlalchemy as sa

from alembic import op

revision = "0065"
down_revision = "0064"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """None is kept so far."""
    op.create_table(
        "early_receipt",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("reference", "arrival", "code", "key", "answer")),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_early_receipt")),
        sa.UniqueConstraint("reference", "arrival", "key", name=op.f("uq_early_receipt_reference_arrival_key")),
    )
    op.create_index(op.f("ix_early_receipt_at"), "early_receipt", ["at"])


def downgrade() -> None:
    """What is kept counts as unknown again."""
    op.drop_table("early_receipt")
