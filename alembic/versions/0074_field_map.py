"""How messages of suppliers are read.

Revision: 0074, after 0073.
"""

import sqlalchemy as sa

from alembic import op

revision = "0074"
down_revision = "0073"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """No map is there."""
    op.create_table(
        "field_map",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("spec", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_field_map")),
    )


def downgrade() -> None:
    """Messages of suppliers whose form homebeat does not know go to quarantine again."""
    op.drop_table("field_map")
