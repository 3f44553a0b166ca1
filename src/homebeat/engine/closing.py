"""When each resident's day is closed, and what slow change it shows: once a local day, between nine and ten.

Residents are spread over that hour by their id, so that not a whole city is closed at once. The instant depends only on the
home's local time and the id. So live, after a crash and in a replay, the same day is closed at the same instant.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from homebeat.domain.durations import DAY_MS
from homebeat.habits.drift import (
    BASELINE_DAYS,
    FIRST_USE_LATER_H,
    JUDGED_NIGHTS,
    NIGHT_USE,
    STEPS_FALL,
    VOLUME_FALLS,
    VOLUME_RISES,
    DriftRule,
    NightPulse,
    advance,
    compute_baseline,
    is_pulse_raised,
)
from homebeat.stream.batch import F64, FAR, I32, I64, NEVER, Bool
from homebeat.stream.daily import DAY_BEGINS_H, count_hours_away, find_local_instant, list_usual_days, read_daily_values
from homebeat.stream.features.days import DAYS, Days, Drift
from homebeat.stream.features.water import SLOT_MS
from homebeat.stream.fence import Failed
from homebeat.stream.roster import Roster
from homebeat.stream.state import State

CLOSES_MINUTE: Final = 9 * 60
BUCKETS: Final = 20
_BUCKET_MINUTES: Final = 3
#: A closing that was missed by more than this is left out: the newest day is kept in full for 32 hours only.
_LATEST_MS: Final = 5_400_000
#: A day on which somebody was away for so many hours is not used; of declared absences, fewer are enough.
_AWAY_H: Final = 12
_DECLARED_H: Final = 3
#: Residents closed at a time: the arrays for one take a few KB.
_AT_A_TIME: Final = 1024
_PULSE: Final = NightPulse()
#: Drifts that are judged as a share of the own mean. All others are judged in their own unit.
_SHARES: Final = {Drift.STEPS_FALL: STEPS_FALL, Drift.VOLUME_FALLS: VOLUME_FALLS, Drift.VOLUME_RISES: VOLUME_RISES}


class Closing:
    """The timetable of closings, and the function that keeps to it."""

    def __init__(self, roster: Roster, *, wanted: bool) -> None:
        self._bucket = np.empty(0, np.int8)
        #: Residents whose day could not be closed: the row, and the kind of error. The engine reads and empties it.
        self.failed: Failed = []
        self.follow(roster, wanted=wanted)

    def follow(self, roster: Roster, *, wanted: bool) -> None:
        """Take in a changed registry; `wanted`: whether some rule is about slow change."""
        new = roster.resident_ids[len(self._bucket) :]
        self._bucket = np.concatenate([self._bucket, np.array([crc32(i.encode()) % BUCKETS for i in new], np.int8)])
        self._roster, self._wanted, self._next = roster, wanted, NEVER
        used = np.unique(roster.zone.astype(np.int64)[roster.resident_active] * BUCKETS + self._bucket[roster.resident_active])
        self._used = [(roster.zones[n // BUCKETS], n // BUCKETS, n % BUCKETS) for n in used.tolist()]

    def find_next_closing(self, state: State, upto: int) -> int:
        """Find the next closing of anybody after `upto`, epoch ms; FAR for none."""
        if not self._wanted or upto == NEVER:
            return FAR
        if self._next <= upto:
            later = (at for zone, _, bucket in self._used for _, at in _list_closings(state, zone, bucket, upto))
            self._next = min((at for at in later if at > upto), default=FAR)
        return self._next

    def close_due(self, state: State, now: int) -> I32:
        """Close the days that became due since the last call; rows of the residents whose day was closed, int32[n]."""
        upto, state.days.upto = state.days.upto, now
        closed = [np.empty(0, np.int32)]
        if self.find_next_closing(state, upto) <= now:
            for zone, number, bucket in self._used:
                for day, at in _list_closings(state, zone, bucket, now):
                    if upto < at <= now and now - at <= _LATEST_MS:
                        closed += self._close_each(state, self._find_due_rows(number, bucket), zone, day)
        return np.concatenate(closed)

    def _find_due_rows(self, zone: int, bucket: int) -> I32:
        roster = self._roster
        return np.flatnonzero((self._bucket == bucket) & (roster.zone == zone) & roster.resident_active).astype(np.int32)

    def _close_each(self, state: State, rows: I32, zone: str, day: int) -> list[I32]:
        """Close the day of residents; on a failure close either half. A resident who fails alone keeps what was known before."""
        if not len(rows):
            return []
        before = {name: array[..., rows].copy() for name, array in state.days.list_arrays().items()}
        try:
            return [self._close(state, rows, zone, day)]
        except Exception as error:  # noqa: BLE001 -- the fence round a home: kept in `failed`, which the engine tells
            for name, array in state.days.list_arrays().items():
                array[..., rows] = before[name]
            if len(rows) > 1:
                return [done for some in np.array_split(rows, 2) for done in self._close_each(state, some, zone, day)]
            self.failed.append((int(rows[0]), type(error).__name__))
            return []

    def _close(self, state: State, rows: I32, zone: str, day: int) -> I32:
        days, roster = state.days, self._roster
        begin, end, next_end = (find_local_instant(state.local, zone, d, DAY_BEGINS_H * 60) for d in (day - 1, day, day + 1))
        days.make_room(rows, day, roster.resident_household[rows])
        away, declared = count_hours_away(state, rows, begin, end)
        counts = (away < _AWAY_H) & (declared < _DECLARED_H) & (days.begun[rows] < day)
        steps, pulse = days.compute_day(rows, end)
        for ring, values in ((days.steps, steps), (days.litres, _sum_litres(state, rows, begin, end)), (days.pulse, pulse)):
            ring[day % DAYS, rows] = np.where(counts, values, np.nan)
        days.begin(rows, end, next_end)
        for some in np.split(rows, range(_AT_A_TIME, len(rows), _AT_A_TIME)):
            _advance_drifts(state, some, zone, day)
        return rows


def _advance_drifts(state: State, rows: I32, zone: str, day: int) -> None:
    """Advance each drift by the day that was closed, and note which of them fired."""
    days, before = state.days, list_usual_days(day)
    known, fired = np.zeros(len(rows), np.uint8), np.zeros(len(rows), np.uint8)
    seen: dict[str, tuple[F64, F64, F64]] = {}
    for drift, rule in ((Drift.NIGHT_USE, NIGHT_USE), (Drift.FIRST_USE_LATE, FIRST_USE_LATER_H), *_SHARES.items()):
        what = "litres" if drift in {Drift.VOLUME_FALLS, Drift.VOLUME_RISES} else drift.name
        if what not in seen:
            seen[what] = _compare_today(state, drift, rows, zone, day, before)
        is_known, fires = _advance_drift(days, drift, rule, rows, *seen[what])
        known |= is_known.astype(np.uint8) << np.uint8(drift)
        fired |= fires.astype(np.uint8) << np.uint8(drift)
    pulse = days.read_ring(days.pulse, rows, range(day + 1 - BASELINE_DAYS - JUDGED_NIGHTS, day + 1))
    enough = (np.isfinite(pulse[:, :-JUDGED_NIGHTS]).sum(axis=1) >= BASELINE_DAYS // 2) & np.isfinite(pulse[:, -2:]).all(axis=1)
    raised = np.zeros(len(rows), np.bool_)
    if enough.any():
        raised[enough] = is_pulse_raised(_PULSE, pulse[enough])
    known |= enough.astype(np.uint8) << np.uint8(Drift.PULSE)
    fired |= raised.astype(np.uint8) << np.uint8(Drift.PULSE)
    days.known[rows], days.fired[rows] = known, fired & known


def _compare_today(state: State, drift: Drift, rows: I32, zone: str, day: int, before: Sequence[int]) -> tuple[F64, F64, F64]:
    """(today, mean, spread), float64[n] each; for drifts judged by shares, as shares of the own mean."""
    today = read_daily_values(state, drift, rows, zone, (day,))[:, 0]
    mean, spread = compute_baseline(read_daily_values(state, drift, rows, zone, before), 0)
    if drift not in _SHARES:
        return today, mean, spread
    whole = np.where(mean > 0, mean, np.nan)
    return today / whole, mean / whole, spread / whole


def _advance_drift(days: Days, drift: Drift, rule: DriftRule, rows: I32, today: F64, mean: F64, spread: F64) -> tuple[Bool, Bool]:
    height, fired = advance(rule, days.height[drift, rows].astype(np.float64), today, mean, spread)
    days.height[drift, rows] = height
    return np.isfinite(today) & np.isfinite(mean), fired


def _list_closings(state: State, zone: str, bucket: int, around: int) -> Iterator[tuple[int, int]]:
    """List (day, instant in epoch ms) of a bucket's closings on the days around a moment."""
    day = around // DAY_MS
    for near in range(day - 1, day + 3):
        yield near, find_local_instant(state.local, zone, near, CLOSES_MINUTE + _BUCKET_MINUTES * bucket)


