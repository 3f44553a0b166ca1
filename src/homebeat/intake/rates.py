"""Bounds how often somebody may ask: a cloud that goes mad, and a stranger who guesses."""

from __future__ import annotations

from typing import Final

#: Wrong tries of one address within a minute; then it waits for the rest of it.
MOST_WRONG: Final = 100
_MINUTE_S: Final = 60.0
#: So many addresses are remembered; the oldest are forgotten first.
_MOST_ADDRESSES: Final = 10_000


class Bucket:
    """So many a second, and twice as many at once."""

    def __init__(self, a_second: float) -> None:
        self._a_second, self._most = a_second, 2.0 * a_second
        self._left, self._at_s = self._most, 0.0

    def take(self, now_s: float) -> bool:
        """Take one; False where none is left. `now_s` by a clock that never steps."""
        self._left = min(self._most, self._left + (now_s - self._at_s) * self._a_second)
        self._at_s = now_s
        if self._left < 1.0:
            return False
        self._left -= 1.0
        return True


class Strangers:
    """Wrong tries by address. An address from which something right came is no stranger's."""

    def __init__(self) -> None:
        self._wrong: dict[str, tuple[int, float]] = {}
        self._known: dict[str, None] = {}

    def may_ask(self, address: str, now_s: float) -> bool:
        """Whether a request from there is looked at."""
        count, since_s = self._wrong.get(address, (0, now_s))
        return address in self._known or count < MOST_WRONG or now_s - since_s > _MINUTE_S

    def note_wrong(self, address: str, now_s: float) -> None:
        """Note a wrong try."""
        count, since_s = self._wrong.pop(address, (0, now_s))
        self._wrong[address] = (count + 1, since_s) if now_s - since_s <= _MINUTE_S else (1, now_s)
        if len(self._wrong) > _MOST_ADDRESSES:
            del self._wrong[next(iter(self._wrong))]

    def note_right(self, address: str) -> None:
        """Note that something right came from there."""
        if address not in self._known:
            self._known[address] = None
            if len(self._known) > _MOST_ADDRESSES:
                del self._known[next(iter(self._known))]
