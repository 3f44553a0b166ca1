"""Notes to contacts who want them: that life was seen today, and how the week was.

Revision: 0058, after 0057.
"""

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from alembic import op

revision = "0058"
down_revision = "0057"
branch_labels = None
depends_on = None

_SERIAL = sa.BigInteger().with_variant(sqlite.INTEGER(), "sqlite")
_WANTS = sa.text("(wants_daily OR wants_weekly)")


def upgrade() -> None:
    """Nobody wants notes, until the fleet file says something else."""
    for column in ("wants_daily", "wants_weekly"):
        op.add_column("contact", sa.Column(column, sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_index("ix_contact_notes", "contact", ["household"], sqlite_where=_WANTS, postgresql_where=_WANTS)
    op.create_table(
        "first_sign",
        sa.Column("id", _SERIAL, autoincrement=True, nullable=False),
        sa.Column("resident", sa.Text(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("is_night", sa.Boolean(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["resident"], ["resident.id"], name=op.f("fk_first_sign_resident_resident")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_first_sign")),
        sa.UniqueConstraint("resident", "day", "is_night", name=op.f("uq_first_sign_resident_day_is_night")),
    )
    op.create_index(op.f("ix_first_sign_at"), "first_sign", ["at"], unique=False)
    op.create_table(
        "family_note",
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("contact", "kind", name=op.f("pk_family_note")),
    )
    if op.get_bind().dialect.name == "postgresql":
        for table in ("first_sign", "family_note"):
            op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
            op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
            op.execute(f"CREATE POLICY scope ON {table} USING ((SELECT current_setting('homebeat.scope', true)) = '*')")


def downgrade() -> None:
    """Nobody gets notes any more."""
    op.drop_table("family_note")
    op.drop_table("first_sign")
    op.drop_index("ix_contact_notes", table_name="contact")
    for column in ("wants_weekly", "wants_daily"):
        op.drop_column("contact", column)
