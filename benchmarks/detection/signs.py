"""From meter totals to signs of life and to gaps, causally: nothing here looks past the reading it judges."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.detection.homes import Meter

I64 = NDArray[np.int64]
F64 = NDArray[np.float64]
SMALLEST_USE_LITRES = 1.0
PROVEN_FOR_S = 4500  # a reading proves the next hour and a quarter: hourly meters, a little late
BASE_FLOW_WINDOW_H = 3
BASE_FLOW_MEMORY_H = 48


@dataclass(frozen=True, slots=True)
class Gaps:
    """Spans between two neighbouring signs of life of one home: n gaps.

    Attributes:
        start, end: int64[n], epoch seconds UTC of the sign before and after.
        local: int64[n], local wall seconds of the start.
        quiet_s: int64[n], seconds proven quiet: the wall length, less a last stretch in which the meter was not heard.
        ended: bool[n], the end was seen; false where the life came somewhere inside a hole in the data.
    """

    start: I64
    end: I64
    local: I64
    quiet_s: I64
    ended: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.start)

    def pick(self, mask: NDArray[np.bool_]) -> Gaps:
        """The gaps where `mask` holds."""
        return Gaps(self.start[mask], self.end[mask], self.local[mask], self.quiet_s[mask], self.ended[mask])


def compute_base_flow(meter: Meter) -> F64:
    """Litres an hour that run day and night, known just before each reading.

    The smallest use over any three hours in a row of the last 48 h: a person sleeps or goes out for three hours once in two
        days, a leak does
    not. Shape float64[n].
    """
    hour = np.arange(meter.at[0] // 3600 + 1, meter.at[-1] // 3600 + 1)
    total = np.interp(hour * 3600.0, meter.at, meter.litres)
    width = BASE_FLOW_WINDOW_H
    per_hour = np.full(len(hour), np.inf)
    per_hour[width:] = (total[width:] - total[:-width]) / width
    memory = BASE_FLOW_MEMORY_H
    padded = np.concatenate([np.full(memory, np.inf), per_hour])
    lowest = np.lib.stride_tricks.sliding_window_view(padded, memory)[: len(hour)].min(axis=1)
    lowest[: memory + width] = 0.0
    index = np.clip(meter.at // 3600 - hour[0], 0, len(hour) - 1)
    return np.asarray(np.where(np.isfinite(lowest), lowest, 0.0)[index])


def find_life_readings(meter: Meter) -> NDArray[np.bool_]:
    """Which readings show a sign of life: the total rose by a litre or more over what the base flow explains. bool[n]."""
    rise = np.diff(meter.litres, prepend=meter.litres[0])
    hours = np.diff(meter.at, prepend=meter.at[0]) / 3600
    return np.asarray(rise - compute_base_flow(meter) * hours >= SMALLEST_USE_LITRES)


def find_gaps(meter: Meter) -> Gaps:
    """The home's gaps in order; the one still open at the end of the data is left out."""
    life = np.flatnonzero(find_life_readings(meter))
    first, last = life[:-1], life[1:]
    silent = meter.at[last] - meter.at[last - 1]
    heard = silent <= PROVEN_FOR_S
    quiet = meter.at[last] - meter.at[first] - np.where(heard, 0, silent - PROVEN_FOR_S)
    return Gaps(meter.at[first], meter.at[last], meter.local[first], quiet, heard)
