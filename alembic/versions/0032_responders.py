"""Who answers for alerts and is no relative; who is paired with a home, and by which plan its alerts are answered.

Revision: 0032, after 0031.
"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None
_JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")

_SETTING = "current_setting('homebeat.scope', true)"
_AREAS = f"ARRAY(SELECT jsonb_array_elements_text(CASE WHEN {_SETTING} LIKE '[%' THEN {_SETTING}::jsonb ELSE '[]'::jsonb END))"
_SEES = f"(SELECT {_SETTING})"
_BELOW = f"SELECT line.area FROM area_above AS line WHERE line.above = ANY ({_AREAS})"  # noqa: S608 - names of ours
_ABOVE = f"SELECT line.above FROM area_above AS line WHERE line.area = ANY ({_AREAS})"  # noqa: S608 - names of ours
_NEAR = "EXISTS (SELECT 1 FROM responder_area AS there WHERE there.responder = responder.id)"
_POLICIES = {
    "responder": f"{_SEES} = '*' OR (responder.everywhere AND {_SEES} LIKE '[\"%') OR {_NEAR}",
    "responder_area": f"{_SEES} = '*' OR responder_area.area IN ({_BELOW}) OR responder_area.area IN ({_ABOVE})",
}


def upgrade() -> None:
    """Nobody is there yet."""
    op.add_column("household", sa.Column("paired", _JSON, nullable=False, server_default="[]"))
    op.add_column("household", sa.Column("plan", sa.Text(), nullable=False, server_default=""))
    op.create_table(
        "responder",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("areas", _JSON, nullable=False),
        sa.Column("everywhere", sa.Boolean(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("skills", _JSON, nullable=False),
        sa.Column("languages", _JSON, nullable=False),
        sa.Column("person_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("channels_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("ways", _JSON, nullable=False),
        sa.Column("phone_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("retired_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("kind IN ('desk', 'field', 'volunteer', 'provider', 'supervisor')", name=op.f("ck_responder_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_responder")),
    )
    op.create_index(op.f("ix_responder_account"), "responder", ["account"], unique=False)
    op.create_table(
        "responder_area",
        sa.Column("responder", sa.Text(), nullable=False),
        sa.Column("area", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["area"], ["area.id"], name=op.f("fk_responder_area_area_area")),
        sa.ForeignKeyConstraint(["responder"], ["responder.id"], name=op.f("fk_responder_area_responder_responder")),
        sa.PrimaryKeyConstraint("responder", "area", name=op.f("pk_responder_area")),
    )
    op.create_index("ix_responder_area_area", "responder_area", ["area", "responder"], unique=False)
    if op.get_bind().dialect.name == "postgresql":
        for table, policy in _POLICIES.items():
            op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
            op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
            op.execute(f"CREATE POLICY scope ON {table} USING ({policy})")


def downgrade() -> None:
    """The fleet file has them all: importing it again brings them back."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP POLICY scope ON responder")  # it reads the other table
    op.drop_table("responder_area")
    op.drop_table("responder")
    op.drop_column("household", "plan")
    op.drop_column("household", "paired")
