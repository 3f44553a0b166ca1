"""Photos that somebody sent from the door.

Revision: 0078, after 0077.
"""

import sqlalchemy as sa

from alembic import op

revision = "0078"
down_revision = "0077"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """There is no photo yet."""
    op.create_table(
        "visit_photo",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("alert_id", sa.Text(), nullable=False),
        sa.Column("visit", sa.Text(), nullable=False),
        sa.Column("visitor", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("content_sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["alert_id"], ["alert.id"], name=op.f("fk_visit_photo_alert_id_alert")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit_photo")),
    )
    for column in ("alert_id", "at"):
        op.create_index(op.f(f"ix_visit_photo_{column}"), "visit_photo", [column], unique=False)
    if op.get_bind().dialect.name == "postgresql":
        scope = "current_setting('homebeat.scope', true)"
        seen = "EXISTS (SELECT 1 FROM alert AS there WHERE there.id = visit_photo.alert_id)"
        op.execute("ALTER TABLE visit_photo ENABLE ROW LEVEL SECURITY")
        op.execute("ALTER TABLE visit_photo FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY scope ON visit_photo USING ((SELECT {scope}) = '*' OR {seen})")


def downgrade() -> None:
    """The photos are gone."""
    op.drop_table("visit_photo")
