"""Certificates of responders, and the hours that volunteers gave.

Revision: 0045, after 0044.
"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None

_SERIAL = sa.BigInteger().with_variant(sqlite.INTEGER(), "sqlite")
_JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
_EVERYTHING = "(SELECT current_setting('homebeat.scope', true)) = '*'"
_TABLES = ("service_entry", "hours_correction")


def upgrade() -> None:
    """The hours of visits whose alerts are still kept are counted within a minute."""
    op.add_column("responder", sa.Column("certificates", _JSON, nullable=False, server_default="[]"))
    op.create_index(op.f("ix_visit_ended_at"), "visit", ["ended_at"], unique=False)
    op.create_table(
        "service_entry",
        sa.Column("visit", sa.Text(), nullable=False),
        sa.Column("responder", sa.Text(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("ended_at >= started_at", name=op.f("ck_service_entry_ends_after_it_starts")),
        sa.ForeignKeyConstraint(["responder"], ["responder.id"], name=op.f("fk_service_entry_responder_responder")),
        sa.PrimaryKeyConstraint("visit", name=op.f("pk_service_entry")),
    )
    for column in ("started_at", "ended_at"):
        op.create_index(op.f(f"ix_service_entry_{column}"), "service_entry", [column], unique=False)
    op.create_table(
        "hours_correction",
        sa.Column("id", _SERIAL, autoincrement=True, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("responder", sa.Text(), nullable=False),
        sa.Column("month", sa.Text(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("reason_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["responder"], ["responder.id"], name=op.f("fk_hours_correction_responder_responder")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hours_correction")),
        sa.UniqueConstraint("key", name=op.f("uq_hours_correction_key")),
    )
    op.create_index(op.f("ix_hours_correction_month"), "hours_correction", ["month"], unique=False)
    if op.get_bind().dialect.name == "postgresql":
        for table in _TABLES:
            seen = f"EXISTS (SELECT 1 FROM responder AS there WHERE there.id = {table}.responder)"  # noqa: S608 - names of ours
            op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
            op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
            op.execute(f"CREATE POLICY scope ON {table} USING ({_EVERYTHING} OR {seen})")


def downgrade() -> None:
    """Hours and corrections are lost: export them before (`homebeat volunteer hours`)."""
    for table in reversed(_TABLES):
        op.drop_table(table)
    op.drop_index(op.f("ix_visit_ended_at"), "visit")
    op.drop_column("responder", "certificates")
