"""An alert names the queue in which it waits; before, one flag stood for slow changes and for questions to a resident.

Revision: 0014, after 0013.
"""

import sqlalchemy as sa

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_UNRESOLVED = "answer <> 'resolved'"
_ORDER = ["priority_rank", "opened_at", "id"]
_OLD = {
    "ix_alert_counts": (["desk", "priority_rank", "answer"], f"{_UNRESOLVED} AND NOT digest"),
    "ix_alert_desk": (["desk", *_ORDER, "answer"], _UNRESOLVED),
    "ix_alert_desk_answer": (["desk", "answer", *_ORDER], _UNRESOLVED),
    "ix_alert_placeless": (["desk", "answer", *_ORDER], f"{_UNRESOLVED} AND NOT digest AND area IS NULL"),
    "ix_alert_digest": (["opened_at", "id"], "digest"),
}
_WAITING = "queue NOT IN ('digest', 'none')"
_NEW = {
    "ix_alert_counts": (["queue", "priority_rank", "answer"], f"{_UNRESOLVED} AND {_WAITING}"),
    "ix_alert_of_queue": (["queue", *_ORDER, "answer"], _UNRESOLVED),
    "ix_alert_of_queue_answer": (["queue", "answer", *_ORDER], _UNRESOLVED),
    "ix_alert_placeless": (["queue", "answer", *_ORDER], f"{_UNRESOLVED} AND {_WAITING} AND area IS NULL"),
    "ix_alert_digest": (["opened_at", "id"], "queue = 'digest'"),
}


def upgrade() -> None:
    """What nobody waits for is told apart by its desk: questions are the resident's to answer."""
    _drop(_OLD)
    op.execute(
        "ALTER TABLE alert ADD COLUMN queue TEXT NOT NULL DEFAULT 'care' "
        "CONSTRAINT ck_alert_queue CHECK (queue IN ('care', 'property', 'devices', 'digest', 'none'))"
    )
    op.execute("UPDATE alert SET queue = CASE WHEN desk = 'resident' THEN 'none' WHEN digest THEN 'digest' ELSE desk END")
    op.drop_column("alert", "digest")
    _create(_NEW)
    op.alter_column("alert_area", "desk", new_column_name="queue")


def downgrade() -> None:
    """Questions and slow changes share a flag again."""
    _drop(_NEW)
    op.add_column("alert", sa.Column("digest", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute("UPDATE alert SET digest = (queue IN ('digest', 'none'))")
    op.drop_column("alert", "queue")
    _create(_OLD)
    op.alter_column("alert_area", "queue", new_column_name="desk")


def _drop(indexes: dict[str, tuple[list[str], str]]) -> None:
    for name in indexes:
        op.drop_index(name, "alert")


def _create(indexes: dict[str, tuple[list[str], str]]) -> None:
    for name, (columns, where) in indexes.items():
        op.create_index(name, "alert", columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))
