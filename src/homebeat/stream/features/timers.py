"""Which rises of a meter a timer draws and no person: an irrigation valve, a softener (`habits.timer` has the method)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from homebeat.domain.durations import MINUTE_MS
from homebeat.habits.timer import (
    HOURS,
    compute_draw,
    compute_most_drawn,
    find_timer_hours,
    get_period_days,
    is_worth_noting,
    update_word,
)
from homebeat.stream.batch import F64, I32, I64, U8, Bool
from homebeat.stream.columns import Column, Columns
from homebeat.stream.features.hours import rank_entries
from homebeat.stream.features.water import Flow

_HOUR_MINUTES: Final = 60
_HOUR_S: Final = 3_600
#: At first, hours begin so many minutes after the full hour: timers are set to full hours, halves and quarters.
_BEGINS: Final = 50
#: An interval of at least this length belongs to one hour. If its middle is so far off the middle of that hour, hours are moved.
_HOURLY_MINUTES: Final = 40
_OFF_MINUTES: Final = 20
#: A longer interval does not say what each hour used.
_LONG_MINUTES: Final = 90
_UNKNOWN: Final = 65_535
U16 = NDArray[np.uint16]
U32 = NDArray[np.uint32]


class Timers(Columns):
    """State per meter row. Each meter has hours of its own, numbered from 1970, so that each hourly total belongs to one hour.

    Attributes:
        words: uint16[24, meters], what is known of each hour of the day (`habits.timer.update_word`).
        known: uint32[meters], bit h: a timer draws in hour h of the day.
        hour: int32[meters], the running hour; -1 before the first.
        used: uint16[meters], decilitres used in it so far; 65535 for not known.
        begins: uint8[meters], when its hours begin, minutes after the full hour.
    """

    words: U16
    known: U32
    hour: I32
    used: U16
    begins: U8
    columns: ClassVar[Mapping[str, Column]] = {
        "words": Column(np.uint16, 0, (HOURS,)),
        "known": Column(np.uint32, 0),
        "hour": Column(np.int32, -1),
        "used": Column(np.uint16, 0),
        "begins": Column(np.uint8, _BEGINS),
    }

    def fold(self, flow: Flow, resolution: NDArray[np.integer]) -> Bool:
        """Fold uses, and find those that are more than a timer draws.

        Args:
            flow: Intervals, in event-time order per meter, those of a meter one after the other.
            resolution: int[n], litres per count.

        Returns:
            bool[n]; True where no timer draws then, or not so much.
        """
        own = np.ones(len(flow), np.bool_)
        # a late total shows no interval between two totals
        here = np.flatnonzero(flow.until - flow.after > 1)
        rank = rank_entries(flow.meter)[here] if (flow.meter[1:] == flow.meter[:-1]).any() else np.zeros(len(here), np.intp)
        for k in range(int(rank.max(initial=-1)) + 1):
            some = here[rank == k]
            after, until = flow.after[some] // MINUTE_MS, flow.until[some] // MINUTE_MS
            own[some] = self._fold_intervals(flow.meter[some], after, until, flow.litres[some], resolution[some])
        return own

    def rewind(self, to: int) -> None:
        """Follow a step of the clock back to `to` (epoch ms): no hour is later, and the use of the newest is not known."""
        super().rewind(to)
        ahead = self.hour > to // MINUTE_MS // _HOUR_MINUTES
        self.hour[ahead], self.used[ahead] = to // MINUTE_MS // _HOUR_MINUTES, _UNKNOWN

    def retract(self, meter: int) -> None:
        """Retract the newest use of a meter: the use of the running hour is not known."""
        self.used[meter] = _UNKNOWN

    def list_timers(self, meters: int) -> tuple[I32, I32]:
        """List (seconds between draws, litres of a draw) of the timer that draws most, int32[meters] each; 0 for none."""
        every_s, litres = np.zeros(meters, np.int32), np.zeros(meters, np.int32)
        some = np.flatnonzero(self.known[:meters])
        if not len(some):
            return every_s, litres
        words, known = self.words[:, some], self._unpack_known(some)
        period = np.where(known, get_period_days(words), 0)
        drawn = np.where(known, compute_draw(words), 0.0)
        # a draw may go on into the next hour
        goes_on = np.roll(period, -1, axis=0) == period
        together = drawn + np.where(goes_on, np.roll(drawn, -1, axis=0), 0.0)
        most = together.argmax(axis=0)
        line = np.arange(len(some))
        alike = known & (np.abs(drawn - drawn[most, line]) <= compute_most_drawn(drawn[most, line], 1) - drawn[most, line])
        times = np.where(period[most, line] == 1, alike.sum(axis=0), 1)
        even = (HOURS % np.maximum(times, 1) == 0) & (times > 2)
        every_s[some] = np.where(even, HOURS // np.maximum(times, 1), period[most, line] * HOURS) * _HOUR_S
        litres[some] = np.rint(np.where(even, drawn[most, line], together[most, line]))
        return every_s, litres

    def _unpack_known(self, m: NDArray[np.integer]) -> Bool:
        """bool[24, n]: a timer draws in the hour of the day."""
        return np.asarray((self.known[m] >> np.arange(HOURS, dtype=np.uint32)[:, None]) & np.uint32(1), np.bool_)

    def _fold_intervals(self, m: I32, after: I64, until: I64, litres: F64, resolution: NDArray[np.integer]) -> Bool:
        """Fold one interval of each of several meters; times are minutes since 1970."""
        long = until - after > _LONG_MINUTES
        middle = np.where(long, until - 1, (after + until) // 2)
        moved = self._put_hours(m, middle, ~long & (until - after >= _HOURLY_MINUTES))
        begins, begun = self.begins[m].astype(np.int64), self.hour[m].astype(np.int64)
        hour = (middle - begins) // _HOUR_MINUTES
        over = np.flatnonzero(hour > begun)
        self._close(m[over], resolution[over])
        before = np.where(hour > begun, 0, self.used[m]).astype(np.int64)
        lost = long | moved | (before == _UNKNOWN)
        used = np.minimum(before + np.rint(litres * 10).astype(np.int64), _UNKNOWN - 1)
        self.used[m] = np.where(lost, _UNKNOWN, used)
        self.hour[m] = np.maximum(hour, begun)
        own = np.ones(len(m), np.bool_)
        some = np.flatnonzero(self.known[m])
        if len(some):
            total = np.where(lost, litres, used / 10.0)[some]
            first = np.where(long, (after - begins) // _HOUR_MINUTES, hour)[some]
            drawn = self._sum_drawn(m[some], first, hour[some])
            own[some] = (drawn <= 0) | (total > compute_most_drawn(drawn, resolution[some]))
        return own

    def _put_hours(self, m: I32, middle: I64, hourly: Bool) -> Bool:
        """Move the hours of hourly meters so that no interval has its middle near the end of an hour; bool[n]: moved."""
        off = (middle - self.begins[m]) % _HOUR_MINUTES - _HOUR_MINUTES // 2
        moved = hourly & (np.abs(off) > _OFF_MINUTES)
        if moved.any():
            self.begins[m[moved]] = (middle[moved] - _HOUR_MINUTES // 2) % _HOUR_MINUTES
        return np.asarray(moved)

    def _close(self, m: I32, resolution: NDArray[np.integer]) -> None:
        """Close the running hours."""
        hour = self.hour[m].astype(np.int64)
        slot = hour % HOURS
        used = self.used[m]
        some = (hour >= 0) & (used != _UNKNOWN) & is_worth_noting(self.words[slot, m], used / 10.0, resolution)
        if some.any():
            here, at = m[some], slot[some]
            self.words[at, here] = update_word(self.words[at, here], used[some] / 10.0, hour[some] // HOURS, resolution[some])
        # timers of a meter are looked for once a day, of some meters in each hour
        turn = np.flatnonzero(slot == m % HOURS)
        turn = turn[self.words[:, m[turn]].any(axis=0)]
        if len(turn):
            self._look(m[turn], resolution[turn])

    def _look(self, m: I32, resolution: NDArray[np.integer]) -> None:
        self.words[:, m], known = find_timer_hours(self.words[:, m], resolution, self._unpack_known(m))
        self.known[m] = (known.astype(np.uint32) << np.arange(HOURS, dtype=np.uint32)[:, None]).sum(axis=0, dtype=np.uint32)

    def _sum_drawn(self, m: I32, first: I64, last: I64) -> F64:
        """Sum the litres that timers draw in the hours `first` to `last`, float64[n]."""
        drawn = np.zeros(len(m))
        for k in range(min(int((last - first).max(initial=0)) + 1, HOURS)):
            hour = last - k
            known = ((self.known[m] >> (hour % HOURS).astype(np.uint32)) & np.uint32(1) > 0) & (hour >= first)
            drawn += np.where(known, compute_draw(self.words[hour % HOURS, m], hour // HOURS), 0.0)
        return drawn
