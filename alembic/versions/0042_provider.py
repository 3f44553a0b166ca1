"""Contracts of providers, what they were asked, and who gets their work.

Revision: 0042, after 0041.
"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

_JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
_EVERYTHING = "(SELECT current_setting('homebeat.scope', true)) = '*'"
_SEEN = {
    "circuit": "EXISTS (SELECT 1 FROM responder AS there WHERE there.id = circuit.provider)",
    "circuit_step": "EXISTS (SELECT 1 FROM responder AS there WHERE there.id = circuit_step.provider)",
    "provider_order": "EXISTS (SELECT 1 FROM alert AS there WHERE there.id = provider_order.alert_id)",
}
_STATES = "'assigned', 'en_route', 'at_door', 'seen', 'missed', 'cancelled'"
_OVER = "'seen', 'missed', 'cancelled'"
_OPEN = sa.text("verdict IS NULL")


def upgrade() -> None:
    """Nobody has a contract yet, and nothing was counted. Who cannot go is told apart from who was called off from now on."""
    op.add_column("responder", sa.Column("contract", _JSON, nullable=False, server_default="{}"))
    _set_states(f"{_STATES}, 'declined'", f"{_OVER}, 'declined'")
    op.create_table(
        "circuit",
        sa.Column("provider", sa.Text(), nullable=False),
        *_make_columns(),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("visits", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.CheckConstraint("state IN ('closed', 'open', 'trial')", name=op.f("ck_circuit_state")),
        sa.ForeignKeyConstraint(["provider"], ["responder.id"], name=op.f("fk_circuit_provider_responder")),
        sa.PrimaryKeyConstraint("provider", name=op.f("pk_circuit")),
    )
    op.create_table(
        "circuit_step",
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        *_make_columns(),
        sa.Column("visits", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("reason_sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["provider"], ["responder.id"], name=op.f("fk_circuit_step_provider_responder")),
        sa.PrimaryKeyConstraint("provider", "version", name=op.f("pk_circuit_step")),
    )
    op.create_table(
        "provider_order",
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("alert_id", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=True),
        sa.Column("settled_at", sa.BigInteger(), nullable=True),
        sa.Column("answered_at", sa.BigInteger(), nullable=True),
        sa.Column("door_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "verdict IN ('kept', 'late', 'missed', 'declined', 'unanswered', 'excused')", name=op.f("ck_provider_order_verdict")
        ),
        sa.CheckConstraint("(verdict IS NULL) = (settled_at IS NULL)", name=op.f("ck_provider_order_settled_with_verdict")),
        sa.ForeignKeyConstraint(["provider"], ["responder.id"], name=op.f("fk_provider_order_provider_responder")),
        sa.ForeignKeyConstraint(["alert_id"], ["alert.id"], name=op.f("fk_provider_order_alert_id_alert")),
        sa.PrimaryKeyConstraint("provider", "alert_id", name=op.f("pk_provider_order")),
    )
    op.create_index(op.f("ix_provider_order_alert_id"), "provider_order", ["alert_id"], unique=False)
    op.create_index("ix_provider_order_asked_at", "provider_order", ["provider", "asked_at", "verdict"], unique=False)
    op.create_index(
        "ix_provider_order_open", "provider_order", ["asked_at"], unique=False, sqlite_where=_OPEN, postgresql_where=_OPEN
    )
    if op.get_bind().dialect.name == "postgresql":
        for table, seen in _SEEN.items():
            op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
            op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
            op.execute(f"CREATE POLICY scope ON {table} USING ({_EVERYTHING} OR {seen})")


def downgrade() -> None:
    """What was counted is lost, and every provider gets its work again."""
    for table in ("provider_order", "circuit_step", "circuit"):
        op.drop_table(table)
    op.execute("UPDATE visit SET state = 'cancelled' WHERE state = 'declined'")
    _set_states(_STATES, _OVER)
    op.drop_column("responder", "contract")


def _make_columns() -> list[sa.Column[object]]:
    return [
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
    ]


def _set_states(states: str, over: str) -> None:
    with op.batch_alter_table("visit") as batch:
        for name in ("ck_visit_state", "ck_visit_due_while_live"):
            batch.drop_constraint(op.f(name), type_="check")
        batch.create_check_constraint(op.f("ck_visit_state"), f"state IN ({states})")
        batch.create_check_constraint(op.f("ck_visit_due_while_live"), f"(due_at IS NULL) = (state IN ({over}))")
