"""Wakes the live streams: one look at the end of the change log per process, however many people watch."""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from typing import Final

from homebeat.domain.errors import Unavailable
from homebeat.store import Store

#: How often the database is asked while somebody watches; also the most often a page changes.
LOOK_EVERY_S: Final = 0.2


class ChangeFeed:
    """Tells waiting streams that something changed. The database is the truth; this only saves asking it once per stream.

    Safe for any number of streams of one event loop. Nothing runs while nobody watches.
    """

    def __init__(self, store: Store, *, look_every_s: float = LOOK_EVERY_S) -> None:
        self._store = store
        self._look_every_s = look_every_s
        self._looking = asyncio.Lock()
        self._seen = 0
        self._seen_at = float("-inf")
        self._closed = threading.Event()

    @property
    def is_closed(self) -> bool:
        """Whether every stream must end."""
        return self._closed.is_set()

    def close(self) -> None:
        """End every stream within one look; may be called from any thread or signal handler."""
        self._closed.set()

    async def last(self) -> int:
        """The id of the newest change, at most `look_every_s` old; when the database is away, the last one seen."""
        async with self._looking:
            if asyncio.get_running_loop().time() - self._seen_at >= self._look_every_s:
                with suppress(Unavailable):  # a stream learns of it by its next tick, it need not break
                    self._seen = await asyncio.to_thread(self._store.find_newest_change)
                self._seen_at = asyncio.get_running_loop().time()
            return self._seen

    async def wait(self, after: int, timeout_s: float) -> int:
        """Wait until there is a change with an id above `after`, the time is over, or the feed closes; returns the newest id."""
        ends = asyncio.get_running_loop().time() + timeout_s
        while True:
            newest = await self.last()
            left = ends - asyncio.get_running_loop().time()
            if newest > after or left <= 0 or self.is_closed:
                return newest
            await asyncio.sleep(min(self._look_every_s, left))
