"""Water meters: the index of many homes at the instants of one local day."""

from __future__ import annotations

import numpy as np

from simulators.chance import F64, I64
from simulators.estate import Estate, compute_dripped
from simulators.life import DayLife
from simulators.localdays import LocalDays
from simulators.reports import METER_METRICS, Reports

#: Homes computed at once: this keeps the working arrays within a few megabytes.
CHUNK = 512


def compute_drawn(start: F64, span: F64, litres: F64, at: F64) -> F64:
    """Litres drawn by each instant; draws f64[n, s] (epoch ms), instants f64[n, k] -> f64[n, k]."""
    share = (at[:, :, None] - start[:, None, :]) / span[:, None, :]
    np.clip(share, 0.0, 1.0, out=share)
    out: F64 = np.matmul(share, litres[:, :, None])[:, :, 0]
    return out


def list_instants(every: int, offset: I64, first: int, last: int) -> tuple[I64, I64]:
    """Report numbers and instants (epoch ms) of devices in [first, last); i64[n, k] each, `last` or later where there is none."""
    number = -((offset - first) // every)
    longest = (last - first) // every + 1
    numbers = number[:, None] + np.arange(longest)[None, :]
    return numbers, numbers * every + offset[:, None]


def make_meter_reports(estate: Estate, life: DayLife, base: F64, days: LocalDays, day: int) -> Reports | None:
    """The readings of a local day from the meters of homes that live in one zone, all with one `meter_every`.

    Args:
        estate: Arrays of these n homes.
        life: Their day.
        base: f64[n], litres on the meter at local midnight.
        days: The zone's calendar.
        day: The local day.

    Returns:
        Reports whose `home` counts 0..n-1 and whose value is litres, not yet rounded; None when nothing is read that day.
    """
    first, last = days.find_start(day), days.find_start(day + 1)
    numbers, at = list_instants(int(estate.meter_every[0]), estate.meter_offset, first, last)
    inside = at < last
    if not inside.any():
        return None
    litres = np.empty(at.shape)
    start = days.convert_to_utc(day, life.start)
    for row in range(0, len(base), CHUNK):
        part = slice(row, row + CHUNK)
        litres[part] = compute_drawn(start[part], life.span[part], life.litres[part], at[part].astype(np.float64))
    litres += base[:, None] + compute_dripped(estate.drip_lph[:, None], at)
    home = np.broadcast_to(np.arange(len(base))[:, None], at.shape)[inside]
    value = np.full((len(home), len(METER_METRICS)), np.nan)
    value[:, 0] = litres[inside]
    out = Reports.make(METER_METRICS, home, numbers[inside], at[inside], value)
    daily = estate.meter_daily[home]
    uploaded = last + estate.upload_offset[home]
    np.copyto(out.received_at, uploaded, where=daily)
    np.copyto(out.bundle, day * 1000, where=daily)
    return out


def round_to_counts(litres: F64, resolution: I64) -> F64:
    """Round to what the register shows, m3: whole units of `resolution` litres, never up."""
    out: F64 = np.floor(litres / resolution + 1e-9) * resolution / 1000
    return out
