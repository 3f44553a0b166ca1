"""The readings of one metric out of a batch; what follows from their devices is worked out once for all metrics of a report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from homebeat.stream.batch import F64, I64, Batch, Bool
from homebeat.stream.previous import Rows, with_previous

_PLACE_BITS: Final = 24
_DEVICE_BITS: Final = 32


class Devices:
    """The device rows of one or more series, intp[n], never falling."""

    __slots__ = ("repeat", "rows")

    def __init__(self, rows: Rows) -> None:
        self.rows = rows
        #: Whether some device stands here twice.
        self.repeat = bool((rows[1:] == rows[:-1]).any())


@dataclass(frozen=True, slots=True)
class Series:
    """Readings of one metric, by device, then by event time.

    Attributes:
        devices: Whose; shared between series whose devices are the same, one by one.
        observed_at: int64[n], epoch ms.
        value: float64[n].
    """

    devices: Devices
    observed_at: I64
    value: F64

    def __len__(self) -> int:
        return len(self.value)

    @property
    def device(self) -> Rows:
        """Device rows, intp[n]."""
        return self.devices.rows

    def where(self, mask: Bool) -> Series:
        """The readings for which `mask` holds; itself where it holds for all."""
        return self if mask.all() else self.take(np.flatnonzero(mask))

    def take(self, places: Rows) -> Series:
        """The readings at these places."""
        return Series(Devices(self.device.take(places)), self.observed_at.take(places), self.value.take(places))

    def is_about(self, other: Series | None) -> bool:
        """Whether the other one's readings are of the same devices at the same times."""
        return other is not None and self.devices is other.devices and np.array_equal(self.observed_at, other.observed_at)


def by_metric(batch: Batch) -> dict[int, Series]:
    """The readings of each metric, by device, then in the batch's order: neighbours in memory are met one after the other."""
    found: dict[int, Series] = {}
    order, device = _order(batch)
    device, at, value = device.astype(np.intp, copy=False), batch.observed_at.take(order), batch.value.take(order)
    start = 0
    for metric, count in enumerate(np.bincount(batch.metric).tolist()):
        if count:
            here = slice(start, start + count)
            found[metric] = Series(_shared(found, device[here]), at[here], value[here])
            start += count
    return found


def newer(series: Series, known_at: I64) -> Series:
    """Without readings that are older than what is known: late ones must not pass for the one before the next."""
    return series.where(series.observed_at > known_at[series.device])


def with_value_before(series: Series, last_at: I64, last: NDArray[np.floating]) -> tuple[Rows, I64, F64, I64, F64]:
    """(rows, time, value, the row's time and value before that, or NEVER and NaN); see `with_previous`."""
    if not series.devices.repeat:
        device = series.device
        return device, series.observed_at, series.value, last_at[device], last[device].astype(np.float64)
    return with_previous(series.device, series.observed_at, series.value, last_at, last)


def _shared(found: dict[int, Series], rows: Rows) -> Devices:
    for series in found.values():
        if np.array_equal(series.device, rows):
            return series.devices
    return Devices(rows)


def _order(batch: Batch) -> tuple[Rows, I64]:
    """(places by metric, device and place; the device of each)."""
    if len(batch) >> _PLACE_BITS:
        order = np.lexsort((batch.device, batch.metric))
        return order, batch.device.take(order).astype(np.int64)
    # all three in one number: sorting numbers is far quicker than sorting places by what they hold
    key = batch.metric.astype(np.int64) << (_PLACE_BITS + _DEVICE_BITS)
    key |= batch.device.astype(np.int64) << _PLACE_BITS
    key |= np.arange(len(batch))
    key.sort()
    return key & ((1 << _PLACE_BITS) - 1), (key >> _PLACE_BITS) & ((1 << _DEVICE_BITS) - 1)
