"""Shared by the rules over a measured value: it is fresh, the band is worn, and it is out of bounds for long enough."""

from __future__ import annotations

from typing import Final

import numpy as np

from homebeat.domain.metric import Metric
from homebeat.rules.frame import Frame
from homebeat.rules.rule import Judgement, Verdict, make_never_due, make_verdicts
from homebeat.stream.batch import FAR, I64, NEVER, Batch, Bool

#: A value is current for three report intervals, and at least for so long.
_FRESH_MS: Final = 15 * 60_000


def judge_value(frame: Frame, metric: Metric, *, low: float, high: float, worn_only: bool) -> Judgement:
    """Judge the newest value: FIRING where it lies outside [low, high].

    UNKNOWN where nothing was measured, where the value is stale, or (`worn_only`) where the band was taken off since. Bands write
    0 for "no contact"; codecs leave that out, so it never arrives here.
    """
    at, value = frame.get_latest(metric)
    limit = np.maximum(np.minimum(frame.every, FAR // 8) * 3, _FRESH_MS)
    fresh = (at > NEVER) & (frame.now - np.maximum(at, 0) <= limit)
    if worn_only:
        fresh = fresh & ~is_off_wrist(frame, at)
    verdict = make_verdicts(frame, firing=(value < low) | (value > high), known=fresh & ~np.isnan(value))
    due = make_never_due(frame)
    held = verdict != Verdict.UNKNOWN
    due[held] = np.maximum(at[held], 0) + limit[held] + 1
    return Judgement(verdict, at, due, at)


def has_outside(frame: Frame, metric: Metric, low: float, high: float) -> bool:
    """Whether the newest value of some row, fresh or not, lies outside [low, high]."""
    value = frame.get_latest(metric)[1]
    return bool(((value < low) | (value > high)).any())


def is_outside(readings: Batch, metric: Metric, low: float, high: float) -> Bool:
    """bool[n]: readings of the metric that lie outside [low, high]."""
    out: Bool = (readings.metric == metric) & ((readings.value < low) | (readings.value > high))
    return out


def is_off_wrist(frame: Frame, at: I64) -> Bool:
    """bool[n]: the band reported "not worn" after `at` (int64[n], epoch ms), or before that and was not worn since.

    It is worn again when it reports so, or when steps are counted: off the wrist a band may go on measuring the table.
    """
    worn_at, worn = frame.get_latest(Metric.WORN)
    off: Bool = (worn == 0) & ((worn_at >= at) | (frame.signs_at <= worn_at))
    return off
