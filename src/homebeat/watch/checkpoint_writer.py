"""Writes checkpoints beside the loop: the state after one tick, written in slices during the next ones.

A checkpoint needs no tick's transaction: it holds the state that follows from the log up to its position, and that position is
committed before. Until its head is written it does not exist, and a start uses the one before it.
"""

from __future__ import annotations

import logging
from typing import Final

from homebeat.domain.errors import Unavailable
from homebeat.domain.failpoints import Failpoints
from homebeat.domain.scope import EVERYTHING
from homebeat.engine import checkpoint
from homebeat.engine.checkpoint import SavedState
from homebeat.engine.engine import Engine
from homebeat.store import Checkpoint, Store
from homebeat.watch.memory import return_memory
from homebeat.watch.tenure import Tenure

#: How many parts of a megabyte one turn writes, and how many it deletes: an SOS never waits longer than that takes.
_WRITTEN: Final = 6
_SWEPT: Final = 8
_log = logging.getLogger(__name__)


class CheckpointWriter:
    """Copies the engine's state, and writes it turn by turn.

    Args:
        store: Where to. tenure: the lease under which.
        failpoint: Called between the slices.
    """

    def __init__(self, store: Store, tenure: Tenure, failpoint: Failpoints) -> None:
        self._store, self._tenure, self._failpoint = store, tenure, failpoint
        self._known: set[bytes] | None = None
        self._saved: SavedState | None = None
        self._head = Checkpoint(0, 0, checkpoint.VERSION, b"")
        self._waiting: dict[bytes, bytes] = {}
        self._has_unused = True  # of what an earlier process left behind nothing is known

    @property
    def is_busy(self) -> bool:
        """Whether a checkpoint is being written."""
        return self._saved is not None

    def take(self, engine: Engine) -> None:
        """Copy the state after a committed tick.

        Raises:
            Unavailable: The database is away.
        """
        with self._store.read(EVERYTHING) as reader:
            position = reader.log.find_end()
            if self._known is None:
                self._known = set(reader.checkpoints.parts)
        self._saved = checkpoint.save(engine, self._known)
        self._waiting = dict(self._saved.parts)
        self._head = Checkpoint(position, engine.now, checkpoint.VERSION, self._saved.head)

    def turn(self) -> None:
        """Write a slice of the copy, or delete some parts that no checkpoint uses. What fails is tried again."""
        try:
            if self._saved is not None:
                self._write(self._saved)
            elif self._has_unused and self._known is not None:
                with self._store.begin(self._tenure.fence) as tx:
                    unused = tx.checkpoints.sweep(_SWEPT)
                self._known.difference_update(unused)
                self._has_unused = bool(unused)
        except Unavailable as away:
            _log.info("the checkpoint waits: %s", away)

    def finish(self) -> None:
        """Write the rest of the copy.

        Raises:
            Unavailable: The database is away.
        """
        while self._saved is not None:
            self._write(self._saved)

    def _write(self, saved: SavedState) -> None:
        some = {digest: self._waiting[digest] for digest in list(self._waiting)[:_WRITTEN]}
        with self._store.begin(self._tenure.fence) as tx:
            tx.checkpoints.add_parts(some)
            if len(some) == len(self._waiting):
                tx.checkpoints.put(self._head, saved.uses)
            self._failpoint("watch.before_checkpoint")
        for digest in some:
            del self._waiting[digest]
        if not self._waiting:
            self._saved, self._has_unused = None, True
            self._known = {*(self._known or ()), *saved.uses}
            return_memory()
