"""When a meter's totals can be built on."""

from __future__ import annotations

import numpy as np

from homebeat.rules.frame import Frame
from homebeat.stream.batch import FAR, NEVER, Bool
from homebeat.stream.features.water import status_is_fault


def believed(frame: Frame, window_ms: int) -> Bool:
    """bool[n]: totals are fresh, without fault now, and have been believed over the whole window (axis meter)."""
    water, rows = frame.water, frame.rows
    at = np.maximum(frame.total_at, 0)
    stale_ms = np.maximum(np.minimum(frame.every, FAR // 8) * 3, 9_000_000)
    fresh = (frame.total_at > NEVER) & (frame.now - at <= stale_ms)
    whole = at - np.maximum(water.known_at[rows], 0) >= window_ms
    sane = np.isnan(water.suspect[rows]) & ~status_is_fault(water.status[rows])
    sound: Bool = fresh & whole & sane
    return sound
