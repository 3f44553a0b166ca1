"""Keeps figures that take long to compute: a page shows what is there, says as of when, and never waits for the rest.

One thread computes, one figure after the other, so that a page of a whole city takes no more than one core. What has taken long
is kept for longer: computing may take a twentieth of the time.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from typing import Any, Final

_log = logging.getLogger(__name__)
#: A figure that took so long is kept for this many times as long.
_REST: Final = 20
#: So many figures are kept, and so many wait to be computed. Of more that wait the page says that they are not there yet.
_MOST: Final = 64
_MOST_WAITING: Final = 16


@dataclass(frozen=True, slots=True)
class Wanted:
    """A figure that a page wants.

    Attributes:
        key: What it is, and of whom: two readers with the same key get the same.
        compute: Computes it. It runs in another thread, and opens the database itself.
        keeps_ms: How long it may be shown before it is computed again.
    """

    key: Hashable
    compute: Callable[[], Any]
    keeps_ms: int


@dataclass(frozen=True, slots=True)
class Kept:
    """A figure as it is kept.

    Attributes:
        value: None while it was never computed.
        at: When its computing began, epoch ms.
        is_failing: The last try failed; the log says why.
    """

    value: Any = None
    at: int = 0
    took_ms: int = 0
    is_failing: bool = False


class Shelf:
    """Figures by their keys.

    Args:
        clock: Epoch ms.
    """

    def __init__(self, clock: Callable[[], int]) -> None:
        self._clock = clock
        self._done = threading.Condition()
        self._kept: dict[Hashable, Kept] = {}
        self._waiting: dict[Hashable, Wanted] = {}
        self._works = False

    def find(self, wanted: Iterable[Wanted], wait_s: float) -> list[Kept]:
        """Find figures; those that are missing or too old are computed, and waited for no longer than `wait_s` in all."""
        asked, now = list(wanted), self._clock()
        with self._done:
            for one in asked:
                if not self._is_fresh(one, now) and len(self._waiting) < _MOST_WAITING:
                    self._waiting.setdefault(one.key, one)
            self._start()
            self._done.wait_for(lambda: not any(one.key in self._waiting for one in asked), wait_s)
            return [self._kept.get(one.key, Kept()) for one in asked]

    def _is_fresh(self, one: Wanted, now: int) -> bool:
        kept = self._kept.get(one.key)
        return kept is not None and 0 <= now - kept.at < max(one.keeps_ms, _REST * kept.took_ms)

    def _start(self) -> None:
        """Start the thread, where there is something to compute and none runs; it ends when nothing waits."""
        if self._waiting and not self._works:
            self._works = True
            threading.Thread(target=self._run, name="figures", daemon=True).start()

    def _run(self) -> None:
        while True:
            with self._done:
                one = next(iter(self._waiting.values()), None)
                if one is None:
                    self._works = False
                    return
            kept = self._compute(one)
            with self._done:
                self._kept.pop(one.key, None)
                self._kept[one.key] = kept
                while len(self._kept) > _MOST:
                    del self._kept[next(iter(self._kept))]
                self._waiting.pop(one.key, None)
                self._done.notify_all()

    def _compute(self, one: Wanted) -> Kept:
        before = self._kept.get(one.key, Kept())
        try:
            at = self._clock()
            return Kept(one.compute(), at, self._clock() - at)
        except Exception:  # noqa: BLE001 -- the fence round a figure: it costs no other, and the page says that it is not there
            _log.exception("the figure %s could not be computed", one.key)
            return Kept(before.value, before.at, before.took_ms, is_failing=True)
