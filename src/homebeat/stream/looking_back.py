"""The last weeks of a resident, day by day.

Nights and mornings are read from the bits of `Past` and, for the newest day, from `Timeline`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from homebeat.habits.drift import BASELINE_DAYS, LAG_DAYS
from homebeat.stream.batch import F64, I32, Bool
from homebeat.stream.features.days import Drift
from homebeat.stream.features.local import LocalTime
from homebeat.stream.features.past import HALF_HOUR_MS, WORDS
from homebeat.stream.features.timeline import SLOTS
from homebeat.stream.state import State

#: Hours of the local day.
DAY_BEGINS_H: Final = 4
NIGHT_ENDS_H: Final = 5
_NIGHT: Final = 2 * NIGHT_ENDS_H
_DAY: Final = 48
#: Half hours that may be missing from a night, and before the first sign of life of a day.
_MISSING: Final = 2
_SLOTS: Final = 3
_DAY_MS: Final = 86_400_000


def local_at(local: LocalTime, zone: str, day: int, minute: int) -> int:
    """Epoch ms at which the clock of a zone shows `minute` of the local date `day` (days since 1970-01-01)."""
    shown = day * _DAY_MS + minute * 60_000
    at = shown - local.offset_s(zone, shown // HALF_HOUR_MS) * 1000
    return shown - local.offset_s(zone, at // HALF_HOUR_MS) * 1000


def nights(state: State, rows: I32, zone: str, days: Sequence[int]) -> F64:
    """Hours from midnight to five with a sign of life, float64[n, days]; NaN where the home was not watched, or they were away.

    Args:
        state: Whose past and timeline.
        rows: Residents of one time zone, int32[n].
        zone: Its name.
        days: Local dates, days since 1970-01-01, oldest first.
    """
    starts = [local_at(state.local, zone, day, 0) // HALF_HOUR_MS for day in days]
    life, ran = _spans(state, rows, starts, _NIGHT)
    active = (life[..., ::2] | life[..., 1::2]).sum(axis=2, dtype=np.int8)
    return np.where(ran.sum(axis=2, dtype=np.int8) >= _NIGHT - _MISSING, active, np.nan)


def first_signs(state: State, rows: I32, zone: str, days: Sequence[int]) -> F64:
    """Hour of the local day of the first sign of life from four on, by half hours, float64[n, days]; arguments as `nights`.

    NaN where there was none, or where the time before it was not watched.
    """
    starts = [local_at(state.local, zone, day, DAY_BEGINS_H * 60) // HALF_HOUR_MS for day in days]
    life, ran = _spans(state, rows, starts, _DAY)
    first = life.argmax(axis=2)
    # watched half hours before each one
    watched = np.concatenate([np.zeros((*ran.shape[:2], 1), np.int8), ran[..., :-1].cumsum(axis=2, dtype=np.int8)], axis=2)
    before = np.take_along_axis(watched, first[..., None], axis=2)[..., 0]
    known = life.any(axis=2) & (before >= first - _MISSING)
    return np.where(known, DAY_BEGINS_H + first / 2, np.nan)


def usual_days(day: int) -> Sequence[int]:
    """The days whose mean is what is usual as `day` is judged."""
    newest = day - LAG_DAYS
    return range(newest - BASELINE_DAYS + 1, newest + 1)


def of_days(state: State, drift: Drift, rows: I32, zone: str, days: Sequence[int]) -> F64:
    """What a drift is judged by, float64[n, days] in its unit, NaN where not known; residents of one zone, days in a row."""
    own = state.days
    match drift:
        case Drift.NIGHT_USE:
            values = nights(state, rows, zone, days)
        case Drift.FIRST_USE_LATE:
            values = first_signs(state, rows, zone, [day - 1 for day in days])
        case _:
            ring = {Drift.STEPS_FALL: own.steps, Drift.PULSE: own.pulse}.get(drift, own.litres)
            return own.ring(ring, rows, days)
    return np.where(np.array(days) > own.begun[rows][:, None], values, np.nan)


def hours_away(state: State, rows: I32, since: int, until: int) -> tuple[I32, I32]:
    """(hours known to be away, hours declared away) between two moments of the last 32 hours, int32[n] each, rounded down."""
    t = state.timeline
    ages = t.head - np.arange(since // 600_000, until // 600_000)
    ages = ages[(ages >= 0) & (ages < SLOTS)]
    away, declared = (_by_age(words[:, rows])[:, ages].sum(axis=1, dtype=np.int32) for words in (t.away, t.declared))
    return away // 6, declared // 6


def _spans(state: State, rows: I32, starts: Sequence[int], length: int) -> tuple[Bool, Bool]:
    """(life, ran) bool[n, spans, length] of half hours from each start on."""
    first, count = starts[0], starts[-1] + length - starts[0]
    life, ran = _half_hours(state, rows, first, count)
    _strike(state, rows, first, ran)
    where = (np.array(starts) - first)[:, None] + np.arange(length)
    return life[:, where], ran[:, where]


def _half_hours(state: State, rows: I32, first: int, count: int) -> tuple[Bool, Bool]:
    """(life, ran) bool[n, count] of half hours from `first` on: from the past as far as it goes, then from the timeline."""
    past, t = state.past, state.timeline
    old = min(max(past.head + 1 - first, 0), count)
    life, ran = np.zeros((len(rows), count), np.bool_), np.zeros((len(rows), count), np.bool_)
    if old:
        words = np.arange(first // 64, (first + old - 1) // 64 + 1) % WORDS
        skip = slice(first % 64, first % 64 + old)
        life[:, :old], ran[:, :old] = _unpacked(past.life, words, rows)[:, skip], _unpacked(past.ran, words, rows)[:, skip]
    if old < count:
        slots = t.head - (np.arange(first + old, first + count)[:, None] * _SLOTS + np.arange(_SLOTS))
        there = (slots >= 0) & (slots < SLOTS)
        ages = np.where(there, slots, 0)
        life[:, old:] = (_by_age(t.lived[:, rows])[:, ages] & there).any(axis=2)
        ran[:, old:] = (_by_age(t.covered[:, rows] & ~t.away[:, rows])[:, ages] & there).sum(axis=2) > _SLOTS // 2
    return life, ran


def _unpacked(words: NDArray[np.uint64], which: NDArray[np.intp], rows: I32) -> Bool:
    bits = np.ascontiguousarray(words[which[:, None], rows].T).view(np.uint8)
    return np.unpackbits(bits, axis=1, bitorder="little").view(np.bool_)


def _by_age(words: NDArray[np.uint64]) -> Bool:
    """bool[n, 192]: slots, newest first."""
    return np.unpackbits(np.ascontiguousarray(words.T).view(np.uint8), axis=1, bitorder="little").view(np.bool_)


def _strike(state: State, rows: I32, first: int, ran: Bool) -> None:
    """Take out what is declared to have been away, or to be disregarded."""
    roster, count = state.roster, ran.shape[1]
    for who, begins, ends in (
        (roster.away_resident, roster.away_from, roster.away_until),
        (roster.disregarded_resident, roster.disregarded_from, roster.disregarded_until),
    ):
        here = np.flatnonzero((ends > first * HALF_HOUR_MS) & (begins < (first + count) * HALF_HOUR_MS))
        here = here[np.isin(who[here], rows)]
        for row, since, until in zip(who[here].tolist(), begins[here].tolist(), ends[here].tolist(), strict=True):
            from_, to = max(since // HALF_HOUR_MS - first, 0), min(-(-until // HALF_HOUR_MS) - first, count)
            ran[np.flatnonzero(rows == row), from_:to] = False
