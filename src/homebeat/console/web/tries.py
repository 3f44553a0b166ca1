"""How often somebody may try to sign in with a wrong token: tokens cannot be guessed, so this bounds load and noise, not risk."""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

#: Wrong tries of one address in a row, and how often one more is allowed afterwards.
BURST: Final = 10
EVERY_S: Final = 10.0
#: The same for everybody who has failed lately, together.
BURST_OF_ALL: Final = 100
EVERY_S_OF_ALL: Final = 0.2
#: Addresses that are remembered; of more, the one that failed longest ago is forgotten.
MOST_ADDRESSES: Final = 10_000


@dataclass(slots=True)
class _Allowance:
    """Tries left, refilled with time."""

    left: float
    at_s: float

    def refill(self, now_s: float, most: int, every_s: float) -> None:
        self.left = min(most, self.left + (now_s - self.at_s) / every_s)
        self.at_s = now_s


class SignInTries:
    """Counts wrong tries. Whoever has not failed lately is always let in, whatever others do. Safe to share between threads.

    Args:
        clock: Seconds, monotone.
        proxies: Addresses behind which many people stand: counted with everybody together only.
    """

    def __init__(self, clock: Callable[[], float], proxies: Sequence[str] = ()) -> None:
        self._clock, self._proxies = clock, frozenset(proxies)
        self._lock = threading.Lock()
        self._of: OrderedDict[str, _Allowance] = OrderedDict()
        self._all = _Allowance(BURST_OF_ALL, clock())

    def wait_s(self, address: str) -> int:
        """How long this address has to wait before its next try; 0 when it need not."""
        with self._lock:
            now = self._clock()
            self._all.refill(now, BURST_OF_ALL, EVERY_S_OF_ALL)
            mine = self._of.get(address)
            if mine is not None:
                mine.refill(now, BURST, EVERY_S)
                if mine.left < 1:
                    return math.ceil((1 - mine.left) * EVERY_S)
            has_failed = mine is not None or address in self._proxies
            return 1 if has_failed and self._all.left < 1 else 0

    def fail(self, address: str) -> None:
        """Note a wrong try."""
        with self._lock:
            now = self._clock()
            self._all.left = max(0.0, self._all.left - 1)
            if address in self._proxies:
                return
            mine = self._of.setdefault(address, _Allowance(BURST, now))
            mine.refill(now, BURST, EVERY_S)
            mine.left -= 1
            self._of.move_to_end(address)
            if len(self._of) > MOST_ADDRESSES:
                self._of.popitem(last=False)

    def succeed(self, address: str) -> None:
        """Note a right one: wrong tries before it no longer count."""
        with self._lock:
            self._of.pop(address, None)
