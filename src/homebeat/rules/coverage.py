"""How long after the newest proof a home still counts as watched, and in which of three states a resident is."""

from __future__ import annotations

from enum import IntEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from homebeat.domain.durations import HOUR_MS
from homebeat.rules.frame import Frame
from homebeat.stream.batch import FAR, I64, NEVER, Bool

#: Two and a half hours bridge two lost reports of an hourly meter.
_LEAST_MS: Final = 9_000_000
#: "Recent" in the state shown to people: most waking gaps of an elder who is mostly in are shorter (docs/detection.md).
RECENT_MS: Final = 4 * HOUR_MS


class HomeState(IntEnum):
    """Every resident is in exactly one of these; unknown is never shown as fine."""

    UNKNOWN = 0
    ACTIVE = 1
    QUIET = 2


def compute_grace_ms(every: I64) -> I64:
    """Compute how old the newest proof may be before nothing is known, int64[n], ms: 1.5 report intervals, at least 2.5 h.

    Args:
        every: int64[n], report interval, ms; FAR for none.
    """
    return np.where(every == FAR, _LEAST_MS, np.maximum(_LEAST_MS, np.minimum(every, FAR // 4) * 3 // 2))


def get_patience_ms(frame: Frame) -> I64:
    """Get `compute_grace_ms` of the residents of the frame, int64[n], ms."""
    return frame.state.compute_once("grace_ms", lambda _: compute_grace_ms(frame.state.rhythm.resident_every))[frame.rows]


def is_covered(frame: Frame) -> Bool:
    """bool[n]: the newest proof is recent enough for the residents of the frame to count as watched."""
    watched: Bool = frame.proven_at + get_patience_ms(frame) >= frame.now
    return watched


def find_home_state(frame: Frame) -> NDArray[np.int8]:
    """Find the `HomeState` of each resident of the frame, int8[n]."""
    # a sign of life is proof by itself, even if all devices are silent
    active = (frame.life_at > NEVER) & (frame.now - np.maximum(frame.life_at, 0) <= RECENT_MS)
    state = np.where(is_covered(frame), np.int8(HomeState.QUIET), np.int8(HomeState.UNKNOWN))
    return np.where(active, np.int8(HomeState.ACTIVE), state)
