"""How often a meter's total can change at all: a repeated total proves nothing about the time since it was taken.

Some meters take a total once a day and repeat it in every telegram; some gateways repeat what they last heard. A total that moved
twice within an hour was taken twice within it. If a total only ever moves at even distances of hours, but is sent much more
often, then it is taken at these distances. Nothing was used only if it has not moved for longer than that.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from homebeat.domain.durations import MINUTE_MS
from homebeat.stream.batch import F64, I32, I64, U8, Bool
from homebeat.stream.columns import Column, Columns
from homebeat.stream.features.hours import rank_entries
from homebeat.stream.features.water import Flow

#: Totals that move at such distances, or at shorter ones, are fresh enough for every rule.
LEAST_MINUTES: Final = 240
#: A meter counts as repeating when distances in a row fit for so long: the same time on three days.
LEAST_BEATS: Final = 2
LEAST_SPAN_MINUTES: Final = 2_700
#: Shorter distances also lie between the uses of somebody who is out all day. They must fit for a week, and with less leeway.
DAILY_MINUTES: Final = 1_200
SHORTER_SPAN_MINUTES: Final = 10_080
#: A total is repeated if it is sent at least so many times as often as it can change.
_TIMES: Final = 2.5
#: If the fleet file says that new totals come so seldom, it is believed until they come more often.
_DECLARED_MINUTES: Final = 720
#: A total may be sent so many intervals after it was taken.
_LATE: Final = 2
_MOST_MINUTES: Final = 20_000
U16 = NDArray[np.uint16]


class Proof(NamedTuple):
    """What n believed intervals between totals prove about the residents.

    Attributes:
        covers: bool[n], use would have shown between `after` and the end of the interval; never where a total came late.
        after: int64[n], epoch ms.
        stale: bool[n], the total is taken more seldom than it is sent.
        moved_at: int64[n], when the total moved before, epoch ms; 0 for never.
    """

    covers: Bool
    after: I64
    stale: Bool
    moved_at: I64


class Freshness(Columns):
    """State per meter row.

    Attributes:
        moved: int32[meters], when the total last moved, minutes since 1970; 0 for never.
        beat: uint16[meters], minutes of which all distances between movements are multiples; 0 for not known.
        beats: uint8[meters], for how many distances in a row that holds.
    """

    moved: I32
    beat: U16
    beats: U8
    columns: ClassVar[Mapping[str, Column]] = {
        "moved": Column(np.int32, 0),
        "beat": Column(np.uint16, 0),
        "beats": Column(np.uint8, 0),
    }

    def rewind(self, to: int) -> None:
        """Follow a step of the clock back to `to` (epoch ms): no total moved later."""
        super().rewind(to)
        np.minimum(self.moved, to // MINUTE_MS, out=self.moved, casting="unsafe")

    def fold(self, flow: Flow, every: I64, resolution: NDArray[np.integer]) -> Proof:
        """Find what intervals prove.

        Args:
            flow: Intervals, in event-time order per meter, those of a meter one after the other.
            every: int64[n], how often new totals should come, ms.
            resolution: int[n], litres per count.
        """
        m = flow.meter
        # a late total shows no interval between two totals
        between = flow.until - flow.after > 1
        proof = Proof(between, flow.after.copy(), np.zeros(len(m), np.bool_), np.zeros(len(m), np.int64))
        here = np.flatnonzero(between)
        repeated = (m[1:] == m[:-1]).any()
        rank = rank_entries(m)[here] if repeated else np.zeros(len(here), np.intp)
        for k in range(int(rank.max(initial=-1)) + 1):
            some = here[rank == k] if repeated else here
            self._fold_intervals(flow, some, every[some] // MINUTE_MS, flow.litres[some] - resolution[some], proof)
        return proof

    def find_slow_minutes(self, meters: I32, sent: I64) -> I64:
        """Find how seldom the totals of these meters are taken, by their own rhythm, int64[n], minutes; 0 for often enough.

        Args:
            meters: int32[n], rows.
            sent: int64[n], how often the totals are sent, minutes.
        """
        return np.where(self._is_slow(meters, sent), self.beat[meters].astype(np.int64), 0)

    def _fold_intervals(self, flow: Flow, some: NDArray[np.intp], every: I64, over: F64, proof: Proof) -> None:
        m, until, sent = flow.meter[some], flow.until[some], (flow.until[some] - flow.after[some]) // MINUTE_MS
        moved = flow.litres[some] > 0.05
        before = self.moved[m].astype(np.int64)
        proof.moved_at[some] = before * MINUTE_MS
        if moved.any():
            self._note_moves(m[moved], until[moved] // MINUTE_MS, sent[moved], over[moved] > 0.5)
        learned = self._is_slow(m, sent)
        often = (self.beats[m] > 0) & (self.beat[m] * 4 <= every)
        stale = learned | ((every >= _DECLARED_MINUTES) & (sent * 2 < every) & ~often)
        if not stale.any():
            return
        period = np.where(learned, self.beat[m].astype(np.int64), every) * MINUTE_MS
        known = np.maximum(before * MINUTE_MS, flow.known[some])
        quiet = until - known > period + _LATE * sent * MINUTE_MS
        proof.stale[some] = stale
        proof.after[some] = np.where(stale, np.where(moved, until - 1, known), flow.after[some])
        proof.covers[some] = ~stale | moved | quiet

    def _is_slow(self, m: I32, sent: I64) -> Bool:
        beats, beat = self.beats[m], self.beat[m].astype(np.int64)
        span = np.where(beat >= DAILY_MINUTES, LEAST_SPAN_MINUTES, SHORTER_SPAN_MINUTES)
        steady = (beats >= LEAST_BEATS) & (beats * beat >= span)
        slow: Bool = steady & (beat >= LEAST_MINUTES) & (beat > sent * _TIMES)
        return slow

    def _note_moves(self, m: I32, minute: I64, sent: I64, several: Bool) -> None:
        """Note that a total of each of several meters moved; `several`: bool[n], by more than one count, which is no drip."""
        before, beat, beats = (column[m].astype(np.int64) for column in (self.moved, self.beat, self.beats))
        gap = minute - before
        shorter = np.minimum(gap, np.where(beat > 0, beat, gap))
        within = np.where(shorter >= DAILY_MINUTES, _LATE * sent, sent) + 1
        first = before == 0
        fits = (beat > 0) & (gap > within) & (_measure_offset(gap, beat) <= within)
        finer = (beat > 0) & (gap < beat) & (_measure_offset(beat, gap) <= within) & ~fits
        goes_on = fits | finer
        count = np.where(goes_on, beats + several, 1)
        self.beat[m] = np.where(first, 0, np.where(fits, beat, np.minimum(gap, _MOST_MINUTES)))
        self.beats[m] = np.where(first | (~several & ~goes_on), 0, np.minimum(count, 255))
        self.moved[m] = minute


def _measure_offset(long: I64, short: I64) -> I64:
    """int64[n]: how far the one is from a multiple of the other."""
    times = np.maximum(np.rint(long / np.maximum(short, 1)), 1).astype(np.int64)
    return np.abs(long - times * short)
