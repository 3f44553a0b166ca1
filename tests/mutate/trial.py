"""Tries faults on the tests: collects once, sees once which test runs which line, then a process of its own for each fault.

No file is touched. A fault inside a function is put into the function as it lies in memory, in a forked child; one that is run as
its module is imported gets a fresh interpreter that reads the module from another text (`replaced`).
"""

from __future__ import annotations

import contextlib
import gc
import os
import pickle
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType, FrameType, FunctionType
from typing import Any, Final

import pytest

from tests.mutate.mutants import Mutant
from tests.mutate.replaced import FILE, TEXT

KILLED, SURVIVED, UNTESTED = "killed", "survived", "untested"
_SPARE_S: Final = 20.0
#: A child gets so many times the seconds that its tests took without a fault.
_SLOWER: Final = 5.0
_PYTEST: Final = ["-q", "-s", "-p", "no:randomly", "-p", "no:cacheprovider", "-p", "no:terminalreporter"]
_Key = tuple[str, str, int]


@dataclass(frozen=True)
class Ran:
    """How a test went without a fault: how long it took, and which lines of which files it ran."""

    passed: bool
    seconds: float
    lines: dict[str, set[int]]


@dataclass
class Trial:
    """A pytest plugin which instead of running the tests tries faults on them.

    Attributes:
        files: Whose lines are looked at.
        work: Is called with the trial once the tests are collected and seen.
        budget_s: Seconds of tests for one fault; the quickest tests that run its line come first.
    """

    files: Sequence[Path]
    work: Callable[[Trial], None]
    budget_s: float
    ran: dict[str, Ran] = field(default_factory=dict)
    _items: dict[str, pytest.Item] = field(default_factory=dict)
    _functions: dict[_Key, list[FunctionType]] = field(default_factory=dict)

    def pytest_configure(self) -> None:
        """The same examples for every fault: a verdict is about the fault. The first that fails is enough."""
        from hypothesis import Phase, settings  # noqa: PLC0415 - what pytest has not seen being imported it cannot rewrite

        phases = (Phase.explicit, Phase.generate)
        settings.register_profile("mutate", derandomize=True, database=None, phases=phases, report_multiple_bugs=False)
        settings.load_profile("mutate")

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Instead of the tests: see them once, then work."""
        self._items = {item.nodeid: item for item in session.items}
        names = {str(path) for path in self.files}
        for one in gc.get_objects():
            if isinstance(one, FunctionType) and one.__code__.co_filename in names:
                self._functions.setdefault(_key(one.__code__), []).append(one)
        self.ran = self._see(session)
        self.work(self)
        return True

    def tests_of(self, path: Path, mutant: Mutant, tree_lines: Iterable[int]) -> list[str]:
        """The tests to try a fault on, quickest first, within the budget."""
        lines = set(tree_lines)
        mine = [(ran.seconds, name) for name, ran in self.ran.items() if ran.passed and ran.lines.get(str(path), set()) & lines]
        chosen, spent = list[str](), 0.0
        for seconds, name in sorted(mine):
            if chosen and spent + seconds > self.budget_s:
                break
            chosen.append(name)
            spent += seconds
        return chosen

    def try_on(self, path: Path, source: str, mutant: Mutant, tests: list[str]) -> str:
        """What becomes of a fault."""
        if not tests:
            return UNTESTED
        limit = _SPARE_S + _SLOWER * sum(self.ran[name].seconds for name in tests)
        code = compile(mutant.applied(source), str(path), "exec", dont_inherit=True)
        if mutant.function is not None:
            name, first = mutant.function
            living = self._functions.get((str(path), name, first), [])
            found = next((c for c in _codes(code) if _key(c) == (str(path), name, first)), None)
            if living and found is not None and all(f.__code__.co_freevars == found.co_freevars for f in living):
                return SURVIVED if self._forked(tests, living, found, limit) else KILLED
        return SURVIVED if _fresh(path, mutant.applied(source), tests, limit) else KILLED

    def _see(self, session: pytest.Session) -> dict[str, Ran]:
        """Run each test once, in a child, and see what lines it runs."""
        with tempfile.TemporaryDirectory() as directory:
            told = Path(directory) / "ran"
            child = os.fork()
            if not child:
                _leave(lambda: told.write_bytes(pickle.dumps(_watched(session, {str(path) for path in self.files}))) > 0)
            _, status = os.waitpid(child, 0)
            if status:
                raise RuntimeError("the tests could not be run without a fault")
            seen: dict[str, Ran] = pickle.loads(told.read_bytes())
            return seen

    def _forked(self, tests: list[str], living: list[FunctionType], code: CodeType, limit: float) -> bool:
        """Whether the tests pass in a child in which the function is another."""
        child = os.fork()
        if not child:
            for function in living:
                function.__code__ = code
            _leave(lambda: _all_pass([self._items[name] for name in tests]))
        return _ends_well(child, limit)


def _leave(duty: Callable[[], bool]) -> None:
    """Do it in this child, say nothing, and end with 0 if it was true."""
    status = 1
    try:
        os.setsid()
        silent = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(silent, stream)
        status = 0 if duty() else 1
    finally:
        os._exit(status)


def _ends_well(child: int, limit: float) -> bool:
    """Whether a child ends with 0 in time; whatever it has started ends with it."""
    ended: list[int] = []
    waiting = threading.Thread(target=lambda: ended.append(os.waitpid(child, 0)[1]))
    waiting.start()
    waiting.join(limit)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    waiting.join()
    return ended == [0]


def _all_pass(items: list[pytest.Item]) -> bool:
    """Run them up to the first that fails, and take down what they set up."""
    session = items[0].session
    for item, following in zip(items, [*items[1:], None], strict=True):
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        if session.testsfailed:
            session._setupstate.teardown_exact(None)
            return False
    return True


def _watched(session: pytest.Session, names: set[str]) -> dict[str, Ran]:
    lines: dict[str, set[int]] = {}

    def line(frame: FrameType, event: str, argument: Any) -> Any:
        lines.setdefault(frame.f_code.co_filename, set()).add(frame.f_lineno)
        return line

    def call(frame: FrameType, event: str, argument: Any) -> Any:
        return line(frame, event, argument) if frame.f_code.co_filename in names else None

    seen = {}
    threading.settrace(call)
    for item, following in zip(session.items, [*session.items[1:], None], strict=True):
        failed, begun = session.testsfailed, time.perf_counter()
        lines.clear()
        sys.settrace(call)
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        sys.settrace(None)
        passed = session.testsfailed == failed
        seen[item.nodeid] = Ran(passed, time.perf_counter() - begun, {name: set(at) for name, at in lines.items()})
    return seen


def _fresh(path: Path, text: str, tests: list[str], limit: float) -> bool:
    """Whether the tests pass in a fresh interpreter that reads the module from another text."""
    with tempfile.TemporaryDirectory() as directory:
        other = Path(directory) / "text"
        other.write_text(text, encoding="utf-8")
        command = [sys.executable, "-m", "pytest", "-x", "-p", "tests.mutate.replaced", *_PYTEST, *tests]
        child = subprocess.Popen(
            command,
            env={**os.environ, FILE: str(path), TEXT: str(other)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            return child.wait(limit) == 0
        except subprocess.TimeoutExpired:
            return False
        finally:
            if child.poll() is None:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()


def _codes(code: CodeType) -> Iterable[CodeType]:
    for one in code.co_consts:
        if isinstance(one, CodeType):
            yield one
            yield from _codes(one)


def _key(code: CodeType) -> _Key:
    return code.co_filename, code.co_qualname, code.co_firstlineno


def collect(trial: Trial, tests: Sequence[str]) -> int:
    """Collect these tests (arguments of pytest) and hand them to the trial; pytest's exit status."""
    return int(pytest.main([*_PYTEST, *tests], plugins=[trial]))
