"""Limits the number of live streams, in all and for one caller, so that one client cannot take the places of others."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator

from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send


class LivePlaces:
    """Counts the live streams of one event loop.

    Args:
        most: How many may be open at the same time.
        per_caller: How many of them may use one caller.
    """

    def __init__(self, most: int = 200, per_caller: int = 50) -> None:
        self._most, self._per_caller = most, per_caller
        self._open: Counter[str] = Counter()

    def __len__(self) -> int:
        return self._open.total()

    def open_stream(self, caller_id: str, events: AsyncIterator[str]) -> StreamingResponse | None:
        """Make an answer that streams these events and holds a place until it ends; None when no place is free."""
        if len(self) >= self._most or self._open[caller_id] >= self._per_caller:
            return None
        self._open[caller_id] += 1
        return _Stream(self, caller_id, events)

    def release(self, caller_id: str) -> None:
        """Give a place back."""
        self._open[caller_id] -= 1
        if not self._open[caller_id]:
            del self._open[caller_id]


class _Stream(StreamingResponse):
    def __init__(self, places: LivePlaces, caller_id: str, events: AsyncIterator[str]) -> None:
        super().__init__(events, media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})
        self._places, self._caller_id = places, caller_id

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send, and give the place back however that ends. The events never start for a client that leaves at once."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._places.release(self._caller_id)