def _sum_litres(state: State, rows: I32, since: int, until: int) -> F64:
    """Sum the litres of each resident's home between two moments (epoch ms), float64[n]; NaN where a meter of it is unknown."""
    roster, water = state.roster, state.water
    homes = roster.resident_household[rows]
    wanted = np.zeros(len(roster.household_ids), np.bool_)
    wanted[homes] = True
    home = roster.device_household[roster.meter_device]
    meters = np.flatnonzero(wanted[home] & roster.device_active[roster.meter_device])
    used = (_read_index(state, meters, until) - _read_index(state, meters, since)) / 10.0
    known = (water.known_at[meters] > NEVER) & (water.known_at[meters] <= since) & (water.total_at[meters] >= until)
    known &= water.head - since // SLOT_MS < len(water.ring)
    begins, ends = water.gap_from[meters], water.gap_until[meters]
    for edge in (since, until):
        known &= ~((begins < edge) & (edge < ends))
    total, count = np.zeros(len(wanted)), np.zeros(len(wanted), np.int64)
    np.add.at(total, home[meters], np.where(known, used, np.nan))
    np.add.at(count, home[meters], 1)
    return np.where(count[homes] > 0, total[homes], np.nan)


def _read_index(state: State, meters: NDArray[np.intp], at: int) -> I64:
    """Read the index of each meter at the end of the half hour before a moment, int64[meters], decilitres."""
    return np.asarray(state.water.ring[(at // SLOT_MS - 1) % len(state.water.ring), meters], np.int64)
