"""Reads the figures in the header of the desk, and keeps those for a while that cost much to read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from threading import Lock
from typing import Any, Final

from homebeat.domain.alert import Queue
from homebeat.domain.principal import Grant
from homebeat.store import AlertRates, ReadSession

#: How old rates may become: they read the alerts of a day, and windows are read with every change.
LASTS_MS: Final = 15_000
#: A count of people by state reads all of them. It is kept for a millisecond for so many people: for 10 s where a million are
#: watched over, and in a community not at all.
PEOPLE_A_MS: Final = 100
#: So many figures are kept.
_KEPT: Final = 400


class HeaderFigures:
    """Reads the figures; safe to share between threads."""

    def __init__(self, people_a_ms: float = PEOPLE_A_MS) -> None:
        self._people_a_ms = people_a_ms
        self._lock = Lock()
        self._kept: dict[tuple[object, ...], tuple[int, int, Any]] = {}

    def read_rates(self, reader: ReadSession, queue: Queue, grants: Iterable[Grant], now: int) -> AlertRates:
        """Read how fast alerts of a queue come and are taken, in the areas of these roles; `now`: epoch ms."""
        found: AlertRates
        found, _ = self._read(("rates", queue, frozenset(grants)), now, lambda: reader.alerts.count_rates(queue, now))
        return found

    def read_states(self, reader: ReadSession, grants: Iterable[Grant], now: int) -> tuple[Mapping[str, int], int | None]:
        """Read how many people are in each state, in the areas of these roles.

        Args:
            reader: In the scope of these roles.
            grants: The roles.
            now: Epoch ms.

        Returns:
            The counts, and until when they may be older than the reader, epoch ms; None where they were counted just now.
        """
        return self._read(("states", frozenset(grants)), now, reader.homes.count_states, self._find_last)

    def _find_last(self, counts: Mapping[str, int]) -> int:
        return int(sum(counts.values()) / self._people_a_ms)

    def _read(
        self, key: tuple[object, ...], now: int, read: Callable[[], Any], lasts_ms: Callable[[Any], int] = lambda _: LASTS_MS
    ) -> tuple[Any, int | None]:
        with self._lock:
            read_at, until, found = self._kept.get(key, (0, 0, None))
        if found is not None and read_at <= now < until:
            return found, until
        found = read()
        with self._lock:
            self._kept.pop(key, None)
            self._kept[key] = (now, now + lasts_ms(found), found)
            if len(self._kept) > _KEPT:
                del self._kept[next(iter(self._kept))]
        return found, None
