"""The tables of access: accounts, keys, roles, sessions, one-time links, requests that were answered.

Invariants are constraints; times are epoch milliseconds UTC as BIGINT.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from homebeat.store.base.metadata import METADATA, Json, Serial

#: People who sign in. `totp_sealed`: the secret of the second factor, with a key of the account's own.
#: A name stands in histories: it is never given to somebody else, and an account is never deleted.
account: Final = Table(
    "account",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("language", Text, nullable=False),
    Column("password", Text, nullable=False),
    Column("totp_sealed", LargeBinary, nullable=True),
    Column("totp_step", BigInteger, nullable=False, server_default="0"),
    Column("made_at", BigInteger, nullable=False),
    Column("disabled_at", BigInteger, nullable=True),
    Column("signed_in_at", BigInteger, nullable=True),
)

#: Codes that stand in for the second factor, each good once. `digest`: as `identity.recovery` makes it.
recovery_code: Final = Table(
    "recovery_code",
    METADATA,
    Column("digest", String(64), primary_key=True),
    Column("account", Text, ForeignKey("account.name"), nullable=False, index=True),
)

#: From which networks an account has signed in with its password.
known_network: Final = Table(
    "known_network",
    METADATA,
    Column("account", Text, ForeignKey("account.name"), primary_key=True),
    Column("network", Text, primary_key=True),
)

#: Wrong tries, as `identity.lockout` counts them. `id`: SHA-256 of what is counted. A row in the past can be deleted.
wrong_tries: Final = Table(
    "wrong_tries", METADATA, Column("id", String(64), primary_key=True), Column("full_at", BigInteger, nullable=False, index=True)
)

#: Other systems. `id` is the public part of the key; `digest` the SHA-256 of the whole.
api_key: Final = Table(
    "api_key",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("digest", String(64), nullable=False, unique=True),
    Column("made_by", Text, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("ends_at", BigInteger, nullable=True),
    Column("revoked_at", BigInteger, nullable=True),
    Column("used_at", BigInteger, nullable=True),
)

_EVERYWHERE: Final = text("area IS NULL")
_SOMEWHERE: Final = text("area IS NOT NULL")

#: The roles of accounts and keys. `holder`: `user:chen`, `key:platform`. Without an area it is for the whole installation.
role_grant: Final = Table(
    "role_grant",
    METADATA,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("holder", Text, nullable=False, index=True),
    Column("role", Text, nullable=False),
    Column("area", Text, ForeignKey("area.id"), nullable=True),
    Column("given_by", Text, nullable=False),
    Column("given_at", BigInteger, nullable=False),
    Index("uq_role_grant_everywhere", "holder", "role", unique=True, sqlite_where=_EVERYWHERE, postgresql_where=_EVERYWHERE),
    Index("uq_role_grant_area", "holder", "role", "area", unique=True, sqlite_where=_SOMEWHERE, postgresql_where=_SOMEWHERE),
    sqlite_autoincrement=True,
)

#: Who is signed in. `id` is the SHA-256 of what the cookie holds.
session: Final = Table(
    "session",
    METADATA,
    Column("id", String(64), primary_key=True),
    Column("account", Text, ForeignKey("account.name"), nullable=False, index=True),
    Column("network", Text, nullable=False),
    Column("how", Text, nullable=False),
    Column("begun_at", BigInteger, nullable=False),
    Column("seen_at", BigInteger, nullable=False),
    Column("ends_at", BigInteger, nullable=False, index=True),
    CheckConstraint("ends_at >= begun_at", name="ends_after_it_begins"),
)

#: Links that work once, as `identity.bearer` makes them: of each account and purpose only the newest.
one_time_link: Final = Table(
    "one_time_link",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("digest", String(64), nullable=False),
    Column("purpose", Text, nullable=False),
    Column("account", Text, ForeignKey("account.name"), nullable=False),
    Column("ends_at", BigInteger, nullable=False, index=True),
    UniqueConstraint("account", "purpose"),
)

#: Who somebody is at an identity provider. An identity belongs to one account, an account to one identity of each provider.
account_identity: Final = Table(
    "account_identity",
    METADATA,
    Column("issuer", Text, primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("account", Text, ForeignKey("account.name"), nullable=False),
    Column("connected_by", Text, nullable=False),
    Column("connected_at", BigInteger, nullable=False),
    UniqueConstraint("account", "issuer"),
)

#: Sign-ins that have begun at an identity provider. `id`: SHA-256 of the state, which only the browser has. `secrets_sealed`:
#: the verifier, the nonce, and where the browser goes afterwards. `link`: the one-time link with which it began; empty for none.
pending_sign_in: Final = Table(
    "pending_sign_in",
    METADATA,
    Column("id", String(64), primary_key=True),
    Column("secrets_sealed", LargeBinary, nullable=False),
    Column("link", Text, nullable=False),
    Column("begun_at", BigInteger, nullable=False),
    Column("ends_at", BigInteger, nullable=False, index=True),
)

#: Who has broken the glass for a home, until when, and who has looked at that since. The reason is sealed with the home's key.
broken_glass: Final = Table(
    "broken_glass",
    METADATA,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("key", Text, nullable=False, unique=True),
    Column("actor", Text, nullable=False),
    Column("household", Text, ForeignKey("household.id"), nullable=False, index=True),
    Column("reason_sealed", LargeBinary, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("ends_at", BigInteger, nullable=False),
    Column("seen_by", Text, nullable=False),
    Column("seen_at", BigInteger, nullable=True),
    CheckConstraint("ends_at > at", name="ends_after_it_begins"),
    Index("ix_broken_glass_actor", "actor", "ends_at"),
    sqlite_autoincrement=True,
)

#: What residents agreed to or withdrew. Rows are only ever added: the newest of a purpose counts. `decided_on`: the date on the
#: paper. Where that paper is, is sealed with the resident's key.
consent: Final = Table(
    "consent",
    METADATA,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("key", Text, nullable=False, unique=True),
    Column("resident", Text, ForeignKey("resident.id"), nullable=False),
    Column("purpose", Text, nullable=False),
    Column("agreed", Boolean, nullable=False),
    Column("decided_on", Date, nullable=False),
    Column("paper_sealed", LargeBinary, nullable=False),
    Column("actor", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Index("ix_consent_resident", "resident", "purpose", "id"),
    sqlite_autoincrement=True,
)

#: The family's links. `id`: SHA-256 of the secret in the address. `notice`: what carried it, and so its alert; a key to the alert
#: itself would make deliveries wait for whoever changes it. `contact`: who got it; it follows a contact whose id changes.
message_link: Final = Table(
    "message_link",
    METADATA,
    Column("id", String(64), primary_key=True),
    Column("notice", Text, ForeignKey("outbox.id"), nullable=False, index=True),
    Column("contact", Text, nullable=False, index=True),
    Column("made_at", BigInteger, nullable=False),
    Column("ends_at", BigInteger, nullable=False, index=True),
    Column("revoked_at", BigInteger, nullable=True),
    Column("code_digest", LargeBinary, nullable=True, index=True),
    CheckConstraint("ends_at > made_at", name="ends_after_it_begins"),
)

#: Requests with an `Idempotency-Key`. `id` is the SHA-256 of the credential and the key, `credential` that of the credential,
#: `request` that of the request; `status` is null until the answer is known.
answered: Final = Table(
    "answered",
    METADATA,
    Column("id", String(64), primary_key=True),
    Column("credential", String(64), nullable=False, index=True),
    Column("request", String(64), nullable=False),
    Column("at", BigInteger, nullable=False, index=True),
    Column("status", Integer, nullable=True),
    Column("headers", Json, nullable=False),
    Column("body_sealed", LargeBinary, nullable=False),
)
