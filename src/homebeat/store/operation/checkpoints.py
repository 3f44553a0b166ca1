"""Stores the engine's state with the log position that it includes. It is made of parts, and each part is stored once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, delete, func, insert, literal, select

from homebeat.domain.errors import NotFound
from homebeat.store.base.chunks import split_chunks
from homebeat.store.base.database import insert_into
from homebeat.store.operation import tables
from homebeat.store.operation.values import Checkpoint

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Set as AbstractSet

    from sqlalchemy import Row

_checkpoint, _part, _use = tables.checkpoint, tables.checkpoint_part, tables.checkpoint_use
#: How many checkpoints are kept: an older release that is rolled back to may not be able to read the newest.
KEPT: Final = 3


class CheckpointParts(Mapping[bytes, bytes]):
    """Parts by digest; each is read when it is needed."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def __getitem__(self, digest: bytes) -> bytes:
        content: bytes | None = self._connection.scalar(select(_part.c.content).where(_part.c.digest == digest))
        if content is None:
            raise KeyError(digest)
        return content

    def __iter__(self) -> Iterator[bytes]:
        return iter([bytes(digest) for digest in self._connection.scalars(select(_part.c.digest))])

    def __len__(self) -> int:
        return self._connection.scalar(select(func.count()).select_from(_part)) or 0


class CheckpointQueries:
    """Checkpoints, for reading."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.parts = CheckpointParts(connection)

    def find_latest(self, version: str | None = None) -> Checkpoint | None:
        """Find the newest checkpoint, or the newest of a version; None when there is none."""
        query = select(_checkpoint).order_by(_checkpoint.c.id.desc()).limit(1)
        if version is not None:
            query = query.where(_checkpoint.c.version == version)
        row: Row[tuple[int, int, int, str, bytes]] | None = self._connection.execute(query).first()
        return None if row is None else Checkpoint(row.position, row.at, row.version, bytes(row.state))


class Checkpoints(CheckpointQueries):
    """Checkpoints, for writing: first the parts, in one or several transactions; `put` makes them a checkpoint."""

    def add_parts(self, parts: Mapping[bytes, bytes]) -> None:
        """Write parts by digest; existing ones stay."""
        if parts:
            rows = [{"digest": digest, "content": content} for digest, content in parts.items()]
            self._connection.execute(insert_into(self._connection, _part).on_conflict_do_nothing(), rows)

    def put(self, checkpoint: Checkpoint, uses: AbstractSet[bytes] = frozenset()) -> None:
        """Store this checkpoint, made of these parts; keep the two before it.

        Raises:
            NotFound: A part was never written.
        """
        made = self._connection.execute(
            insert(_checkpoint).values(
                position=checkpoint.position, at=checkpoint.at, version=checkpoint.version, state=checkpoint.state
            )
        )
        (number,) = made.inserted_primary_key or (None,)
        found = 0
        for some in split_chunks(uses):
            parts = select(literal(number), _part.c.id).where(_part.c.digest.in_(some))
            use = insert(_use).from_select(["checkpoint", "part"], parts).execution_options(preserve_rowcount=True)
            found += self._connection.execute(use).rowcount
        if found != len(uses):
            raise NotFound(f"{len(uses) - found} parts of the checkpoint were never written")
        newest = select(_checkpoint.c.id).order_by(_checkpoint.c.id.desc()).limit(KEPT)
        self._connection.execute(delete(_use).where(_use.c.checkpoint.not_in(newest)))
        self._connection.execute(delete(_checkpoint).where(_checkpoint.c.id.not_in(newest)))

    def sweep(self, limit: int) -> list[bytes]:
        """Delete up to `limit` parts that no checkpoint uses; returns their digests. Never between `add_parts` and `put`."""
        unused = select(_part.c.id, _part.c.digest).where(~select(_use.c.part).where(_use.c.part == _part.c.id).exists())
        found = self._connection.execute(unused.limit(limit)).all()
        self._connection.execute(delete(_part).where(_part.c.id.in_([row.id for row in found])))
        return [bytes(row.digest) for row in found]
