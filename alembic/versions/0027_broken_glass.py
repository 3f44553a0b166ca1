"""Who has broken the glass for a home.

Revision: 0027, after 0026.
"""

import sqlalchemy as sa

from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None
_SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

_POLICY = (
    "(SELECT current_setting('homebeat.scope', true)) = '*' "
    "OR EXISTS (SELECT 1 FROM household AS there WHERE there.id = broken_glass.household)"
)


def upgrade() -> None:
    """Nobody has broken any yet."""
    op.create_table(
        "broken_glass",
        sa.Column("id", _SERIAL, autoincrement=True, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("household", sa.Text(), nullable=False),
        sa.Column("reason_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("seen_by", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("ends_at > at", name=op.f("ck_broken_glass_ends_after_it_begins")),
        sa.ForeignKeyConstraint(["household"], ["household.id"], name=op.f("fk_broken_glass_household_household")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_broken_glass")),
        sa.UniqueConstraint("key", name=op.f("uq_broken_glass_key")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_broken_glass_household"), "broken_glass", ["household"], unique=False)
    op.create_index("ix_broken_glass_actor", "broken_glass", ["actor", "ends_at"], unique=False)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE broken_glass ENABLE ROW LEVEL SECURITY")
        op.execute("ALTER TABLE broken_glass FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY scope ON broken_glass USING ({_POLICY})")


def downgrade() -> None:
    """What was seen by breaking the glass stays in the audit."""
    op.drop_table("broken_glass")
