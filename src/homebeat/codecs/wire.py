"""The types that every codec takes and returns.

A codec is a pure function `(payload, received_at, limits) -> Readings`. It returns the good readings of a message even if others
are bad: an absurd battery level never costs the SOS beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, IntFlag
from zoneinfo import ZoneInfo

import msgspec

from homebeat.domain.durations import HOUR_MS
from homebeat.domain.inbound import QuarantineReason


class Mark(IntFlag):
    """Bits that say what is special about a reading, such as how it got its event time; stored with it."""

    NONE = 0
    UNTIMED = 1  # the device gave no time; arrival time is used
    CLOCK_CORRECTED = 2  # the device's time was absurd; arrival time is used
    RETAINED = 4  # the broker had kept it: it does not show that the device is alive now
    TEST = 8  # the device says that somebody tests it


class Raw(IntEnum):
    """What some devices report and only the registry explains. It stands in `Readings.metric` as metrics do.

    `ingest.reading` turns it into a metric by what the registry says of the device. No reading is stored under these numbers.
    """

    PULSES = 200  # a running count of pulses; how many litres one is says the registry
    PRESS = 201  # a button was pressed: a call for help only on a device that is registered as a button for that
    CONTACT = 202  # a switch is on or off: a door, a bed, a pull cord, whatever it is fitted to


@dataclass(frozen=True, slots=True)
class Limits:
    """Payload and time limits; times in milliseconds, sizes in bytes.

    Attributes:
        max_reports: How many devices one message may report on.
        future_ms: A device time further ahead of arrival than this is a wrong clock.
        behind_ms: A *live* reading (not in a list) older than this is a wrong clock: back-fill comes as a list.
        backfill_ms: A reading in a list older than this is quarantined.
        zone: By which clock devices write times without a zone; None: such a time is not used, and arrival counts.
    """

    max_payload_bytes: int = 65_536
    max_readings: int = 5_000
    max_reports: int = 1_000
    max_extras: int = 64
    max_text: int = 256
    future_ms: int = 5 * 60_000
    behind_ms: int = 48 * HOUR_MS
    backfill_ms: int = 35 * 24 * HOUR_MS
    zone: ZoneInfo | None = None


class Readings(msgspec.Struct):
    """What one message says about one device, as columns of one length, in the order of the message.

    Attributes:
        metric: `Metric` numbers.
        at: Event times, epoch ms UTC.
        value: Finite numbers; booleans as 0 and 1.
        mark: `Mark` bits.
        extras: (metric name, event time, text) of metrics that are not judged.
        faults: (reason, detail) of parts that could not be used.
        unmeasured: How many values meant "not measured" and were left out.

    A struct and no dataclass: one is made for each report, in a third of the time. Each gets lists of its own.
    """

    metric: list[int] = []
    at: list[int] = []
    value: list[float] = []
    mark: list[int] = []
    extras: list[tuple[str, int, str]] = []
    faults: list[tuple[QuarantineReason, str]] = []
    unmeasured: int = 0


class Unreadable(Exception):
    """Nothing of the message can be used. The message goes to quarantine with this reason."""

    def __init__(self, reason: QuarantineReason, detail: str = "") -> None:
        self.reason = reason
        self.detail = detail
        super().__init__(f"{reason}: {detail}")
