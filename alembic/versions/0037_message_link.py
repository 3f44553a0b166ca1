"""Links of messages: of contacts and of responders, with a code where a message may carry no link.

Revision: 0037, after 0036.
"""

import sqlalchemy as sa

from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Links that were sent open nothing any more: they last three days, and the next message has a new one."""
    op.drop_table("family_link")
    _make("message_link")
    op.add_column("message_link", sa.Column("code_digest", sa.LargeBinary(), nullable=True))
    op.create_index(op.f("ix_message_link_code_digest"), "message_link", ["code_digest"], unique=False)


def downgrade() -> None:
    """As `upgrade`."""
    op.drop_table("message_link")
    _make("family_link")


def _make(name: str) -> None:
    op.create_table(
        name,
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("notice", sa.Text(), nullable=False),
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("ends_at > made_at", name=op.f(f"ck_{name}_ends_after_it_begins")),
        sa.ForeignKeyConstraint(["notice"], ["outbox.id"], name=op.f(f"fk_{name}_notice_outbox")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
    )
    for column in ("notice", "contact", "ends_at"):
        op.create_index(op.f(f"ix_{name}_{column}"), name, [column], unique=False)
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY")
        seen = f"EXISTS (SELECT 1 FROM outbox AS there WHERE there.id = {name}.notice)"  # noqa: S608 -- names of ours
        op.execute(f"CREATE POLICY scope ON {name} USING ((SELECT current_setting('homebeat.scope', true)) = '*' OR {seen})")
