"""Runs the parts of a back-test, in this process or in processes of their own. The result is the same either way."""

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
from homebeat.backtest.sources import HistorySource
from homebeat.domain.errors import HomebeatError
from homebeat.domain.fleet import Fleet
from homebeat.settings.plan import RulePlan
from homebeat.watch.enrolment import compile_rulebook

#: How many blocks may wait for one worker. It bounds memory, and a fast worker still has something to do.
_WAITING: Final = 8
_LOOK_EVERY_S: Final = 1.0

#: Called after each block with the share read (0 to 1), the readings so far, and the newest arrival (epoch ms).
Progress = Callable[[float, int, int], None]


class Stopped(HomebeatError):
    """Somebody stopped the back-test; nothing was written."""

    def __init__(self) -> None:
        super().__init__("stopped; nothing was written")


class PartFailed(HomebeatError):
    """The process of one part ended too early; mostly the machine has too little memory. Try --jobs 1."""

    def __init__(self, why: str) -> None:
        super().__init__(f"a part of the backtest failed ({why}); if memory is short, try --jobs 1")


def run_parts(
    source: HistorySource,
    split: Split,
    plans: Sequence[RulePlan],
    plan: Plan,
    jobs: int,
    progress: Progress,
    stop: threading.Event,
) -> list[ShardResult]:
    """Feed everything that the source holds to every part, and collect the results in the parts' order.

    Raises:
        Stopped: `stop` was set.
        PartFailed: A worker process died.
    """
    jobs = min(jobs, len(split.fleets))
    parts: _LocalParts | _WorkerParts = (
        _LocalParts(split.fleets, plans, plan) if jobs <= 1 else _WorkerParts(split.fleets, plans, plan, jobs)
    )
    try:
        readings = 0
        for block in source.read_blocks():
            if stop.is_set():
                raise Stopped
            parts.feed(split.split_block(block))
            readings += len(block.batch)
            progress(source.compute_share(), readings, block.until)
        # judge what still waits for the watermark, but no time after the last reading
        end = source.end + plan.pace.lateness_ms + plan.pace.grid_ms
        return parts.finish(end, stop)
    finally:
        parts.close()


def _make_shard(fleet: Fleet, plans: Sequence[RulePlan], plan: Plan) -> Shard:
    return Shard(fleet, [compile_rulebook(rules, fleet) for rules in plans], plan)


class _LocalParts:
    """Runs all parts in this process."""

    def __init__(self, fleets: Sequence[Fleet], plans: Sequence[RulePlan], plan: Plan) -> None:
        self._shards = [_make_shard(fleet, plans, plan) for fleet in fleets]

    def feed(self, blocks: Sequence[Block]) -> None:
        for shard, block in zip(self._shards, blocks, strict=True):
            shard.feed(block)

    def finish(self, end: int, _stop: threading.Event) -> list[ShardResult]:
        return [shard.finish(end) for shard in self._shards]

    def close(self) -> None:
        """Nothing to close."""


class _WorkerParts:
    """Runs the parts in worker processes."""

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
    """A worker process that runs some of the parts."""

    def __init__(
        self, context: SpawnContext, results: Any, fleets: Mapping[int, Fleet], plans: Sequence[RulePlan], plan: Plan
    ) -> None:
        self.parts = tuple(fleets)
        self._tasks: Any = context.Queue(_WAITING)
        self._task: SpawnProcess = context.Process(
            target=_run_worker, args=(self._tasks, results, fleets, plans, plan), name="backtest-part", daemon=True
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
        """Raise `PartFailed` if the process died before it gave its results."""
        if not self._task.is_alive() and not set(self.parts) <= set(found) and self._task.exitcode != 0:
            raise PartFailed(f"exit status {self._task.exitcode}")

    def close(self) -> None:
        self._tasks.cancel_join_thread()
        self._tasks.close()
        if self._task.is_alive():
            self._task.terminate()
        self._task.join()


def _run_worker(tasks: Any, results: Any, fleets: Mapping[int, Fleet], plans: Sequence[RulePlan], plan: Plan) -> None:
    """Run in a worker: feed blocks to their parts until the end comes, then give the results."""
    # Ctrl-C reaches every process of the terminal; the main process ends the workers
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    try:
        shards = {i: _make_shard(fleet, plans, plan) for i, fleet in fleets.items()}
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
    except Exception as error:  # noqa: BLE001 -- the edge of a process: the error goes to the main process, which raises
        traceback.print_exc()
        results.put(f"{type(error).__name__}: {error}")
