"""Sessions that were signed out, and answers to requests with an idempotency key.

Revision: 0006, after 0005.
"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    """Both begin empty."""
    op.create_table(
        "signed_out",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signed_out")),
    )
    op.create_index(op.f("ix_signed_out_ends_at"), "signed_out", ["ends_at"], unique=False)
    op.create_table(
        "answered",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("token", sa.String(64), nullable=False),
        sa.Column("request", sa.String(64), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("headers", _JSON, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answered")),
    )
    op.create_index(op.f("ix_answered_at"), "answered", ["at"], unique=False)
    op.create_index(op.f("ix_answered_token"), "answered", ["token"], unique=False)


def downgrade() -> None:
    """Cookies that were signed out open again until their end, at most 12 h later."""
    op.drop_table("answered")
    op.drop_table("signed_out")
