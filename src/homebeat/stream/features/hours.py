"""Water by whole hours: what each of the last 48 used, how long water has run without a pause, and what runs day and night.

An hour's use is the difference of the meter's index at its two ends, made linear between totals no further apart than two
hours, so that a report a minute late does not look like a dry hour. An hour without such totals is not known: it neither adds to
a run nor ends it. Hours close when a total after their end is taken in; only those totals do work here. What comes late rewrites
no hour.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from homebeat.domain.durations import HOUR_MS
from homebeat.habits.leak import (
    LEAK_RUN_H,
    LEAST_LITRES,
    LEAST_PAUSES,
    MEMORY_H,
    SILENCE_H,
    SPLIT_EVERY_H,
    STRONG_LITRES,
    WEEKS,
    find_steady_flow,
    is_split,
    was_leak,
)
from homebeat.stream.batch import F64, I32, I64, U8, Bool
from homebeat.stream.columns import Column, Columns
from homebeat.stream.features.water import Flow

#: Between totals further apart than this the index is not made linear.
HEARD_MS: Final = 2 * HOUR_MS
UNKNOWN: Final = 65_535
WEEK_H: Final = 168
U16 = NDArray[np.uint16]

_NO_LEVEL: Final = int(np.iinfo(np.int32).min)
_LEAST: Final = round(LEAST_LITRES * 10)
_STRONG: Final = round(STRONG_LITRES * 10)
_REMEMBERED: Final = np.uint64((1 << MEMORY_H) - 1)
_SILENCE: Final = np.uint64((1 << SILENCE_H) - 1)
_ONE: Final = np.uint64(1)
_TWO: Final = np.uint64(2)
#: A stretch of three hours ends at the latest so many hours before the newest hour.
_OLDEST_STRETCH: Final = MEMORY_H - 3


class Hours(Columns):
    """State per meter row. Hours are numbered by UTC (epoch ms // 3,600,000); volumes are decilitres.

    Attributes:
        use: uint16[48, meters], use of an hour, at its number modulo 48; 65535 where not known.
        hour: int32[meters], all hours before this one are closed; -1 before the first.
        level: int32[meters], the index as it began; the smallest number where not known.
        heard: uint64[meters], bit k: the hour k before the newest closed one is known.
        run: uint16[meters], heard hours in a row with use, a split pulse allowed for. since: int32[meters], the first of them.
        longest: uint8[8, meters], the longest run that ended in a week, at its number modulo 8; leaks left out.
        longest_strong: uint8[meters], the longest spell of hours with a strong flow, an hour less each week; leaks left out.
        heard_h: uint8[8, meters], hours heard in that week.
        low: uint16[meters], smallest use of three hours in a row of the last 48.
        low_at: uint8[meters], the last of those three, at its number modulo 48.
        base: uint16[meters], the same where enough is known: three times the base flow. After a hole in the readings it is what
            it was before, or less; 0 where enough was never known.
    """

    use: U16
    hour: I32
    level: I32
    heard: NDArray[np.uint64]
    run: U16
    since: I32
    longest: U8
    longest_strong: U8
    heard_h: U8
    low: U16
    low_at: U8
    base: U16
    columns: ClassVar[Mapping[str, Column]] = {
        "use": Column(np.uint16, UNKNOWN, (MEMORY_H,)),
        "hour": Column(np.int32, -1),
        "level": Column(np.int32, _NO_LEVEL),
        "heard": Column(np.uint64, 0),
        "run": Column(np.uint16, 0),
        "since": Column(np.int32, 0),
        "longest": Column(np.uint8, 0, (WEEKS,)),
        "longest_strong": Column(np.uint8, 0),
        "heard_h": Column(np.uint8, 0, (WEEKS,)),
        "low": Column(np.uint16, UNKNOWN),
        "low_at": Column(np.uint8, 0),
        "base": Column(np.uint16, 0),
    }

    def rewind(self, to: int) -> None:
        """Meters whose hours were closed ahead of `to` begin anew: of their newest hours nothing is known."""
        super().rewind(to)
        ahead = self.hour > to // HOUR_MS
        for name in ("use", "hour", "level", "heard", "run", "since", "low", "low_at", "base"):
            getattr(self, name)[..., ahead] = self.columns[name].fill

    def fold(self, flow: Flow) -> F64:
        """Close the hours that believed intervals have passed.

        Args:
            flow: Intervals, in event-time order per meter, those of a meter one after the other.

        Returns:
            float64[n], litres an hour: the base flow as it was known before each interval.
        """
        m = flow.meter
        if not (m[1:] == m[:-1]).any():
            base = self.base[m] / 30.0
            self._take(flow.meter, flow.after, flow.until, flow.litres, flow.index, flow.known)
            return base
        base, rank = np.empty(len(m)), ranks(m)
        for k in range(int(rank.max()) + 1):
            here = np.flatnonzero(rank == k)
            base[here] = self.base[m[here]] / 30.0
            self._take(m[here], flow.after[here], flow.until[here], flow.litres[here], flow.index[here], flow.known[here])
        return base

    def _take(self, m: I32, after: I64, until: I64, litres: F64, index: I32, known: I64) -> None:
        """One interval of each of several meters."""
        last = until // HOUR_MS
        passes = np.flatnonzero(last > self.hour[m])
        if not len(passes):
            return
        m, after, until, last = m[passes], after[passes], until[passes], last[passes]
        first = -(-after // HOUR_MS)
        if (first > last).any():
            # the hour ended where nothing is believed
            some = first <= last
            passes, m, after, until, first, last = passes[some], m[some], after[some], until[some], first[some], last[some]
        self._pass(m, after, until, first, last, (litres[passes] * 10, index[passes], known[passes]))

    def _pass(self, m: I32, after: I64, until: I64, first: I64, last: I64, of: tuple[F64, I32, I64]) -> None:
        """Intervals that hold the ends `first` to `last` of hours."""
        used, index, believed = of
        hour, level = self.hour[m].astype(np.int64), self.level[m].astype(np.int64)
        span = until - after
        short = span <= HEARD_MS
        goes_on = short & (level != _NO_LEVEL) & (hour >= first - 1) & (hour * HOUR_MS >= believed)

        def at(end: I64) -> I64:
            return np.asarray(index - np.rint(used * (until - end * HOUR_MS) / span).astype(np.int64))

        known_from = np.where(goes_on, hour, np.where(short, first, last))
        begins = np.where(hour < 0, known_from, hour)
        if (known_from > begins).any():
            self._skip(m, begins, known_from)
        before = np.where(goes_on, level, at(first))
        for k in range(int((last - known_from).max(initial=0))):
            ends = known_from + k + 1
            here = ends <= last
            now = at(ends)
            if here.all():
                self._close(m, ends - 1, now - before)
            else:
                self._close(m[here], (ends - 1)[here], (now - before)[here])
            before = np.where(here, now, before)
        self.hour[m] = last
        # a total read on the hour is the level, however long ago the one before it was
        self.level[m] = np.where(short, before, np.where(until == last * HOUR_MS, index, _NO_LEVEL))

    def _skip(self, m: I32, begins: I64, ends: I64) -> None:
        """The hours from `begins` to before `ends` are not known."""
        some = ends > begins
        m, begins, ends = m[some], begins[some], ends[some]
        count = np.minimum(ends - begins, MEMORY_H)
        for k in range(int(count.max())):
            here = count > k
            self.use[(ends[here] - 1 - k) % MEMORY_H, m[here]] = UNKNOWN
        for k in range(min(WEEKS, int((ends // WEEK_H - begins // WEEK_H).max()) + 1)):
            week = (ends - 1) // WEEK_H - k
            self._new_week(m, week, week * WEEK_H >= begins)
        heard = (self.heard[m] << count.astype(np.uint64)) & _REMEMBERED
        self.heard[m] = heard
        silent = m[(heard & _SILENCE) == 0]
        self.run[silent] = 0
        self._renew_base(m, ends - 1, heard, self._is_low_forgotten(m, begins - 1, ends - 1))

    def _close(self, m: I32, hour: I64, use: I64) -> None:
        """The use of one hour of each meter is known."""
        slot = hour % MEMORY_H
        forgotten = self._is_low_forgotten(m, hour - 1, hour)
        use = np.clip(use, 0, UNKNOWN - 1)
        self.use[slot, m] = use
        week = hour // WEEK_H
        self._new_week(m, week, hour % WEEK_H == 0)
        self.heard_h[week % WEEKS, m] += np.uint8(1)
        heard = ((self.heard[m] << _ONE) | _ONE) & _REMEMBERED
        self.heard[m] = heard
        three = np.where(
            heard & np.uint64(7) == 7, use + self.use[(hour - 1) % MEMORY_H, m] + self.use[(hour - 2) % MEMORY_H, m], UNKNOWN
        )
        lower = three <= self.low[m]
        self.low[m[lower]], self.low_at[m[lower]] = np.minimum(three, UNKNOWN)[lower], slot[lower]
        self._renew_base(m, hour, heard, forgotten & ~lower)
        self._end_spells(m, hour, use < _STRONG)
        self._run(m, hour, use >= _LEAST)

    def forget(self, meter: int, since: int) -> None:
        """What a meter used in the hours that end after `since` (epoch ms) is not known after all."""
        newest = int(self.hour[meter]) - 1
        first = max(since // HOUR_MS, newest - MEMORY_H + 1)
        if newest < first:
            return
        hours, gone = np.arange(first, newest + 1), np.uint64((1 << (newest - first + 1)) - 1)
        heard = self.heard[meter]
        since_h, run = int(self.since[meter]), int(self.run[meter])
        self.run[meter] = 0 if since_h >= first else max(run - int(np.bitwise_count(heard & gone)), 0)
        self.use[hours % MEMORY_H, meter] = UNKNOWN
        self.heard[meter] = heard & ~gone
        self.level[meter] = _NO_LEVEL
        one = np.array([meter], np.int32)
        self._renew_base(one, np.array([newest]), self.heard[one], np.array([True]))

    def _run(self, m: I32, hour: I64, wet: Bool) -> None:
        run = self.run[m]
        dry = np.flatnonzero(~wet & (run > 0))
        if len(dry):
            wet = wet.copy()
            wet[dry] = is_split(self._within_run(m[dry], hour[dry]))
        begins, ends = wet & (run == 0), ~wet & (run > 0)
        self.since[m[begins]] = hour[begins]
        self._learn(m[ends], hour[ends], run[ends])
        self.run[m] = np.where(wet, np.minimum(run, UNKNOWN - 1) + np.uint16(1), 0)

    def _within_run(self, m: I32, hour: I64) -> F64:
        """float64[12, n]: the litres up to `hour` of the run that goes on, oldest first; NaN where not known or not of it."""
        hours = hour + np.arange(1 - SPLIT_EVERY_H, 1)[:, None]
        use = self.use[hours % MEMORY_H, m]
        return np.where((use == UNKNOWN) | (hours < self.since[m]), np.nan, use / 10.0)

    def _learn(self, m: I32, hour: I64, run: U16) -> None:
        """Runs that have just ended are what this home is used to, unless they were leaks."""
        week = hour // WEEK_H % WEEKS
        # a dry hour that was allowed for, and after which nothing ran again, was the end
        dry = (self.use[(hour - np.array([[1], [2]])) % MEMORY_H, m] < _LEAST) & (run > 0)
        run = run - dry[0] - (dry[0] & dry[1])
        more = np.flatnonzero(run > self.longest[week, m])
        more = more[~self._was_leak(m[more], hour[more], run[more])]
        self.longest[week[more], m[more]] = np.minimum(run[more], 255)

    def _was_leak(self, m: I32, hour: I64, run: NDArray[np.integer]) -> Bool:
        """bool[n]: what ran for `run` hours up to before `hour` was a leak."""
        leak = np.zeros(len(m), np.bool_)
        long = np.flatnonzero(run >= LEAK_RUN_H)
        if len(long):
            leak[long] = was_leak(find_steady_flow(self._litres(m[long], hour[long])[:-1], run[long]))
        return leak

    def _end_spells(self, m: I32, hour: I64, weak: Bool) -> None:
        """Remember the spells of strong flow that an hour with less has ended; to be called before the run is renewed."""
        ended = weak & (self.use[(hour - 1) % MEMORY_H, m] >= _STRONG) & (self.run[m] > self.longest_strong[m])
        if not ended.any():
            return
        m, hour = m[ended], hour[ended]
        spell = np.minimum(self._spell(m, hour - 1).sum(axis=0), self.run[m])
        longer = (spell > self.longest_strong[m]) & ~self._was_leak(m, hour, spell)
        self.longest_strong[m[longer]] = spell[longer]

    def _spell(self, m: I32, newest: I64) -> Bool:
        """bool[48, n]: the hours of the spell of strong flow that goes on at `newest`."""
        use = self._line(m, newest)
        return np.asarray(~np.logical_or.accumulate(use[::-1] < _STRONG, axis=0)[::-1] & (use != UNKNOWN))

    def spells(self, rows: I32) -> tuple[I64, I64]:
        """(heard hours with a strong flow in a row up to now, at most 48; the first of them), int64[n] each."""
        newest = self.hour[rows].astype(np.int64) - 1
        spell = self._spell(rows, newest)
        return np.minimum(spell.sum(axis=0), self.run[rows]).astype(np.int64), newest - MEMORY_H + 1 + spell.argmax(axis=0)

    def is_strong(self, rows: slice) -> Bool:
        """bool[n]: the newest closed hour had a strong flow, or is not known."""
        hour = self.hour[rows].astype(np.int64)
        return np.asarray(self.use[(hour - 1) % MEMORY_H, np.arange(rows.start, rows.stop)] >= _STRONG)

    def _new_week(self, m: I32, week: I64, begins: Bool) -> None:
        if begins.any():
            self.longest[week[begins] % WEEKS, m[begins]] = 0
            self.longest_strong[m[begins]] -= self.longest_strong[m[begins]] > 0
            self.heard_h[week[begins] % WEEKS, m[begins]] = 0

    def _is_low_forgotten(self, m: I32, before: I64, newest: I64) -> Bool:
        """Whether the smallest stretch, remembered while `before` was the newest hour, is too old now that `newest` is."""
        low_at = before - (before - self.low_at[m]) % MEMORY_H
        return np.asarray((self.low[m] < UNKNOWN) & (low_at < newest - _OLDEST_STRETCH))

    def _renew_base(self, m: I32, newest: I64, heard: NDArray[np.uint64], forgotten: Bool) -> None:
        if forgotten.any():
            rows, ends = m[forgotten], newest[forgotten]
            use = self._line(rows, ends).astype(np.int64)
            stretch = use[:-2] + use[1:-1] + use[2:]
            stretch[(use[:-2] == UNKNOWN) | (use[1:-1] == UNKNOWN) | (use[2:] == UNKNOWN)] = UNKNOWN
            # of equal ones the newest is remembered longest
            where = _OLDEST_STRETCH - stretch[::-1].argmin(axis=0)
            self.low[rows] = np.minimum(stretch[where, np.arange(len(rows))], UNKNOWN)
            self.low_at[rows] = (ends - _OLDEST_STRETCH + where) % MEMORY_H
        stretches = np.bitwise_count(heard & (heard >> _ONE) & (heard >> _TWO))
        low = self.low[m]
        # a hole in the readings does not stop a leak: what ran before it runs on until a stretch with less is heard
        self.base[m] = np.where((stretches >= LEAST_PAUSES) & (low < UNKNOWN), low, np.minimum(self.base[m], low))

    def _line(self, m: I32, newest: I64) -> U16:
        """uint16[48, n]: the hours up to `newest` of each meter, oldest first."""
        slots = (newest + 1 + np.arange(MEMORY_H)[:, None]) % MEMORY_H
        return np.asarray(self.use[slots, m])

    def _litres(self, m: I32, newest: I64) -> F64:
        use = self._line(m, newest)
        return np.where(use == UNKNOWN, np.nan, use / 10.0)

    def litres(self, rows: I32) -> F64:
        """Use of each of the last 48 closed hours, float64[48, n], litres, oldest first; NaN where not known."""
        return self._litres(rows, self.hour[rows].astype(np.int64) - 1)


def ranks(m: I32) -> NDArray[np.intp]:
    """How many entries of the same meter stand just before each, intp[n]."""
    place = np.arange(len(m))
    first = np.ones(len(m), np.bool_)
    np.not_equal(m[1:], m[:-1], out=first[1:])
    return np.asarray(place - np.maximum.accumulate(np.where(first, place, 0)))
