"""Claimed notices waiting for a worker, one lane per endpoint, so that a slow receiver holds up its own lane and no other."""

from __future__ import annotations

from collections import OrderedDict, deque
from dataclasses import dataclass, field

from homebeat.store import Leased


@dataclass(slots=True)
class _Lane:
    waiting: deque[str] = field(default_factory=deque)
    running: int = 0


class Lanes:
    """Fair between endpoints, in order within one. Not thread-safe: its owner holds a lock.

    Args:
        per_endpoint: Attempts at one endpoint at the same time, at most.
    """

    def __init__(self, per_endpoint: int) -> None:
        self._per_endpoint = per_endpoint
        self._lanes: OrderedDict[str, _Lane] = OrderedDict()
        self._held: dict[str, Leased] = {}
        self._running: set[str] = set()

    @property
    def held(self) -> int:
        """Notices waiting."""
        return len(self._held)

    @property
    def running(self) -> int:
        """Notices taken and not done."""
        return len(self._running)

    def put(self, notice: Leased, endpoint: str) -> None:
        """Queue a notice. One that waits already gets its new lease; one that is running is left alone."""
        if notice.id in self._running:
            return
        if notice.id not in self._held:
            self._lanes.setdefault(endpoint, _Lane()).waiting.append(notice.id)
        self._held[notice.id] = notice

    def take(self) -> tuple[Leased, str] | None:
        """The next notice whose endpoint is free, and that endpoint; None when all must wait."""
        for endpoint, lane in self._lanes.items():
            if lane.waiting and lane.running < self._per_endpoint:
                lane.running += 1
                notice = self._held.pop(lane.waiting.popleft())
                self._running.add(notice.id)
                self._lanes.move_to_end(endpoint)
                return notice, endpoint
        return None

    def done(self, notice: Leased, endpoint: str) -> None:
        """An attempt has ended; its endpoint is free for one more."""
        self._running.discard(notice.id)
        lane = self._lanes[endpoint]
        lane.running -= 1
        if not lane.running and not lane.waiting:
            del self._lanes[endpoint]

    def clear(self) -> list[Leased]:
        """Let everything that waits go; returns it."""
        waiting = list(self._held.values())
        self._held.clear()
        for lane in self._lanes.values():
            lane.waiting.clear()
        return waiting
