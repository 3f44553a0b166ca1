"""The tables of access: tokens, shared secrets, sessions that were signed out, requests that were answered.

Invariants are constraints; times are epoch milliseconds UTC as BIGINT.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, String, Table, Text

from homebeat.store.base.metadata import METADATA, Json

token: Final = Table(
    "token",
    METADATA,
    Column("hash", String(64), primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("role", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=True),
    Column("revoked_at", BigInteger, nullable=True),
)

#: Secrets that all processes share: `session` is the key that signs the sessions of the console.
secret: Final = Table("secret", METADATA, Column("name", Text, primary_key=True), Column("value", LargeBinary, nullable=False))

#: Sessions that were signed out before their end. `id` is the SHA-256 of the session's nonce.
signed_out: Final = Table(
    "signed_out", METADATA, Column("id", String(64), primary_key=True), Column("ends_at", BigInteger, nullable=False, index=True)
)

#: Requests with an `Idempotency-Key`. `id` is the SHA-256 of token and key, `request` that of the request;
#: `status` is null until the answer is known.
answered: Final = Table(
    "answered",
    METADATA,
    Column("id", String(64), primary_key=True),
    Column("token", String(64), nullable=False, index=True),
    Column("request", String(64), nullable=False),
    Column("at", BigInteger, nullable=False, index=True),
    Column("status", Integer, nullable=True),
    Column("headers", Json, nullable=False),
    Column("body", LargeBinary, nullable=False),
)
