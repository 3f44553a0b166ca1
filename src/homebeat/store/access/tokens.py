"""Stores bearer tokens: only their hashes."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import IntegrityError

from homebeat.domain.errors import NotAllowed
from homebeat.store.access import tables
from homebeat.store.access.values import Token

if TYPE_CHECKING:
    from sqlalchemy import Row

_token = tables.token


class Tokens:
    """Tokens, for writing."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def create(self, token: Token) -> None:
        """Store a token.

        Raises:
            NotAllowed: The name is in use, perhaps by a revoked token: names are in the history of alerts.
        """
        try:
            self._connection.execute(insert(_token).values(asdict(token)))
        except IntegrityError:
            raise NotAllowed(f"there is a token named {token.name} already") from None

    def revoke(self, name: str, at: int) -> bool:
        """Make a token invalid from `at` (epoch ms); False when no valid token has this name."""
        mine = update(_token).where(_token.c.name == name, _token.c.revoked_at.is_(None))
        return self._connection.execute(mine.values(revoked_at=at)).rowcount == 1


class TokenQueries:
    """Tokens, for reading."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find_by_hash(self, token_hash: str) -> Token | None:
        """Find the token with this SHA-256 in lower-case hex, valid or not."""
        row = self._connection.execute(select(_token).where(_token.c.hash == token_hash)).first()
        return None if row is None else _make_token(row)

    def list_all(self) -> list[Token]:
        """List every token, oldest first."""
        return [_make_token(row) for row in self._connection.execute(select(_token).order_by(_token.c.created_at, _token.c.name))]


def _make_token(row: Row[Any]) -> Token:
    return Token(row.hash, row.name, row.role, row.created_at, row.expires_at, row.revoked_at)
