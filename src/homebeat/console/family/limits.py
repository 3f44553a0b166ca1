"""Bounds how often the family's page is asked for, in the memory of this process: nothing is written, so no alarm waits for it.

A secret of 256 bits cannot be guessed. What is bounded is the work that strangers can cause: wrong links are counted by network,
as wrong passwords are (`identity.lockout`), and a network that has used up its tries is answered without a look at the database.
A link that was good a moment ago still opens there: neighbours hold no family up. And of one link, looks are counted, because
each of them is a row of the audit.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Final

from homebeat.identity.lockout import NETWORK, TryLimit, count_try, find_wait_ms

#: Of one link: somebody who waits for news loads the page once a minute, and several people may share the message.
LOOKS: Final = TryLimit(most=60, every_ms=5_000)
#: Of codes, by everybody together. Of 28^8 codes ten thousand may be good at a time: a try a second finds one in a year.
CODES: Final = TryLimit(most=100, every_ms=1_000)
#: How many networks and links are remembered; the one that was used longest ago is forgotten first.
REMEMBERED: Final = 10_000


class FamilyLimits:
    """Counts of one process; safe to share between threads. Times are epoch ms."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._networks: OrderedDict[str, int] = OrderedDict()
        self._links: OrderedDict[str, int] = OrderedDict()
        self._codes: int | None = None

    def find_wait_s(self, network: str, link_id: str, now: int) -> int:
        """Find how long to wait before a link is looked for, s; 0 for not at all."""
        with self._lock:
            looks = self._links.get(link_id)
            wait_ms = (
                find_wait_ms(self._networks.get(network), NETWORK, now) if looks is None else find_wait_ms(looks, LOOKS, now)
            )
        return -(-wait_ms // 1000)

    def count_wrong(self, network: str, link_id: str, now: int) -> None:
        """Count a link that opened nothing."""
        with self._lock:
            self._links.pop(link_id, None)
            _put(self._networks, network, count_try(self._networks.get(network), NETWORK, now))

    def find_code_wait_s(self, network: str, now: int) -> int:
        """Find how long to wait before a code is looked for, s; 0 for not at all."""
        with self._lock:
            wait_ms = max(find_wait_ms(self._networks.get(network), NETWORK, now), find_wait_ms(self._codes, CODES, now))
        return -(-wait_ms // 1000)

    def count_wrong_code(self, network: str, now: int) -> None:
        """Count a code that opened nothing."""
        with self._lock:
            self._codes = count_try(self._codes, CODES, now)
            _put(self._networks, network, count_try(self._networks.get(network), NETWORK, now))

    def count_look(self, link_id: str, now: int) -> None:
        """Count a look through a good link."""
        with self._lock:
            _put(self._links, link_id, count_try(self._links.get(link_id), LOOKS, now))


def _put(counted: OrderedDict[str, int], one: str, full_at: int) -> None:
    counted[one] = full_at
    counted.move_to_end(one)
    if len(counted) > REMEMBERED:
        counted.popitem(last=False)
