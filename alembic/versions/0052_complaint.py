"""Complaints about whoever went to the door, or did not.

Revision: 0052, after 0051.
"""

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from alembic import op

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None

_SERIAL = sa.BigInteger().with_variant(sqlite.INTEGER(), "sqlite")
_SETTING = "current_setting('homebeat.scope', true)"
_AREAS = f"ARRAY(SELECT jsonb_array_elements_text(CASE WHEN {_SETTING} LIKE '[%' THEN {_SETTING}::jsonb ELSE '[]'::jsonb END))"
_BELOW = f"SELECT line.area FROM area_above AS line WHERE line.above = ANY ({_AREAS})"  # noqa: S608 - names of ours


def upgrade() -> None:
    """Nobody has complained yet."""
    op.create_table(
        "complaint",
        sa.Column("id", _SERIAL, autoincrement=True, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("area", sa.Text(), nullable=False),
        sa.Column("household", sa.Text(), nullable=True),
        sa.Column("alert_id", sa.Text(), nullable=True),
        sa.Column("responder", sa.Text(), nullable=True),
        sa.Column("what_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("word_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("answered_by", sa.Text(), nullable=False),
        sa.Column("answered_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("state IN ('open', 'upheld', 'rejected')", name=op.f("ck_complaint_state")),
        sa.CheckConstraint("(state = 'open') = (answered_at IS NULL)", name=op.f("ck_complaint_answered_with_state")),
        sa.ForeignKeyConstraint(["area"], ["area.id"], name=op.f("fk_complaint_area_area")),
        sa.ForeignKeyConstraint(["household"], ["household.id"], name=op.f("fk_complaint_household_household")),
        sa.ForeignKeyConstraint(["responder"], ["responder.id"], name=op.f("fk_complaint_responder_responder")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_complaint")),
        sa.UniqueConstraint("key", name=op.f("uq_complaint_key")),
    )
    for column in ("area", "at"):
        op.create_index(op.f(f"ix_complaint_{column}"), "complaint", [column], unique=False)
    op.create_index("ix_complaint_responder", "complaint", ["responder", "alert_id"], unique=False)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE complaint ENABLE ROW LEVEL SECURITY")
        op.execute("ALTER TABLE complaint FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY scope ON complaint USING ((SELECT {_SETTING}) = '*' OR complaint.area IN ({_BELOW}))")


def downgrade() -> None:
    """Complaints are lost."""
    op.drop_table("complaint")
