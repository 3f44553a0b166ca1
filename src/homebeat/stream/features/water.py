"""Water meters: from cumulative totals to use, with totals that cannot be true kept out.

A total that falls or leaps is first kept as a *suspect*: its use is unknown, neither a sign of life nor its absence. If the next
total fits the old series, the suspect was a corrupt reading. If it fits the suspect, the meter was replaced, and counting goes on
from there. Use is kept as the corrected index at the end of each half hour. So the volume of any trailing window is one
subtraction, and a late total only raises the slots that it belongs to.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from homebeat.domain.durations import DAY_MS, HOUR_MS
from homebeat.domain.metric import MeterStatus
from homebeat.stream.batch import F32, F64, I32, I64, NEVER, U8, Bool
from homebeat.stream.columns import Column, Columns
from homebeat.stream.previous import pair_with_previous
from homebeat.stream.series import Series

SLOT_MS: Final = 1_800_000
SLOTS: Final = 64  # 32 hours of half hours
#: Permanent flow of the meters used in homes (Q3 of DN 15-20: 2.5-4 m3/h); a steeper rise is not water.
MAX_LITRES_PER_HOUR: Final = 4_000.0
SLACK_LITRES: Final = 50.0
#: Totals are floats of m3: what differs by less is the same total.
_ROUNDING: Final = 0.05
#: Two readers of one meter that are a little out of step make totals fall by a few litres.
FALL_TOLERANCE_LITRES: Final = 5.0
#: A gap longer than this cannot show in which hour water ran.
ATTRIBUTABLE_MS: Final = 3 * HOUR_MS

#: For how many days a meter that wavered counts as wavering.
WAVERS_DAYS: Final = 7
#: A total that fell a little once or twice does not count as wavering: two readers of one meter were out of step.
WAVERS_TIMES: Final = 3

FELL: Final = 1
JUMPED: Final = 2
#: The total fell to a value of the last 32 hours: the rise since then was misread, or this total is.
BACK: Final = 3


@dataclass(frozen=True, slots=True)
class Flow:
    """What a fold of totals showed, one entry for each believable interval between two totals.

    Attributes:
        meter: int32[n] meter row. after, until: int64[n] epoch ms, the interval (after, until].
        litres: float64[n] used within it.
        span: int64[n] ms in which they may have been used: longer than the interval where a late total does not say when.
        index: int32[n] the corrected index at its end, decilitres above the meter's base.
        known: int64[n] since when totals are believed without a break, epoch ms.
    """

    meter: I32
    after: I64
    until: I64
    litres: F64
    span: I64
    index: I32
    known: I64

    def __len__(self) -> int:
        return len(self.meter)

    def take(self, where: slice) -> Flow:
        """A part of the entries."""
        return Flow(*(getattr(self, name)[where] for name in self.__slots__))

    @classmethod
    def join(cls, parts: Sequence[Flow]) -> Flow:
        """Join several into one, in the order given."""
        if len(parts) == 1:
            return parts[0]
        empty = [np.empty(0, d) for d in (np.int32, np.int64, np.int64, np.float64, np.int64, np.int32, np.int64)]
        return cls(
            *(np.concatenate([e, *(getattr(f, name) for f in parts)]) for e, name in zip(empty, cls.__slots__, strict=True))
        )


class RetractedUse(NamedTuple):
    """A rise that the meter itself took back.

    Attributes:
        meter: Its row.
        since: The end of the newest half hour in which the total was no higher than it is now, epoch ms.
        rose_at: The end of the half hour in which it last rose to what it is now, epoch ms; NEVER for none.
        is_small: The rise was so small that the reading wavered.
    """

    meter: int
    since: int
    rose_at: int
    is_small: bool


class Water(Columns):
    """State per meter row; times are epoch ms, volumes litres.

    Attributes:
        total, total_at: the last believed raw total and its time (NaN, NEVER before the first).
        offset: added to raw totals so that the corrected index never falls.
        ring: int32[64, meters], corrected index at the end of a half hour, in decilitres above `base`; slot number modulo 64.
        suspect, suspect_at: a total that does not fit, until the next one decides.
        fault, fault_at, fault_before, fault_after: the last fault (FELL, JUMPED, BACK), when, and the two totals.
        status, status_at: what the meter last said about itself.
        before_at: time of the total before the last believed one.
        known_at: since when totals are believed without a break.
        gap_from, gap_until: the newest interval that is too long to say in which hour water ran.
        rose: what the newest interval added. One total shows it, and the next may take it back.
        wavers, wavered, wavered_on: by how many decilitres the total has lately fallen a little, how often, and when it last
            did, in days since 1970-01-01.
        retracted: rises taken back in the last fold, so that others can retract what they made of them.
    """

    total: F64
    total_at: I64
    offset: F64
    base: F64
    ring: NDArray[np.int32]
    suspect: F64
    suspect_at: I64
    fault: NDArray[np.int8]
    fault_at: I64
    fault_before: F64
    fault_after: F64
    status: NDArray[np.int8]
    status_at: I64
    before_at: I64
    known_at: I64
    gap_from: I64
    gap_until: I64
    rose: F32
    wavers: U8
    wavered: U8
    wavered_on: NDArray[np.uint16]
    columns: ClassVar[Mapping[str, Column]] = {
        "total": Column(np.float64, np.nan),
        "total_at": Column(np.int64, NEVER),
        "offset": Column(np.float64, 0),
        "base": Column(np.float64, np.nan),
        "ring": Column(np.int32, 0, (SLOTS,)),
        "suspect": Column(np.float64, np.nan),
        "suspect_at": Column(np.int64, NEVER),
        "fault": Column(np.int8, 0),
        "fault_at": Column(np.int64, NEVER),
        "fault_before": Column(np.float64, np.nan),
        "fault_after": Column(np.float64, np.nan),
        "status": Column(np.int8, 0),
        "status_at": Column(np.int64, NEVER),
        "before_at": Column(np.int64, NEVER),
        "known_at": Column(np.int64, NEVER),
        "gap_from": Column(np.int64, NEVER),
        "gap_until": Column(np.int64, NEVER),
        "rose": Column(np.float32, 0),
        "wavers": Column(np.uint8, 0),
        "wavered": Column(np.uint8, 0),
        "wavered_on": Column(np.uint16, 0),
    }

    def __init__(self, rows: int = 0) -> None:
        super().__init__(rows)
        self.head = 0
        self.retracted: list[RetractedUse] = []

    def advance(self, now: int) -> None:
        """Open the half-hour slots up to `now` (epoch ms); each starts at the index at which the last one ended."""
        slot = now // SLOT_MS
        for new in range(max(self.head, slot - SLOTS) + 1, slot + 1):
            self.ring[new % SLOTS] = self.ring[(new - 1) % SLOTS]
        self.head = max(self.head, slot)

    def rewind(self, to: int) -> None:
        """Follow a step of the clock back to `to` (epoch ms): close later half hours. What they pushed out is unknown."""
        super().rewind(to)
        np.minimum(self.wavered_on, to // DAY_MS, out=self.wavered_on, casting="unsafe")
        lost = self.head - to // SLOT_MS
        if lost <= 0:
            return
        index = self.ring[self.head % SLOTS].copy()
        self.head -= lost
        self.ring[self.head % SLOTS] = index
        oldest = min((self.head - SLOTS + lost + 2) * SLOT_MS, to)
        self.known_at = np.where(self.known_at > NEVER, np.maximum(self.known_at, oldest), NEVER)

    def get_index(self, rows: slice | I32) -> NDArray[np.int32]:
        """Get the corrected index now, decilitres above base, int32[n]."""
        return self.ring[self.head % SLOTS, rows]

    def fold(self, totals: Series, meter: I32, statuses: Series, status_meter: I32) -> Flow:
        """Fold totals (`volume_m3`) and statuses, each sorted by event time, with the meter row of each.

        Returns:
            The believable intervals, in event-time order per meter.
        """
        self.retracted = []
        litres = totals.value * 1000.0
        m, at, value, before_at, before = pair_with_previous(meter, totals.observed_at, litres, self.total_at, self.total)
        slow = self._needs_care(m, at, value, before, before_at, self._has_fault(m, statuses, status_meter))
        flows = []
        if slow.any():
            touched = np.unique(m[slow])
            aside = np.isin(m, touched)
            flows.append(self._fold_careful(m[aside], at[aside], value[aside], statuses, status_meter))
            keep = ~aside
            m, at, value, before, before_at = m[keep], at[keep], value[keep], before[keep], before_at[keep]
        self._fold_statuses(statuses, status_meter)
        flows.append(self._fold_fast(m, at, value, before, before_at))
        return Flow.join(flows)

    def _needs_care(self, m: I32, at: I64, value: F64, before: F64, before_at: I64, odd: Bool) -> Bool:
        """bool[n]: the meter must be walked one by one: total late, unbelievable or the first; suspect pending; or faulty."""
        with np.errstate(invalid="ignore"):
            rise = value - before
            hours = (at - np.maximum(before_at, 0)) / HOUR_MS
            fits = (rise >= 0) & (rise <= MAX_LITRES_PER_HOUR * hours + SLACK_LITRES) & (at > before_at)
        return ~fits | ~np.isnan(self.suspect[m]) | odd

    def _fold_fast(self, m: I32, at: I64, value: F64, before: F64, before_at: I64) -> Flow:
        """The fast path: every total fits the one before it."""
        # in event-time order per meter, and numpy keeps the last of repeated rows
        self.total[m], self.total_at[m], self.before_at[m] = value, at, before_at
        self.rose[m] = value - before
        index = self._raise_ring(m, at, value)
        span = at - before_at
        long = span > ATTRIBUTABLE_MS
        if long.any():
            self.gap_from[m[long]], self.gap_until[m[long]] = before_at[long], at[long]
        return Flow(m, before_at, at, value - before, span, index, self.known_at[m])

    def _raise_ring(self, m: I32, at: I64, value: F64) -> I32:
        index: I32 = np.rint((value + self.offset[m] - self.base[m]) * 10).astype(np.int32)
        # a total read at the end of a half hour belongs to it
        slot = np.maximum((at - 1) // SLOT_MS, self.head - SLOTS + 1)
        for s in np.unique(slot).tolist():
            here = slot == s
            rows, level = m[here], index[here]
            for k in range(s, self.head + 1):
                # totals never fall within a slot once corrected, and are sorted: the last of repeated rows is the highest
                self.ring[k % SLOTS, rows] = np.maximum(self.ring[k % SLOTS, rows], level)
        return index

    def _has_fault(self, m: I32, statuses: Series, meter: I32) -> Bool:
        """bool[n]: a fault is known, or becomes known in this batch, so totals and statuses must be walked in order."""
        odd: Bool = _FAULTY[self.status[m]]
        if len(statuses):
            odd |= np.isin(m, meter[_FAULTY[statuses.value.astype(np.int64)]])
        return odd

    def _fold_statuses(self, statuses: Series, meter: I32) -> None:
        newer = statuses.observed_at > self.status_at[meter]
        self.status_at[meter[newer]] = statuses.observed_at[newer]
        self.status[meter[newer]] = statuses.value[newer].astype(np.int8)

    def _fold_careful(self, m: I32, at: I64, value: F64, statuses: Series, status_meter: I32) -> Flow:
        """The careful path, one total at a time in event-time order, for the few meters that need it."""
        said: dict[int, list[tuple[int, int]]] = {}
        mine = np.isin(status_meter, np.unique(m))
        for row, when, status in zip(
            status_meter[mine].tolist(),
            statuses.observed_at[mine].tolist(),
            statuses.value[mine].astype(np.int64).tolist(),
            strict=True,
        ):
            said.setdefault(row, []).append((when, status))
        out: list[Flow] = []
        for row, when, total in zip(m.tolist(), at.tolist(), value.tolist(), strict=True):
            queue = said.get(row, [])
            while queue and queue[0][0] <= when:
                stamp, status = queue.pop(0)
                if stamp > self.status_at[row]:
                    self.status_at[row], self.status[row] = stamp, status
            if self._is_retracted(row, when, total):
                out = self._retract(row, out)
            flow = self._fold_one(row, when, total)
            if flow is not None:
                out.append(flow)
        return Flow.join(out)

    def _is_retracted(self, row: int, at: int, total: float) -> bool:
        """Whether two totals in a row, the one in doubt and this one, both lie below a rise of the last 32 hours."""
        suspect, suspect_at = float(self.suspect[row]), int(self.suspect_at[row])
        if np.isnan(suspect) or at <= suspect_at or suspect > self.total[row] or _FAULTY[self.status[row]]:
            return False
        lower = total < self.total[row] - _ROUNDING and _fits(suspect, suspect_at, total, at)
        return lower and self._find_stood(row, suspect) is not None

    def _retract(self, row: int, shown: list[Flow]) -> list[Flow]:
        """Go on from the total in doubt as if the meter had never shown more.

        Args:
            row: Of the meter.
            shown: Flows of this fold so far.

        Returns:
            The same without what is taken back of them.
        """
        suspect, suspect_at, total_at = float(self.suspect[row]), int(self.suspect_at[row]), int(self.total_at[row])
        level, stood = self._compute_level(row, suspect), self._find_stood(row, suspect) or 0
        self.ring[:, row] = np.minimum(self.ring[:, row], level)
        rose = self._find_rise(row, (total_at - 1) // SLOT_MS)
        is_rise = self.ring[rose % SLOTS, row] != self.ring[(rose - 1) % SLOTS, row] and (rose + 1) * SLOT_MS > self.known_at[row]
        since = (stood + 1) * SLOT_MS
        small = float(self.total[row]) - suspect <= FALL_TOLERANCE_LITRES
        self.retracted.append(RetractedUse(row, since, (rose + 1) * SLOT_MS if is_rise else NEVER, small))
        if small:
            self._note_waver(row, suspect_at, float(self.total[row]) - suspect)
        gone = [flow for flow in shown if flow.meter[0] == row and flow.until[0] > since]
        kept = [flow for flow in shown if not any(flow is one for one in gone)]
        if gone:
            first = gone[0]
            used = np.maximum(first.litres - (first.index - level) / 10.0, 0.0)
            kept.append(replace(first, litres=used, index=np.minimum(first.index, np.int32(level))))
            total_at = int(first.until[0])
        self.suspect[row] = np.nan
        kept.append(self._fold_fast(*_make_arrays(row, suspect_at, suspect, suspect, total_at)))
        return kept

    def _compute_level(self, row: int, total: float) -> int:
        """Compute the corrected index at this total, decilitres above `base`."""
        return round((total + float(self.offset[row]) - float(self.base[row])) * 10)

    def _find_stood(self, row: int, total: float) -> int | None:
        """Find the newest half hour still kept at whose end the meter stood no higher than this; None for none."""
        level = self._compute_level(row, total)
        oldest = max(self.head - SLOTS + 2, (int(self.known_at[row]) - 1) // SLOT_MS)
        for slot in range(min(self.head, (int(self.total_at[row]) - 1) // SLOT_MS), oldest - 1, -1):
            if self.ring[slot % SLOTS, row] <= level:
                return slot
        return None

    def _note_waver(self, row: int, at: int, litres: float) -> None:
        """Note that the total fell by so little that the reading wavered, not the meter."""
        if litres > FALL_TOLERANCE_LITRES:
            return
        day = at // DAY_MS
        if day - int(self.wavered_on[row]) > WAVERS_DAYS:
            self.wavers[row] = self.wavered[row] = 0
        self.wavers[row], self.wavered_on[row] = max(int(self.wavers[row]), round(litres * 10)), day
        self.wavered[row] = min(int(self.wavered[row]) + 1, WAVERS_TIMES)

    def get_wavering(self, rows: I32, at: I64) -> F64:
        """Get the litres by which a total may rise although nobody draws water, because its readings waver; float64[n]."""
        lately = (at // DAY_MS - self.wavered_on[rows] <= WAVERS_DAYS) & (self.wavered[rows] >= WAVERS_TIMES)
        return np.where(lately, self.wavers[rows] / 10.0, 0.0)

    def _fold_one(self, row: int, at: int, total: float) -> Flow | None:
        known, known_at = float(self.total[row]), int(self.total_at[row])
        if known_at == NEVER:
            self.total[row], self.total_at[row], self.base[row] = total, at, total
            self.known_at[row] = at
            return None
        if at <= known_at:
            return self._fold_late(row, at, total)
        if at <= int(self.suspect_at[row]) and not np.isnan(self.suspect[row]):
            return None  # delivered twice, or older than the total in doubt
        if _FAULTY[self.status[row]]:
            # counting goes on from this total, but its use in this interval is not known
            if total >= known:
                self._rebase(row, at, total)
            self.known_at[row] = at
            return None
        if _fits(known, known_at, total, at):
            if known - total > _ROUNDING:
                self._note_waver(row, at, known - total)
                if self._find_stood(row, total) is not None:
                    # a litre read too early, or a wavering reading: the next total decides
                    self.suspect[row], self.suspect_at[row] = total, at
                    return None
            self.suspect[row] = np.nan
            return self._fold_fast(*_make_arrays(row, at, max(total, known), known, known_at))
        self._doubt(row, at, total, known)
        return None

    def _doubt(self, row: int, at: int, total: float, known: float) -> None:
        suspect, suspect_at = float(self.suspect[row]), int(self.suspect_at[row])
        back = total < known and self._find_stood(row, total) is not None
        if not back:
            self.known_at[row] = at
        if not np.isnan(suspect) and at > suspect_at and _fits(suspect, suspect_at, total, at):
            self.known_at[row] = at
            self._rebase(row, at, total)
            self.suspect[row] = np.nan
            return
        self.suspect[row], self.suspect_at[row] = total, at
        self.fault[row], self.fault_at[row] = (BACK if back else FELL if total < known else JUMPED), at
        self.fault_before[row], self.fault_after[row] = known, total

    def _rebase(self, row: int, at: int, total: float) -> None:
        """Go on from `total` without counting what lies between it and the last believed total."""
        self.offset[row] += self.total[row] - total
        self.before_at[row], self.total[row], self.total_at[row] = self.total_at[row], total, at
        self.rose[row] = 0

    def _fold_late(self, row: int, at: int, total: float) -> Flow | None:
        """Fold a total older than the newest: it may show that water ran since the end of the slot before its own.

        The interval returned ends as it begins: when within the slot it ran, a total delivered twice must not know better.
        """
        slot = (at - 1) // SLOT_MS
        if slot <= self.head - SLOTS + 1 or slot * SLOT_MS < self.known_at[row] or _FAULTY[self.status[row]]:
            return None
        level = self._compute_level(row, total)
        floor, ceiling = int(self.ring[(slot - 1) % SLOTS, row]), int(self.ring[self.head % SLOTS, row])
        if not floor <= level <= ceiling:
            return None
        rows = np.array([row], np.int32)
        span = (slot - self._find_rise(row, slot - 1) + 1) * SLOT_MS
        for k in range(slot, self.head + 1):
            self.ring[k % SLOTS, rows] = np.maximum(self.ring[k % SLOTS, rows], level)
        after = np.array([slot * SLOT_MS])
        used = np.array([(level - floor) / 10])
        return Flow(rows, after, after + 1, used, np.array([span]), np.array([level], np.int32), self.known_at[rows])

    def _find_rise(self, row: int, slot: int) -> int:
        """Find the newest half hour up to `slot` in which the index rose, or the oldest that is kept."""
        while slot > self.head - SLOTS + 2 and self.ring[slot % SLOTS, row] == self.ring[(slot - 1) % SLOTS, row]:
            slot -= 1
        return slot


def _make_arrays(row: int, at: int, value: float, before: float, before_at: int) -> tuple[I32, I64, F64, F64, I64]:
    return np.array([row], np.int32), np.array([at]), np.array([value]), np.array([before]), np.array([before_at])


def _fits(before: float, before_at: int, total: float, at: int) -> bool:
    rise, hours = total - before, (at - before_at) / HOUR_MS
    return -FALL_TOLERANCE_LITRES <= rise <= MAX_LITRES_PER_HOUR * hours + SLACK_LITRES


#: bool by status number: totals cannot be believed while the meter has this status.
_FAULTY: Final = np.array([MeterStatus(i).is_fault if i in MeterStatus._value2member_map_ else False for i in range(128)])


def compute_litres(water: Water, rows: slice | I32, window_ms: int) -> F64:
    """Compute the litres used in the trailing window that ends with each meter's newest total, float64[n].

    The window starts with the newest total read at or before the end of a half hour, so it is exact for totals read on the half
    hour and else longer than asked: a home is never called dry for use inside the window. Meaningless unless `is_window_known`.
    """
    start = np.clip(_find_start(water, rows, window_ms), water.head - SLOTS + 1, water.head)
    line = np.arange(rows.start, rows.stop) if isinstance(rows, slice) else rows
    return (water.get_index(rows) - water.ring[start % SLOTS, line]) / 10.0


def is_window_known(water: Water, rows: slice | I32, window_ms: int) -> Bool:
    """bool[n]: totals were believed over the whole window, it is still kept, and no long gap lies across its start."""
    at = np.maximum(water.total_at[rows], 0)
    start = _find_start(water, rows, window_ms)
    remembered = start >= water.head - SLOTS + 1
    believed = at - np.maximum(water.known_at[rows], 0) >= window_ms
    begins = (start + 1) * SLOT_MS
    across = (water.gap_from[rows] < begins) & (begins < water.gap_until[rows])
    known: Bool = (water.total_at[rows] > NEVER) & remembered & believed & ~across & ~_is_in_doubt(water, rows)
    return known


def _is_in_doubt(water: Water, rows: slice | I32) -> Bool:
    """bool[n]: the newest total fell far below the one before, and it is not known yet which of them is right."""
    with np.errstate(invalid="ignore"):
        doubted: Bool = water.total[rows] - water.suspect[rows] > FALL_TOLERANCE_LITRES
    return doubted


def _find_start(water: Water, rows: slice | I32, window_ms: int) -> I64:
    """Find the half hour at whose end the window begins, int64[n]."""
    start: I64 = (np.maximum(water.total_at[rows], 0) - window_ms) // SLOT_MS - 1
    return start


def is_fault_status(status: NDArray[np.int8]) -> Bool:
    """bool[n]: totals cannot be believed while a meter has this status (int8[n])."""
    return _FAULTY[status]
