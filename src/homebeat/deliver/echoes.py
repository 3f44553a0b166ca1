"""What devices answer to questions: which answers are awaited, and the loop that keeps them.

That a lamp answers shows that the lamp works. It ends no plan, moves no deadline, and is no sign of life.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from homebeat.actions import NoteEcho, Perform
from homebeat.codecs.question import Asking
from homebeat.domain.errors import Unavailable
from homebeat.domain.principal import make_service
from homebeat.response.setup import ResponseSetup
from homebeat.store import Store

#: A device that has not answered by then has not: what it says later is about something else.
ANSWERS_WITHIN_S: Final = 60.0
#: So many devices at most are listened to at the same time, and so many answers wait to be kept.
MOST: Final = 1_000
#: No answer of a device is longer.
_LONGEST_ECHO: Final = 65_536
#: What becomes of an answer: `late` where its attempt was never stored, `faults` where an unforeseen error ended it.
FATES: Final = ("kept", "repeated", "late", "dropped", "faults")
#: An answer may be quicker than the transaction with the attempt.
_TRIES: Final = 20
_AGAIN_S: Final = 0.5
_SERVICE: Final = "deliver"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Awaited:
    asking: Asking
    until: float


class AwaitedEchoes:
    """The answers that devices owe. Each counts once, and only in its time. Safe to use from many threads.

    Args:
        measure: A clock that never steps, in seconds.
    """

    def __init__(self, measure: Callable[[], float] = time.monotonic) -> None:
        self._measure = measure
        self._lock = threading.Lock()  # guards everything below
        self._awaited: dict[str, _Awaited] = {}

    def add(self, notice: str, asking: Asking, for_s: float) -> bool:
        """Await the answer to a notice for so long; False where too many are awaited already."""
        now = self._measure()
        with self._lock:
            self._drop_late(now)
            if len(self._awaited) >= MOST and notice not in self._awaited:
                return False
            self._awaited[notice] = _Awaited(asking, now + min(for_s, ANSWERS_WITHIN_S))
        return True

    def list_topics(self) -> set[str]:
        """List the topics on which answers are awaited."""
        with self._lock:
            self._drop_late(self._measure())
            return {topic for one in self._awaited.values() for topic in one.asking.listens}

    def take(self, topic: str, payload: bytes) -> list[str]:
        """Take the notices that a message answers; it answers none of them again."""
        if len(payload) > _LONGEST_ECHO:
            return []
        now = self._measure()
        with self._lock:
            self._drop_late(now)
            asked = [(notice, one.asking) for notice, one in self._awaited.items() if topic in one.asking.listens]
            mine = [notice for notice, asking in asked if asking.is_echo(payload)]
            for notice in mine:
                del self._awaited[notice]
        return mine

    def _drop_late(self, now: float) -> None:
        for notice in [notice for notice, one in self._awaited.items() if one.until <= now]:
            del self._awaited[notice]


class EchoNoter:
    """Keeps answers of devices in the database, in a thread of its own: the broker's connection waits for no transaction."""

    def __init__(self, store: Store, clock: Callable[[], int], setup: ResponseSetup) -> None:
        self._perform = Perform(store, clock, setup)
        self._actor = make_service(_SERVICE)
        self._waiting: queue.Queue[tuple[str, int]] = queue.Queue(MOST)
        #: How many answers ended how, by `FATES`.
        self.counts: Counter[str] = Counter()

    def put(self, notice: str) -> None:
        """Take in that the device of a notice has answered. Where too many wait it is dropped, and counted."""
        self._put(notice, 0)

    def count(self) -> dict[str, int]:
        """Count the answers since the start of the process, by what became of them: `echoes_kept` and so on."""
        return {f"echoes_{fate}": self.counts[fate] for fate in FATES}

    def run(self, stop: threading.Event) -> None:
        """Keep answers until `stop` is set."""
        while not stop.is_set():
            try:
                notice, tries = self._waiting.get(timeout=_AGAIN_S)
            except queue.Empty:
                continue
            if not self.keep(notice):
                if tries < _TRIES:
                    self._put(notice, tries + 1)
                    stop.wait(_AGAIN_S)
                else:
                    self.counts["late"] += 1
                    _log.warning("the answer to %s is not kept: its attempt was not stored", notice)

    def keep(self, notice: str) -> bool:
        """Keep that the device of a notice has answered; False where it has to be tried again."""
        try:
            is_new = self._perform(self._actor, NoteEcho(notice))
        except Unavailable:
            return False
        except Exception:  # noqa: BLE001 -- the thread's edge: counted and logged; one answer costs no other
            _log.error("the answer to %s was not kept", notice, exc_info=True)
            self.counts["faults"] += 1
            return True
        if is_new is None:
            return False
        self.counts["kept" if is_new else "repeated"] += 1
        return True

    def _put(self, notice: str, tries: int) -> None:
        try:
            self._waiting.put_nowait((notice, tries))
        except queue.Full:
            self.counts["dropped"] += 1
            _log.warning("the answer to %s is dropped: %d wait already", notice, MOST)
