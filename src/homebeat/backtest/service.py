"""Runs back-tests for the API: one at a time, each in a process of its own, for a limited time."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import secrets
import signal
import sys
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import Any, Final

import msgspec

from homebeat.backtest import Comparison
from homebeat.backtest.request import Backtest, BacktestRequest, BacktestState
from homebeat.backtest.run import BacktestSpec, open_source, run_comparison
from homebeat.backtest.variants import Candidates, make_candidates
from homebeat.domain.durations import MS
from homebeat.domain.errors import HomebeatError, NotAllowed
from homebeat.settings.model import InForce
from homebeat.store import open_store

TIME_LIMIT: Final = timedelta(minutes=30)
_KEPT: Final = 20
_ENDS_WITHIN_S: Final = 5.0


@dataclass(slots=True)
class _Running:
    """A running process, the shared value that says how far it is, and the file of its result."""

    task: SpawnProcess
    share: Any
    out: Path


class BacktestRunner:
    """Starts, watches and stops back-tests. Safe to share between threads.

    Args:
        force: The settings in force; they also name the database.
        folder: Holds results until they are read.
        clock: Epoch ms.
        read_force: Reads what is in force when a back-test begins, as people may have changed it in the console since.
    """

    def __init__(
        self,
        force: InForce,
        folder: Path,
        clock: Callable[[], int],
        time_limit: timedelta = TIME_LIMIT,
        jobs: int | None = None,
        *,
        read_force: Callable[[], InForce] | None = None,
    ) -> None:
        self._folder, self._clock, self._limit = folder, clock, time_limit
        self._read_force = read_force or (lambda: force)
        # leave one core to the threads that answer requests
        self._jobs = jobs or max(1, (os.cpu_count() or 1) - 1)
        self._known: OrderedDict[str, Backtest] = OrderedDict()
        self._running: dict[str, _Running] = {}
        self._turn = threading.Lock()

    def start(self, request: BacktestRequest, asked_by: str) -> Backtest:
        """Start a back-test.

        Raises:
            NotAllowed: One runs already.
            BadSettings: The request cannot be used.
        """
        asked, force = self._make_spec(request), self._read_force()
        make_candidates(force, asked.candidates)
        with self._turn:
            self._look()
            if self._running:
                raise NotAllowed("a backtest is running; wait for it, or stop it")
            begun = Backtest(
                id="b" + secrets.token_hex(8),
                request=request,
                asked_by=asked_by,
                state=BacktestState.RUNNING,
                share=0.0,
                started_at=self._clock(),
            )
            self._folder.mkdir(parents=True, exist_ok=True)
            self._running[begun.id] = self._begin(begun.id, asked, force)
            self._known[begun.id] = begun
            while len(self._known) > _KEPT:
                self._known.popitem(last=False)
        return begun

    def get(self, name: str) -> Backtest | None:
        """The back-test with this id; None if it is unknown or too old."""
        with self._turn:
            self._look()
            known, running = self._known.get(name), self._running.get(name)
            if known is not None and running is not None:
                return replace(known, share=float(running.share.value))
            return known

    def stop(self, name: str) -> Backtest | None:
        """Stop the back-test with this id; one that has ended stays as it is. None if it is unknown."""
        with self._turn:
            self._look()
            if name in self._running:
                self._end(name, BacktestState.STOPPED, "somebody stopped it")
            return self._known.get(name)

    def close(self) -> None:
        """Stop what runs."""
        with self._turn:
            for name in list(self._running):
                self._end(name, BacktestState.STOPPED, "the service stopped")

    def _make_spec(self, request: BacktestRequest) -> BacktestSpec:
        settings = tuple(f"{key}={msgspec.json.encode(value).decode()}" for key, value in request.settings.items())
        return BacktestSpec(
            candidates=Candidates(settings=settings, table={"rules": dict(request.rules)} if request.rules else {}),
            area=request.area,
            last=request.last,
            warm_up=request.warm_up,
            jobs=self._jobs,
        )

    def _begin(self, name: str, asked: BacktestSpec, force: InForce) -> _Running:
        context = multiprocessing.get_context("spawn")
        share, out = context.Value("d", 0.0), self._folder / f"{name}.json"
        arguments = (force, asked, out, share, self._limit.total_seconds())
        task = context.Process(target=_run, args=arguments, name="backtest", daemon=False)
        task.start()
        return _Running(task, share, out)

    def _look(self) -> None:
        """Read the results of what has ended, and stop what takes too long."""
        for name, running in list(self._running.items()):
            if not running.task.is_alive():
                running.task.join()
                del self._running[name]
                self._known[name] = self._read_result(self._known[name], running)
            elif self._clock() - self._known[name].started_at > self._limit / MS:
                self._end(name, BacktestState.FAILED, f"took longer than {self._limit.total_seconds() / 60:.0f} minutes")

    def _read_result(self, known: Backtest, running: _Running) -> Backtest:
        over = replace(known, ended_at=self._clock(), share=float(running.share.value))
        try:
            said = msgspec.json.decode(running.out.read_bytes(), type=_Result)
        except OSError:
            return replace(over, state=BacktestState.FAILED, error=f"it ended by itself, exit status {running.task.exitcode}")
        finally:
            running.out.unlink(missing_ok=True)
        if said.result is None:
            return replace(over, state=BacktestState.FAILED, error=said.error)
        return replace(over, state=BacktestState.DONE, share=1.0, result=said.result)

    def _end(self, name: str, state: BacktestState, why: str) -> None:
        running = self._running.pop(name)
        _kill(running.task)
        running.out.unlink(missing_ok=True)
        self._known[name] = replace(self._known[name], state=state, ended_at=self._clock(), error=why)


class _Result(msgspec.Struct):
    """What the process writes into its file: a result or an error."""

    result: Comparison | None = None
    error: str | None = None


def _kill(task: SpawnProcess) -> None:
    """End the process and those it started: they are one process group."""
    task.terminate()
    task.join(_ENDS_WITHIN_S)
    if task.is_alive():
        with contextlib.suppress(ProcessLookupError):
            os.killpg(task.pid or os.getpid(), signal.SIGKILL)
        task.join()


def _run(force: InForce, asked: BacktestSpec, out: Path, share: Any, limit_s: float) -> None:
    """Run in the process: compare, and write the result to `out`."""
    # a process group of its own: the runner can end it with its children, and Ctrl-C reaches only the service
    os.setpgrp()
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    timer = threading.Timer(limit_s, stop.set)
    timer.daemon = True
    timer.start()
    asker = multiprocessing.parent_process()

    def progress(now: float, _readings: int, _at: int) -> None:
        share.value = now
        if asker is not None and not asker.is_alive():
            stop.set()

    try:
        source, close = open_source(
            force, asked, lambda: open_store(force.settings.store_url, force.settings.key_path, create=False)
        )
        try:
            said = _Result(result=run_comparison(force, asked, source, progress, stop))
        finally:
            close()
    except HomebeatError as error:
        said = _Result(error=str(error))
    part = out.with_name(out.name + ".part")
    part.write_bytes(msgspec.json.encode(said))
    part.replace(out)
    sys.exit(0)
