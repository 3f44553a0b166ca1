"""Checkpoints in parts.

Revision: 0002, after 0001.
"""

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_SERIAL = sa.BigInteger().with_variant(sqlite.INTEGER(), "sqlite")


def upgrade() -> None:
    """Create what checkpoints are made of."""
    op.create_table(
        "checkpoint_part",
        sa.Column("id", _SERIAL, autoincrement=True, nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_checkpoint_part")),
        sa.UniqueConstraint("digest", name=op.f("uq_checkpoint_part_digest")),
    )
    op.create_table(
        "checkpoint_use",
        sa.Column("checkpoint", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("part", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["checkpoint"], ["checkpoint.id"], name=op.f("fk_checkpoint_use_checkpoint_checkpoint")),
        sa.ForeignKeyConstraint(["part"], ["checkpoint_part.id"], name=op.f("fk_checkpoint_use_part_checkpoint_part")),
        sa.PrimaryKeyConstraint("checkpoint", "part", name=op.f("pk_checkpoint_use")),
    )
    op.create_index(op.f("ix_checkpoint_use_part"), "checkpoint_use", ["part"], unique=False)
    if op.get_bind().dialect.name == "postgresql":
        # compressing them takes ten times as long as writing them
        op.execute("ALTER TABLE checkpoint_part ALTER COLUMN content SET STORAGE EXTERNAL")


def downgrade() -> None:
    """Checkpoints can be made anew; those that have lost their parts are of no use."""
    op.drop_table("checkpoint_use")
    op.drop_table("checkpoint_part")
    op.execute("DELETE FROM checkpoint")
