"""Homes that are kept in the console, and what was changed of them there.

Revision: 0071, after 0070.
"""

import sqlalchemy as sa

from alembic import op

revision = "0071"
down_revision = "0070"
branch_labels = None
depends_on = None

_SEEN = (
    "(SELECT current_setting('homebeat.scope', true)) = '*'"
    " OR EXISTS (SELECT 1 FROM household AS there WHERE there.id = home_change.household)"
)


def upgrade() -> None:
    """The fleet file keeps every home so far."""
    op.add_column("household", sa.Column("version", sa.Integer(), server_default="0", nullable=False))
    op.add_column("household", sa.Column("kept_by", sa.Text(), server_default="", nullable=False))
    op.add_column("household", sa.Column("kept_since", sa.BigInteger(), nullable=True))
    op.create_table(
        "home_change",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("household", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("content_sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["household"], ["household.id"], name=op.f("fk_home_change_household_household")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_home_change")),
        sa.UniqueConstraint("household", "version", name=op.f("uq_home_change_household_version")),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE home_change ENABLE ROW LEVEL SECURITY")
        op.execute("ALTER TABLE home_change FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY scope ON home_change USING ({_SEEN})")


def downgrade() -> None:
    """The next import retires the homes that only the console has."""
    op.drop_table("home_change")
    for name in ("kept_since", "kept_by", "version"):
        op.drop_column("household", name)
