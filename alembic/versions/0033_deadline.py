"""Until when somebody has to answer for an alert.

Revision: 0033, after 0032.
"""

import sqlalchemy as sa

from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

_POLICY = (
    "(SELECT current_setting('homebeat.scope', true)) = '*' "
    "OR EXISTS (SELECT 1 FROM alert AS there WHERE there.id = deadline.alert_id)"
)
#: Alerts that stand get an hour from now on: then the plan of their desk goes on, and nobody is called out of bed by an upgrade.
_HOUR_MS = 3_600_000


def upgrade() -> None:
    """Every alert that waits for people has a deadline from now on."""
    op.create_table(
        "deadline",
        sa.Column("alert_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("set_at", sa.BigInteger(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("step", sa.SmallInteger(), nullable=False),
        sa.Column("turn", sa.SmallInteger(), nullable=False),
        sa.Column("repeat", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind IN ('step', 'owner')", name=op.f("ck_deadline_kind")),
        sa.CheckConstraint("step >= 0 AND turn >= 0 AND repeat >= 0", name=op.f("ck_deadline_position")),
        sa.ForeignKeyConstraint(["alert_id"], ["alert.id"], name=op.f("fk_deadline_alert_id_alert")),
        sa.PrimaryKeyConstraint("alert_id", name=op.f("pk_deadline")),
    )
    for column in ("due_at", "set_at"):
        op.create_index(op.f(f"ix_deadline_{column}"), "deadline", [column], unique=False)
    is_postgres = op.get_bind().dialect.name == "postgresql"
    now = (
        "CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)"
        if is_postgres
        else "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)"
    )
    op.execute(
        "INSERT INTO deadline (alert_id, kind, due_at, set_at, plan, step, turn, repeat) "  # noqa: S608 -- texts of ours
        f"SELECT id, CASE WHEN answer = 'acknowledged' THEN 'owner' ELSE 'step' END, {now} + {_HOUR_MS}, {now}, "
        "'desk_only', 0, 0, 0 "
        "FROM alert WHERE answer <> 'resolved' AND queue <> 'none'"
    )
    if is_postgres:
        op.execute("ALTER TABLE deadline ENABLE ROW LEVEL SECURITY")
        op.execute("ALTER TABLE deadline FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY scope ON deadline USING ({_POLICY})")


def downgrade() -> None:
    """Nobody is reminded of anything from then on."""
    op.drop_table("deadline")
