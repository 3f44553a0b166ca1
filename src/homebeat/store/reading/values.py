"""Values of the log of readings; times in epoch milliseconds UTC."""

from __future__ import annotations

from dataclasses import dataclass

from homebeat.domain.ids import DeviceId
from homebeat.domain.inbound import QuarantineReason
from homebeat.domain.metric import Metric
from homebeat.stream.batch import Bool


@dataclass(frozen=True, slots=True)
class ReadingEntry:
    """One reading."""

    position: int
    device: DeviceId
    metric: Metric
    observed_at: int
    received_at: int
    value: float
    mark: int


@dataclass(frozen=True, slots=True)
class ReadingBin:
    """The readings of one metric in a span of time that begins at `at`; one without readings is left out."""

    at: int
    low: float
    high: float
    mean: float


@dataclass(frozen=True, slots=True)
class HourUse:
    """Water used in the hour that begins at `hour_at`; `litres` is None where readings are missing."""

    hour_at: int
    litres: float | None


@dataclass(frozen=True, slots=True)
class QuarantineEntry:
    """A quarantined message. `device`: None where no registered one has sent it."""

    id: int
    topic: str
    payload: bytes
    received_at: int
    reason: QuarantineReason
    detail: str
    partial: bool
    retried_at: int | None
    retried_outcome: str | None
    device: DeviceId | None = None


@dataclass(frozen=True, slots=True)
class Appended:
    """The result of appending a batch.

    Attributes:
        accepted: How many readings were new.
        mask: Which readings were new, bool[n]; None when all were.
        position: The end of the log after the append; a checkpoint stores it with the state.
    """

    accepted: int
    mask: Bool | None
    position: int


@dataclass(frozen=True, slots=True)
class Balance:
    """Cumulative counts since the database began; the first four count messages."""

    delivered: int = 0
    accepted: int = 0
    duplicate: int = 0
    quarantined: int = 0
    readings_accepted: int = 0
    readings_duplicate: int = 0
    readings_withheld: int = 0

    @property
    def missing(self) -> int:
        """Delivered messages that are not accounted for: 0, or messages were lost (positive) or counted twice (negative)."""
        return self.delivered - self.accepted - self.duplicate - self.quarantined

    @property
    def is_balanced(self) -> bool:
        """Whether accepted + duplicate + quarantined = delivered."""
        return self.missing == 0
