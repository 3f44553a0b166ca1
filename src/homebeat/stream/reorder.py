"""Holds readings until nothing older is expected, so that features see each device's readings in event-time order.

The watermark is the engine's instant minus the allowed lateness. What arrives later than that is still folded, as soon as it
arrives; features say what they do with it. Device alarms do not wait.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from homebeat.stream.batch import EMPTY, FAR, Batch


class Reorder:
    """Readings waiting for the watermark. Bounded by what arrives within the lateness and the allowed future skew."""

    def __init__(self) -> None:
        self._parts: list[Batch] = []
        self.oldest = FAR  # smallest observed_at waiting

    def __len__(self) -> int:
        return sum(len(p) for p in self._parts)

    def hold(self, batch: Batch) -> None:
        """Add readings in arrival order."""
        if len(batch):
            self._parts.append(batch)
            self.oldest = min(self.oldest, int(batch.observed_at.min()))

    def release(self, watermark: int) -> Batch:
        """Take out all readings observed at or before `watermark`, sorted by event time; arrival order decides ties."""
        if self.oldest > watermark:
            return EMPTY
        waiting = Batch.joined(self._parts)
        due = waiting.observed_at <= watermark
        ready, rest = (waiting, EMPTY) if due.all() else (waiting.take(due), waiting.take(~due))
        self._parts = [rest] if len(rest) else []
        self.oldest = int(rest.observed_at.min()) if len(rest) else FAR
        if (ready.observed_at[1:] < ready.observed_at[:-1]).any():
            ready = ready.take(np.argsort(ready.observed_at, kind="stable"))
        return ready

    def turn_back(self, to: int) -> None:
        """What waits cannot have been observed, or have arrived, after `to` (epoch ms)."""
        held = self.waiting()
        self._parts, self.oldest = [], FAR
        at, arrived = np.minimum(held.observed_at, to), np.minimum(held.received_at, to)
        self.hold(replace(held, observed_at=at, received_at=arrived))

    def waiting(self) -> Batch:
        """What waits, in arrival order: part of a checkpoint."""
        return Batch.joined(self._parts)
