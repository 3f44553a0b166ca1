"""Rotas, the shifts that follow from them, leave, feeds of shifts, and hand-overs.

Revision: 0034, after 0033.
"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None
_JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
_SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

_SETTING = "current_setting('homebeat.scope', true)"
_AREAS = f"ARRAY(SELECT jsonb_array_elements_text(CASE WHEN {_SETTING} LIKE '[%' THEN {_SETTING}::jsonb ELSE '[]'::jsonb END))"
_EVERYTHING = f"(SELECT {_SETTING}) = '*'"
_BELOW = f"SELECT line.area FROM area_above AS line WHERE line.above = ANY ({_AREAS})"  # noqa: S608 - names of ours
_ABOVE = f"SELECT line.above FROM area_above AS line WHERE line.area = ANY ({_AREAS})"  # noqa: S608 - names of ours
_OF_ROTA = "EXISTS (SELECT 1 FROM rota AS there WHERE there.id = {table}.rota)"
_OF_RESPONDER = "EXISTS (SELECT 1 FROM responder AS there WHERE there.id = {table}.responder)"
_SEEN = {
    "rota": f"rota.area IN ({_BELOW}) OR rota.area IN ({_ABOVE})",
    "shift": _OF_ROTA.format(table="shift"),
    "shift_change": _OF_ROTA.format(table="shift_change"),
    "leave": _OF_RESPONDER.format(table="leave"),
    "shift_feed": _OF_RESPONDER.format(table="shift_feed"),
    "hand_over": f"hand_over.area IN ({_BELOW}) OR hand_over.area IN ({_ABOVE})",
}


def upgrade() -> None:
    """There is no rota yet."""
    op.create_table(
        "rota",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("area", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("timezone", sa.Text(), nullable=False),
        sa.Column("pattern", _JSON, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("set_by", sa.Text(), nullable=False),
        sa.Column("set_at", sa.BigInteger(), nullable=False),
        sa.Column("retired_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("kind IN ('desk', 'field', 'volunteer', 'provider', 'supervisor')", name=op.f("ck_rota_kind")),
        sa.ForeignKeyConstraint(["area"], ["area.id"], name=op.f("fk_rota_area_area")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rota")),
    )
    op.create_index(op.f("ix_rota_area"), "rota", ["area"], unique=False)
    op.create_table(
        "holiday_year",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("off", _JSON, nullable=False),
        sa.Column("work", _JSON, nullable=False),
        sa.PrimaryKeyConstraint("year", name=op.f("pk_holiday_year")),
    )
    op.create_table(
        "shift_change",
        sa.Column("rota", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("responder", sa.Text(), nullable=True),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("cause IN ('given', 'swap', 'leave')", name=op.f("ck_shift_change_cause")),
        sa.ForeignKeyConstraint(["rota"], ["rota.id"], name=op.f("fk_shift_change_rota_rota")),
        sa.ForeignKeyConstraint(["responder"], ["responder.id"], name=op.f("fk_shift_change_responder_responder")),
        sa.PrimaryKeyConstraint("rota", "day", "name", name=op.f("pk_shift_change")),
    )
    _create_spans()
    op.create_table(
        "shift_feed",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("responder", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["responder"], ["responder.id"], name=op.f("fk_shift_feed_responder_responder")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shift_feed")),
    )
    op.create_index(op.f("ix_shift_feed_responder"), "shift_feed", ["responder"], unique=False)
    op.create_table(
        "hand_over",
        sa.Column("id", _SERIAL, autoincrement=True, nullable=False),
        sa.Column("area", sa.Text(), nullable=False),
        sa.Column("leaving", sa.Text(), nullable=False),
        sa.Column("accepting", sa.Text(), nullable=False),
        sa.Column("offered_by", sa.Text(), nullable=False),
        sa.Column("offered_at", sa.BigInteger(), nullable=False),
        sa.Column("accepted_at", sa.BigInteger(), nullable=True),
        sa.Column("moved", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["area"], ["area.id"], name=op.f("fk_hand_over_area_area")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hand_over")),
    )
    op.create_index(op.f("ix_hand_over_area"), "hand_over", ["area"], unique=False)
    if op.get_bind().dialect.name == "postgresql":
        for table, seen in _SEEN.items():
            op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
            op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
            op.execute(f"CREATE POLICY scope ON {table} USING ({_EVERYTHING} OR {seen})")


def _create_spans() -> None:
    op.create_table(
        "leave",
        sa.Column("id", _SERIAL, autoincrement=True, nullable=False),
        sa.Column("responder", sa.Text(), nullable=False),
        sa.Column("starts_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_leave_ends_after_it_starts")),
        sa.ForeignKeyConstraint(["responder"], ["responder.id"], name=op.f("fk_leave_responder_responder")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_leave")),
    )
    op.create_index(op.f("ix_leave_responder"), "leave", ["responder"], unique=False)
    op.create_table(
        "shift",
        sa.Column("id", _SERIAL, autoincrement=True, nullable=False),
        sa.Column("rota", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("starts_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("responder", sa.Text(), nullable=True),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_shift_ends_after_it_starts")),
        sa.ForeignKeyConstraint(["rota"], ["rota.id"], name=op.f("fk_shift_rota_rota")),
        sa.ForeignKeyConstraint(["responder"], ["responder.id"], name=op.f("fk_shift_responder_responder")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shift")),
    )
    op.create_index("ix_shift_rota_ends_at", "shift", ["rota", "ends_at"], unique=False)
    op.create_index("ix_shift_responder_ends_at", "shift", ["responder", "ends_at"], unique=False)


def downgrade() -> None:
    """The rota file has the patterns; what was entered since is lost, but for the audit."""
    for table in ("hand_over", "shift_feed", "shift", "leave", "shift_change", "holiday_year", "rota"):
        op.drop_table(table)
