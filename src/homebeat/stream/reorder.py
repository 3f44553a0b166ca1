"""Holds readings until the watermark passes them, so that features see each device's readings in event-time order.

The watermark is the engine's instant minus the allowed lateness. A reading that arrives later than that is folded as soon as it
arrives; each feature says what it does with it. Device alarms do not wait.

Contacts of one home that report within two seconds of each other are folded together, on whichever side of the watermark they
are: no person moved them.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from homebeat.domain.metric import Metric
from homebeat.stream.batch import EMPTY, FAR, I32, Batch, Bool
from homebeat.stream.features.contacts import TOGETHER_MS


class Reorder:
    """Readings that wait for the watermark. Their number is bounded by the lateness and the allowed future skew."""

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

    def release(self, watermark: int, home: I32) -> Batch:
        """Remove and return the readings observed at or before `watermark`, sorted by event time; ties in arrival order.

        Args:
            watermark: Epoch ms.
            home: int32[devices], household row of each device.
        """
        if self.oldest > watermark:
            return EMPTY
        waiting = Batch.join(self._parts)
        due = waiting.observed_at <= watermark
        if not due.all():
            due |= _find_together(waiting, due, home)
        ready, rest = (waiting, EMPTY) if due.all() else (waiting.take(due), waiting.take(~due))
        self._parts = [rest] if len(rest) else []
        self.oldest = int(rest.observed_at.min()) if len(rest) else FAR
        if (ready.observed_at[1:] < ready.observed_at[:-1]).any():
            ready = ready.take(np.argsort(ready.observed_at, kind="stable"))
        return ready

    def rewind(self, to: int) -> None:
        """Follow a step of the clock back to `to` (epoch ms): nothing that waits was observed, or arrived, later."""
        held = self.join_waiting()
        self._parts, self.oldest = [], FAR
        at, arrived = np.minimum(held.observed_at, to), np.minimum(held.received_at, to)
        self.hold(replace(held, observed_at=at, received_at=arrived))

    def join_waiting(self) -> Batch:
        """Join what waits, in arrival order, for a checkpoint."""
        return Batch.join(self._parts)


def _find_together(waiting: Batch, due: Bool, home: I32) -> Bool:
    """bool[n]: contacts that report so soon after a due one of their home that they belong together."""
    out = np.zeros(len(waiting), np.bool_)
    contacts = np.flatnonzero((waiting.metric == Metric.DOOR_OPEN) | (waiting.metric == Metric.BED_OCCUPIED))
    if due[contacts].all():
        return out
    at, home = waiting.observed_at[contacts], home[waiting.device[contacts]]
    order = np.lexsort((at, home))
    at, home = at[order], home[order]
    begins = np.flatnonzero(np.concatenate([[True], (home[1:] != home[:-1]) | (at[1:] - at[:-1] > TOGETHER_MS)]))
    some = np.repeat(np.logical_or.reduceat(due[contacts[order]], begins), np.diff(np.append(begins, len(at))))
    out[contacts[order]] = some
    return out
