"""What devices measured and when it arrives, as columns, before it is written as bytes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from homebeat.domain.metric import Metric
from simulators.chance import F64, I64
from simulators.personas import Flags

METER_METRICS: Final = (Metric.VOLUME_M3, Metric.BATTERY_PCT)
BAND_METRICS: Final = (
    Metric.HEART_RATE_BPM,
    Metric.SPO2_PCT,
    Metric.STEPS,
    Metric.WORN,
    Metric.AT_HOME,
    Metric.ASLEEP,
    Metric.BATTERY_PCT,
)
ALARM_METRICS: Final = (Metric.ALARM_SOS, Metric.ALARM_FALL)
#: `bundle` of a report that travels alone.
ALONE: Final = -1


@dataclass(frozen=True)
class Reports:
    """n reports of devices of one family, sorted by home; n rows in every array.

    Attributes:
        metrics: The metric of each column of `value`.
        home: Row of the home in the street, int64[n].
        serial: Number that orders and identifies a report within its device, int64[n].
        at: When it was really taken, epoch ms.
        observed_at: What the device's clock said.
        received_at: When it arrives.
        bundle: Reports of a device with the same number (not `ALONE`) travel as one list.
        value: f64[n, m]; NaN where the device sends nothing.
        untimed: bool[n], sent without a time.
        junk: bool[n], something unreadable is sent instead.
    """

    metrics: tuple[Metric, ...]
    home: I64
    serial: I64
    at: I64
    observed_at: I64
    received_at: I64
    bundle: I64
    value: F64
    untimed: Flags
    junk: Flags

    def __len__(self) -> int:
        return len(self.home)

    @classmethod
    def make(cls, metrics: tuple[Metric, ...], home: I64, serial: I64, at: I64, value: F64) -> Reports:
        """Make reports that arrive at the moment they are measured, by a true clock."""
        no = np.zeros(len(home), np.bool_)
        return cls(metrics, home, serial, at, at.copy(), at.copy(), np.full(len(home), ALONE, np.int64), value, no, no.copy())

    def take(self, where: Flags | I64) -> Reports:
        """The reports at `where` (mask or positions)."""
        return replace(
            self,
            home=self.home[where],
            serial=self.serial[where],
            at=self.at[where],
            observed_at=self.observed_at[where],
            received_at=self.received_at[where],
            bundle=self.bundle[where],
            value=self.value[where],
            untimed=self.untimed[where],
            junk=self.junk[where],
        )

    def find_rows(self, home: int) -> slice:
        """The span of one home's reports."""
        return slice(int(np.searchsorted(self.home, home)), int(np.searchsorted(self.home, home, "right")))


def join(parts: Sequence[Reports]) -> Reports:
    """Join reports of one family, each part sorted by home and then by time, into one."""
    first = parts[0]
    if len(parts) == 1:
        return first
    home = np.concatenate([p.home for p in parts])
    serial = np.concatenate([p.serial for p in parts])
    at = np.concatenate([p.at for p in parts])
    order = np.lexsort((serial, home))

    def column(name: str) -> NDArray[np.generic]:
        out: NDArray[np.generic] = np.concatenate([getattr(p, name) for p in parts])[order]
        return out

    rest = {name: column(name) for name in ("observed_at", "received_at", "bundle", "value", "untimed", "junk")}
    return replace(first, home=home[order], serial=serial[order], at=at[order], **rest)  # type: ignore[arg-type]
