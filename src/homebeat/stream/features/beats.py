"""Which movements, doors and beds beat like a machine (`habits.beat` has the method and its constants)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from homebeat.domain.metric import Metric
from homebeat.habits.beat import PAUSE_S, Bursts, count_beats, find_beat, is_on_beat
from homebeat.stream.batch import F64, I32, I64, NEVER, U8, Bool
from homebeat.stream.columns import Column
from homebeat.stream.features.hours import rank_entries
from homebeat.stream.previous import Rows
from homebeat.stream.sparse import Places, SparseColumns

#: A device is checked after so many bursts. The number shares no factor with the beats of a day, so each beat has its turn.
_CHECK_EVERY: Final = 5
_MOST_SECONDS: Final = np.iinfo(np.uint16).max
_MOST_COUNTED: Final = np.iinfo(np.uint8).max
#: The metrics that are checked, each by itself.
WATCHED: Final = (Metric.MOTION, Metric.DOOR_OPEN, Metric.BED_OCCUPIED)


class Beating(NamedTuple):
    """A device that was just found to beat.

    Attributes:
        device: Its row.
        beat_at: The newest beat, epoch ms.
        own_at: The newest firing that was no beat, epoch ms; NEVER for none.
    """

    device: int
    beat_at: int
    own_at: int


class Beats(SparseColumns):
    """A row for each device that ever fired and each of `WATCHED` (key: `device * 3 + index`), with its newest 128 bursts.

    Attributes:
        start: uint32[128, rows], the first firing of a burst, s since 1970; the newest overwrites the oldest.
        lasted_s: uint16[128, rows], time until its last firing.
        counted: uint8[128, rows], how many movements its first firing counted.
        bursts: int64[rows], how many bursts there were.
        fired_at: int64[rows], the newest firing, epoch ms.
        period_s: float64[rows], time between the beats; 0 for none.
        beat_at: int64[rows], the newest beat, epoch ms.
        most: uint8[rows], a firing that counts more than so many movements is more than the beat.
    """

    DEPTH: ClassVar[int] = 128
    start: NDArray[np.uint32]
    lasted_s: NDArray[np.uint16]
    counted: U8
    bursts: I64
    fired_at: I64
    period_s: F64
    beat_at: I64
    most: U8
    #: Devices that the last fold found to beat; `stream.retract` takes their signs of life back.
    found: list[Beating]
    columns: ClassVar[Mapping[str, Column]] = {
        **SparseColumns.columns,
        "start": Column(np.uint32, 0, (DEPTH,)),
        "lasted_s": Column(np.uint16, 0, (DEPTH,)),
        "counted": Column(np.uint8, 0, (DEPTH,)),
        "bursts": Column(np.int64, 0),
        "fired_at": Column(np.int64, NEVER),
        "period_s": Column(np.float64, 0),
        "beat_at": Column(np.int64, NEVER),
        "most": Column(np.uint8, 0),
    }

    def __init__(self) -> None:
        super().__init__()
        self.found = []

    def fold(self, metric: Metric, device: Rows | I32, at: I64, value: F64, every: I64) -> Bool:
        """Fold firings, and find which are a person's.

        Args:
            metric: One of `WATCHED`.
            device: Device rows, those of a device one after the other.
            at: int64[n], epoch ms, in order per device.
            value: float64[n], movements counted; 1 for a contact.
            every: int64[devices], how often each device should report, ms.

        Returns:
            bool[n]: a person's. The others came when the device fires by itself.
        """
        self.found = []
        own = np.ones(len(device), np.bool_)
        if not len(device):
            return own
        key = _make_keys(metric, device)
        places, rows = self.find_among(key)
        if len(places) < len(key):
            for new in np.unique(np.delete(key, places)).tolist():
                self.add_row(new)
            _, rows = self.find_among(key)
        rank = rank_entries(key)
        for k in range(int(rank.max()) + 1):
            here = np.flatnonzero(rank == k)
            own[here] = self._fold_firings(rows[here], at[here], value[here], every[device[here]])
        if self.found:
            # a beat that the last firing showed holds for the firings before it too
            same = np.isin(device, [one.device for one in self.found])
            own[same] &= ~self._is_beat(rows[same], at[same], value[same])
        return own

    def is_own(self, metric: Metric, device: Rows | I32, at: I64, value: F64) -> Bool:
        """bool[n]: the same for firings that are not folded yet."""
        own = np.ones(len(device), np.bool_)
        places, rows = self.find_among(_make_keys(metric, device))
        own[places] = ~self._is_beat(rows, at[places], value[places])
        return own

    def list_intervals_s(self, devices: int) -> I32:
        """Get the seconds between the beats of each device, int32[devices]; 0 for none."""
        shown = np.zeros(devices, np.int32)
        some = np.flatnonzero(self.period_s > 0)
        np.maximum.at(shown, self.device[some] // len(WATCHED), np.rint(self.period_s[some] / 60).astype(np.int32) * 60)
        return shown

    def rewind(self, to: int) -> None:
        """Follow a step of the clock back to `to` (epoch ms): no firing is later."""
        super().rewind(to)
        np.minimum(self.start, max(to, 0) // 1000, out=self.start, casting="unsafe")

    def _fold_firings(self, rows: Places, at: I64, value: F64, every: I64) -> Bool:
        """Fold one firing of each of several devices. A late firing is compared with the beat and not kept."""
        new = at > self.fired_at[rows]
        self._remember(rows[new], at[new], value[new], every[new])
        beat = self._is_beat(rows, at, value)
        hit = new & is_on_beat(at / 1000, self.beat_at[rows] / 1000, self.period_s[rows])
        self.beat_at[rows[hit]] = at[hit]
        return ~beat

    def _remember(self, rows: Places, at: I64, value: F64, every: I64) -> None:
        apart = (self.fired_at[rows] == NEVER) | (at - np.maximum(self.fired_at[rows], 0) >= PAUSE_S * 1000)
        self.fired_at[rows] = at
        goes_on = rows[~apart]
        slot = (self.bursts[goes_on] - 1) % self.DEPTH
        lasted = at[~apart] // 1000 - self.start[slot, goes_on]
        self.lasted_s[slot, goes_on] = np.clip(lasted, 0, _MOST_SECONDS)
        begun = rows[apart]
        slot = self.bursts[begun] % self.DEPTH
        self.start[slot, begun], self.lasted_s[slot, begun] = at[apart] // 1000, 0
        self.counted[slot, begun] = np.minimum(value[apart], _MOST_COUNTED)
        self.bursts[begun] += 1
        due = np.flatnonzero(self.bursts[begun] % _CHECK_EVERY == 0)
        for row, every_s in zip(begun[due].tolist(), (every[apart][due] / 1000).tolist(), strict=True):
            self._check(row, every_s)

    def _check(self, row: int, every_s: float) -> None:
        bursts, period_s, anchor_s = self._read_bursts(row), float(self.period_s[row]), float(self.beat_at[row] / 1000)
        known = count_beats(bursts, anchor_s, period_s, every_s) if period_s else 0
        beat = find_beat(bursts, every_s)
        if beat is not None and beat.came >= known:
            fired_at = int(self.fired_at[row])
            was_known = known and is_on_beat(np.array([fired_at / 1000]), np.array([anchor_s]), np.array([period_s]))[0]
            self.period_s[row], self.most[row], self.beat_at[row] = beat.period_s, min(beat.most, _MOST_COUNTED), fired_at
            if not was_known:
                self.found.append(Beating(int(self.device[row]) // len(WATCHED), fired_at, self._find_own_at(row, bursts)))
        elif not known:
            self.period_s[row], self.most[row], self.beat_at[row] = 0, 0, NEVER

    def _find_own_at(self, row: int, bursts: Bursts) -> int:
        """Find the newest firing of its device that was no beat, epoch ms; NEVER for none."""
        period, anchor = self.period_s[[row]], self.beat_at[[row]] / 1000
        end = bursts.end[~is_on_beat(bursts.end, anchor, period) | (bursts.counted > self.most[row])]
        first = int(self.device[row]) // len(WATCHED) * len(WATCHED)
        others = {self.find(key) for key in range(first, first + len(WATCHED))} - {None, row}
        at = [int(self.fired_at[other]) for other in others if other is not None]
        return max(at, default=NEVER) if not len(end) else max(int(end[-1]) * 1000, *at, NEVER)

    def _read_bursts(self, row: int) -> Bursts:
        count = int(self.bursts[row])
        slots = np.arange(max(count - self.DEPTH, 0), count) % self.DEPTH
        start = self.start[slots, row].astype(np.float64)
        return Bursts(start, start + self.lasted_s[slots, row], self.counted[slots, row].astype(np.float64))

    def _is_beat(self, rows: Places, at: I64, value: F64) -> Bool:
        on = is_on_beat(at / 1000, self.beat_at[rows] / 1000, self.period_s[rows])
        return np.asarray(on & (value <= self.most[rows]))


def _make_keys(metric: Metric, device: Rows | I32) -> I32:
    return np.asarray(device * len(WATCHED) + WATCHED.index(metric), np.int32)
