"""Gaps between signs of life, measured on the clock that runs only while the resident is covered and at home."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from homebeat.habits.policy import B1, DAY_S, F64, I64, SLOT_S, History

ABSENCE_S = 24 * 3600
OUT_S = 5 * 3600


@dataclass(frozen=True, slots=True, eq=False)
class QuietGaps:
    """Gaps of one resident, n of them, in order.

    Attributes:
        end: int64[n], epoch seconds UTC of the sign that ended each.
        slot: int64[n], local half hour of the day in which each began, 0 to 47.
        local_s: int64[n], local second of the day at which each began.
        quiet_s: float64[n], seconds on the quiet clock.
        ended: bool[n], a sign of life was seen to end it; false where the clock had stopped before, so it only lasted *at
            least* so long.
        absent: bool[n], a day and longer: nobody was there and nobody said so. Left out of what is learned.
    """

    end: I64
    slot: I64
    local_s: I64
    quiet_s: F64
    ended: B1
    absent: B1


def quiet_gaps(history: History, since: int) -> QuietGaps:
    """The gaps that began at `since` (epoch seconds UTC) or later and ended within the history."""
    first = int(np.searchsorted(history.life_at, since))
    last = int(np.searchsorted(history.life_at, history.observed_until, side="right"))
    at = history.life_at[first:last]
    begun, end = at[:-1], at[1:]
    quiet, ended = _on_the_clock(begun, end, history.clock_runs)
    local = (begun + history.utc_offset_s[first : first + len(begun)]) % DAY_S
    # Two devices may tell of one act at the same second, and an outing leaves no quiet at all: neither says anything about quiet.
    told = quiet > 0
    quiet, local = quiet[told], local[told]
    return QuietGaps(end[told], local // SLOT_S, local, quiet, ended[told], quiet >= ABSENCE_S)


def _on_the_clock(begun: I64, end: I64, runs: I64 | None) -> tuple[F64, B1]:
    if runs is None:
        return (end - begun).astype(np.float64), np.ones(len(end), np.bool_)
    if not len(runs):
        return np.zeros(len(end)), np.zeros(len(end), np.bool_)
    edges = runs.ravel().astype(np.float64)
    length = (runs[:, 1] - runs[:, 0]).astype(np.float64)
    clock = np.concatenate([[0.0], np.cumsum(np.stack([length, np.zeros(len(length))], axis=1).ravel())[:-1]])
    quiet = np.interp(end, edges, clock) - np.interp(begun, edges, clock)
    within = np.searchsorted(runs[:, 0], end, side="left") - 1
    ended = (within >= 0) & (end <= runs[np.maximum(within, 0), 1])
    return quiet, ended
