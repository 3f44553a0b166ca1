"""What people changed of the settings in the console.

Revision: 0076, after 0075.
"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from alembic import op

revision = "0076"
down_revision = "0075"
branch_labels = None
depends_on = None

_SERIAL = sa.BigInteger().with_variant(sqlite.INTEGER(), "sqlite")
_JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
_SETTING = "current_setting('homebeat.scope', true)"
_EVERYTHING = f"(SELECT {_SETTING}) = '*'"
_SOMETHING = f"(SELECT {_SETTING}) LIKE '[\"%'"
_AREAS = f"ARRAY(SELECT jsonb_array_elements_text(CASE WHEN {_SETTING} LIKE '[%' THEN {_SETTING}::jsonb ELSE '[]'::jsonb END))"
_BELOW = f"SELECT line.area FROM area_above AS line WHERE line.above = ANY ({_AREAS})"  # noqa: S608 - names of ours
_ABOVE = f"SELECT line.above FROM area_above AS line WHERE line.area = ANY ({_AREAS})"  # noqa: S608 - names of ours


def upgrade() -> None:
    """The file alone says what holds."""
    op.create_table(
        "setting_change",
        sa.Column("id", _SERIAL, autoincrement=True, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("area", sa.Text(), nullable=True),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("before", _JSON, nullable=False),
        sa.Column("after", _JSON, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("residents", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("reason_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("tried", _JSON, nullable=False),
        sa.Column("decided_at", sa.BigInteger(), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("word_sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["area"], ["area.id"], name=op.f("fk_setting_change_area_area")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_setting_change")),
        sa.UniqueConstraint("key", name=op.f("uq_setting_change_key")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_setting_change_area", "setting_change", ["area"])
    op.create_index("ix_setting_change_subject", "setting_change", ["subject"])
    op.execute("INSERT INTO meta (name, value) VALUES ('settings_revision', 0)")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE setting_change ENABLE ROW LEVEL SECURITY")
        op.execute("ALTER TABLE setting_change FORCE ROW LEVEL SECURITY")
        lies = f"setting_change.area IN ({_BELOW}) OR setting_change.area IN ({_ABOVE})"
        everywhere = f"(setting_change.area IS NULL AND {_SOMETHING})"
        op.execute(f"CREATE POLICY scope ON setting_change USING ({_EVERYTHING} OR {lies} OR {everywhere})")


def downgrade() -> None:
    """What was changed in the console is lost."""
    op.drop_table("setting_change")
    op.execute("DELETE FROM meta WHERE name = 'settings_revision'")
