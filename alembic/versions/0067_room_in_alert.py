"""Room in each page of alerts for the next step of those that are there: PostgreSQL then leaves their fifteen indexes alone.

Revision: 0067, after 0066.
"""

from alembic import op

revision = "0067"
down_revision = "0066"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Pages that are written from now on keep the room."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE alert SET (fillfactor = 60)")


def downgrade() -> None:
    """Pages are filled."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE alert RESET (fillfactor)")
