"""Keeps what is dear to read for a short time, so that many looks cost one."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from threading import Lock
from typing import Final, Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
_MOST: Final = 100


class RecentValues(Generic[K, V]):
    """Values by key, each for some time; safe to share between threads. While one is read, others wait for it.

    Args:
        last_ms: How long a value is kept, ms.
    """

    def __init__(self, last_ms: int) -> None:
        self._last_ms = last_ms
        self._lock = Lock()
        self._found: dict[K, tuple[int, V]] = {}

    def get(self, key: K, now: int, read: Callable[[], V]) -> V:
        """Get a value that is not older than that at `now` (epoch ms): the one that is kept, or else what `read` gives."""
        with self._lock:
            kept = self._found.get(key)
            if kept is not None and kept[0] <= now < kept[0] + self._last_ms:
                return kept[1]
            value = read()
            self._found.pop(key, None)  # what was read last stands last
            self._found[key] = now, value
            if len(self._found) > _MOST:
                del self._found[next(iter(self._found))]
            return value
