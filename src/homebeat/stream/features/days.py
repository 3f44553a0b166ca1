"""A resident's days: one number a day each for steps, water and the pulse of the night.

A day here runs from four in the morning to four, by local time: people who are up at two have not begun a new day. It is closed
at nine, so readings that are a few hours late are in it. Night use and first signs of life are in the bits of `Past`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import IntEnum
from typing import ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from homebeat.domain.durations import DAY_MS, HOUR_MS
from homebeat.stream.batch import F32, F64, I32, I64, NEVER, U8, Bool
from homebeat.stream.columns import Column, Columns
from homebeat.stream.previous import Rows

#: Days kept: four weeks of baseline, the fortnight after it, and the judged day.
DAYS: Final = 44
#: With fewer readings of the pulse at rest, a night is not known. With fewer hours of a worn band, a day's steps are not known.
LEAST_BEATS: Final = 6
LEAST_WORN_H: Final = 10
_NIGHT_BEFORE_MS: Final = 4 * HOUR_MS
_NIGHT_AFTER_MS: Final = 2 * HOUR_MS
#: A count that rose over a longer span than this does not say on which day.
_STEPS_SPAN_MS: Final = 12 * HOUR_MS
#: From the closing of a day at nine to the end of the next one, with an hour for the night on which clocks change.
_LONGEST_DAY_MS: Final = 25 * HOUR_MS
_BITS: Final = 32
_MOST: Final = 60_000.0
#: Added to the steps of a day of which homebeat did not see the beginning: they come out below zero.
_PARTIAL: Final = -(1 << 30)


class Drift(IntEnum):
    """The slow changes that are looked for: index in `height` and bit in `known` and `fired`."""

    NIGHT_USE = 0
    FIRST_USE_LATE = 1
    STEPS_FALL = 2
    VOLUME_FALLS = 3
    VOLUME_RISES = 4
    PULSE = 5


#: How many of them are CUSUMs; they have a `height`.
SUMMED: Final = 5


class Days(Columns):
    """State per resident. Days have the number of the local date on which they were closed (days since 1970-01-01), modulo 44.

    Attributes:
        steps: float16[44, residents], steps of the day that was closed; NaN where not known.
        litres: float16[44, residents], water of the home, all its meters together.
        pulse: float16[44, residents], beats a minute at rest in the night that ended on that date.
        height: float32[5, residents], the height of each CUSUM.
        known, fired: uint8[residents], bit `Drift`: the last closed day could be judged; and it fired.
        closed: int32[residents], the newest closed day; 0 before the first.
        home: int32[residents], household row when it was closed; -1 before the first.
        begun: int32[residents], days closed up to this one were lived in another home; 0 for none.
        ends: int64[residents], when the running day ends, epoch ms; NEVER before the first closing.
        walked: int32[2, residents], steps before that end, and after it.
        worn: uint32[residents], bit h: the band was worn in hour h of the running day.
        beats: uint32[residents], sum of ten times the pulse at rest of the night within it. beat_count: uint16[residents].
        upto: closings up to here are done, epoch ms.
    """

    steps: NDArray[np.float16]
    litres: NDArray[np.float16]
    pulse: NDArray[np.float16]
    height: F32
    known: U8
    fired: U8
    closed: I32
    home: I32
    begun: I32
    ends: I64
    walked: I32
    worn: NDArray[np.uint32]
    beats: NDArray[np.uint32]
    beat_count: NDArray[np.uint16]
    columns: ClassVar[Mapping[str, Column]] = {
        "steps": Column(np.float16, np.nan, (DAYS,)),
        "litres": Column(np.float16, np.nan, (DAYS,)),
        "pulse": Column(np.float16, np.nan, (DAYS,)),
        "height": Column(np.float32, 0, (SUMMED,)),
        "known": Column(np.uint8, 0),
        "fired": Column(np.uint8, 0),
        "closed": Column(np.int32, 0),
        "home": Column(np.int32, -1),
        "begun": Column(np.int32, 0),
        "ends": Column(np.int64, NEVER),
        "walked": Column(np.int32, 0, (2,)),
        "worn": Column(np.uint32, 0),
        "beats": Column(np.uint32, 0),
        "beat_count": Column(np.uint16, 0),
    }

    deadlines: ClassVar[frozenset[str]] = frozenset({"ends"})

    def __init__(self, rows: int = 0) -> None:
        super().__init__(rows)
        self.upto = NEVER

    def rewind(self, to: int) -> None:
        """Follow a step of the clock back to `to` (epoch ms). A running day after it is dropped; the next closing begins one."""
        super().rewind(to)
        self.ends[self.ends > to + _LONGEST_DAY_MS] = NEVER
        self.upto = min(self.upto, to)

    # ---- while the day runs; repeated rows allowed

    def add_steps(self, rows: Rows, at: I64, since: I64, steps: F64) -> None:
        """Add steps that were counted between two reports; times epoch ms."""
        ends = self.ends[rows]
        counts = (at - since <= _STEPS_SPAN_MS) & (ends > NEVER) & (at >= ends - DAY_MS) & (at < ends + DAY_MS)
        if counts.any():
            rows, later = rows[counts], (at >= ends)[counts]
            np.add.at(self.walked, (later.astype(np.intp), rows), np.minimum(steps[counts], _MOST).astype(np.int32))

    def note_worn(self, rows: Rows, at: I64) -> None:
        """Note moments (epoch ms) at which a band was certainly worn."""
        hour = (at - self.ends[rows] + DAY_MS) // HOUR_MS
        counts = (hour >= 0) & (hour < _BITS)
        if counts.any():
            bits = np.uint32(1) << np.where(counts, hour, 0).astype(np.uint32)
            # mostly everybody's bit is set already
            new = np.flatnonzero(counts & ((self.worn[rows] & bits) == 0))
            if len(new):
                np.bitwise_or.at(self.worn, rows[new], bits[new])

    def is_night(self, rows: Rows, at: I64) -> Bool:
        """bool[n]: `at` (epoch ms) lies between midnight and six. On the two nights when clocks change it is an hour off."""
        ends = self.ends[rows]
        night: Bool = (ends > NEVER) & (at >= ends - _NIGHT_BEFORE_MS) & (at < ends + _NIGHT_AFTER_MS)
        return night

    def add_pulses(self, rows: Rows, bpm: F64) -> None:
        """Add pulses at rest of the night, beats a minute."""
        np.add.at(self.beats, rows, np.rint(bpm * 10).astype(np.uint32))
        np.add.at(self.beat_count, rows, np.uint16(1))

    # ---- as the day is closed

    def compute_day(self, rows: I32, end: int) -> tuple[F64, F64]:
        """Compute (steps of the day that ends at `end`, pulse of its night), float64[n] each; NaN where not known."""
        mine, walked = self.ends[rows] == end, self.walked[0, rows]
        worn = np.bitwise_count(self.worn[rows] & np.uint32((1 << 24) - 1)) >= LEAST_WORN_H
        steps = np.where(mine & worn & (walked >= 0), np.minimum(walked, _MOST), np.nan)
        count = self.beat_count[rows]
        enough = mine & (count >= LEAST_BEATS)
        return steps, np.where(enough, self.beats[rows] / 10.0 / np.maximum(count, 1), np.nan)

    def begin(self, rows: I32, end: int, next_end: int) -> None:
        """Begin the day after the one that ended at `end` and was closed just now."""
        goes_on = self.ends[rows] == end
        self.walked[0, rows] = np.where(goes_on, self.walked[1, rows], _PARTIAL)
        self.walked[1, rows] = 0
        self.worn[rows] = np.where(goes_on, self.worn[rows] >> np.uint32((next_end - end) // HOUR_MS), 0)
        self.beats[rows] = self.beat_count[rows] = 0
        self.ends[rows] = next_end

    def make_room(self, rows: I32, day: int, home: I32) -> None:
        """Make room for `day`. Days that were not closed in between are not known; who moved home starts again."""
        moved = (self.home[rows] >= 0) & (self.home[rows] != home)
        who = rows[moved]
        for ring in (self.steps, self.litres, self.pulse):
            ring[:, who] = np.nan
        self.height[:, who] = 0
        self.begun[who] = day
        missed = np.where(self.closed[rows] > 0, np.minimum(day - self.closed[rows] - 1, DAYS), 0)
        for back in range(1, int(missed.max(initial=0)) + 1):
            late = rows[missed >= back]
            for ring in (self.steps, self.litres, self.pulse):
                ring[(day - back) % DAYS, late] = np.nan
        self.home[rows], self.closed[rows] = home, day

    def read_ring(self, ring: NDArray[np.float16], rows: I32, days: Sequence[int]) -> F64:
        """Read these days (at most the 44 newest) from one of the rings, float64[n, days]."""
        return np.asarray(ring[np.array(days)[:, None] % DAYS, rows].T, np.float64)
