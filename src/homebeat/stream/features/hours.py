"""Water by whole hours: use of each of the last 48, how long water has run without a pause, and what runs day and night.

An hour's use is the difference of the meter's index at its two ends. Between totals at most two hours apart the index is taken
as linear, so that a report a minute late does not look like a dry hour. An hour without such totals is not known: it neither adds
to a run nor ends it. An hour closes when a total after its end is folded; a late total changes no closed hour.
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
        hour: int32[meters], the running hour: all before it are closed; -1 before the first.
        level: int32[meters], the index at its beginning; the smallest number for not known.
        heard: uint64[meters], bit k: the hour k before the newest closed one is known.
        run: uint16[meters], heard hours in a row with use; a split pulse is allowed. since: int32[meters], the first of them.
        longest: uint8[8, meters], the longest run that ended in a week, at its number modulo 8; leaks left out.
        longest_strong: uint8[meters], the longest spell of hours with a strong flow, an hour less each week; leaks left out.
        heard_h: uint8[8, meters], hours heard in that week.
        low: uint16[meters], smallest use of three hours in a row of the last 48.
        low_at: uint8[meters], the last of those three, at its number modulo 48.
        base: uint16[meters], the same where enough is known: three times the base flow. After a hole in the readings it is as
            before, or less; 0 where enough was never known.
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
        """Follow a step of the clock back to `to` (epoch ms): meters with later closed hours start again, with unknown hours."""
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
            self._fold_intervals(flow.meter, flow.after, flow.until, flow.litres, flow.index, flow.known)
            return base
        base, rank = np.empty(len(m)), rank_entries(m)
        for k in range(int(rank.max()) + 1):
            here = np.flatnonzero(rank == k)
            base[here] = self.base[m[here]] / 30.0
            self._fold_intervals(
                m[here], flow.after[here], flow.until[here], flow.litres[here], flow.index[here], flow.known[here]
            )
        return base

    def _fold_intervals(self, m: I32, after: I64, until: I64, litres: F64, index: I32, known: I64) -> None:
        """Fold one interval of each of several meters."""
        last = until // HOUR_MS
        passes = np.flatnonzero(last > self.hour[m])
        if not len(passes):
            return
        m, after, until, last = m[passes], after[passes], until[passes], last[passes]
        first = -(-after // HOUR_MS)
        if (first > last).any():
            # the hour ended in a span without believed totals
            some = first <= last
            passes, m, after, until, first, last = passes[some], m[some], after[some], until[some], first[some], last[some]
        self._close_passed(m, after, until, first, last, (litres[passes] * 10, index[passes], known[passes]))

    def _close_passed(self, m: I32, after: I64, until: I64, first: I64, last: I64, of: tuple[F64, I32, I64]) -> None:
        """Close hours in intervals that hold the ends of the hours `first` to `last`."""
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
        """Mark the hours from `begins` to before `ends` as not known."""
        some = ends > begins
        m, begins, ends = m[some], begins[some], ends[some]
        count = np.minimum(ends - begins, MEMORY_H)
        for k in range(int(count.max())):
            here = count > k
            self.use[(ends[here] - 1 - k) % MEMORY_H, m[here]] = UNKNOWN
        for k in range(min(WEEKS, int((ends // WEEK_H - begins // WEEK_H).max()) + 1)):
            week = (ends - 1) // WEEK_H - k
            self._begin_weeks(m, week, week * WEEK_H >= begins)
        heard = (self.heard[m] << count.astype(np.uint64)) & _REMEMBERED
        self.heard[m] = heard
        silent = m[(heard & _SILENCE) == 0]
        self.run[silent] = 0
        self._renew_base(m, ends - 1, heard, self._is_low_forgotten(m, begins - 1, ends - 1))

    def _close(self, m: I32, hour: I64, use: I64) -> None:
        """Close one hour of each meter, with its use."""
        slot = hour % MEMORY_H
        forgotten = self._is_low_forgotten(m, hour - 1, hour)
        use = np.clip(use, 0, UNKNOWN - 1)
        self.use[slot, m] = use
        week = hour // WEEK_H
        self._begin_weeks(m, week, hour % WEEK_H == 0)
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
        self._update_run(m, hour, use >= _LEAST)

    def forget(self, meter: int, since: int) -> None:
        """Mark the hours of a meter that end after `since` (epoch ms) as not known after all."""
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

    def _update_run(self, m: I32, hour: I64, wet: Bool) -> None:
        run = self.run[m]
        dry = np.flatnonzero(~wet & (run > 0))
        if len(dry):
            wet = wet.copy()
            wet[dry] = is_split(self._read_run(m[dry], hour[dry]))
        begins, ends = wet & (run == 0), ~wet & (run > 0)
        self.since[m[begins]] = hour[begins]
        self._learn(m[ends], hour[ends], run[ends])
        self.run[m] = np.where(wet, np.minimum(run, UNKNOWN - 1) + np.uint16(1), 0)

    def _read_run(self, m: I32, hour: I64) -> F64:
        """float64[12, n]: litres of the running run up to `hour`, oldest first; NaN where not known, and before the run."""
        hours = hour + np.arange(1 - SPLIT_EVERY_H, 1)[:, None]
        use = self.use[hours % MEMORY_H, m]
        return np.where((use == UNKNOWN) | (hours < self.since[m]), np.nan, use / 10.0)

    def _learn(self, m: I32, hour: I64, run: U16) -> None:
        """Learn from runs that have just ended: they are usual for this home, unless they were leaks."""
        week = hour // WEEK_H % WEEKS
        # an allowed dry hour, after which nothing ran again, was the end of the run
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
            leak[long] = was_leak(find_steady_flow(self._read_litres(m[long], hour[long])[:-1], run[long]))
        return leak

    def _end_spells(self, m: I32, hour: I64, weak: Bool) -> None:
        """Note the spells of strong flow that an hour with less has ended; call it before the run is updated."""
        ended = weak & (self.use[(hour - 1) % MEMORY_H, m] >= _STRONG) & (self.run[m] > self.longest_strong[m])
        if not ended.any():
            return
        m, hour = m[ended], hour[ended]
        spell = np.minimum(self._find_spell(m, hour - 1).sum(axis=0), self.run[m])
        longer = (spell > self.longest_strong[m]) & ~self._was_leak(m, hour, spell)
        self.longest_strong[m[longer]] = spell[longer]

    def _find_spell(self, m: I32, newest: I64) -> Bool:
        """bool[48, n]: the hours of the spell of strong flow that goes on at `newest`."""
        use = self._read_hours(m, newest)
        return np.asarray(~np.logical_or.accumulate(use[::-1] < _STRONG, axis=0)[::-1] & (use != UNKNOWN))

    def find_spells(self, rows: I32) -> tuple[I64, I64]:
        """Find (heard hours with a strong flow in a row up to now, at most 48; the first of them), int64[n] each."""
        newest = self.hour[rows].astype(np.int64) - 1
        spell = self._find_spell(rows, newest)
        return np.minimum(spell.sum(axis=0), self.run[rows]).astype(np.int64), newest - MEMORY_H + 1 + spell.argmax(axis=0)

    def is_strong(self, rows: slice) -> Bool:
        """bool[n]: the newest closed hour had a strong flow, or is not known."""
        hour = self.hour[rows].astype(np.int64)
        return np.asarray(self.use[(hour - 1) % MEMORY_H, np.arange(rows.start, rows.stop)] >= _STRONG)

    def _begin_weeks(self, m: I32, week: I64, begins: Bool) -> None:
        if begins.any():
            self.longest[week[begins] % WEEKS, m[begins]] = 0
            self.longest_strong[m[begins]] -= self.longest_strong[m[begins]] > 0
            self.heard_h[week[begins] % WEEKS, m[begins]] = 0

    def _is_low_forgotten(self, m: I32, before: I64, newest: I64) -> Bool:
        """bool[n]: the smallest stretch, kept while `before` was the newest hour, is too old now that `newest` is."""
        low_at = before - (before - self.low_at[m]) % MEMORY_H
        return np.asarray((self.low[m] < UNKNOWN) & (low_at < newest - _OLDEST_STRETCH))

    def _renew_base(self, m: I32, newest: I64, heard: NDArray[np.uint64], forgotten: Bool) -> None:
        if forgotten.any():
            rows, ends = m[forgotten], newest[forgotten]
            use = self._read_hours(rows, ends).astype(np.int64)
            stretch = use[:-2] + use[1:-1] + use[2:]
            stretch[(use[:-2] == UNKNOWN) | (use[1:-1] == UNKNOWN) | (use[2:] == UNKNOWN)] = UNKNOWN
            # of equal stretches keep the newest, because it stays longest
            where = _OLDEST_STRETCH - stretch[::-1].argmin(axis=0)
            self.low[rows] = np.minimum(stretch[where, np.arange(len(rows))], UNKNOWN)
            self.low_at[rows] = (ends - _OLDEST_STRETCH + where) % MEMORY_H
        stretches = np.bitwise_count(heard & (heard >> _ONE) & (heard >> _TWO))
        low = self.low[m]
        # a hole in the readings does not stop a leak: the base flow stays until a stretch with less is heard
        self.base[m] = np.where((stretches >= LEAST_PAUSES) & (low < UNKNOWN), low, np.minimum(self.base[m], low))

    def _read_hours(self, m: I32, newest: I64) -> U16:
        """uint16[48, n]: the hours up to `newest` of each meter, oldest first."""
        slots = (newest + 1 + np.arange(MEMORY_H)[:, None]) % MEMORY_H
        return np.asarray(self.use[slots, m])

    def _read_litres(self, m: I32, newest: I64) -> F64:
        use = self._read_hours(m, newest)
        return np.where(use == UNKNOWN, np.nan, use / 10.0)

    def get_litres(self, rows: I32) -> F64:
        """Get the use of each of the last 48 closed hours, float64[48, n], litres, oldest first; NaN where not known."""
        return self._read_litres(rows, self.hour[rows].astype(np.int64) - 1)


def rank_entries(m: I32) -> NDArray[np.intp]:
    """Rank the entries of each meter: how many of the same meter stand just before each, intp[n]."""
    place = np.arange(len(m))
    first = np.ones(len(m), np.bool_)
    np.not_equal(m[1:], m[:-1], out=first[1:])
    return np.asarray(place - np.maximum.accumulate(np.where(first, place, 0)))
