"""Silences, and the edges that they hold back.

Revision: 0039, after 0038.
"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

_SERIAL = sa.BigInteger().with_variant(sqlite.INTEGER(), "sqlite")
_JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
_SETTING = "current_setting('homebeat.scope', true)"
_EVERYTHING = f"(SELECT {_SETTING}) = '*'"
_AREAS = f"ARRAY(SELECT jsonb_array_elements_text(CASE WHEN {_SETTING} LIKE '[%' THEN {_SETTING}::jsonb ELSE '[]'::jsonb END))"
_BELOW = f"SELECT line.area FROM area_above AS line WHERE line.above = ANY ({_AREAS})"  # noqa: S608 - names of ours
_ABOVE = f"SELECT line.above FROM area_above AS line WHERE line.area = ANY ({_AREAS})"  # noqa: S608 - names of ours
_OF_AREA = "silence.household IS NULL AND silence.area IN ({})"
_OF_HOME = "EXISTS (SELECT 1 FROM household AS there WHERE there.id = silence.household)"
_SEEN = {
    "silence": f"{_EVERYTHING} OR ({_OF_AREA.format(_BELOW)}) OR ({_OF_AREA.format(_ABOVE)}) OR {_OF_HOME}",
    "silenced_edge": _EVERYTHING,
}


def upgrade() -> None:
    """Nothing is silenced yet."""
    op.create_table(
        "silence",
        sa.Column("id", _SERIAL, autoincrement=True, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("subject_key", sa.Text(), nullable=False),
        sa.Column("household", sa.Text(), nullable=True),
        sa.Column("area", sa.Text(), nullable=False),
        sa.Column("reason_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("lifted_by", sa.Text(), nullable=False),
        sa.Column("lifted_at", sa.BigInteger(), nullable=True),
        sa.Column("held", sa.Integer(), nullable=False),
        sa.CheckConstraint("ends_at > at", name=op.f("ck_silence_ends_after_it_begins")),
        sa.CheckConstraint("(subject_key = '') = (household IS NULL)", name=op.f("ck_silence_subject_or_area")),
        sa.ForeignKeyConstraint(["area"], ["area.id"], name=op.f("fk_silence_area_area")),
        sa.ForeignKeyConstraint(["household"], ["household.id"], name=op.f("fk_silence_household_household")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_silence")),
        sa.UniqueConstraint("key", name=op.f("uq_silence_key")),
        sqlite_autoincrement=True,
    )
    for column in ("area", "ends_at"):
        op.create_index(op.f(f"ix_silence_{column}"), "silence", [column], unique=False)
    op.create_table(
        "silenced_edge",
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("subject_key", sa.Text(), nullable=False),
        sa.Column("silence", sa.BigInteger(), nullable=False),
        sa.Column("edge", _JSON, nullable=False),
        sa.ForeignKeyConstraint(["silence"], ["silence.id"], name=op.f("fk_silenced_edge_silence_silence")),
        sa.PrimaryKeyConstraint("rule", "subject_key", name=op.f("pk_silenced_edge")),
    )
    op.create_index(op.f("ix_silenced_edge_silence"), "silenced_edge", ["silence"], unique=False)
    if op.get_bind().dialect.name == "postgresql":
        for table, seen in _SEEN.items():
            op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
            op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
            op.execute(f"CREATE POLICY scope ON {table} USING ({seen})")


def downgrade() -> None:
    """What is held back is lost with them: lift every silence before, and wait a minute."""
    op.drop_table("silenced_edge")
    op.drop_table("silence")
