"""Water meters: from cumulative totals to use, with totals that cannot be true kept out.

A total that falls or leaps is first held as a *suspect*: its use is unknown, neither a sign of life nor its absence. If the next
total fits the old series, the suspect was a corrupt read; if it fits the suspect, the meter was replaced and counting goes on
from there. Use is kept as the corrected index at the end of each half hour, so that the volume of any trailing window is one
subtraction, and late totals only raise slots they belong to.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from homebeat.domain.metric import MeterStatus
from homebeat.stream.batch import F64, I32, I64, NEVER, Bool
from homebeat.stream.columns import Column, Columns
from homebeat.stream.previous import with_previous
from homebeat.stream.series import Series

SLOT_MS: Final = 1_800_000
SLOTS: Final = 64  # 32 hours of half hours
#: Permanent flow of the meters used in homes (Q3 of DN 15-20: 2.5-4 m3/h); a steeper rise is not water.
MAX_LITRES_PER_HOUR: Final = 4_000.0
SLACK_LITRES: Final = 50.0
#: Two readers of one meter that are a little out of step make totals fall by a few litres.
FALL_TOLERANCE_LITRES: Final = 5.0
#: A gap longer than this cannot show in which hour water ran.
ATTRIBUTABLE_MS: Final = 3 * 3_600_000
_NEARLY_AN_HOUR_MS: Final = 55 * 60_000

FELL: Final = 1
JUMPED: Final = 2


@dataclass(frozen=True, slots=True)
class Flow:
    """What a fold of totals showed, one entry per believable interval between two totals.

    Attributes:
        meter: int32[n] meter row. after, until: int64[n] epoch ms, the interval (after, until].
        litres: float64[n] used within it.
    """

    meter: I32
    after: I64
    until: I64
    litres: F64


class Water(Columns):
    """State per meter row; times epoch ms, volumes litres.

    Attributes:
        total, total_at: the last believed raw total and its time (NaN, NEVER before the first).
        offset: added to raw totals so that the corrected index never falls.
        ring: int32[64, meters], corrected index at the end of a half hour, in decilitres above `base`; slot number modulo 64.
        suspect, suspect_at: a total that does not fit, until the next one decides.
        fault, fault_at, fault_before, fault_after: the last fault (FELL, JUMPED), when, and the two totals.
        status, status_at: what the meter last said of itself.
        before_at: the total before the last believed one: how long the newest interval is.
        known_at: since when totals have been believed without a break.
        dry_at: last time at which an hour without use was shown. wet_at: last time use was shown.
        gap_from, gap_until: the newest interval too long to tell in which hour water ran.
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
    dry_at: I64
    wet_at: I64
    gap_from: I64
    gap_until: I64
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
        "dry_at": Column(np.int64, NEVER),
        "wet_at": Column(np.int64, NEVER),
        "gap_from": Column(np.int64, NEVER),
        "gap_until": Column(np.int64, NEVER),
    }

    def __init__(self, rows: int = 0) -> None:
        super().__init__(rows)
        self.head = 0

    def advance(self, now: int) -> None:
        """Open the half-hour slots up to `now`; each starts at the index the last one ended with."""
        slot = now // SLOT_MS
        for new in range(max(self.head, slot - SLOTS) + 1, slot + 1):
            self.ring[new % SLOTS] = self.ring[(new - 1) % SLOTS]
        self.head = max(self.head, slot)

    def index(self, rows: slice | I32) -> NDArray[np.int32]:
        """The corrected index now, decilitres above base, int32[n]."""
        return self.ring[self.head % SLOTS, rows]

    def fold(self, totals: Series, meter: I32, statuses: Series, status_meter: I32) -> Flow:
        """Take in totals (`volume_m3`) and statuses, each sorted by event time, with the meter row of each.

        Returns:
            The believable intervals, in event-time order per meter.
        """
        litres = totals.value * 1000.0
        m, at, value, before_at, before = with_previous(meter, totals.observed_at, litres, self.total_at, self.total)
        slow = self._needs_care(m, at, value, before, before_at, self._odd(m, statuses, status_meter))
        flows = []
        if slow.any():
            touched = np.unique(m[slow])
            aside = np.isin(m, touched)
            flows.append(self._walk(m[aside], at[aside], value[aside], statuses, status_meter))
            keep = ~aside
            m, at, value, before, before_at = m[keep], at[keep], value[keep], before[keep], before_at[keep]
        self._take_statuses(statuses, status_meter)
        flows.append(self._run(m, at, value, before, before_at))
        if len(flows) == 1:
            return flows[0]
        return Flow(*(np.concatenate(p) for p in zip(*((f.meter, f.after, f.until, f.litres) for f in flows), strict=True)))

    def _needs_care(self, m: I32, at: I64, value: F64, before: F64, before_at: I64, odd: Bool) -> Bool:
        """Readings whose meter must be walked one by one: late, unbelievable, suspect pending, faulty, or a first total."""
        with np.errstate(invalid="ignore"):
            rise = value - before
            hours = (at - np.maximum(before_at, 0)) / 3.6e6
            fits = (rise >= 0) & (rise <= MAX_LITRES_PER_HOUR * hours + SLACK_LITRES) & (at > before_at)
        return ~fits | ~np.isnan(self.suspect[m]) | odd

    def _run(self, m: I32, at: I64, value: F64, before: F64, before_at: I64) -> Flow:
        """The fast path: every total fits the one before it."""
        if not len(m):
            return Flow(m, at, at, value)
        used = value - before
        # in event-time order per meter, and numpy keeps the last of repeated rows
        self.total[m], self.total_at[m], self.before_at[m] = value, at, before_at
        self._raise_ring(m, at, value)
        wet, long = used > 0, at - before_at > ATTRIBUTABLE_MS
        # a meter that never showed use has been dry since it was first believed
        since_wet = at - np.maximum(_latest_of(m, at, wet, self.wet_at[m]), self.known_at[m])
        np.maximum.at(self.wet_at, m[wet], at[wet])
        dry = ~wet & (since_wet >= _NEARLY_AN_HOUR_MS) | long
        np.maximum.at(self.dry_at, m[dry], at[dry])
        if long.any():
            self.gap_from[m[long]], self.gap_until[m[long]] = before_at[long], at[long]
        return Flow(m, before_at, at, used)

    def _raise_ring(self, m: I32, at: I64, value: F64) -> None:
        index = np.rint((value + self.offset[m] - self.base[m]) * 10).astype(np.int32)
        # a total read as the half hour ends belongs to it
        slot = np.maximum((at - 1) // SLOT_MS, self.head - SLOTS + 1)
        for s in np.unique(slot).tolist():
            here = slot == s
            rows, level = m[here], index[here]
            for k in range(s, self.head + 1):
                # totals never fall within a slot once corrected, and are sorted: the last of repeated rows is the highest
                self.ring[k % SLOTS, rows] = np.maximum(self.ring[k % SLOTS, rows], level)

    def _odd(self, m: I32, statuses: Series, meter: I32) -> Bool:
        """bool[n]: a fault is or becomes known in this batch, so totals and statuses must be walked in order."""
        odd: Bool = _FAULTY[self.status[m]]
        if len(statuses):
            odd |= np.isin(m, meter[_FAULTY[statuses.value.astype(np.int64)]])
        return odd

    def _take_statuses(self, statuses: Series, meter: I32) -> None:
        newer = statuses.observed_at > self.status_at[meter]
        self.status_at[meter[newer]] = statuses.observed_at[newer]
        self.status[meter[newer]] = statuses.value[newer].astype(np.int8)

    def _walk(self, m: I32, at: I64, value: F64, statuses: Series, status_meter: I32) -> Flow:
        """The careful path, one total at a time in event order, for the few meters that need it."""
        said: dict[int, list[tuple[int, int]]] = {}
        mine = np.isin(status_meter, np.unique(m))
        for row, when, status in zip(
            status_meter[mine].tolist(),
            statuses.observed_at[mine].tolist(),
            statuses.value[mine].astype(np.int64).tolist(),
            strict=True,
        ):
            said.setdefault(row, []).append((when, status))
        out: list[tuple[int, int, int, float]] = []
        for row, when, total in zip(m.tolist(), at.tolist(), value.tolist(), strict=True):
            queue = said.get(row, [])
            while queue and queue[0][0] <= when:
                stamp, status = queue.pop(0)
                if stamp > self.status_at[row]:
                    self.status_at[row], self.status[row] = stamp, status
            interval = self._step(row, when, total)
            if interval is not None:
                out.append(interval)
        cols = list(zip(*out, strict=True)) if out else [(), (), (), ()]
        return Flow(
            np.array(cols[0], np.int32), np.array(cols[1], np.int64), np.array(cols[2], np.int64), np.array(cols[3], np.float64)
        )

    def _step(self, row: int, at: int, total: float) -> tuple[int, int, int, float] | None:
        known, known_at = float(self.total[row]), int(self.total_at[row])
        if known_at == NEVER:
            self.total[row], self.total_at[row], self.base[row] = total, at, total
            self.dry_at[row] = self.known_at[row] = at
            return None
        if at <= known_at:
            return self._late(row, at, total)
        if _FAULTY[self.status[row]]:
            # the total goes on from here, but what it says of this interval is not known
            if total >= known:
                self._rebase(row, at, total)
            self.dry_at[row] = self.known_at[row] = at
            return None
        if _fits(known, known_at, total, at):
            self.suspect[row] = np.nan
            used = max(0.0, total - known)
            one = np.array([row], np.int32)
            flow = self._run(one, np.array([at]), np.array([max(total, known)]), np.array([known]), np.array([known_at]))
            return row, int(flow.after[0]), at, used
        self._doubt(row, at, total, known)
        return None

    def _doubt(self, row: int, at: int, total: float, known: float) -> None:
        suspect, suspect_at = float(self.suspect[row]), int(self.suspect_at[row])
        self.dry_at[row] = self.known_at[row] = at
        if not np.isnan(suspect) and at > suspect_at and _fits(suspect, suspect_at, total, at):
            self._rebase(row, at, total)
            self.suspect[row] = np.nan
            return
        self.suspect[row], self.suspect_at[row] = total, at
        self.fault[row], self.fault_at[row] = (FELL if total < known else JUMPED), at
        self.fault_before[row], self.fault_after[row] = known, total

    def _rebase(self, row: int, at: int, total: float) -> None:
        """Go on from `total` without counting what lies between it and the last believed total."""
        self.offset[row] += self.total[row] - total
        self.before_at[row], self.total[row], self.total_at[row] = self.total_at[row], total, at

    def _late(self, row: int, at: int, total: float) -> tuple[int, int, int, float] | None:
        """A total older than the newest: it may show that water ran since the end of the slot before its own, and nothing newer.

        The interval returned ends as it begins: when within the slot it ran, a total delivered twice must not know better.
        """
        slot = (at - 1) // SLOT_MS
        if slot <= self.head - SLOTS + 1 or slot * SLOT_MS < self.known_at[row] or _FAULTY[self.status[row]]:
            return None
        level = round((total + self.offset[row] - self.base[row]) * 10)
        floor, ceiling = int(self.ring[(slot - 1) % SLOTS, row]), int(self.ring[self.head % SLOTS, row])
        if not floor <= level <= ceiling:
            return None
        rows = np.array([row], np.int32)
        for k in range(slot, self.head + 1):
            self.ring[k % SLOTS, rows] = np.maximum(self.ring[k % SLOTS, rows], level)
        return row, slot * SLOT_MS, slot * SLOT_MS + 1, (level - floor) / 10


def _latest_of(m: I32, at: I64, here: Bool, known: I64) -> I64:
    """The newest time up to each reading at which `here` held for its meter, `known` before the first; m sorted or unique."""
    place = np.arange(len(m))
    first = np.ones(len(m), np.bool_)
    np.not_equal(m[1:], m[:-1], out=first[1:])
    begin = np.maximum.accumulate(np.where(first, place, 0))
    newest = np.maximum.accumulate(np.where(here, place, -1))
    return np.where(newest >= begin, at[newest], known)


def _fits(before: float, before_at: int, total: float, at: int) -> bool:
    rise, hours = total - before, (at - before_at) / 3.6e6
    return -FALL_TOLERANCE_LITRES <= rise <= MAX_LITRES_PER_HOUR * hours + SLACK_LITRES


#: bool by status number: totals cannot be believed while the meter says this.
_FAULTY: Final = np.array([MeterStatus(i).is_fault if i in MeterStatus._value2member_map_ else False for i in range(128)])


def litres_since(water: Water, rows: slice | I32, window_ms: int) -> F64:
    """Litres used in the trailing window that ends with each meter's newest total, float64[n].

    The window starts with the newest total read at or before the end of a half hour, so it is exact for totals read on the half
    hour and else longer than asked: a home is never called dry for use inside the window. Meaningless unless `is_window_known`.
    """
    start = np.clip(_start(water, rows, window_ms), water.head - SLOTS + 1, water.head)
    line = np.arange(rows.start, rows.stop) if isinstance(rows, slice) else rows
    return (water.index(rows) - water.ring[start % SLOTS, line]) / 10.0


def is_window_known(water: Water, rows: slice | I32, window_ms: int) -> Bool:
    """bool[n]: totals were believed over the whole window, it is still remembered, and no long gap lies across its start."""
    at = np.maximum(water.total_at[rows], 0)
    start = _start(water, rows, window_ms)
    remembered = start >= water.head - SLOTS + 1
    believed = at - np.maximum(water.known_at[rows], 0) >= window_ms
    begins = (start + 1) * SLOT_MS
    across = (water.gap_from[rows] < begins) & (begins < water.gap_until[rows])
    known: Bool = (water.total_at[rows] > NEVER) & remembered & believed & ~across
    return known


def _start(water: Water, rows: slice | I32, window_ms: int) -> I64:
    """The half hour at whose end the window begins, int64[n]."""
    start: I64 = (np.maximum(water.total_at[rows], 0) - window_ms) // SLOT_MS - 1
    return start


def status_is_fault(status: NDArray[np.int8]) -> Bool:
    """bool[n]: totals cannot be believed while a meter says this of itself."""
    return _FAULTY[status]
