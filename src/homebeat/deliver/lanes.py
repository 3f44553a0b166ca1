"""Queues claimed notices for workers, in one lane per receiver, so that a slow receiver delays only its own lane."""

from __future__ import annotations

from collections import OrderedDict, deque
from dataclasses import dataclass, field
from typing import Final

from homebeat.store import Leased, Shares

#: How many receivers are remembered as answering or not; how many of those that answer a claim names.
_REMEMBERED: Final = 10_000
_NAMED: Final = 500


@dataclass(slots=True)
class _Lane:
    waiting: deque[str] = field(default_factory=deque)
    running: int = 0


class Lanes:
    """Lanes that are fair between receivers, and in order within one. Not thread-safe: its owner holds a lock.

    A receiver that did not answer in time, or was not tried since the start, gets one attempt at a time until it answers. Half of
    the workers, and half of the places to wait, are reserved for other attempts. Receivers that do not answer, and second
    attempts at receivers that are not known yet, may not use them.

    Args:
        per_endpoint: How many attempts one receiver that answers may have at the same time.
        workers: How many attempts may run at the same time.
        held: How many notices may wait.
    """

    def __init__(self, per_endpoint: int, workers: int, held: int) -> None:
        self._per_endpoint = per_endpoint
        self._workers, self._slow_workers = workers, workers - workers // 2
        self._most_held = held
        self._lanes: OrderedDict[str, _Lane] = OrderedDict()
        self._held: dict[str, Leased] = {}
        self._running: set[str] = set()
        self._slow: set[str] = set()  # of the running ones
        self._answers: OrderedDict[str, bool] = OrderedDict()
        self._has_more: set[str] = set()

    @property
    def held(self) -> int:
        """How many notices wait."""
        return len(self._held)

    @property
    def running(self) -> int:
        """How many attempts run."""
        return len(self._running)

    @property
    def room(self) -> int:
        """How many more notices may wait."""
        return self._most_held - len(self._held)

    def compute_shares(self) -> Shares:
        """Compute what a claim may take: for each receiver as many as can begin now."""
        full = {name for name, lane in self._lanes.items() if lane.running + len(lane.waiting) >= self._find_limit(name)}
        first_only = sum(map(self._is_slow, self._held.values())) * 2 >= self._most_held
        if first_only:
            full |= {name for name, answers in self._answers.items() if not answers}
        latest = [name for name in reversed(self._answers) if self._answers[name] and name not in full][:_NAMED]
        return Shares(1, frozenset(latest), self._per_endpoint, frozenset(full), first_only)

    def put(self, notices: list[Leased]) -> None:
        """Queue claimed notices. One that waits already gets its new lease; nothing happens to one that is running."""
        came: dict[str, int] = {}
        for notice in notices:
            came[notice.endpoint] = came.get(notice.endpoint, 0) + 1
            if notice.id in self._running:
                continue
            if notice.id not in self._held:
                self._lanes.setdefault(notice.endpoint, _Lane()).waiting.append(notice.id)
            self._held[notice.id] = notice
        self._has_more |= {name for name, count in came.items() if count >= self._find_limit(name)}

    def take(self) -> Leased | None:
        """The most urgent notice whose receiver is free, of the receiver that has waited longest; None when all must wait."""
        if len(self._running) >= self._workers:
            return None
        best: tuple[int, str] | None = None
        for name, lane in self._lanes.items():
            if not lane.waiting or lane.running >= self._find_limit(name):
                continue
            notice = self._held[lane.waiting[0]]
            if best is not None and best[0] <= notice.priority_rank:
                continue
            if self._is_slow(notice) and len(self._slow) >= self._slow_workers:
                continue
            best = (notice.priority_rank, name)
            if notice.priority_rank == 0:
                break
        return self._begin(best[1]) if best is not None else None

    def finish(self, notice: Leased, answers: bool | None) -> bool:  # noqa: FBT001 -- the outcome, not a switch
        """Note that an attempt has ended: its receiver is free for one more.

        Args:
            notice: The notice of the attempt.
            answers: Whether the receiver answered in time; None when nothing was sent to it.

        Returns:
            Whether more of the same receiver waits in the outbox.
        """
        self._running.discard(notice.id)
        self._slow.discard(notice.id)
        if answers is not None:
            self._answers[notice.endpoint] = answers
            self._answers.move_to_end(notice.endpoint)
            if len(self._answers) > _REMEMBERED:
                self._answers.popitem(last=False)
        lane = self._lanes[notice.endpoint]
        lane.running -= 1
        if not lane.running and not lane.waiting:
            del self._lanes[notice.endpoint]
        has_more = notice.endpoint in self._has_more and not lane.waiting
        if has_more:
            self._has_more.discard(notice.endpoint)
        return has_more

    def clear(self) -> list[Leased]:
        """Remove all waiting notices; returns them."""
        waiting = list(self._held.values())
        self._held.clear()
        for lane in self._lanes.values():
            lane.waiting.clear()
        return waiting

    def _begin(self, name: str) -> Leased:
        lane = self._lanes[name]
        notice = self._held.pop(lane.waiting.popleft())
        lane.running += 1
        self._running.add(notice.id)
        if self._is_slow(notice):
            self._slow.add(notice.id)
        self._lanes.move_to_end(name)
        return notice

    def _find_limit(self, name: str) -> int:
        return self._per_endpoint if self._answers.get(name) else 1

    def _is_slow(self, notice: Leased) -> bool:
        answers = self._answers.get(notice.endpoint)
        return not answers and (answers is False or notice.attempts > 0)
