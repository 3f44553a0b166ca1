"""Stores which messages a watch was working on when it died, until it is known which of them was the cause."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, delete, select

from homebeat.store.base.chunks import split_chunks
from homebeat.store.base.database import insert_into
from homebeat.store.operation import tables as operation_tables
from homebeat.store.reading import tables

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_meta = operation_tables.meta
_in_hand = tables.in_hand
_RUNS: Final = "watch_runs"


class InHandQueries:
    """Suspected messages, for reading."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def read_weights(self, digests: Sequence[bytes]) -> dict[bytes, int]:
        """Read the weight of suspicion on each of these; only those that a watch worked on when it died."""
        found: dict[bytes, int] = {}
        for some in split_chunks(digests):
            found.update(
                (r.digest, r.times) for r in self._connection.execute(select(_in_hand).where(_in_hand.c.digest.in_(some)))
            )
        return found


class InHand(InHandQueries):
    """Suspected messages, for writing."""

    def begin(self) -> bool:
        """Note that a watch runs; returns whether the one before it died."""
        was = self._connection.scalar(select(_meta.c.value).where(_meta.c.name == _RUNS))
        self._note(runs=1)
        return was == 1

    def end(self) -> None:
        """Note that the watch ended in order, and suspect no message any more."""
        self._note(runs=0)
        self.clear()

    def put(self, weights: Mapping[bytes, int]) -> None:
        """Write how much weight of suspicion is on each of these; doing it again changes nothing more."""
        new = insert_into(self._connection, _in_hand)
        again = new.on_conflict_do_update(index_elements=["digest"], set_={"times": new.excluded.times})
        self._connection.execute(again, [{"digest": digest, "times": weight} for digest, weight in weights.items()])

    def drop(self, digests: Sequence[bytes]) -> None:
        """Suspect these no longer: they are committed, so none of them was the cause."""
        for some in split_chunks(digests):
            self._connection.execute(delete(_in_hand).where(_in_hand.c.digest.in_(some)))

    def clear(self) -> None:
        """Suspect no message any more."""
        self._connection.execute(delete(_in_hand))

    def _note(self, *, runs: int) -> None:
        statement = insert_into(self._connection, _meta).values(name=_RUNS, value=runs)
        self._connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_={"value": runs}))
