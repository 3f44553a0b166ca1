"""What areas want done about alerts of each rule.

Revision: 0072, after 0071.
"""

import sqlalchemy as sa

from alembic import op

revision = "0072"
down_revision = "0071"
branch_labels = None
depends_on = None

_SETTING = "current_setting('homebeat.scope', true)"
_EVERYTHING = f"(SELECT {_SETTING}) = '*'"
_AREAS = f"ARRAY(SELECT jsonb_array_elements_text(CASE WHEN {_SETTING} LIKE '[%' THEN {_SETTING}::jsonb ELSE '[]'::jsonb END))"
_BELOW = f"SELECT line.area FROM area_above AS line WHERE line.above = ANY ({_AREAS})"  # noqa: S608 - names of ours
_ABOVE = f"SELECT line.above FROM area_above AS line WHERE line.area = ANY ({_AREAS})"  # noqa: S608 - names of ours


def upgrade() -> None:
    """The usual steps hold everywhere."""
    op.create_table(
        "guide",
        sa.Column("area", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["area"], ["area.id"], name=op.f("fk_guide_area_area")),
        sa.PrimaryKeyConstraint("area", "rule", "language", name=op.f("pk_guide")),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE guide ENABLE ROW LEVEL SECURITY")
        op.execute("ALTER TABLE guide FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY scope ON guide USING ({_EVERYTHING} OR guide.area IN ({_BELOW}) OR guide.area IN ({_ABOVE}))")


def downgrade() -> None:
    """The usual steps hold everywhere again."""
    op.drop_table("guide")
