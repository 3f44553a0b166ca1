"""A batch of readings as a structure of arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

I64 = NDArray[np.int64]
I32 = NDArray[np.int32]
F64 = NDArray[np.float64]
F32 = NDArray[np.float32]
U8 = NDArray[np.uint8]
Bool = NDArray[np.bool_]

#: "It has not happened": smaller than any time, so `max` ignores it, and no comparison takes it for something new.
NEVER: Final = int(np.iinfo(np.int64).min)
#: "It will not happen by itself": larger than any time.
FAR: Final = int(np.iinfo(np.int64).max)


@dataclass(frozen=True, slots=True)
class Batch:
    """Readings in arrival order; all arrays have the same length n.

    Attributes:
        device: Row of the device in the roster, int32[n].
        metric: `Metric` number, uint8[n].
        observed_at: Event time, epoch ms UTC, int64[n].
        received_at: Arrival, epoch ms UTC, int64[n], never decreasing.
        value: float64[n], finite.
        mark: `codecs.wire.Mark` bits, uint8[n].
    """

    device: I32
    metric: U8
    observed_at: I64
    received_at: I64
    value: F64
    mark: U8

    def __len__(self) -> int:
        return len(self.device)

    def take(self, where: Bool | I64 | slice) -> Batch:
        """The readings at `where` (a mask, positions or a slice), in that order."""
        return Batch(
            self.device[where],
            self.metric[where],
            self.observed_at[where],
            self.received_at[where],
            self.value[where],
            self.mark[where],
        )

    @classmethod
    def of(
        cls,
        device: Sequence[int],
        metric: Sequence[int],
        observed_at: Sequence[int],
        received_at: Sequence[int],
        value: Sequence[float],
        mark: Sequence[int] | None = None,
    ) -> Batch:
        """Build from sequences of equal length."""
        return cls(
            np.asarray(device, np.int32),
            np.asarray(metric, np.uint8),
            np.asarray(observed_at, np.int64),
            np.asarray(received_at, np.int64),
            np.asarray(value, np.float64),
            np.zeros(len(device), np.uint8) if mark is None else np.asarray(mark, np.uint8),
        )

    @classmethod
    def join(cls, parts: Sequence[Batch]) -> Batch:
        """One batch of several, in the order given."""
        if not parts:
            return EMPTY
        if len(parts) == 1:
            return parts[0]
        return cls(
            np.concatenate([p.device for p in parts]),
            np.concatenate([p.metric for p in parts]),
            np.concatenate([p.observed_at for p in parts]),
            np.concatenate([p.received_at for p in parts]),
            np.concatenate([p.value for p in parts]),
            np.concatenate([p.mark for p in parts]),
        )


EMPTY: Final = Batch.of([], [], [], [], [])
