"""Notices about no alert: somebody's shifts have changed.

Revision: 0049, after 0048.
"""

import sqlalchemy as sa

from alembic import op

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None

_EVERYTHING = "(SELECT current_setting('homebeat.scope', true)) = '*'"
_BY_ALERT = "EXISTS (SELECT 1 FROM alert AS there WHERE there.id = outbox.alert_id)"
_OF_STAFF = "(outbox.alert_id IS NULL AND EXISTS (SELECT 1 FROM responder AS there WHERE '/' || there.id = outbox.contact))"


def upgrade() -> None:
    """A notice needs no alert any more."""
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("outbox", "alert_id", nullable=True)
        op.execute("DROP POLICY scope ON outbox")
        op.execute(f"CREATE POLICY scope ON outbox USING ({_EVERYTHING} OR {_BY_ALERT} OR {_OF_STAFF})")
    else:
        _write_column("alert_id TEXT NOT NULL", "alert_id TEXT")


def downgrade() -> None:
    """Such notices are forgotten."""
    op.execute("DELETE FROM delivery WHERE outbox_id IN (SELECT id FROM outbox WHERE alert_id IS NULL)")
    op.execute("DELETE FROM outbox WHERE alert_id IS NULL")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP POLICY scope ON outbox")
        op.execute(f"CREATE POLICY scope ON outbox USING ({_EVERYTHING} OR {_BY_ALERT})")
        op.alter_column("outbox", "alert_id", nullable=False)
    else:
        _write_column("alert_id TEXT", "alert_id TEXT NOT NULL")


def _write_column(before: str, after: str) -> None:
    """Change what SQLite knows of a column, as its manual says for constraints (sqlite.org/lang_altertable.html, "other kinds").

    To make the table anew would drop one that links and deliveries refer to.
    """
    connection = op.get_bind()
    version = connection.scalar(sa.text("PRAGMA schema_version"))
    op.execute("PRAGMA writable_schema = ON")
    change = sa.text("UPDATE sqlite_schema SET sql = replace(sql, :before, :after) WHERE type = 'table' AND name = 'outbox'")
    connection.execute(change, {"before": before, "after": after})
    op.execute(f"PRAGMA schema_version = {version + 1}")
    op.execute("PRAGMA writable_schema = OFF")
