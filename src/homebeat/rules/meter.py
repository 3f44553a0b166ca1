"""When a rule may rely on a meter's totals."""

from __future__ import annotations

import numpy as np

from homebeat.rules.frame import Frame
from homebeat.stream.batch import FAR, I32, NEVER, Bool
from homebeat.stream.features.water import ATTRIBUTABLE_MS, is_fault_status, is_window_known


def is_believed(frame: Frame, window_ms: int = 0, rows: slice | I32 | None = None) -> Bool:
    """bool[n]: totals are fresh, without fault now, and known over the whole window (axis meter).

    Args:
        frame: The block.
        window_ms: The trailing window, 0 for none.
        rows: Meter rows to check; those of the block if not given.
    """
    water, rows = frame.water, frame.rows if rows is None else rows
    at = water.total_at[rows]
    every = frame.state.roster.device_every[frame.state.roster.meter_device[rows]]
    stale_ms = np.maximum(np.minimum(every, FAR // 8) * 3, 9_000_000)
    fresh = (at > NEVER) & (frame.now - np.maximum(at, 0) <= stale_ms)
    sane = np.isnan(water.suspect[rows]) & ~is_fault_status(water.status[rows])
    sound: Bool = fresh & sane
    return sound & is_window_known(water, rows, window_ms) if window_ms else sound


def shows_hours(frame: Frame, rows: slice | I32 | None = None) -> Bool:
    """bool[n]: the newest interval is short enough to say in which hours water ran."""
    water, rows = frame.water, frame.rows if rows is None else rows
    short: Bool = np.maximum(water.total_at[rows], 0) - np.maximum(water.before_at[rows], 0) <= ATTRIBUTABLE_MS
    return short


def combine_home(frame: Frame, here: Bool, more: Bool) -> Bool:
    """Combine `here` (bool[n]) of each meter with `more` of the other meters of its home, in the order of `Frame.more_meters`."""
    out = here.copy()
    np.logical_and.at(out, frame.more_meters[1], more)
    return out
