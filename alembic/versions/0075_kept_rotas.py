"""Rotas that are kept in the console, with what each was before its last change there.

Revision: 0075, after 0074.
"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op

revision = "0075"
down_revision = "0074"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The rota file keeps every rota."""
    op.add_column("rota", sa.Column("kept_since", sa.BigInteger(), nullable=True))
    op.add_column("rota", sa.Column("before", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True))


def downgrade() -> None:
    """The next import of a rota file retires what it does not name."""
    op.drop_column("rota", "before")
    op.drop_column("rota", "kept_since")
