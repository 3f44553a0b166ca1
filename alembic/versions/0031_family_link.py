"""The family's links.

Revision: 0031, after 0030.
"""

import sqlalchemy as sa

from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

_POLICY = (
    "(SELECT current_setting('homebeat.scope', true)) = '*' "
    "OR EXISTS (SELECT 1 FROM outbox AS there WHERE there.id = family_link.notice)"
)


def upgrade() -> None:
    """Nobody has got one yet."""
    op.create_table(
        "family_link",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("notice", sa.Text(), nullable=False),
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("ends_at > made_at", name=op.f("ck_family_link_ends_after_it_begins")),
        sa.ForeignKeyConstraint(["notice"], ["outbox.id"], name=op.f("fk_family_link_notice_outbox")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_family_link")),
    )
    for column in ("notice", "contact", "ends_at"):
        op.create_index(op.f(f"ix_family_link_{column}"), "family_link", [column], unique=False)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE family_link ENABLE ROW LEVEL SECURITY")
        op.execute("ALTER TABLE family_link FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY scope ON family_link USING ({_POLICY})")


def downgrade() -> None:
    """Links that were sent open nothing from then on."""
    op.drop_table("family_link")
