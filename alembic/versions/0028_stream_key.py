"""A key for the ids of the live stream, the same for all processes: ids no longer count what happens elsewhere.

Revision: 0028, after 0027.
"""

import secrets

import sqlalchemy as sa

from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make a key. Whoever follows the stream by an id of before is told to list the alerts anew."""
    meta = sa.table("meta", sa.column("name", sa.Text), sa.column("value", sa.BigInteger))
    op.bulk_insert(meta, [{"name": "stream_key", "value": secrets.randbits(62)}])


def downgrade() -> None:
    """Ids are plain numbers again."""
    op.execute("DELETE FROM meta WHERE name = 'stream_key'")
