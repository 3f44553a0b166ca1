"""Runs the parts of a backtest: in this process, or spread over some of their own; the same result either way."""

from __future__ import annotations

import multiprocessing
import queue
import signal
import threading
import traceback
from collections.abc import Callable, Mapping, Sequence
from multiprocessing.context import SpawnContext, SpawnProcess
from typing import Any, Final

from homebeat.backtest import Block, Plan, Shard, ShardResult, Split
from homebeat.backtest.sources import Source
from homebeat.domain.errors import HomebeatError
from homebeat.domain.fleet import Fleet
from homebeat.settings.plan import RulePlan
from homebeat.watch.enrolment import rulebook

#: Blocks that wait for a worker: memory stays bounded, and a worker that is ahead does not wait.
_WAITING: Final = 8
_LOOK_EVERY_S: Final = 1.0

#: Told after each block: share taken (0 to 1), readings so far, the newest arrival (epoch ms).
Progress = Callable[[float, int, int], None]


class Stopped(HomebeatError):
    """The backtest was stopped; nothing was written."""

    def __init__(self) -> None:
        super().__init__("stopped; nothing was written")


class PartFailed(HomebeatError):
    """A part of the backtest ended before its time; mostly the machine has too little memory. Try --jobs 1."""

    def __init__(self, why: str) -> None:
        super().__init__(f"a part of the backtest failed ({why}); if memory is short, try --jobs 1")


def run_parts(
    source: Source, split: Split, plans: Sequence[RulePlan], plan: Plan, jobs: int, progress: Progress, stop: threading.Event
) -> list[ShardResult]:
    """Feed everything that the source holds to every part, and collect the results in the parts' order.

    Raises:
        Stopped: `stop` was set.
        PartFailed: A process of ours died.
    """
    jobs = min(jobs, len(split.fleets))
    parts: _Here | _Spread = _Here(split.fleets, plans, plan) if jobs <= 1 else _Spread(split.fleets, plans, plan, jobs)
    try:
        readings = 0
        for block in source.blocks():
            if stop.is_set():
                raise Stopped
            parts.feed(split.blocks(block))
            readings += len(block.batch)
            progress(source.share(), readings, block.until)
        # what still waits for the watermark is judged; time beyond the last reading is not
        end = source.end + plan.pace.lateness_ms + plan.pace.grid_ms
        return parts.finish(end, stop)
    finally:
        parts.close()


def _shard(fleet: Fleet, plans: Sequence[RulePlan], plan: Plan) -> Shard:
    return Shard(fleet, [rulebook(rules, fleet) for rules in plans], plan)


class _Here:
    """All parts in this process."""

    def __init__(self, fleets: Sequence[Fleet], plans: Sequence[RulePlan], plan: Plan) -> None:
        self._shards = [_shard(fleet, plans, plan) for fleet in fleets]

    def feed(self, blocks: Sequence[Block]) -> None:
        for shard, block in zip(self._shards, blocks, strict=True):
            shard.feed(block)

    def finish(self, end: int, _stop: threading.Event) -> list[ShardResult]:
        return [shard.finish(end) for shard in self._shards]

    def close(self) -> None:
        """Nothing to close."""


class _Spread:
    """Parts dealt out to processes."""

    def __init__(self, fleets: Sequence[Fleet], plans: Sequence[RulePlan], plan: Plan, jobs: int) -> None:
        context = multiprocessing.get_context("spawn")
        self._results: Any = context.Queue()
        self._workers = [
            _Worker(context, self._results, {i: fleets[i] for i in range(job, len(fleets), jobs)}, plans, plan)
            for job in range(jobs)
        ]

    def feed(self, blocks: Sequence[Block]) -> None:
        for worker in self._workers:
            worker.put({i: blocks[i] for i in worker.parts})

    def finish(self, end: int, stop: threading.Event) -> list[ShardResult]:
        for worker in self._workers:
            worker.put(end)
        found: dict[int, ShardResult] = {}
        while len(found) < sum(len(worker.parts) for worker in self._workers):
            if stop.is_set():
                raise Stopped
            try:
                result = self._results.get(timeout=_LOOK_EVERY_S)
            except queue.Empty:
                for worker in self._workers:
                    worker.check(found)
                continue
            if isinstance(result, str):
                raise PartFailed(result)
            found.update(result)
        return [found[i] for i in sorted(found)]

    def close(self) -> None:
        for worker in self._workers:
            worker.close()
        self._results.close()


class _Worker:
    """A process with some of the parts."""

    def __init__(
        self, context: SpawnContext, results: Any, fleets: Mapping[int, Fleet], plans: Sequence[RulePlan], plan: Plan
    ) -> None:
        self.parts = tuple(fleets)
        self._tasks: Any = context.Queue(_WAITING)
        self._task: SpawnProcess = context.Process(
            target=_work, args=(self._tasks, results, fleets, plans, plan), name="backtest-part", daemon=True
        )
        self._task.start()

    def put(self, task: object) -> None:
        while True:
            try:
                self._tasks.put(task, timeout=_LOOK_EVERY_S)
            except queue.Full:
                self.check({})
            else:
                return

    def check(self, found: Mapping[int, ShardResult]) -> None:
        """Make sure that it lives, or has given what it had."""
        if not self._task.is_alive() and not set(self.parts) <= set(found) and self._task.exitcode != 0:
            raise PartFailed(f"exit status {self._task.exitcode}")

    def close(self) -> None:
        self._tasks.cancel_join_thread()
        self._tasks.close()
        if self._task.is_alive():
            self._task.terminate()
        self._task.join()


def _work(tasks: Any, results: Any, fleets: Mapping[int, Fleet], plans: Sequence[RulePlan], plan: Plan) -> None:
    """A worker's life: blocks by part, then the end."""
    # Ctrl-C reaches every process of the terminal; the first one ends the others
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    try:
        shards = {i: _shard(fleet, plans, plan) for i, fleet in fleets.items()}
        while True:
            try:
                task = tasks.get(timeout=_LOOK_EVERY_S)
            except queue.Empty:
                if parent is not None and not parent.is_alive():
                    return
                continue
            if isinstance(task, int):
                results.put({i: shard.finish(task) for i, shard in shards.items()})
                return
            for i, block in task.items():
                shards[i].feed(block)
    except Exception as error:  # noqa: BLE001 -- the edge of a process: said to who waits for it, which raises
        traceback.print_exc()
        results.put(f"{type(error).__name__}: {error}")
