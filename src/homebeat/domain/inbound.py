"""Messages before they are read, and why one may be quarantined."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class Message(NamedTuple):
    """One message as a source gave it. `received_at` is epoch ms UTC; `token` is what the source needs to acknowledge it."""

    topic: str
    payload: bytes
    received_at: int
    token: int = 0
    retained: bool = False


class QuarantineReason(StrEnum):
    """Why a message, or a part of it, could not be used. It is kept with its bytes and can be tried again."""

    UNKNOWN_TOPIC = "unknown_topic"
    UNKNOWN_DEVICE = "unknown_device"
    TOO_LARGE = "too_large"
    NOT_JSON = "not_json"
    WRONG_SHAPE = "wrong_shape"
    EMPTY = "empty"
    WRONG_TYPE = "wrong_type"
    ABSURD_VALUE = "absurd_value"
    ABSURD_TIME = "absurd_time"
    RETAINED = "retained"
    SIMULATED = "simulated"  # a platform's test button made it: no device sent it
    DEFECT = "defect"  # homebeat itself failed to read it: please report that


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A message in quarantine.

    Attributes:
        partial: Whether other readings of the same message were used.
        calling: Unregistered devices in it that call for help; None where the message could not be looked into.
        device: The one registered device that it is about, where its topic does not say that; empty for none or several.
    """

    topic: str
    payload: bytes
    received_at: int
    reason: QuarantineReason
    detail: str = ""
    partial: bool = False
    calling: tuple[str, ...] | None = None
    device: str = ""


class Extra(NamedTuple):
    """A reading of a metric that homebeat does not know: kept as text, never judged. Times are epoch ms UTC."""

    device: str
    metric: str
    observed_at: int
    received_at: int
    value: str
