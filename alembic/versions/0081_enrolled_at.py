"""Since when readings are expected of residents and devices: kept beside them, so that an engine that folds anew knows it too.

Revision: 0081, after 0080.
"""

import sqlalchemy as sa

from alembic import op

revision = "0081"
down_revision = "0080"
branch_labels = None
depends_on = None

_NOW = {
    "sqlite": "CAST(strftime('%s', 'now') AS INTEGER) * 1000",
    "postgresql": "CAST(extract(epoch FROM now()) * 1000 AS BIGINT)",
}


def upgrade() -> None:
    """Of those that are there nobody has noted it: it is now, as for an engine that folds anew. A checkpoint knows better."""
    for table in ("resident", "device"):
        op.add_column(table, sa.Column("enrolled_at", sa.BigInteger(), nullable=False, server_default="0"))
        op.execute(f"UPDATE {table} SET enrolled_at = {_NOW[op.get_bind().dialect.name]}")  # noqa: S608 -- names of ours


def downgrade() -> None:
    """It is noted no more."""
    for table in ("device", "resident"):
        op.drop_column(table, "enrolled_at")
