"""Since when it is known whom a complaint concerns, and whether supervisors were notified of it.

Revision: 0063, after 0062.
"""

import sqlalchemy as sa

from alembic import op

revision = "0063"
down_revision = "0062"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Of what was entered before, supervisors have the list: nobody is notified of it now."""
    with op.batch_alter_table("complaint") as table:
        table.add_column(sa.Column("counts_from", sa.BigInteger(), nullable=True))
        table.add_column(sa.Column("notified_at", sa.BigInteger(), nullable=True))
    op.execute("UPDATE complaint SET notified_at = at")
    op.execute("UPDATE complaint SET counts_from = at WHERE responder IS NOT NULL")
    with op.batch_alter_table("complaint") as table:
        table.create_check_constraint(op.f("ck_complaint_counts_for_responder"), "(responder IS NULL) = (counts_from IS NULL)")
    op.create_index(op.f("ix_complaint_counts_from"), "complaint", ["counts_from"])
    is_new = sa.text("notified_at IS NULL")
    op.create_index("ix_complaint_new", "complaint", ["id"], sqlite_where=is_new, postgresql_where=is_new)


def downgrade() -> None:
    """Each counts from when it was entered again."""
    op.drop_index("ix_complaint_new", "complaint")
    op.drop_index(op.f("ix_complaint_counts_from"), "complaint")
    with op.batch_alter_table("complaint") as table:
        table.drop_constraint(op.f("ck_complaint_counts_for_responder"), type_="check")
        table.drop_column("notified_at")
        table.drop_column("counts_from")
