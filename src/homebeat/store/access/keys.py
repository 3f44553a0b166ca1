"""Stores the keys of other systems: only their hashes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, bindparam, insert, literal, select, update
from sqlalchemy.exc import IntegrityError

from homebeat.domain.errors import NotAllowed
from homebeat.domain.principal import Grant
from homebeat.store.access import tables
from homebeat.store.access.accounts import has_role_in, read_grants
from homebeat.store.access.values import ApiKey
from homebeat.store.base import cursors
from homebeat.store.base.cursors import Page

if TYPE_CHECKING:
    from sqlalchemy import RowMapping

    from homebeat.domain.scope import Scope

_key, _grant = tables.api_key, tables.role_grant

#: A key with each of its roles. Every request asks for one: the statement is made once, and it is one way to the server and back.
_OF_DIGEST: Final = (
    select(_key, _grant.c.role, _grant.c.area)
    .outerjoin(_grant, _grant.c.holder == literal("key:") + _key.c.name)
    .where(_key.c.digest == bindparam("digest"))
    .order_by(_grant.c.id)
)


class ApiKeyQueries:
    """Keys, for reading."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find_by_digest(self, digest: str) -> ApiKey | None:
        """Find the key with this SHA-256 in lower-case hex, valid or not."""
        rows = self._connection.execute(_OF_DIGEST, {"digest": digest}).all()
        if not rows:
            return None
        fields = {column.name: getattr(rows[0], column.name) for column in _key.c}
        return ApiKey(**fields, grants=tuple(Grant(row.role, row.area) for row in rows if row.role is not None))

    def find(self, name: str) -> ApiKey | None:
        """Find the key of this name, valid or not."""
        row = self._connection.execute(select(_key).where(_key.c.name == name)).mappings().first()
        return None if row is None else self._make([row])[0]

    def list_all(self) -> list[ApiKey]:
        """List every key, oldest first."""
        return self._make(list(self._connection.execute(select(_key).order_by(_key.c.made_at, _key.c.name)).mappings()))

    def read_page(self, scope: Scope, limit: int, cursor: str | None = None) -> Page[ApiKey]:
        """Read a page of the keys that have a role in the scope, by name, revoked ones too; as `AccountQueries.read_page`."""
        query = select(_key).order_by(_key.c.name).limit(limit + 1)
        if scope.areas is not None:
            query = query.where(has_role_in(literal("key:") + _key.c.name, scope))
        if cursor is not None:
            (after,) = cursors.read(cursor, str)
            query = query.where(_key.c.name > after)
        return cursors.make_page(self._make(list(self._connection.execute(query).mappings())), limit, lambda key: (key.name,))

    def _make(self, rows: list[RowMapping]) -> list[ApiKey]:
        grants = read_grants(self._connection, [f"key:{row['name']}" for row in rows])
        return [_make_key(row, grants[f"key:{row['name']}"]) for row in rows]


class ApiKeys(ApiKeyQueries):
    """Keys, for writing."""

    def add(self, key: ApiKey) -> None:
        """Store a new key, without its roles.

        Raises:
            NotAllowed: The name is in use, perhaps by a revoked key: names stand in histories.
        """
        values = {column.name: getattr(key, column.name) for column in _key.c}
        try:
            self._connection.execute(insert(_key).values(values))
        except IntegrityError:
            raise NotAllowed(f"there is a key named {key.name} already") from None

    def revoke(self, name: str, at: int) -> bool:
        """Make a key invalid from `at` (epoch ms); False when no valid key has this name."""
        mine = update(_key).where(_key.c.name == name, _key.c.revoked_at.is_(None))
        return self._connection.execute(mine.values(revoked_at=at)).rowcount == 1

    def note_use(self, id_: str, at: int) -> None:
        """Write down that a key was used at `at` (epoch ms)."""
        self._connection.execute(update(_key).where(_key.c.id == id_).values(used_at=at))


def _make_key(row: RowMapping, grants: tuple[Grant, ...]) -> ApiKey:
    return ApiKey(**row, grants=grants)
