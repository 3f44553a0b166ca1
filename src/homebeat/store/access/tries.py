"""Stores wrong tries to sign in, as `identity.lockout` counts them, and the networks from which people have signed in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, delete, select

from homebeat.store.access import tables
from homebeat.store.base.among import match_any
from homebeat.store.base.database import insert_into

if TYPE_CHECKING:
    from collections.abc import Sequence

_tries, _known = tables.wrong_tries, tables.known_network


class Tries:
    """Wrong tries, in a writing transaction: of many that are sent at once, each finds what the one before has stored."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def lock(self, ids: Sequence[str]) -> dict[str, int]:
        """Read when all tries of these ids are back, epoch ms; 0 for none. Nobody else counts them until this is committed."""
        for one in sorted(ids):
            fresh = insert_into(self._connection, _tries).values(id=one, full_at=0)
            self._connection.execute(fresh.on_conflict_do_nothing())
        query = select(_tries).where(match_any(_tries.c.id, ids)).order_by(_tries.c.id).with_for_update()
        return {row.id: row.full_at for row in self._connection.execute(query)}

    def put(self, one: str, full_at: int) -> None:
        """Store when all tries of an id are back, epoch ms."""
        statement = insert_into(self._connection, _tries).values(id=one, full_at=full_at)
        self._connection.execute(
            statement.on_conflict_do_update(index_elements=["id"], set_={"full_at": statement.excluded.full_at})
        )

    def forget(self, one: str) -> None:
        """Forget the wrong tries of an id."""
        self._connection.execute(delete(_tries).where(_tries.c.id == one))

    def is_known(self, account: str, network: str) -> bool:
        """Whether this account has signed in from this network before."""
        mine = select(_known.c.account).where(_known.c.account == account, _known.c.network == network)
        return self._connection.scalar(mine) is not None

    def note_network(self, account: str, network: str) -> None:
        """Note that this account has signed in from this network."""
        values = insert_into(self._connection, _known).values(account=account, network=network)
        self._connection.execute(values.on_conflict_do_nothing())
