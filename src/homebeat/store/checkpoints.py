"""Engine state, kept with the log position it includes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, delete, insert, select

from homebeat.store import tables
from homebeat.store.rows import Checkpoint

if TYPE_CHECKING:
    from sqlalchemy import Row

_checkpoint = tables.checkpoint
#: How many are kept: the newest may be of a version that a rolled-back release cannot read.
KEPT: Final = 3


class Checkpoints:
    """Checkpoints, newest last."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, checkpoint: Checkpoint) -> None:
        """Keep this one and the two before it."""
        self._connection.execute(
            insert(_checkpoint).values(
                position=checkpoint.position, at=checkpoint.at, version=checkpoint.version, state=checkpoint.state
            )
        )
        newest = select(_checkpoint.c.id).order_by(_checkpoint.c.id.desc()).limit(KEPT)
        self._connection.execute(delete(_checkpoint).where(_checkpoint.c.id.not_in(newest)))

    def latest(self, version: str | None = None) -> Checkpoint | None:
        """The newest, or the newest of a version; None when there is none."""
        query = select(_checkpoint).order_by(_checkpoint.c.id.desc()).limit(1)
        if version is not None:
            query = query.where(_checkpoint.c.version == version)
        row: Row[tuple[int, int, int, str, bytes]] | None = self._connection.execute(query).first()
        return None if row is None else Checkpoint(row.position, row.at, row.version, bytes(row.state))
