"""When a provider is asked for what became of a message.

Revision: 0060, after 0059.
"""

import sqlalchemy as sa

from alembic import op

revision = "0060"
down_revision = "0059"
branch_labels = None
depends_on = None

_TO_ASK = sa.text("ask_at IS NOT NULL")


def upgrade() -> None:
    """No provider is asked for what it accepted before."""
    op.add_column("delivery", sa.Column("ask_at", sa.BigInteger(), nullable=True))
    op.create_index("ix_delivery_ask", "delivery", ["ask_at"], sqlite_where=_TO_ASK, postgresql_where=_TO_ASK)


def downgrade() -> None:
    """No provider is asked."""
    op.drop_index("ix_delivery_ask", table_name="delivery")
    op.drop_column("delivery", "ask_at")
