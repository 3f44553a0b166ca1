"""Claimed notices waiting for a worker, one lane per receiver, so that a slow receiver holds up its own lane and no other."""

from __future__ import annotations

from collections import OrderedDict, deque
from dataclasses import dataclass, field
from typing import Final

from homebeat.store import Leased, Shares

#: How many receivers are remembered as answering or not; which of those that answer are named in a claim.
_REMEMBERED: Final = 10_000
_NAMED: Final = 500


@dataclass(slots=True)
class _Lane:
    waiting: deque[str] = field(default_factory=deque)
    running: int = 0


class Lanes:
    """Fair between receivers, in order within one. Not thread-safe: its owner holds a lock.

    A receiver that did not answer in time, or has not been tried since the start, gets one attempt at a time until it answers.
    Half of the workers, and half of what may be held, are kept from receivers that do not answer and from second attempts at
    those that are not known: they are for the first attempt of everybody else.

    Args:
        per_endpoint: Attempts at one receiver that answers at the same time, at most.
        workers: Attempts at the same time.
        held: Notices waiting, at most.
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
        """Notices waiting."""
        return len(self._held)

    @property
    def running(self) -> int:
        """Notices taken and not done."""
        return len(self._running)

    @property
    def room(self) -> int:
        """How many more may be held."""
        return self._most_held - len(self._held)

    def shares(self) -> Shares:
        """What a claim may take: of each receiver what can begin now."""
        full = {name for name, lane in self._lanes.items() if lane.running + len(lane.waiting) >= self._most(name)}
        first_only = sum(map(self._is_slow, self._held.values())) * 2 >= self._most_held
        if first_only:
            full |= {name for name, answers in self._answers.items() if not answers}
        latest = [name for name in reversed(self._answers) if self._answers[name] and name not in full][:_NAMED]
        return Shares(1, frozenset(latest), self._per_endpoint, frozenset(full), first_only)

    def put(self, notices: list[Leased]) -> None:
        """Queue what was claimed. One that waits already gets its new lease; one that is running is left alone."""
        came: dict[str, int] = {}
        for notice in notices:
            came[notice.endpoint] = came.get(notice.endpoint, 0) + 1
            if notice.id in self._running:
                continue
            if notice.id not in self._held:
                self._lanes.setdefault(notice.endpoint, _Lane()).waiting.append(notice.id)
            self._held[notice.id] = notice
        self._has_more |= {name for name, count in came.items() if count >= self._most(name)}

    def take(self) -> Leased | None:
        """The most urgent notice whose receiver is free, of the receiver that has waited longest; None when all must wait."""
        if len(self._running) >= self._workers:
            return None
        best: tuple[int, str] | None = None
        for name, lane in self._lanes.items():
            if not lane.waiting or lane.running >= self._most(name):
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

    def done(self, notice: Leased, answers: bool | None) -> bool:  # noqa: FBT001 -- the outcome, not a switch
        """An attempt has ended; its receiver is free for one more.

        Args:
            notice: What was attempted.
            answers: Whether the receiver answered in time; None when it was not asked.

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
        """Let everything that waits go; returns it."""
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

    def _most(self, name: str) -> int:
        return self._per_endpoint if self._answers.get(name) else 1

    def _is_slow(self, notice: Leased) -> bool:
        answers = self._answers.get(notice.endpoint)
        return not answers and (answers is False or notice.attempts > 0)
