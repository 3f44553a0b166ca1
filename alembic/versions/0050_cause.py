"""What is held back behind the alert about a cause that many homes share.

Revision: 0050, after 0049.
"""

import json
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None

_JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
_EVERYTHING = "(SELECT current_setting('homebeat.scope', true)) = '*'"
_SEEN = {
    table: f"{_EVERYTHING} OR EXISTS (SELECT 1 FROM household AS there WHERE there.id = {table}.household)"  # noqa: S608 - names of ours
    for table in ("held_edge", "alert_home")
}


def upgrade() -> None:
    """What silences hold back goes on being held back."""
    op.add_column("suppression", sa.Column("reason_params", _JSON, server_default="{}", nullable=False))
    held = op.create_table(
        "held_edge",
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("subject_key", sa.Text(), nullable=False),
        sa.Column("household", sa.Text(), nullable=False),
        sa.Column("silence", sa.BigInteger(), nullable=True),
        sa.Column("cause", sa.Text(), nullable=True),
        sa.Column("held_at", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=True),
        sa.Column("edge", _JSON, nullable=False),
        sa.CheckConstraint("(silence IS NULL) <> (cause IS NULL)", name=op.f("ck_held_edge_one_holder")),
        sa.ForeignKeyConstraint(["household"], ["household.id"], name=op.f("fk_held_edge_household_household")),
        sa.ForeignKeyConstraint(["silence"], ["silence.id"], name=op.f("fk_held_edge_silence_silence")),
        sa.ForeignKeyConstraint(["cause"], ["alert.id"], name=op.f("fk_held_edge_cause_alert")),
        sa.PrimaryKeyConstraint("rule", "subject_key", name=op.f("pk_held_edge")),
    )
    for column in ("household", "silence", "cause"):
        op.create_index(op.f(f"ix_held_edge_{column}"), "held_edge", [column], unique=False)
    op.create_table(
        "alert_home",
        sa.Column("alert_id", sa.Text(), nullable=False),
        sa.Column("household", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("held", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["alert_id"], ["alert.id"], name=op.f("fk_alert_home_alert_id_alert")),
        sa.ForeignKeyConstraint(["household"], ["household.id"], name=op.f("fk_alert_home_household_household")),
        sa.PrimaryKeyConstraint("alert_id", "household", name=op.f("pk_alert_home")),
    )
    op.create_index(op.f("ix_alert_home_household"), "alert_home", ["household"], unique=False)
    if op.get_bind().dialect.name == "postgresql":
        for table, seen in _SEEN.items():
            op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
            op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
            op.execute(f"CREATE POLICY scope ON {table} USING ({seen})")
    rows = [
        _convert(*row) for row in op.get_bind().execute(sa.text("SELECT rule, subject_key, silence, edge FROM silenced_edge"))
    ]
    if rows:
        op.bulk_insert(held, rows)
    op.drop_table("silenced_edge")


def _convert(rule: str, subject_key: str, silence: int, edge: Any) -> dict[str, Any]:
    edge = json.loads(edge) if isinstance(edge, str) else edge
    return {
        "rule": rule,
        "subject_key": subject_key,
        "household": edge["subject"]["household"],
        "silence": silence,
        "cause": None,
        "held_at": edge["at"],
        "until": None,
        "edge": edge,
    }


def downgrade() -> None:
    """What is held back is lost: lift every silence and close every alert about many homes before, and wait a minute."""
    op.drop_table("held_edge")
    op.drop_table("alert_home")
    op.drop_column("suppression", "reason_params")
    op.create_table(
        "silenced_edge",
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("subject_key", sa.Text(), nullable=False),
        sa.Column("silence", sa.BigInteger(), nullable=False),
        sa.Column("edge", _JSON, nullable=False),
        sa.ForeignKeyConstraint(["silence"], ["silence.id"], name=op.f("fk_silenced_edge_silence_silence")),
        sa.PrimaryKeyConstraint("rule", "subject_key", name=op.f("pk_silenced_edge")),
    )
    op.create_index(op.f("ix_silenced_edge_silence"), "silenced_edge", ["silence"], unique=False)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE silenced_edge ENABLE ROW LEVEL SECURITY")
        op.execute("ALTER TABLE silenced_edge FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY scope ON silenced_edge USING ({_EVERYTHING})")
