"""How often the codes at doors were renewed.

Revision: 0044, after 0043.
"""

import sqlalchemy as sa

from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None

_SEEN = (
    "(SELECT current_setting('homebeat.scope', true)) = '*'"
    " OR EXISTS (SELECT 1 FROM household AS there WHERE there.id = door_code.household)"
)


def upgrade() -> None:
    """None was renewed yet."""
    op.create_table(
        "door_code",
        sa.Column("household", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("renewed_at", sa.BigInteger(), nullable=False),
        sa.Column("renewed_by", sa.Text(), nullable=False),
        sa.CheckConstraint("number > 0", name=op.f("ck_door_code_renewed")),
        sa.ForeignKeyConstraint(["household"], ["household.id"], name=op.f("fk_door_code_household_household")),
        sa.PrimaryKeyConstraint("household", name=op.f("pk_door_code")),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE door_code ENABLE ROW LEVEL SECURITY")
        op.execute("ALTER TABLE door_code FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY scope ON door_code USING ({_SEEN})")


def downgrade() -> None:
    """Codes that were replaced hold again."""
    op.drop_table("door_code")
