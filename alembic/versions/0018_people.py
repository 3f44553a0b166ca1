"""Accounts, roles, keys, sessions and links in place of tokens.

Revision: 0018, after 0017.
"""

import sqlalchemy as sa

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Nobody is signed in, and no key is known: tokens named one role and no area, so they are made anew as keys."""
    op.drop_table("signed_out")
    op.drop_table("secret")
    op.drop_table("token")
    op.create_table(
        "account",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("password", sa.Text(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("disabled_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_account")),
    )
    op.create_table(
        "api_key",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=True),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_key")),
        sa.UniqueConstraint("name", name=op.f("uq_api_key_name")),
        sa.UniqueConstraint("digest", name=op.f("uq_api_key_digest")),
    )
    op.create_table(
        "role_grant",
        sa.Column("id", _SERIAL, autoincrement=True, nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("area", sa.Text(), nullable=True),
        sa.Column("given_by", sa.Text(), nullable=False),
        sa.Column("given_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["area"], ["area.id"], name=op.f("fk_role_grant_area_area")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role_grant")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_role_grant_holder"), "role_grant", ["holder"], unique=False)
    for name, columns, where in (
        ("uq_role_grant_everywhere", ["holder", "role"], sa.text("area IS NULL")),
        ("uq_role_grant_area", ["holder", "role", "area"], sa.text("area IS NOT NULL")),
    ):
        op.create_index(name, "role_grant", columns, unique=True, sqlite_where=where, postgresql_where=where)
    op.create_table(
        "session",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("network", sa.Text(), nullable=False),
        sa.Column("begun_at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("ends_at >= begun_at", name=op.f("ck_session_ends_after_it_begins")),
        sa.ForeignKeyConstraint(["account"], ["account.name"], name=op.f("fk_session_account_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session")),
    )
    op.create_index(op.f("ix_session_account"), "session", ["account"], unique=False)
    op.create_index(op.f("ix_session_ends_at"), "session", ["ends_at"], unique=False)
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
    op.drop_index(op.f("ix_answered_token"), "answered")
    op.alter_column("answered", "token", new_column_name="credential")
    op.create_index(op.f("ix_answered_credential"), "answered", ["credential"], unique=False)


def downgrade() -> None:
    """Nobody can sign in until tokens are made."""
    op.drop_index(op.f("ix_answered_credential"), "answered")
    op.alter_column("answered", "credential", new_column_name="token")
    op.create_index(op.f("ix_answered_token"), "answered", ["token"], unique=False)
    for table in ("one_time_link", "session", "role_grant", "api_key", "account"):
        op.drop_table(table)
    op.create_table(
        "token",
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=True),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_token")),
        sa.UniqueConstraint("name", name=op.f("uq_token_name")),
    )
    op.create_table(
        "secret",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_secret")),
    )
    op.create_table(
        "signed_out",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signed_out")),
    )
    op.create_index(op.f("ix_signed_out_ends_at"), "signed_out", ["ends_at"], unique=False)
