"""Which rises of a meter are a person's and which are the pulses of a drip (`habits.drip` has the method and its constants).

A *lone* pulse is one count with no use in the two hours before it. A person may draw a single litre, so one lone pulse is taken
for life. From the third in a row at even intervals on it is a drip's. Where a drip has shown for days, no lone pulse is life.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from homebeat.habits.drip import DAYS, NEAR_H, are_days_known, compute_even_tolerance_h, find_drip_interval_h, is_lone
from homebeat.stream.batch import F64, I32, I64, U8, Bool
from homebeat.stream.columns import Column, Columns
from homebeat.stream.features.hours import ranks
from homebeat.stream.features.water import ATTRIBUTABLE_MS, Flow

_MINUTE_MS: Final = 60_000
_HOUR_MS: Final = 3_600_000
_DAY_MINUTES: Final = 1_440
_UNIT_MINUTES: Final = 10
_LONGEST: Final = 255
U16 = NDArray[np.uint16]


class Drawn(NamedTuple):
    """What n believed intervals between totals say of the residents.

    Attributes:
        life: bool[n], somebody drew water.
        firm: bool[n], surely: it is no lone pulse. Always a part of `life`.
    """

    life: Bool
    firm: Bool


class Drips(Columns):
    """State per meter row. Times are minutes since 1970, 0 where nothing is known; pauses are counted in tens of minutes.

    Attributes:
        rose: int32[meters], the newest rise of at least one count; 0 also where the meter was not heard or not believed since.
        firm: int32[meters], the newest use that was no lone pulse.
        lone: int32[meters], the newest lone pulse.
        step: uint16[meters], minutes between the two newest lone pulses, if no other use lies between them; 0 where it does.
        day: uint16[meters], days since 1970 of the newest rise.
        longest: uint8[10, meters], the longest pause that ended on a day, at its number modulo 10; 0 where none was heard of.
        between: uint8[10, meters], the longest of those from one lone pulse to the next.
        every: uint8[meters], time between the pulses of the drip that shows; 0 for none.
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

    def fold(self, flow: Flow, drew: Bool, resolution: NDArray[np.integer]) -> Drawn:
        """Tell uses from pulses.

        Args:
            flow: Intervals, in event-time order per meter, those of a meter one after the other.
            drew: bool[n], those that show use above the base flow.
            resolution: int[n], litres per count.
        """
        life, firm = drew.copy(), drew.copy()
        rises = flow.litres > resolution - 0.05
        told = np.flatnonzero(rises | (flow.span > ATTRIBUTABLE_MS))
        # a total that came late says nothing about what lies before and after it
        told = told[flow.until[told] // _MINUTE_MS >= self.rose[flow.meter[told]]]
        if not len(told):
            return Drawn(life, firm)
        m = flow.meter[told]
        rank = ranks(m) if (m[1:] == m[:-1]).any() else np.zeros(len(m), np.intp)
        for k in range(int(rank.max()) + 1):
            here = told[rank == k]
            self._forget(flow.meter[here], flow.span[here] > ATTRIBUTABLE_MS, flow.known[here] // _MINUTE_MS)
            here = here[rises[here]]
            interval_h = (flow.until[here] - flow.after[here]) / _HOUR_MS
            m, minute = flow.meter[here], flow.until[here] // _MINUTE_MS
            pause_h = (minute - self.drew_at(m)) / 60.0
            lone = drew[here] & is_lone(flow.litres[here], resolution[here], interval_h, pause_h)
            # a pulse that fell into a long interval came in its middle rather than at its end: the next one is not soon after it
            came = np.where(lone & (interval_h > NEAR_H), minute - (interval_h * 30).astype(np.int64), minute)
            life[here], firm[here] = self._take(m, came, drew[here], lone, compute_even_tolerance_h(interval_h) * 60)
        return Drawn(life, firm)

    def turn_back(self, to: int) -> None:
        """No use and no day is later than `to`."""
        super().turn_back(to)
        for column in (self.rose, self.firm, self.lone):
            np.minimum(column, to // _MINUTE_MS, out=column, casting="unsafe")
        np.minimum(self.day, to // _MINUTE_MS // _DAY_MINUTES, out=self.day, casting="unsafe")

    def unsay(self, meter: int, since: int) -> None:
        """What the meter showed after `since` (epoch ms) was no use and no pulse."""
        for column in (self.firm, self.lone):
            column[meter] = min(int(column[meter]), max(since, 0) // _MINUTE_MS)
        self.rose[meter] = self.step[meter] = 0

    def drew_at(self, m: I32) -> I32:
        """int32[n], minutes: the newest use of each meter, lone or not."""
        return np.asarray(np.maximum(self.firm[m], self.lone[m]))

    def dripping_h(self, rows: slice | I32) -> F64:
        """float64[n]: hours between the pulses of the drip that shows; 0 for none."""
        return _hours(self.every[rows])

    def is_known(self, rows: slice | I32) -> Bool:
        """bool[n]: enough days are known to say whether it drips."""
        return are_days_known(_hours(self.longest[:, rows]))

    def _forget(self, m: I32, long: Bool, known: I64) -> None:
        """Of a pause in which the meter was not heard, or not believed, nobody knows how long it was."""
        broken = m[long | (known > self.rose[m])]
        self.rose[broken] = 0

    def _take(self, m: I32, minute: I64, drew: Bool, lone: Bool, within: F64) -> tuple[Bool, Bool]:
        """One rise of each of several meters; (life, firm) of each."""
        self._turn_day(m, minute // _DAY_MINUTES)
        rose, firm, last, step = (column[m].astype(np.int64) for column in (self.rose, self.firm, self.lone, self.step))
        # the first use of all is somebody's
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
        """Judge the days that are over, and forget those that are too old, of meters whose first rise of a day this is."""
        turned = day > self.day[m]
        if not turned.any():
            return
        m, day = m[turned], day[turned]
        every_h = find_drip_interval_h(_hours(self.longest[:, m]), _hours(self.between[:, m]))
        self.every[m] = np.rint(every_h * 60 / _UNIT_MINUTES)
        passed = np.minimum(day - self.day[m], DAYS)
        for k in range(int(passed.max())):
            here = passed > k
            self.longest[(day[here] - k) % DAYS, m[here]] = self.between[(day[here] - k) % DAYS, m[here]] = 0
        self.day[m] = day


def _hours(units: U8) -> F64:
    return units.astype(np.float64) * _UNIT_MINUTES / 60
