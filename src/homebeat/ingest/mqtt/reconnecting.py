"""Decides when to try a broker again, and detects that another client uses our client id."""

from __future__ import annotations

import random
from collections import deque
from typing import Final

_SHORTEST_S: Final = 1.0
_LONGEST_S: Final = 30.0
_WINDOW_S: Final = 60.0
_SHORT_LIFE_S: Final = 15.0
_KICKS: Final = 3


class Backoff:
    """Decorrelated jitter between 1 and 30 s: many clients of one broker come back at different moments."""

    def __init__(self, rng: random.Random, shortest_s: float = _SHORTEST_S, longest_s: float = _LONGEST_S) -> None:
        self._rng = rng
        self._shortest_s = shortest_s
        self._longest_s = longest_s
        self._last_s = 0.0

    def choose_wait_s(self) -> float:
        """Choose how long to wait before the next try, seconds."""
        upper_s = min(self._longest_s, max(self._last_s * 3, self._shortest_s))
        self._last_s = self._rng.uniform(self._shortest_s, upper_s) if self._last_s else self._shortest_s * self._rng.random()
        self._last_s = max(self._last_s, self._shortest_s / 10)
        return self._last_s

    def reset(self) -> None:
        """Start again with short waits: the connection has proven itself."""
        self._last_s = 0.0


class Takeovers:
    """Counts connections that ended soon after they began.

    A broker closes a session's old connection when a second client comes with the same id; the two then throw each other
    out for ever. Three short lives within a minute are taken for that.
    """

    def __init__(self, window_s: float = _WINDOW_S, short_life_s: float = _SHORT_LIFE_S) -> None:
        self._window_s = window_s
        self._short_life_s = short_life_s
        self._ends: deque[float] = deque()

    def note_end(self, lived_s: float, now_s: float) -> None:
        """Note that an accepted connection ended although we did not close it; `now_s` is monotonic."""
        if lived_s < self._short_life_s:
            self._ends.append(now_s)

    def count(self, now_s: float) -> int:
        """Count short connections within the last minute."""
        while self._ends and self._ends[0] < now_s - self._window_s:
            self._ends.popleft()
        return len(self._ends)

    def is_contested(self, now_s: float) -> bool:
        """Whether another client seems to use our client id."""
        return self.count(now_s) >= _KICKS
