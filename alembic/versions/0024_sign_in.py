"""Second factors, recovery codes, wrong tries, known networks, purposes of links.

Revision: 0024, after 0023.
"""

import sqlalchemy as sa

from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Sessions end, and links stop working: it was not written down how the first were begun, and what the second are for."""
    op.drop_table("one_time_link")
    op.create_table(
        "one_time_link",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["account.name"], name=op.f("fk_one_time_link_account_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_one_time_link")),
        sa.UniqueConstraint("account", "purpose", name=op.f("uq_one_time_link_account_purpose")),
    )
    op.create_index(op.f("ix_one_time_link_ends_at"), "one_time_link", ["ends_at"], unique=False)
    op.execute("DELETE FROM session")
    op.add_column("session", sa.Column("how", sa.Text(), nullable=False, server_default=""))
    with op.batch_alter_table("session") as table:
        table.alter_column("how", server_default=None)
    op.add_column("account", sa.Column("totp_sealed", sa.LargeBinary(), nullable=True))
    op.add_column("account", sa.Column("totp_step", sa.BigInteger(), nullable=False, server_default="0"))
    op.create_table(
        "recovery_code",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["account.name"], name=op.f("fk_recovery_code_account_account")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_recovery_code")),
    )
    op.create_index(op.f("ix_recovery_code_account"), "recovery_code", ["account"], unique=False)
    op.create_table(
        "known_network",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("network", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["account.name"], name=op.f("fk_known_network_account_account")),
        sa.PrimaryKeyConstraint("account", "network", name=op.f("pk_known_network")),
    )
    op.create_table(
        "wrong_tries",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("full_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wrong_tries")),
    )
    op.create_index(op.f("ix_wrong_tries_full_at"), "wrong_tries", ["full_at"], unique=False)


def downgrade() -> None:
    """Everybody signs in with a link again, without a second factor."""
    for table in ("wrong_tries", "known_network", "recovery_code", "one_time_link"):
        op.drop_table(table)
    op.drop_column("account", "totp_step")
    op.drop_column("account", "totp_sealed")
    op.drop_column("session", "how")
    op.create_table(
        "one_time_link",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["account.name"], name=op.f("fk_one_time_link_account_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_one_time_link")),
    )
    op.create_index(op.f("ix_one_time_link_account"), "one_time_link", ["account"], unique=False)
    op.create_index(op.f("ix_one_time_link_ends_at"), "one_time_link", ["ends_at"], unique=False)
