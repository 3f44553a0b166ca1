"""The one clock of a process: the database's. Between two reads the monotone clock continues it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final

from homebeat.bootstrap.runtime import read_steady_ms, read_wall_ms
from homebeat.domain.errors import Unavailable
from homebeat.domain.instants import TOLERANCE_MS
from homebeat.store import Store

_EVERY_S: Final = 1.0
#: An answer that took longer is not used: it does not say what time it is now.
_SLOW_MS: Final = 2_000


class DatabaseClock:
    """Epoch ms UTC by the database's clock, for everything that is stored or compared with what is stored.

    Processes on several machines agree on it, whatever their own clocks say. On SQLite it is this machine's wall clock. While the
    database is away it goes on by itself. Safe to use from many threads.
    """

    def __init__(self, store: Store, wall: Callable[[], int] = read_wall_ms, steady: Callable[[], int] = read_steady_ms) -> None:
        self._store, self._wall, self._steady = store, wall, steady
        self._offset = wall() - steady()

    def __call__(self) -> int:
        """Now, epoch ms."""
        return self._steady() + self._offset

    def look(self) -> None:
        """Read the database's clock; it is used until the next read.

        Raises:
            Unavailable: It is away.
        """
        asked = self._steady()
        said = self._store.read_now()
        took = self._steady() - asked
        if took <= _SLOW_MS:
            self._offset = said - asked - took // 2

    def run(self, stop: threading.Event) -> None:
        """Read the clock each second until `stop` is set."""
        while not stop.wait(_EVERY_S):
            try:
                self.look()
            except Unavailable:
                continue  # the parts that need the database say so

    def wrong(self) -> str | None:
        """What is wrong with this machine's own clock, which the log and the check of certificates use; None when it is right."""
        apart_ms = self._wall() - self()
        if abs(apart_ms) <= TOLERANCE_MS:
            return None
        way = "ahead of" if apart_ms > 0 else "behind"
        return f"this machine's clock is {abs(apart_ms) / 1000:.0f} s {way} the database's: set it"
