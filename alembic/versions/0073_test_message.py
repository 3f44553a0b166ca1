"""Notices about no alert to contacts of one's homes: a test message.

Revision: 0073, after 0072.
"""

from alembic import op

revision = "0073"
down_revision = "0072"
branch_labels = None
depends_on = None

_EVERYTHING = "(SELECT current_setting('homebeat.scope', true)) = '*'"
_BY_ALERT = "EXISTS (SELECT 1 FROM alert AS there WHERE there.id = outbox.alert_id)"
_OF_STAFF = "(outbox.alert_id IS NULL AND EXISTS (SELECT 1 FROM responder AS there WHERE '/' || there.id = outbox.contact))"
_OF_HOME = "(outbox.alert_id IS NULL AND EXISTS (SELECT 1 FROM contact AS there WHERE there.id = outbox.contact))"


def upgrade() -> None:
    """Who sees a contact sees what is sent to them about no alert."""
    _put_policy(f"{_EVERYTHING} OR {_BY_ALERT} OR {_OF_STAFF} OR {_OF_HOME}")


def downgrade() -> None:
    """They see it no more."""
    _put_policy(f"{_EVERYTHING} OR {_BY_ALERT} OR {_OF_STAFF}")


def _put_policy(condition: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP POLICY scope ON outbox")
        op.execute(f"CREATE POLICY scope ON outbox USING ({condition})")
