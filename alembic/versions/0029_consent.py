"""What residents agreed to or withdrew.

Revision: 0029, after 0028.
"""

import sqlalchemy as sa

from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None
_SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

_POLICY = (
    "(SELECT current_setting('homebeat.scope', true)) = '*' "
    "OR EXISTS (SELECT 1 FROM resident AS there WHERE there.id = consent.resident)"
)


def upgrade() -> None:
    """Nothing was entered yet: what holds then stands in `domain.consent`."""
    op.create_table(
        "consent",
        sa.Column("id", _SERIAL, autoincrement=True, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("resident", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("agreed", sa.Boolean(), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("paper_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["resident"], ["resident.id"], name=op.f("fk_consent_resident_resident")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
        sa.UniqueConstraint("key", name=op.f("uq_consent_key")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_consent_resident", "consent", ["resident", "purpose", "id"], unique=False)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE consent ENABLE ROW LEVEL SECURITY")
        op.execute("ALTER TABLE consent FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY scope ON consent USING ({_POLICY})")


def downgrade() -> None:
    """Who entered what, and when, stays in the audit; on which paper it rests does not."""
    op.drop_table("consent")
