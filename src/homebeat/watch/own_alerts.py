"""Collects alerts about homebeat itself for the next tick."""

from __future__ import annotations

from collections import deque

from homebeat.domain.alert import Edge, Priority, Reason, Subject, TransitionKind
from homebeat.domain.service_alerts import make_edge


class OwnAlerts:
    """Alerts about homebeat itself, about an area, or about a device without a home. Any thread may open and clear them.

    The watch decides on them and commits them with its next tick, as it does with the edges of rules. What is not committed when
    the process dies is lost. So a caller with a lasting condition opens its alert again after a start, for as long as it holds.
    """

    def __init__(self) -> None:
        self._waiting: deque[tuple[str, Subject, Reason, TransitionKind, Priority | None, int | None]] = deque()

    def open(
        self, code: str, subject: Subject, reason: Reason, *, priority: Priority | None = None, since: int | None = None
    ) -> None:
        """Open an alert of `service_alerts.SERVICE_ALERTS`, or note that it happened again while one is open.

        Args:
            code: Of the alert.
            subject: What it is about.
            reason: Why.
            priority: Where it is more, or less, urgent than usual.
            since: When the condition began, epoch ms: opened twice with the same, it is one alert. Now where it is not known.
        """
        self._waiting.append((code, subject, reason, TransitionKind.OPENED, priority, since))

    def clear(self, code: str, subject: Subject, reason: Reason) -> None:
        """Clear the condition; where no alert is open, nothing happens. People still have to close the alert."""
        self._waiting.append((code, subject, reason, TransitionKind.CLEARED, None, None))

    def take(self, now: int) -> list[Edge]:
        """Take what was opened and cleared since the last call, as edges at `now` (epoch ms, the engine's clock)."""
        edges = []
        while self._waiting:
            code, subject, reason, kind, priority, since = self._waiting.popleft()
            edges.append(make_edge(code, subject, reason, now, kind=kind, priority=priority, since=since))
        return edges
