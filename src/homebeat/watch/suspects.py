"""A message that kills the process is found, and set aside unread: an exception is fenced, a crash of the process cannot be.

While all is well nothing is noted. When the watch before this one died, messages are noted before they are read, a few hundred
at a time, until as many are committed as a tick may hold, or for ten minutes. Those with which a watch died are taken one at a
time. What kills it again then stood alone, and is not read by the next: it was in hand at three deaths, the first not noted.
"""

from __future__ import annotations

import hashlib
import logging
from collections import deque
from collections.abc import Callable
from typing import Final

from homebeat.domain.errors import Unavailable
from homebeat.domain.inbound import Message
from homebeat.store import Store
from homebeat.watch.tenure import Tenure

#: Messages noted at a time: each time is one commit more, and after a death each of them is one more.
_AT_A_TIME: Final = 200
#: What a death weighs while a message is read and judged, and while it is written: who kills a process from outside nearly always
#: meets the latter.
_READING: Final = 3
_WRITING: Final = 1
#: Two deaths while it was read. One more came before: it is why notes are taken.
_ENOUGH: Final = 2 * _READING
#: Ticks after which nothing is suspected any more, however few messages came: at one a second, ten minutes.
_TICKS: Final = 600
_log = logging.getLogger(__name__)


class Suspects:
    """Takes messages from the source, with suspicion or without.

    Args:
        store: Where notes are kept. tenure: the lease under which.
        cleared_after: So many messages committed, and nothing is suspected any more.
    """

    def __init__(self, store: Store, tenure: Tenure, cleared_after: int) -> None:
        self._store, self._tenure, self._cleared_after = store, tenure, cleared_after
        self._groups: deque[tuple[list[Message], bool]] = deque()
        self._done: list[bytes] = []  # committed, and still noted
        self._committed = self._ticks = 0
        self._is_on = self._has_begun = False
        #: Whether the messages taken last are not to be read.
        self.is_deadly = False

    @property
    def has_more(self) -> bool:
        """Whether messages that were drained already wait for their turn."""
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
        """Messages for the next tick, as `drain` gives them; what is suspected of having killed a watch, alone.

        Raises:
            Unavailable: The database is away; what was drained is given at the next call.
        """
        self.is_deadly = False
        if not self._is_on:
            return drain(limit)
        if not self._groups:
            self._groups.append((drain(min(limit, _AT_A_TIME)), False))
            self._part()
        messages, is_deadly = self._groups[0]
        if messages and not is_deadly:
            with self._store.begin(self._tenure.fence) as tx:
                tx.in_hand.drop(self._done)
                tx.in_hand.weigh([_digest_of(message) for message in messages], _READING)
            self._done = []
        self._groups.popleft()
        self.is_deadly = is_deadly
        return messages

    def judged(self, messages: list[Message]) -> None:
        """The messages taken last have been read and judged. What fails leaves the greater suspicion."""
        if not self._is_on or self.is_deadly or not messages:
            return
        try:
            with self._store.begin(self._tenure.fence) as tx:
                tx.in_hand.weigh([_digest_of(message) for message in messages], _WRITING - _READING)
        except Unavailable as away:
            _log.info("notes of messages in hand stay: %s", away)

    def committed(self, messages: list[Message]) -> None:
        """The messages taken last are committed and acknowledged. What fails is only a note too many."""
        if not self._is_on:
            return
        self._committed += len(messages)
        self._ticks += 1
        is_enough = self._committed >= self._cleared_after or self._ticks >= _TICKS
        self._is_on = bool(self._groups) or not is_enough
        self._done += [_digest_of(message) for message in messages]
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

    def _part(self) -> None:
        """Cut what was drained: whatever a watch died with stands alone, in the order of arrival."""
        messages, _ = self._groups[0]
        if not messages:
            return
        with self._store.read() as reader:
            times = reader.in_hand.read_weights([_digest_of(message) for message in messages])
        groups: list[tuple[list[Message], bool]] = []
        goes_on = False
        for message in messages:
            deaths = times.get(_digest_of(message), 0)
            if goes_on and not deaths:
                groups[-1][0].append(message)
            else:
                groups.append(([message], deaths >= _ENOUGH))
            goes_on = not deaths
        self._groups = deque(groups)


def _digest_of(message: Message) -> bytes:
    """The same for a message that the broker gives again."""
    return hashlib.sha256(message.topic.encode(errors="replace") + b"\0" + message.payload).digest()
