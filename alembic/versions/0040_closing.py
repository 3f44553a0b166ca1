"""What a closing ended, so that undoing it brings that back; and when a visit went on.

Revision: 0040, after 0039.
"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

_JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
_SEEN = (
    "(SELECT current_setting('homebeat.scope', true)) = '*'"
    " OR EXISTS (SELECT 1 FROM alert AS there WHERE there.id = closing.alert_id)"
)


def upgrade() -> None:
    """Of alerts that were closed before, nothing is known: undoing that begins their plan again."""
    op.add_column("visit", sa.Column("resumed_at", sa.BigInteger(), nullable=True))
    op.create_table(
        "closing",
        sa.Column("alert_id", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("ended", _JSON, nullable=False),
        sa.ForeignKeyConstraint(["alert_id"], ["alert.id"], name=op.f("fk_closing_alert_id_alert")),
        sa.PrimaryKeyConstraint("alert_id", name=op.f("pk_closing")),
    )
    op.create_index(op.f("ix_closing_at"), "closing", ["at"], unique=False)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE closing ENABLE ROW LEVEL SECURITY")
        op.execute("ALTER TABLE closing FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY scope ON closing USING ({_SEEN})")


def downgrade() -> None:
    """Undoing a closing of the last five minutes begins the plan again then."""
    op.drop_table("closing")
    op.drop_column("visit", "resumed_at")
