"""The readings of one metric in a batch. Metrics of the same reports share their devices, so some work is done only once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from homebeat.stream.batch import F64, I64, Batch, Bool
from homebeat.stream.previous import Rows, pair_with_previous

_PLACE_BITS: Final = 24
_DEVICE_BITS: Final = 32


class Devices:
    """The device rows of one or more series, intp[n], in rising order."""

    __slots__ = ("repeat", "rows")

    def __init__(self, rows: Rows) -> None:
        self.rows = rows
        #: Whether a device occurs twice.
        self.repeat = bool((rows[1:] == rows[:-1]).any())


@dataclass(frozen=True, slots=True)
class Series:
    """Readings of one metric, by device, then by event time.

    Attributes:
        devices: Device rows; shared between series whose devices are the same, one by one.
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

    def filter(self, mask: Bool) -> Series:
        """The readings for which `mask` (bool[n]) holds; the series itself if that is all."""
        return self if mask.all() else self.take(np.flatnonzero(mask))

    def take(self, places: Rows) -> Series:
        """The readings at these places."""
        return Series(Devices(self.device.take(places)), self.observed_at.take(places), self.value.take(places))

    def is_about(self, other: Series | None) -> bool:
        """Whether the other series has readings of the same devices at the same times."""
        return other is not None and self.devices is other.devices and np.array_equal(self.observed_at, other.observed_at)


def split_by_metric(batch: Batch) -> dict[int, Series]:
    """Split a batch by metric; each series by device, then in the batch's order, so that memory is read in order."""
    found: dict[int, Series] = {}
    order, device = _sort(batch)
    device, at, value = device.astype(np.intp, copy=False), batch.observed_at.take(order), batch.value.take(order)
    start = 0
    for metric, count in enumerate(np.bincount(batch.metric).tolist()):
        if count:
            here = slice(start, start + count)
            found[metric] = Series(_share_devices(found, device[here]), at[here], value[here])
            start += count
    return found


def drop_older(series: Series, known_at: I64) -> Series:
    """Drop readings that are not newer than the known ones: a late one must not count as the predecessor of the next.

    Args:
        series: The readings.
        known_at: int64[devices], time of the newest known reading of each device, epoch ms.
    """
    return series.filter(series.observed_at > known_at[series.device])


def pair_values(series: Series, last_at: I64, last: NDArray[np.floating]) -> tuple[Rows, I64, F64, I64, F64]:
    """Pair each value with the one before: (rows, time, value, time and value before, or NEVER and NaN).

    Arguments as `pair_with_previous`.
    """
    if not series.devices.repeat:
        device = series.device
        return device, series.observed_at, series.value, last_at[device], last[device].astype(np.float64)
    return pair_with_previous(series.device, series.observed_at, series.value, last_at, last)


def _share_devices(found: dict[int, Series], rows: Rows) -> Devices:
    for series in found.values():
        if np.array_equal(series.device, rows):
            return series.devices
    return Devices(rows)


def _sort(batch: Batch) -> tuple[Rows, I64]:
    """Sort by metric, device and position: (positions, the device of each)."""
    if len(batch) >> _PLACE_BITS:
        order = np.lexsort((batch.device, batch.metric))
        return order, batch.device.take(order).astype(np.int64)
    # all three in one number: sorting numbers is far quicker than sorting positions by what they point to
    key = batch.metric.astype(np.int64) << (_PLACE_BITS + _DEVICE_BITS)
    key |= batch.device.astype(np.int64) << _PLACE_BITS
    key |= np.arange(len(batch))
    key.sort()
    return key & ((1 << _PLACE_BITS) - 1), (key >> _PLACE_BITS) & ((1 << _DEVICE_BITS) - 1)
