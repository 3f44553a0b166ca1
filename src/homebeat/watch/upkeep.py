"""Does the database's housekeeping when the loop has time: indexes readings by device, and deletes old rows. One slice a turn."""

from __future__ import annotations

import logging
from typing import Final

from homebeat.actions import CutAudit, perform_in
from homebeat.domain.durations import MS
from homebeat.domain.errors import Unavailable
from homebeat.domain.principal import make_service
from homebeat.store import Keep, Signer, Store
from homebeat.store.operation.retention import SLICE_ROWS
from homebeat.watch.tenure import Tenure

#: How many readings one slice indexes by device: about 0.1 s on SQLite.
_SETTLE_ROWS: Final = 20_000
#: Small ticks may follow each other closely; their few readings are entered together.
_SETTLE_EVERY_MS: Final = 1_000
#: Whose act it is to cut the audit.
RETENTION: Final = make_service("retention")
_log = logging.getLogger(__name__)


class Upkeep:
    """The database's housekeeping. A tick never waits for more than one slice of it, and never fails because of it.

    Args:
        tenure: The lease under which it writes.
        keep: How long rows are kept.
        prune_ms: How often to look for rows that are too old.
        signer: Signs how far the audit was cut; without one its old rows stay.
    """

    def __init__(self, store: Store, tenure: Tenure, keep: Keep, prune_ms: int, signer: Signer | None = None) -> None:
        self._store, self._tenure, self._keep, self._prune_ms, self._signer = store, tenure, keep, prune_ms, signer
        self._is_settled = False  # of what an earlier process left behind nothing is known
        self._settled_at: int | None = None
        self._is_pruned = False
        self._pruned_at = 0
        self.pruned = 0

    def note_append(self) -> None:
        """Note that readings were appended, so there is something to index."""
        self._is_settled = False

    def turn(self, now: int, steady: int, *, may_forget: bool = True) -> None:
        """Do one slice of whatever is due. What the database refuses is tried again at a later turn.

        Args:
            now: The database's clock, epoch ms: what is too old by it is forgotten.
            steady: A monotone clock, ms: how often that is.
            may_forget: False while the clock is in doubt: what a wrong clock calls old must not be lost.
        """
        try:
            self._settle(steady)
            if may_forget:
                self._prune(now, steady)
        except Unavailable as away:
            _log.info("housekeeping waits: %s", away)

    def _settle(self, steady: int) -> None:
        if self._is_settled or (self._settled_at is not None and steady - self._settled_at < _SETTLE_EVERY_MS):
            return
        self._settled_at = steady
        with self._store.begin(self._tenure.fence) as tx:
            rows = tx.readings.index_by_device(_SETTLE_ROWS)
        self._is_settled = rows < _SETTLE_ROWS

    def _prune(self, now: int, steady: int) -> None:
        if self._is_pruned and steady - self._pruned_at < self._prune_ms:
            return
        self._is_pruned = True  # also when it fails: a table in use is asked for again in an hour, not at once
        self._pruned_at = steady
        with self._store.begin(self._tenure.fence) as tx:
            gone = tx.retention.prune(self._keep, now)
            if gone == 0 and self._signer is not None and self._keep.alerts is not None:
                cut = CutAudit(now - self._keep.alerts // MS, SLICE_ROWS, now, self._signer)
                old = perform_in(tx, RETENTION, cut, now)
                gone = old.count if old is not None else 0
        self.pruned += gone
        self._is_pruned = gone == 0
