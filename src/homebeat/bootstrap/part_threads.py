"""The threads of one process: a part that dies ends the process, which a supervisor starts again."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Final

from homebeat.bootstrap.runtime import FENCED, end_hard
from homebeat.domain.errors import BadSettings, Fenced

_ENDS_WITHIN_S: Final = 20.0
_log = logging.getLogger(__name__)


class PartThreads:
    """Starts the parts of a process, each in a thread of its own, and ends them in reverse."""

    def __init__(self) -> None:
        self._threads: list[tuple[threading.Thread, threading.Event]] = []
        self._lock = threading.Lock()
        self._over = threading.Event()

    def spawn(self, name: str, work: Callable[[], None], stop: threading.Event, *, may_end: bool = False) -> None:
        """Start a part; `stop` is what ends it. One that ends otherwise ends the process, unless it may.

        A process that was told to end starts no part any more: nobody would wait for its end.
        """

        def run() -> None:
            try:
                work()
            except BadSettings as error:
                end_hard(str(error))
            except Fenced as error:
                end_hard(str(error), FENCED)
            except Exception:  # noqa: BLE001 -- the thread's edge: logged, then the process ends, since it no longer does its work
                _log.exception("%s failed", name)
                end_hard(f"{name} failed")
            if not (may_end or stop.is_set() or self._over.is_set()):
                end_hard(f"{name} ended by itself")

        thread = threading.Thread(target=run, name=name, daemon=True)
        with self._lock:
            if self._over.is_set():
                stop.set()
                return
            self._threads.append((thread, stop))
            thread.start()

    def stop(self) -> None:
        """Tell every part to end."""
        with self._lock:
            self._over.set()
        for _thread, stop in self._threads:
            stop.set()

    def join(self) -> None:
        """Wait for the parts, the last one first, each within its time. Call it after `stop`."""
        for thread, _stop in reversed(self._threads):
            thread.join(_ENDS_WITHIN_S)
            if thread.is_alive():
                _log.error("%s did not end within %.0f s", thread.name, _ENDS_WITHIN_S)
