"""Each area with every area above it: one equality finds all that lies below an area.

Revision: 0017, after 0016.
"""

import sqlalchemy as sa

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table, and fill it from the parents of the areas."""
    op.create_table(
        "area_above",
        sa.Column("area", sa.Text(), nullable=False),
        sa.Column("above", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("area", "above", name="pk_area_above"),
        sa.ForeignKeyConstraint(["area"], ["area.id"], name="fk_area_above_area_area"),
        sa.ForeignKeyConstraint(["above"], ["area.id"], name="fk_area_above_above_area"),
    )
    op.create_index("ix_area_above_above", "area_above", ["above", "area"])
    op.execute("""
        INSERT INTO area_above (area, above)
        WITH RECURSIVE up (area, above) AS (
            SELECT id, id FROM area
            UNION
            SELECT up.area, area.parent FROM up JOIN area ON area.id = up.above WHERE area.parent IS NOT NULL
        )
        SELECT area, above FROM up
    """)


def downgrade() -> None:
    """Parents stay in `area`."""
    op.drop_table("area_above")
