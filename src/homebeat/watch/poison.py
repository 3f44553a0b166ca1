"""Finds poison messages, which kill the process, and puts them into quarantine unread.

An exception can be caught; a crash of the process cannot. As long as no watch dies, nothing is noted. If the watch before this
one died, messages are noted before they are read, a few hundred at a time, until as many are committed as a tick may hold, or for
ten minutes. Messages that were noted when a watch died are taken one at a time. If one of them kills the watch again, it was
alone, and the next watch does not read it: it was there at three deaths, of which the first was not noted.
"""

from __future__ import annotations

import hashlib
import logging
from collections import deque
from collections.abc import Callable
from typing import Final

from homebeat.domain.errors import Unavailable
from homebeat.domain.inbound import Message
from homebeat.domain.scope import EVERYTHING
from homebeat.store import Store
from homebeat.watch.tenure import Tenure

#: How many messages are noted at a time: each group costs one commit, and after a death each message costs one.
_AT_A_TIME: Final = 200
#: What a death weighs while a message is read and judged, and while it is written: who kills a process from outside nearly always
#: meets the latter.
_READING: Final = 3
_WRITING: Final = 1
#: Two deaths while it was read. One more came before: it is why notes are taken.
_ENOUGH: Final = 2 * _READING
#: After so many ticks no message is suspected any more, however few arrived: at one tick a second, ten minutes.
_TICKS: Final = 600
_log = logging.getLogger(__name__)


class PoisonGuard:
    """Takes messages from the source, and notes them while one of them is suspected.

    Args:
        store: Where notes are kept. tenure: the lease under which.
        cleared_after: After so many committed messages none is suspected any more.
    """

    def __init__(self, store: Store, tenure: Tenure, cleared_after: int) -> None:
        self._store, self._tenure, self._cleared_after = store, tenure, cleared_after
        self._groups: deque[tuple[list[Message], bool]] = deque()
        self._weights: dict[bytes, int] = {}  # of the drained messages: how much earlier deaths weigh
        self._done: list[bytes] = []  # committed, and still noted
        self._committed = self._ticks = 0
        self._is_on = self._has_begun = False
        #: Whether the messages taken last are not to be read.
        self.is_deadly = False

    @property
    def has_more(self) -> bool:
        """Whether drained messages wait for the next tick."""
        return bool(self._groups)

    def begin(self) -> None:
        """Note that the watch runs.

        Raises:
            Unavailable: The database is away.
        """
        if self._has_begun:
            return  # a start that is tried again, because the database was away, is still the first
        with self._store.begin(self._tenure.fence) as tx:
            self._is_on = tx.in_hand.begin()
        self._has_begun = True
        if self._is_on:
            _log.warning("the watch before this one died: messages are taken with care for a while")

    def end(self) -> None:
        """Note that the watch ended in order.

        Raises:
            Unavailable: The database is away.
        """
        with self._store.begin(self._tenure.fence) as tx:
            tx.in_hand.end()

    def take(self, drain: Callable[[int], list[Message]], limit: int) -> list[Message]:
        """Take messages for the next tick, as `drain` gives them; a suspected message comes alone.

        Raises:
            Unavailable: The database is away; drained messages come with the next call.
        """
        self.is_deadly = False
        if not self._is_on:
            return drain(limit)
        if not self._groups:
            self._groups.append((drain(min(limit, _AT_A_TIME)), False))
            self._split()
        messages, is_deadly = self._groups[0]
        if messages and not is_deadly:
            with self._store.begin(self._tenure.fence) as tx:
                tx.in_hand.drop(self._done)
                tx.in_hand.put(self._weigh(messages, _READING))
            self._done = []
        self._groups.popleft()
        self.is_deadly = is_deadly
        return messages

    def note_judged(self, messages: list[Message]) -> None:
        """Note that the messages taken last are read and judged. If the note fails, the greater suspicion stays."""
        if not self._is_on or self.is_deadly or not messages:
            return
        try:
            with self._store.begin(self._tenure.fence) as tx:
                tx.in_hand.put(self._weigh(messages, _WRITING))
        except Unavailable as away:
            _log.info("notes of messages in hand stay: %s", away)

    def note_committed(self, messages: list[Message]) -> None:
        """Note that the messages taken last are committed and acknowledged. If that fails, one note too many stays."""
        if not self._is_on:
            return
        self._committed += len(messages)
        self._ticks += 1
        is_enough = self._committed >= self._cleared_after or self._ticks >= _TICKS
        self._is_on = bool(self._groups) or not is_enough
        done = [_compute_digest(message) for message in messages]
        self._weights |= dict.fromkeys(done, 0)  # the same may come once more
        self._done += done
        if self._groups or (self._is_on and not self._done):
            return  # the notes go with the next group's
        try:
            with self._store.begin(self._tenure.fence) as tx:
                if self._is_on:
                    tx.in_hand.drop(self._done)
                else:
                    tx.in_hand.clear()
        except Unavailable as away:
            _log.info("notes of messages in hand stay: %s", away)
        else:
            self._done = []

    def _split(self) -> None:
        """Split drained messages so that each suspected one is alone, in the order of arrival."""
        messages, _ = self._groups[0]
        if not messages:
            return
        with self._store.read(EVERYTHING) as reader:
            times = self._weights = reader.in_hand.read_weights([_compute_digest(message) for message in messages])
        groups: list[tuple[list[Message], bool]] = []
        goes_on = False
        for message in messages:
            deaths = times.get(_compute_digest(message), 0)
            if goes_on and not deaths:
                groups[-1][0].append(message)
            else:
                groups.append(([message], deaths >= _ENOUGH))
            goes_on = not deaths
        self._groups = deque(groups)

    def _weigh(self, messages: list[Message], death: int) -> dict[bytes, int]:
        """What weighs on each message if a death comes now: the same, however often it is written because an answer was lost."""
        return {digest: self._weights.get(digest, 0) + death for digest in map(_compute_digest, messages)}


def _compute_digest(message: Message) -> bytes:
    """Compute a digest that is the same when the broker gives the message again."""
    return hashlib.sha256(message.topic.encode(errors="replace") + b"\0" + message.payload).digest()
