"""Takes, renews and gives back the lease, so that only one watch works at a time."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from homebeat.domain.errors import Fenced, Unavailable
from homebeat.store import Fence, Store

#: How long a lease holds without a commit. After a hard death whose lock cannot be seen the next start waits for so long.
LEASE_MS: Final = 5_000
_KEPT_EVERY_S: Final = 1.0
#: A holder that has renewed its lease within this time lives, whatever the lock says.
_LIVES_MS: Final = 1_500
_log = logging.getLogger(__name__)


class Standby(Unavailable):
    """Another watch holds the lease; this one must wait."""


class Tenure:
    """The lease of one watch.

    Args:
        owner: Unique to this process among all that may watch this database.
    """

    def __init__(self, store: Store, owner: str, lease_ms: int = LEASE_MS) -> None:
        self._store, self._owner, self._lease_ms = store, owner, lease_ms
        self._watch_lock = store.make_watch_lock()
        self._fence: Fence | None = None
        self._waits_for = 0

    @property
    def fence(self) -> Fence:
        """The fence with which every writing transaction begins.

        Raises:
            Unavailable: The lease was not taken yet.
        """
        if self._fence is None:
            raise Unavailable("the watch does not hold the lease yet")
        return self._fence

    def take(self) -> None:
        """Take the lease, unless it is held already.

        Raises:
            Standby: Another watch holds it.
            Unavailable: The database is away.
        """
        if self._fence is not None:
            return
        # whoever has the lock knows that no other process of this installation watches: the holder of the lease is dead
        is_alone = self._watch_lock.lock()
        with self._store.begin() as tx:
            holder = tx.tenure.find_holder()
            is_dead = is_alone and holder.left_ms <= self._lease_ms - _LIVES_MS
            fence = tx.tenure.take(self._owner, self._lease_ms, instead_of=holder.epoch if is_dead else None)
        if fence is None:
            if self._waits_for != holder.epoch:
                self._waits_for = holder.epoch
                _log.warning("standby: another watch holds the lease (%s); this one waits until it ends", holder.owner)
            raise Standby(f"standby: another watch holds the lease ({holder.owner}, {holder.left_ms / 1000:.1f} s more)")
        self._fence = fence
        _log.info("this watch holds the lease, epoch %d", fence.epoch)

    @contextmanager
    def renew_meanwhile(self) -> Iterator[None]:
        """Renew the lease during work that commits nothing for long: a start that folds readings."""
        over, fence = threading.Event(), self.fence

        def keep() -> None:
            while not over.wait(_KEPT_EVERY_S):
                try:
                    with self._store.begin(fence):
                        pass
                except Unavailable:
                    continue
                except Fenced:
                    return  # the first commit finds out as well

        keeper = threading.Thread(target=keep, name="lease", daemon=True)
        keeper.start()
        try:
            yield
        finally:
            over.set()
            keeper.join()

    def end(self) -> None:
        """Give the lease back, so that another watch can start at once."""
        fence, self._fence = self._fence, None
        self._watch_lock.release()
        if fence is None:
            return
        try:
            with self._store.begin() as tx:
                tx.tenure.end(fence)
        except Unavailable as away:
            _log.warning("the lease was not given back, and runs out by itself: %s", away)
