"""The runtime of a process: its clock, its log, its signals, and its failpoints."""

from __future__ import annotations

import json
import logging
import os
import signal
import socket
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from types import FrameType
from typing import Final

from homebeat.bootstrap.repeated_lines import LimitedHandler
from homebeat.domain.errors import BadSettings

#: Exit status when a part died: a supervisor (systemd, compose) starts us again.
DIED: Final = 70
#: Exit status when another watch has taken over: a supervisor starts us again, as a standby.
FENCED: Final = 75
FAILPOINT: Final = "HOMEBEAT_FAILPOINT"
_log = logging.getLogger(__name__)


def read_wall_ms() -> int:
    """Read the wall clock, epoch ms UTC."""
    return time.time_ns() // 1_000_000


def read_steady_ms() -> int:
    """Read a clock that never steps, ms from any beginning."""
    return time.monotonic_ns() // 1_000_000


class _Json(logging.Formatter):
    """One JSON object a line: control characters cannot forge a second one."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "part": record.name.removeprefix("homebeat."),
            "text": record.getMessage(),
        }
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def set_up_log(level: str, *, plain: bool = False) -> None:
    """Log to standard error: JSON lines for a service, plain text for somebody who watches a terminal.

    Of one kind of line, the first in a minute are written and the others counted.
    """
    sink = LimitedHandler(sys.stderr)
    sink.setFormatter(logging.Formatter("%(levelname)s %(message)s") if plain else _Json())
    logging.basicConfig(level=level.upper(), handlers=[sink], force=True)
    for chatty in ("httpx2", "httpcore2", "alembic"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


def stop_on_signals(stop: threading.Event) -> None:
    """Set `stop` on Ctrl-C or SIGTERM; a second one ends the process at once."""

    def stop_or_exit(number: int, _frame: FrameType | None) -> None:
        if stop.is_set():
            os._exit(128 + number)
        stop.set()

    signal.signal(signal.SIGINT, stop_or_exit)
    signal.signal(signal.SIGTERM, stop_or_exit)


def leave(status: int) -> int:
    """Return the status, where no daemon thread is left; else end the process with it at once.

    Nobody waits for such a thread: it may wait for a database that hangs. The interpreter would stop it in the middle of compiled
    code, and in code that was written in C++ that aborts the process: its supervisor would take an orderly end for a crash.
    """
    if any(thread.daemon for thread in threading.enumerate()):
        logging.shutdown()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
    return status


def end_hard(why: str, status: int = DIED) -> None:
    """End the process hard: a part is dead, and a process that looks alive but does nothing is the worst failure."""
    _log.critical("ending this process: %s", why)
    logging.shutdown()
    os._exit(status)


def read_failpoints(environ: Mapping[str, str]) -> Callable[[str], None]:
    """Make the function that kills this process (like `kill -9`) at `HOMEBEAT_FAILPOINT`: `name`, or `name:3` (third time)."""
    wanted, _, nth = environ.get(FAILPOINT, "").partition(":")
    passed: Counter[str] = Counter()

    def pass_point(name: str) -> None:
        passed[name] += 1
        if name == wanted and passed[name] == int(nth or 1):
            os.kill(os.getpid(), signal.SIGKILL)

    return pass_point if wanted else lambda _name: None


def check_port(host: str, port: int, setting: str) -> int:
    """Check the port to listen on; for 0 return a free one.

    Raises:
        BadSettings: Somebody else listens there.
    """
    if not 0 <= port <= 65_535:
        raise BadSettings(f"{port} is no port; choose one from 0 (any that is free) to 65535 with {setting}")
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise BadSettings(f"cannot listen on {host}:{port} ({error.strerror}); choose another port with {setting}") from None
        return int(probe.getsockname()[1])
