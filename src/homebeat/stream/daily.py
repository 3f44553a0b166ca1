"""The last weeks of residents, one value a day.

Nights and mornings are read from the bits of `Past`, and for the newest day from `Timeline`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from homebeat.domain.durations import DAY_MS
from homebeat.habits.drift import BASELINE_DAYS, LAG_DAYS
from homebeat.stream.batch import F64, I32, Bool
from homebeat.stream.features.days import Drift
from homebeat.stream.features.local import LocalTime
from homebeat.stream.features.past import HALF_HOUR_MS, WORDS
from homebeat.stream.features.timeline import SLOTS
from homebeat.stream.state import State

U64 = NDArray[np.uint64]

#: Hours of the local day.
DAY_BEGINS_H: Final = 4
NIGHT_ENDS_H: Final = 5
_NIGHT: Final = 2 * NIGHT_ENDS_H
_DAY: Final = 48
_ONE: Final = np.uint64(1)
_EVERY_OTHER: Final = np.uint64(0b0101010101)
#: How many half hours may be missing from a night, or before the first sign of life of a day.
_MISSING: Final = 2
_SLOTS: Final = 3


def find_local_instant(local: LocalTime, zone: str, day: int, minute: int) -> int:
    """Find the epoch ms at which the clock of a zone shows `minute` of the local date `day` (days since 1970-01-01)."""
    shown = day * DAY_MS + minute * 60_000
    at = shown - local.get_offset_s(zone, shown // HALF_HOUR_MS) * 1000
    return shown - local.get_offset_s(zone, at // HALF_HOUR_MS) * 1000


def count_night_hours(state: State, rows: I32, zone: str, days: Sequence[int]) -> F64:
    """Count the hours from midnight to five with a sign of life; NaN where the home was not watched, or the resident was away.

    Args:
        state: With the past and the timeline.
        rows: Residents of one time zone, int32[n].
        zone: Its name.
        days: Local dates, days since 1970-01-01, oldest first.

    Returns:
        float64[n, days].
    """
    starts = [find_local_instant(state.local, zone, day, 0) // HALF_HOUR_MS for day in days]
    life, ran = _cut_spans(state, rows, starts, _NIGHT)
    active = np.bitwise_count((life | life >> _ONE) & _EVERY_OTHER)
    return np.where(np.bitwise_count(ran) >= _NIGHT - _MISSING, active, np.nan).T


def find_first_signs(state: State, rows: I32, zone: str, days: Sequence[int]) -> F64:
    """Find the hour of the local day of the first sign of life from four on, to the half hour; arguments as above.

    Returns:
        float64[n, days]; NaN where there was none, or where the time before it was not watched.
    """
    starts = [find_local_instant(state.local, zone, day, DAY_BEGINS_H * 60) // HALF_HOUR_MS for day in days]
    life, ran = _cut_spans(state, rows, starts, _DAY)
    before = (life & (~life + _ONE)) - _ONE  # the half hours before the first one with life
    known = (life != 0) & (np.bitwise_count(before & ~ran) <= _MISSING)
    return np.where(known, DAY_BEGINS_H + np.bitwise_count(before) / 2, np.nan).T


def list_usual_days(day: int) -> Sequence[int]:
    """List the days whose mean is the baseline when `day` is judged."""
    newest = day - LAG_DAYS
    return range(newest - BASELINE_DAYS + 1, newest + 1)


def read_daily_values(state: State, drift: Drift, rows: I32, zone: str, days: Sequence[int]) -> F64:
    """Read what a drift is judged by, float64[n, days] in its unit, NaN where unknown; residents of one zone, days in a row."""
    own = state.days
    match drift:
        case Drift.NIGHT_USE:
            values = count_night_hours(state, rows, zone, days)
        case Drift.FIRST_USE_LATE:
            values = find_first_signs(state, rows, zone, [day - 1 for day in days])
        case _:
            ring = {Drift.STEPS_FALL: own.steps, Drift.PULSE: own.pulse}.get(drift, own.litres)
            return own.read_ring(ring, rows, days)
    return np.where(np.array(days) > own.begun[rows][:, None], values, np.nan)


def count_hours_away(state: State, rows: I32, since: int, until: int) -> tuple[I32, I32]:
    """Count the hours known to be away, and declared away, between two moments (epoch ms) of the last 32 hours.

    Returns:
        Two int32[n], rounded down.
    """
    t = state.timeline
    ages = t.head - np.arange(since // 600_000, until // 600_000)
    ages = ages[(ages >= 0) & (ages < SLOTS)]
    away, declared = (_unpack_slots(words[:, rows])[:, ages].sum(axis=1, dtype=np.int32) for words in (t.away, t.declared))
    return away // 6, declared // 6


def _cut_spans(state: State, rows: I32, starts: Sequence[int], length: int) -> tuple[U64, U64]:
    """Cut (life, ran) out of the past, uint64[spans, n] each: bit k is the half hour k after a start; at most 63 half hours."""
    past, mask = state.past, np.uint64((1 << length) - 1)
    life, ran = np.zeros((len(starts), len(rows)), np.uint64), np.zeros((len(starts), len(rows)), np.uint64)
    for i, start in enumerate(starts):
        old = min(max(past.head + 1 - start, 0), length)
        if old:
            kept = np.uint64((1 << old) - 1)
            life[i], ran[i] = _cut_half_hours(past.life, start, rows) & kept, _cut_half_hours(past.ran, start, rows) & kept
        if old < length:
            newer_life, newer_ran = _read_newest(state, rows, start + old, length - old)
            life[i] |= newer_life << np.uint64(old)
            ran[i] |= newer_ran << np.uint64(old)
    ran &= mask
    _clear_disregarded(state, rows, np.array(starts), length, ran)
    return life, ran


def _cut_half_hours(ring: U64, start: int, rows: I32) -> U64:
    """Cut 64 half hours from `start` on out of a ring, uint64[n], as far as the past goes."""
    word, skip = divmod(start, 64)
    bits: U64 = ring[word % WORDS, rows] >> np.uint64(skip)
    if skip:
        bits |= ring[(word + 1) % WORDS, rows] << np.uint64(64 - skip)
    return bits


def _read_newest(state: State, rows: I32, first: int, count: int) -> tuple[U64, U64]:
    """Read (life, ran), uint64[n] each, of the `count` half hours from `first` on, from the timeline."""
    t = state.timeline
    slots = t.head - (np.arange(first, first + count)[:, None] * _SLOTS + np.arange(_SLOTS))
    there = (slots >= 0) & (slots < SLOTS)
    ages = np.where(there, slots, 0)
    life = np.asarray((_unpack_slots(t.lived[:, rows])[:, ages] & there).any(axis=2))
    ran = (_unpack_slots(t.covered[:, rows] & ~t.away[:, rows])[:, ages] & there).sum(axis=2, dtype=np.int8) > _SLOTS // 2
    return _pack(life), _pack(ran)


def _pack(bits: Bool) -> U64:
    whole = np.zeros((len(bits), 64), np.bool_)
    whole[:, : bits.shape[1]] = bits
    return np.packbits(whole, axis=1, bitorder="little").view(np.uint64)[:, 0]


def _unpack_slots(words: U64) -> Bool:
    """Unpack words to slots, newest first: bool[n, 192]."""
    return np.unpackbits(np.ascontiguousarray(words.T).view(np.uint8), axis=1, bitorder="little").view(np.bool_)


def _clear_disregarded(state: State, rows: I32, starts: NDArray[np.int64], length: int, ran: U64) -> None:
    """Clear the half hours that were declared away, or are disregarded."""
    roster, first, last = state.roster, int(starts[0]), int(starts[-1]) + length
    for who, begins, ends in (
        (roster.away_resident, roster.away_from, roster.away_until),
        (roster.disregarded_resident, roster.disregarded_from, roster.disregarded_until),
    ):
        here = np.flatnonzero((ends > first * HALF_HOUR_MS) & (begins < last * HALF_HOUR_MS))
        here = here[np.isin(who[here], rows)] if len(here) else here
        for row, since, until in zip(who[here].tolist(), begins[here].tolist(), ends[here].tolist(), strict=True):
            from_ = np.clip(since // HALF_HOUR_MS - starts, 0, length).astype(np.uint64)
            to = np.clip(-(-until // HALF_HOUR_MS) - starts, 0, length).astype(np.uint64)
            ran[:, rows == row] &= ~((_ONE << to) - (_ONE << from_))[:, None]
