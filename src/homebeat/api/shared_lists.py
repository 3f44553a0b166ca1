"""Lists that callers share who would each be given the same one, for as long as nothing has changed.

Many systems ask for the list of open alerts again and again. Before each answer one small statement asks for the number of the
newest change. A list that was read at that number or later is given again; else it is read anew, once for all who wait for it. So
no answer is older than the request. A list is shared only within one scope, one language and the same filters, and only a list
without personal fields may come here: then there is nothing in it that a mask would hide from one caller and show to another.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from threading import BoundedSemaphore, Lock
from typing import Annotated, Final

from fastapi import Depends, Request

from homebeat.domain.durations import MINUTE_MS
from homebeat.domain.errors import Unavailable
from homebeat.domain.scope import Scope
from homebeat.store import ReadSession, Store

#: How many bytes of lists are kept: some hundred lists of 50 alerts; and how many lists, however short.
_MOST_BYTES: Final = 16 * 1024 * 1024
_MOST_LISTS: Final = 1_000
#: After so long a list is read again even if nothing has changed: a database may have been put back from a copy.
_LASTS_MS: Final = MINUTE_MS
#: How long to wait for somebody else who reads the same list, or others, seconds.
_WAIT_S: Final = 10.0
#: So many lists are read at a time. Reading is work for the processor: more at once are no sooner done, and meanwhile each
#: request waits for its turn behind all of them.
_AT_ONCE: Final = 2


@dataclass(slots=True)
class _Kept:
    """One list, with the newest change before it was read (-1: not read yet) and when that was, epoch ms.

    Attributes:
        counted: How many bytes of it are counted.
    """

    newest: int = -1
    read_at: int = 0
    body: bytes = b""
    counted: int = 0
    turn: Lock = field(default_factory=Lock)


class SharedLists:
    """Gives lists as bytes; safe to share between threads.

    Args:
        store: Where lists are read.
        clock: Epoch ms.
        most_bytes: How much is kept; what nobody has asked for the longest goes first.
    """

    def __init__(self, store: Store, clock: Callable[[], int], most_bytes: int = _MOST_BYTES) -> None:
        self._store, self._clock, self._most_bytes = store, clock, most_bytes
        self._lock, self._reading = Lock(), BoundedSemaphore(_AT_ONCE)
        self._kept: OrderedDict[tuple[Scope, Hashable], _Kept] = OrderedDict()
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def size(self) -> int:
        """How many bytes are kept."""
        return self._bytes

    def get(self, scope: Scope, asked: Hashable, read: Callable[[ReadSession], bytes]) -> bytes:
        """Get a list as it stands now.

        Args:
            scope: Of the caller; `read` is called in it.
            asked: All that the list depends on besides the scope and what is stored, such as filters and language.
            read: Reads and writes the list. What it gives must not depend on who asks or on the time.

        Raises:
            Unavailable: The database is away.
        """
        newest = self._store.find_newest_change()
        if newest == 0:  # no change is stored any more: it says nothing about what was kept
            return self._read(scope, read)
        kept = self._find((scope, asked))
        if not kept.turn.acquire(timeout=_WAIT_S):
            raise Unavailable("the list could not be read in time")
        try:
            now = self._clock()
            if kept.newest >= newest and 0 <= now - kept.read_at < _LASTS_MS:
                return kept.body
            body = self._read(scope, read)
            kept.newest, kept.read_at, kept.body = newest, now, body
        finally:
            kept.turn.release()
        self._count((scope, asked), kept, len(body))
        return body

    def _read(self, scope: Scope, read: Callable[[ReadSession], bytes]) -> bytes:
        if not self._reading.acquire(timeout=_WAIT_S):
            raise Unavailable("other lists could not be read in time")
        try:
            with self._store.read(scope) as reader:
                return read(reader)
        finally:
            self._reading.release()

    def _find(self, key: tuple[Scope, Hashable]) -> _Kept:
        with self._lock:
            kept = self._kept.setdefault(key, _Kept())
            self._kept.move_to_end(key)
            self._make_room()
            return kept

    def _count(self, key: tuple[Scope, Hashable], kept: _Kept, size: int) -> None:
        with self._lock:
            if self._kept.get(key) is kept:  # else it had to go while it was read
                self._bytes += size - kept.counted
                kept.counted = size
                self._make_room()

    def _make_room(self) -> None:
        while self._kept and (self._bytes > self._most_bytes or len(self._kept) > _MOST_LISTS):
            _, gone = self._kept.popitem(last=False)
            self._bytes -= gone.counted


async def get_shared_lists(request: Request) -> SharedLists:
    """The lists of this application."""
    shared: SharedLists = request.app.state.shared_lists
    return shared


Shared = Annotated[SharedLists, Depends(get_shared_lists)]
