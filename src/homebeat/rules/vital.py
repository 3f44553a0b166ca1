"""What the rules over a measured value share: fresh, worn, and out of bounds for long enough."""

from __future__ import annotations

from typing import Final

import numpy as np

from homebeat.domain.metric import Metric
from homebeat.rules.frame import Frame
from homebeat.rules.rule import Judgement, Verdict, never_due, verdicts
from homebeat.stream.batch import FAR, I64, NEVER, Batch, Bool

#: A value says something about now for three report intervals and at least this long.
_FRESH_MS: Final = 15 * 60_000


def judge_value(frame: Frame, metric: Metric, *, low: float, high: float, worn_only: bool) -> Judgement:
    """FIRING where the newest value lies outside [low, high].

    UNKNOWN where nothing was measured, the value is stale, or (`worn_only`) the band was taken off since. Bands write 0 for
    "no contact"; codecs leave that out, so it never arrives here.
    """
    at, value = frame.latest(metric)
    limit = np.maximum(np.minimum(frame.every, FAR // 8) * 3, _FRESH_MS)
    fresh = (at > NEVER) & (frame.now - np.maximum(at, 0) <= limit)
    if worn_only:
        fresh = fresh & ~taken_off(frame, at)
    verdict = verdicts(frame, firing=(value < low) | (value > high), known=fresh & ~np.isnan(value))
    due = never_due(frame)
    held = verdict != Verdict.UNKNOWN
    due[held] = np.maximum(at[held], 0) + limit[held] + 1
    return Judgement(verdict, at, due, at)


def some_outside(frame: Frame, metric: Metric, low: float, high: float) -> bool:
    """Whether the newest value of some row, fresh or not, lies outside [low, high]."""
    value = frame.latest(metric)[1]
    return bool(((value < low) | (value > high)).any())


def outside(wave: Batch, metric: Metric, low: float, high: float) -> Bool:
    """bool[n]: readings of the metric that lie outside [low, high]."""
    out: Bool = (wave.metric == metric) & ((wave.value < low) | (wave.value > high))
    return out


def taken_off(frame: Frame, at: I64) -> Bool:
    """bool[n]: the band said "not worn" after `at`, or has not been worn again since it said so before.

    It is worn again when it says so or steps are counted: off the wrist a band may go on measuring the table.
    """
    worn_at, worn = frame.latest(Metric.WORN)
    off: Bool = (worn == 0) & ((worn_at >= at) | (frame.signs_at <= worn_at))
    return off
