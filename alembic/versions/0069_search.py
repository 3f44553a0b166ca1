"""By what residents are found: digests of pieces of names, addresses and numbers, and the homes that wait for theirs.

Revision: 0069, after 0068.
"""

import sqlalchemy as sa

from alembic import op

revision = "0069"
down_revision = "0068"
branch_labels = None
depends_on = None

_EVERYTHING = "(SELECT current_setting('homebeat.scope', true)) = '*'"
_AREAS = (
    "ARRAY(SELECT jsonb_array_elements_text(CASE WHEN current_setting('homebeat.scope', true) LIKE '[%' "
    "THEN current_setting('homebeat.scope', true)::jsonb ELSE '[]'::jsonb END))"
)
_BELOW = f"(SELECT line.area FROM area_above AS line WHERE line.above = ANY ({_AREAS}))"  # noqa: S608 - names of ours
_HOME = "SELECT 1 FROM household AS there WHERE there.id = search_pending.household"
_POLICIES = {
    "search_term": f"{_EVERYTHING} OR search_term.area IN {_BELOW}",
    "search_pending": f"{_EVERYTHING} OR EXISTS ({_HOME})",
}


def upgrade() -> None:
    """Every home waits: `homebeat serve` writes the terms."""
    op.create_table(
        "search_term",
        sa.Column("term", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("area", sa.Text(), nullable=False),
        sa.Column("resident", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("term", "area", "resident", name=op.f("pk_search_term")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_search_term_resident", "search_term", ["resident"])
    op.create_table(
        "search_pending",
        sa.Column("household", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["household"], ["household.id"], name=op.f("fk_search_pending_household_household")),
        sa.PrimaryKeyConstraint("household", name=op.f("pk_search_pending")),
    )
    op.execute("INSERT INTO search_pending (household) SELECT id FROM household WHERE retired_at IS NULL")
    if op.get_bind().dialect.name == "postgresql":
        for table, condition in _POLICIES.items():
            op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
            op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
            op.execute(f"CREATE POLICY scope ON {table} USING ({condition})")


def downgrade() -> None:
    """Nobody is found by a piece of a name any more."""
    op.drop_table("search_pending")
    op.drop_table("search_term")
