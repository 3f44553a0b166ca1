"""What holds for every test: loopback only, warnings are errors, and in CI a skipped test is a failed one."""

from __future__ import annotations

import functools
import gc
import importlib.util
import ipaddress
import logging
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.once import keep_compiled

#: Databases of tests lie in memory where there is room: on a disk each test waits for it, twice as long in all.
MEMORY = Path("/dev/shm")
LEAST_BYTES = 4 << 30


def _keep_files_in_memory() -> None:
    """Put temporary files of tests, and of the processes they start, into memory; an own TMPDIR stays."""
    if "TMPDIR" not in os.environ and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free >= LEAST_BYTES:
        os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)


def _keep_compiled_code() -> None:
    """Keep compiled code with the environment, for this process and those it starts, where nothing may be kept beside the code.

    Without that each process of a run compiles every library and every test again: a quarter of a minute of a processor.
    """
    if os.environ.pop("PYTHONDONTWRITEBYTECODE", ""):
        sys.pycache_prefix = os.environ["PYTHONPYCACHEPREFIX"] = str(Path(sys.prefix) / ".compiled")
        sys.dont_write_bytecode = False


_keep_files_in_memory()
_keep_compiled_code()
keep_compiled()

pytest_plugins = [name for name in ("tests.databases", "tests.brokers") if importlib.util.find_spec(name)]

IN_CI = os.environ.get("CI") == "true"

#: `make soak` asks for so many times the examples, from a seed of its own.
SOAK = int(os.environ.get("SOAK", "1"))

# A slow, shared machine is not a failing law; the example that breaks one is printed so that it can be kept.
# in CI the examples are the same each time, so that a verdict is about the commit; locally they are new ones each time
settings.register_profile(
    "homebeat",
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize="CI" in os.environ and SOAK == 1,
)
settings.load_profile("homebeat")


def examples(usual: int, in_ci: int | None = None) -> settings:
    """Settings for a law: how many examples it is asked for, usually and in CI."""
    return settings(max_examples=SOAK * (in_ci if IN_CI and in_ci is not None else usual))


def is_here(host: object) -> bool:
    """Whether an address or name is this machine's loopback."""
    if not isinstance(host, str):
        return host is None
    if host in {"", "localhost"}:
        return True
    try:
        return ipaddress.ip_address(host.split("%")[0]).is_loopback
    except ValueError:
        return False


def _loopback_only(event: str, args: tuple[object, ...]) -> None:
    """Refuse to leave the machine, whoever asks: an audit hook sees every socket of this process."""
    if event in {"socket.connect", "socket.sendto"}:
        address = args[1]
        if isinstance(address, tuple) and not is_here(address[0]):
            raise PermissionError(f"a test tried to reach {address[0]}: tests stay on loopback")
    elif event == "socket.bind":
        address = args[1]
        # Every interface with port 0 is how a client (paho) leaves its own end open; a server would say which port.
        if isinstance(address, tuple) and address[:2] not in {("", 0), ("0.0.0.0", 0)} and not is_here(address[0] or "0.0.0.0"):
            raise PermissionError(f"a test tried to listen on {address[0] or 'every interface'}: tests stay on loopback")
    elif event == "socket.getaddrinfo" and not is_here(args[0]) and not _is_numeric(args[0]):
        raise PermissionError(f"a test tried to look up {args[0]!r}: give it a resolver of its own")


def _is_numeric(host: object) -> bool:
    try:
        ipaddress.ip_address(host.decode() if isinstance(host, bytes) else str(host))
    except ValueError:
        return False
    return True


sys.addaudithook(_loopback_only)


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    """A command that is run in this process sets up the log for itself; the next test must not find it so."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the slow tests, after the shuffle: one that began last would leave the other processes without work."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


def pytest_collection_finish() -> None:
    """Set aside what lives as long as the run, so that no later search for garbage looks at it again."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown() -> None:
    """Let go of the applications of this test.

    FastAPI remembers for each function of a route how it is called, and with it the whole application and its database. A service
    has one application; a run of tests has thousands, and searches for garbage among them would take half of its time.
    """
    for forget in _find_fastapi_caches():
        forget()


@functools.cache
def _find_fastapi_caches() -> list[Callable[[], None]]:
    models = importlib.import_module("fastapi.dependencies.models")
    found = [value.cache_clear for value in vars(models).values() if isinstance(value, functools._lru_cache_wrapper)]
    assert found, "FastAPI remembers nothing any more: delete this"
    return found


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn a skip into a failure where CI promised to have everything."""
    report = yield
    if IN_CI and report.skipped and not hasattr(report, "wasxfail") and not item.get_closest_marker("outside_input"):
        report.outcome = "failed"
        report.longrepr = f"skipped, which CI does not allow: {report.longrepr}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """A module that skips itself whole is no better."""
    report = yield
    if IN_CI and report.skipped:
        report.outcome = "failed"
        report.longrepr = f"a whole module was skipped, which CI does not allow: {report.longrepr}"
    return report
