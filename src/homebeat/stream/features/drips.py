"""Which rises of a meter are a person's and which are the pulses of a drip (`habits.drip` has the method and its constants).

A *lone* pulse is one count with no use in the two hours before it. A person may draw a single litre, so one lone pulse counts as
life. From the third in a row at even intervals on, it counts as a drip. Where a drip has shown for days, no lone pulse is life.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from homebeat.domain.durations import HOUR_MS, MINUTE_MS
from homebeat.habits.drip import DAYS, NEAR_H, are_days_known, compute_even_tolerance_h, find_drip_interval_h, is_lone
from homebeat.stream.batch import F64, I32, I64, U8, Bool
from homebeat.stream.columns import Column, Columns
from homebeat.stream.features.hours import rank_entries
from homebeat.stream.features.water import ATTRIBUTABLE_MS, Flow

_DAY_MINUTES: Final = 1_440
_UNIT_MINUTES: Final = 10
_LONGEST: Final = 255
U16 = NDArray[np.uint16]


class Uses(NamedTuple):
    """What n believed intervals between totals say about the residents.

    Attributes:
        life: bool[n], somebody drew water.
        firm: bool[n], it was certainly no lone pulse. Always a part of `life`.
    """

    life: Bool
    firm: Bool


class Drips(Columns):
    """State per meter row. Times are minutes since 1970, 0 for not known; pauses are counted in tens of minutes.

    Attributes:
        rose: int32[meters], the newest rise of at least one count; 0 also if the meter was not heard or not believed since.
        firm: int32[meters], the newest use that was no lone pulse.
        lone: int32[meters], the newest lone pulse.
        step: uint16[meters], minutes between the two newest lone pulses, if no other use lies between them; else 0.
        day: uint16[meters], days since 1970 of the newest rise.
        longest: uint8[10, meters], the longest pause that ended on a day, at its number modulo 10; 0 for not known.
        between: uint8[10, meters], the longest pause from one lone pulse to the next.
        every: uint8[meters], time between the pulses of the drip; 0 for none.
    """

    rose: I32
    firm: I32
    lone: I32
    step: U16
    day: U16
    longest: U8
    between: U8
    every: U8
    columns: ClassVar[Mapping[str, Column]] = {
        "rose": Column(np.int32, 0),
        "firm": Column(np.int32, 0),
        "lone": Column(np.int32, 0),
        "step": Column(np.uint16, 0),
        "day": Column(np.uint16, 0),
        "longest": Column(np.uint8, 0, (DAYS,)),
        "between": Column(np.uint8, 0, (DAYS,)),
        "every": Column(np.uint8, 0),
    }

    def fold(self, flow: Flow, drew: Bool, resolution: NDArray[np.integer]) -> Uses:
        """Tell uses from pulses of a drip.

        Args:
            flow: Intervals, in event-time order per meter, those of a meter one after the other.
            drew: bool[n], the interval shows use above the base flow.
            resolution: int[n], litres per count.
        """
        life, firm = drew.copy(), drew.copy()
        rises = flow.litres > resolution - 0.05
        some = np.flatnonzero(rises | (flow.span > ATTRIBUTABLE_MS))
        # a late total says nothing about what lies before and after it
        some = some[flow.until[some] // MINUTE_MS >= self.rose[flow.meter[some]]]
        if not len(some):
            return Uses(life, firm)
        m = flow.meter[some]
        rank = rank_entries(m) if (m[1:] == m[:-1]).any() else np.zeros(len(m), np.intp)
        for k in range(int(rank.max()) + 1):
            here = some[rank == k]
            self._drop_pauses(flow.meter[here], flow.span[here] > ATTRIBUTABLE_MS, flow.known[here] // MINUTE_MS)
            here = here[rises[here]]
            interval_h = (flow.until[here] - flow.after[here]) / HOUR_MS
            m, minute = flow.meter[here], flow.until[here] // MINUTE_MS
            pause_h = (minute - self.find_newest_use(m)) / 60.0
            lone = drew[here] & is_lone(flow.litres[here], resolution[here], interval_h, pause_h)
            # a pulse in a long interval is dated to its middle, not its end: the next one is not soon after it
            came = np.where(lone & (interval_h > NEAR_H), minute - (interval_h * 30).astype(np.int64), minute)
            life[here], firm[here] = self._fold_rises(m, came, drew[here], lone, compute_even_tolerance_h(interval_h) * 60)
        return Uses(life, firm)

    def rewind(self, to: int) -> None:
        """Follow a step of the clock back to `to` (epoch ms): no use and no day is later."""
        super().rewind(to)
        for column in (self.rose, self.firm, self.lone):
            np.minimum(column, to // MINUTE_MS, out=column, casting="unsafe")
        np.minimum(self.day, to // MINUTE_MS // _DAY_MINUTES, out=self.day, casting="unsafe")

    def retract(self, meter: int, since: int) -> None:
        """Retract what the meter showed after `since` (epoch ms): it was no use and no pulse."""
        for column in (self.firm, self.lone):
            column[meter] = min(int(column[meter]), max(since, 0) // MINUTE_MS)
        self.rose[meter] = self.step[meter] = 0

    def find_newest_use(self, m: I32) -> I32:
        """Find the newest use of each meter, lone or not, int32[n], minutes since 1970."""
        return np.asarray(np.maximum(self.firm[m], self.lone[m]))

    def get_interval_h(self, rows: slice | I32) -> F64:
        """Get the hours between the pulses of the drip, float64[n]; 0 for none."""
        return _to_hours(self.every[rows])

    def is_known(self, rows: slice | I32) -> Bool:
        """bool[n]: enough days are known to say whether the meter drips."""
        return are_days_known(_to_hours(self.longest[:, rows]))

    def _drop_pauses(self, m: I32, long: Bool, known: I64) -> None:
        """Drop pauses in which the meter was not heard, or not believed: nobody knows how long they were."""
        broken = m[long | (known > self.rose[m])]
        self.rose[broken] = 0

    def _fold_rises(self, m: I32, minute: I64, drew: Bool, lone: Bool, within: F64) -> tuple[Bool, Bool]:
        """Fold one rise of each of several meters; returns (life, firm) of each."""
        self._turn_day(m, minute // _DAY_MINUTES)
        rose, firm, last, step = (column[m].astype(np.int64) for column in (self.rose, self.firm, self.lone, self.step))
        # the very first use counts as somebody's
        lone &= np.maximum(firm, last) > 0
        goes_on = lone & (last > firm) & (rose > 0)
        gap = minute - last
        even = goes_on & (step > 0) & (np.abs(gap - step) <= within)
        self._note_pause(m, minute - rose, rose > 0, goes_on & (rose == last))
        surely = drew & ~lone
        self.lone[m[lone]], self.firm[m[surely]] = minute[lone], minute[surely]
        self.step[m] = np.where(goes_on, np.minimum(gap, np.iinfo(np.uint16).max), 0)
        self.rose[m] = minute
        return drew & ~(lone & (even | (self.every[m] > 0))), surely

    def _note_pause(self, m: I32, minutes: I64, whole: Bool, between: Bool) -> None:
        slot = self.day[m] % DAYS
        pause = np.minimum(minutes // _UNIT_MINUTES, _LONGEST).astype(np.uint8)
        for ring, some in ((self.longest, whole), (self.between, whole & between)):
            ring[slot[some], m[some]] = np.maximum(ring[slot[some], m[some]], pause[some])

    def _turn_day(self, m: I32, day: I64) -> None:
        """Judge the days that are over and drop the oldest, for meters that show their first rise of a day."""
        turned = day > self.day[m]
        if not turned.any():
            return
        m, day = m[turned], day[turned]
        every_h = find_drip_interval_h(_to_hours(self.longest[:, m]), _to_hours(self.between[:, m]))
        self.every[m] = np.rint(every_h * 60 / _UNIT_MINUTES)
        passed = np.minimum(day - self.day[m], DAYS)
        for k in range(int(passed.max())):
            here = passed > k
            self.longest[(day[here] - k) % DAYS, m[here]] = self.between[(day[here] - k) % DAYS, m[here]] = 0
        self.day[m] = day


def _to_hours(units: U8) -> F64:
    return units.astype(np.float64) * _UNIT_MINUTES / 60
