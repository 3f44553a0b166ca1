"""A quarantined message names the registered device that sent it, so that it lies in the area of its home.

Revision: 0021, after 0020.
"""

import sqlalchemy as sa

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the device; of messages that are there it is found by the topic."""
    op.add_column("quarantine", sa.Column("device", sa.Text(), nullable=True))
    op.execute(
        "UPDATE quarantine SET device = "
        "(SELECT device.id FROM device WHERE quarantine.topic = 'homebeat/v1/' || device.id || '/readings')"
    )


def downgrade() -> None:
    """The topic stays."""
    op.drop_column("quarantine", "device")
