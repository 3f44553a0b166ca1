"""What whoever goes to the homes of an alert about many homes says of each.

Revision: 0061, after 0060.
"""

import sqlalchemy as sa

from alembic import op

revision = "0061"
down_revision = "0060"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing was said of any home so far."""
    with op.batch_alter_table("alert_home") as table:
        table.add_column(sa.Column("mark", sa.Text(), server_default="", nullable=False))
        table.add_column(sa.Column("marked_at", sa.BigInteger(), nullable=True))
        table.create_check_constraint(op.f("ck_alert_home_mark"), "mark IN ('', 'seen', 'not_opened')")


def downgrade() -> None:
    """What was said stands in the history of the alert alone."""
    with op.batch_alter_table("alert_home") as table:
        table.drop_constraint(op.f("ck_alert_home_mark"), type_="check")
        table.drop_column("marked_at")
        table.drop_column("mark")
