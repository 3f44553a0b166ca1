"""Which messages were in hand when a watch died: kept while it is not known which of them was the cause."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, delete, select

from homebeat.store.base.chunks import chunks
from homebeat.store.base.database import insert_into
from homebeat.store.operation import tables as operation_tables
from homebeat.store.reading import tables

if TYPE_CHECKING:
    from collections.abc import Sequence

_meta = operation_tables.meta
_in_hand = tables.in_hand
_RUNS: Final = "watch_runs"


class InHandQueries:
    """Messages in hand, for reading."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def times(self, digests: Sequence[bytes]) -> dict[bytes, int]:
        """The suspicion on each of these; only those with which in hand a watch died."""
        found: dict[bytes, int] = {}
        for some in chunks(digests):
            found.update(
                (r.digest, r.times) for r in self._connection.execute(select(_in_hand).where(_in_hand.c.digest.in_(some)))
            )
        return found


class InHand(InHandQueries):
    """Messages in hand, for writing."""

    def begin(self) -> bool:
        """Note that a watch runs; whether the one before it died."""
        was = self._connection.scalar(select(_meta.c.value).where(_meta.c.name == _RUNS))
        self._note(runs=1)
        return was == 1

    def end(self) -> None:
        """Note that the watch ended in order: nothing that was in hand is suspected any more."""
        self._note(runs=0)
        self.clear()

    def weigh(self, digests: Sequence[bytes], weight: int) -> None:
        """Add to the suspicion on each of these; a weight below 0 takes from it."""
        statement = insert_into(self._connection, _in_hand)
        again = statement.on_conflict_do_update(index_elements=["digest"], set_={"times": _in_hand.c.times + weight})
        self._connection.execute(again, [{"digest": digest, "times": weight} for digest in dict.fromkeys(digests)])

    def drop(self, digests: Sequence[bytes]) -> None:
        """They are committed: none of them was the cause."""
        for some in chunks(digests):
            self._connection.execute(delete(_in_hand).where(_in_hand.c.digest.in_(some)))

    def clear(self) -> None:
        """Nothing is suspected any more."""
        self._connection.execute(delete(_in_hand))

    def _note(self, *, runs: int) -> None:
        statement = insert_into(self._connection, _meta).values(name=_RUNS, value=runs)
        self._connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_={"value": runs}))
