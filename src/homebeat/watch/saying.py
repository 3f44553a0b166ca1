"""What homebeat says of itself, on its way into the next tick."""

from __future__ import annotations

from collections import deque

from homebeat.domain.alert import Edge, Priority, Reason, Subject, TransitionKind
from homebeat.domain.service_alerts import make_edge


class Saying:
    """Alerts about homebeat itself, about an area or about a device of no home, said by any thread.

    The watch decides on them and commits them with its next tick, as it does with what rules say. What was not committed when the
    process died is lost: whoever says something that lasts says it again after a start, for as long as it holds.
    """

    def __init__(self) -> None:
        self._waiting: deque[tuple[str, Subject, Reason, TransitionKind, Priority | None]] = deque()

    def opens(self, code: str, subject: Subject, reason: Reason, *, priority: Priority | None = None) -> None:
        """Open an alert of `service_alerts.SERVICE_ALERTS`, or note that it happened again while one stands."""
        self._waiting.append((code, subject, reason, TransitionKind.OPENED, priority))

    def clears(self, code: str, subject: Subject, reason: Reason) -> None:
        """Its condition is over; where no alert stands, nothing happens. People still have to close it."""
        self._waiting.append((code, subject, reason, TransitionKind.CLEARED, None))

    def take(self, now: int) -> list[Edge]:
        """All that was said since the last call, as edges at `now` (epoch ms, the engine's clock)."""
        edges = []
        while self._waiting:
            code, subject, reason, kind, priority = self._waiting.popleft()
            edges.append(make_edge(code, subject, reason, now, kind=kind, priority=priority))
        return edges
