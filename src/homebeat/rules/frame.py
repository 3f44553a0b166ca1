"""What a rule sees: read-only columns of a block of rows at one instant."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from homebeat.domain.fleet import DeviceKind
from homebeat.domain.metric import Metric
from homebeat.stream.batch import F32, F64, I32, I64, NEVER, U8, Bool
from homebeat.stream.features.alarms import LINE_OF
from homebeat.stream.features.learned import Learned
from homebeat.stream.features.past import UNWORN_MISSING
from homebeat.stream.features.timeline import SLOT_MS, SLOTS, make_slots_mask, measure_quiet_ms
from homebeat.stream.features.water import Water, compute_litres
from homebeat.stream.roster import get_kind_index
from homebeat.stream.state import State

Places = NDArray[np.intp]

_WRISTBAND: Final = get_kind_index(DeviceKind.WRISTBAND)


class Axis(StrEnum):
    """What one row of a frame is."""

    DEVICE = "device"
    METER = "meter"
    RESIDENT = "resident"


@dataclass(frozen=True)
class Frame:
    """A block of rows `[start, stop)` of one axis; every array has length n = stop - start.

    Attributes:
        now: The engine's instant, epoch ms.
        listening_at: Since when homebeat listens without a break, epoch ms: silence before it is not the devices'.
        standing_since: int64[n], `since` of this rule's standing condition for the row, NEVER where none stands.
        away_now: bool[residents], over all residents: known or declared to be away.
    """

    axis: Axis
    start: int
    stop: int
    now: int
    listening_at: int
    state: State
    standing_since: I64
    away_now: Bool

    @property
    def rows(self) -> slice:
        """Rows of the block in the state's arrays of this axis."""
        return slice(self.start, self.stop)

    def __len__(self) -> int:
        return self.stop - self.start

    @property
    def device(self) -> slice | I32:
        """Device rows of the block (axis device or meter)."""
        return self.state.roster.meter_device[self.rows] if self.axis is Axis.METER else self.rows

    @property
    def active(self) -> Bool:
        """bool[n]: the row is enrolled now."""
        roster = self.state.roster
        return freeze(roster.resident_active[self.rows] if self.axis is Axis.RESIDENT else roster.device_active[self.device])

    @property
    def kind(self) -> I32:
        """int32[n]: device kind number."""
        return freeze(self.state.roster.device_kind[self.device])

    @property
    def every(self) -> I64:
        """int64[n]: expected report interval, ms; for a resident, that of the device that shows life most often."""
        roster = self.state.roster
        return freeze(
            self.state.rhythm.resident_every[self.rows] if self.axis is Axis.RESIDENT else roster.device_every[self.device]
        )

    @property
    def enrolled_at(self) -> I64:
        """int64[n]: since when the row is expected to report, epoch ms."""
        roster = self.state.roster
        return freeze(roster.resident_since[self.rows] if self.axis is Axis.RESIDENT else roster.device_since[self.device])

    @property
    def heard_from(self) -> I64 | int:
        """int64[n], or one for all: since when messages of the row's devices can arrive without a break, epoch ms."""
        unheard, roster = self.state.unheard, self.state.roster
        if not unheard:
            return self.listening_at
        is_resident = self.axis is Axis.RESIDENT
        until = unheard.find_residents(roster)[self.rows] if is_resident else unheard.find_devices(roster)[self.device]
        return freeze(np.maximum(until, self.listening_at))

    @property
    def heard_at(self) -> I64:
        """int64[n]: last arrival from the device, epoch ms; NEVER for none."""
        return freeze(self.state.heard.at[self.device])

    def get_latest(self, metric: Metric) -> tuple[I64, F32]:
        """Get (observed_at int64[n], value float32[n]) of a tracked metric of the device; NEVER, NaN where unknown."""
        line = self.state.latest.line[metric]
        return freeze(self.state.latest.at[line, self.device]), freeze(self.state.latest.value[line, self.device])

    def get_alarm(self, metric: Metric) -> tuple[I64, I64]:
        """Get (observed_at, arrived_at), int64[n] each, of the newest alarm of this kind by arrival; NEVER for none."""
        alarms, line = self.state.alarms, LINE_OF[metric]
        return freeze(alarms.spread(alarms.at[line], self.device, NEVER)), freeze(
            alarms.spread(alarms.arrived_at[line], self.device, NEVER)
        )

    def find_newest_alarm(self, metric: Metric) -> int:
        """Find when the newest alarm of this kind in the block arrived, epoch ms; NEVER for none."""
        alarms = self.state.alarms
        return int(alarms.arrived_at[LINE_OF[metric], alarms.find_among(self.device)[1]].max(initial=NEVER))

    def is_taken_back(self, metric: Metric) -> Bool:
        """bool[n]: a report that arrived later took that alarm back."""
        return self._has_bit(self.state.alarms.taken_back, metric)

    def is_untimed(self, metric: Metric) -> Bool:
        """bool[n]: the device gave no time for that alarm, or one that cannot be right: it has the time of its arrival."""
        return self._has_bit(self.state.alarms.untimed, metric)

    def is_tested(self, metric: Metric) -> Bool:
        """bool[n]: the device said of that alarm that somebody tested it."""
        return self._has_bit(self.state.alarms.tested, metric)

    def _has_bit(self, column: U8, metric: Metric) -> Bool:
        has: Bool = self.state.alarms.spread(column, self.device, 0) & np.uint8(1 << LINE_OF[metric]) != 0
        return has

    @property
    def taken_back_at(self) -> I64:
        """int64[n]: arrival of the device's newest report that took an alarm back, epoch ms; NEVER for none."""
        alarms = self.state.alarms
        return freeze(alarms.spread(alarms.taken_back_at, self.device, NEVER))

    @property
    def flags(self) -> tuple[I64, I64, I64]:
        """(first_at, first_arrived_at, before_at), int64[n] each, of the newest fall that was flagged, see `Flags`; or NEVER."""
        flags, rows = self.state.flags, self.device
        first, arrived, before = (
            freeze(flags.spread(column, rows, NEVER)) for column in (flags.first_at, flags.first_arrived_at, flags.before_at)
        )
        return first, arrived, before

    @property
    def worn_at(self) -> I64:
        """int64[n]: when the device was last proven to be worn, epoch ms; or NEVER."""
        return freeze(self.state.wear.at[self.device])

    @property
    def signs_at(self) -> I64:
        """int64[n]: the newest sign of life that the device has shown, epoch ms; NEVER for none."""
        return freeze(self.state.signs.at[self.device])

    @property
    def moved_after(self) -> I64:
        """int64[n]: newest instant after which the one person the device reports on certainly moved, epoch ms (axis device)."""
        return freeze(self._get_of_wearer(self.state.movement.after))

    @property
    def moved_at(self) -> I64:
        """int64[n]: newest moment by which that person is known to have moved, epoch ms (axis device)."""
        return freeze(self._get_of_wearer(self.state.movement.seen_at))

    @property
    def asked_at(self) -> tuple[I64, I64]:
        """(when the resident was last asked, when the answer is overdue), int64[n], epoch ms; or NEVER (axis resident)."""
        questions = self.state.questions
        return freeze(questions.at[self.rows]), freeze(questions.until[self.rows])

    @property
    def any_asked(self) -> bool:
        """Whether an answer of any resident is awaited."""
        return self.state.questions.any_awaited

    @property
    def asking_heard_at(self) -> I64:
        """int64[n]: last arrival from a device on which a resident is asked first, epoch ms; NEVER for none (axis resident)."""
        out = np.full(len(self), NEVER)
        asked, bands = self._asking
        np.maximum.at(out, asked - self.start, self.state.heard.at[bands])
        return out

    def find_asked_on(self, i: int, within_ms: int) -> tuple[str, bool]:
        """Find on which device to ask the resident of row `i`: the one that was heard last.

        A lamp is used only where no band was heard for so long.

        Args:
            i: The row.
            within_ms: How long ago a band may have been heard.

        Returns:
            Its id, empty where there is none; and whether it is a band.
        """
        asked, devices = self._asking
        mine = devices[asked == self.start + i]
        heard = self.state.heard.at[mine]
        is_band = self.state.roster.device_kind[mine] == _WRISTBAND
        bands = is_band & (heard >= self.now - within_ms)
        if bands.any():
            mine, heard, is_band = mine[bands], heard[bands], is_band[bands]
        if not len(mine):
            return "", False
        last = int(heard.argmax())
        return self.state.roster.device_ids[int(mine[last])], bool(is_band[last])

    def is_asked_on(self, i: int) -> bool:
        """Whether the wearer of the device of row `i` is asked on it before others are notified (axis device)."""
        return bool(self.asked_first[i] and self.state.roster.device_asks[self.rows][i])

    @property
    def _asking(self) -> tuple[I32, I32]:
        """(resident row, device row) of residents of the block who are asked first, and what they are asked on, by resident."""
        asked, bands = self.state.asking
        here = slice(*np.searchsorted(asked, (self.start, self.stop)).tolist())
        return asked[here], bands[here]

    @property
    def asked_first(self) -> Bool:
        """bool[n]: the resident (of a device: one it reports on) is asked before others are notified."""
        asks = self.state.roster.asks
        return freeze(asks[self.rows] if self.axis is Axis.RESIDENT else self._combine_everybody(asks))

    def _get_of_wearer(self, of_residents: I64) -> I64:
        person = self.state.roster.device_resident[self.device]
        if not len(of_residents):
            return np.full(len(self), NEVER)
        return np.where(person >= 0, of_residents[person], NEVER)

    # ---- meters -------------------------------------------------------------------------------------------------

    @property
    def water(self) -> Water:
        """The meters' feature, over all meters: index it with `rows`."""
        return self.state.water

    @property
    def total_at(self) -> I64:
        """int64[n]: time of the meter's newest believed total, epoch ms."""
        return freeze(self.state.water.total_at[self.rows])

    def sum_litres(self, window_ms: int) -> F64:
        """Sum the litres in the window that ends with the newest total, float64[n]; all meters of a home in its first one."""
        out = compute_litres(self.state.water, self.rows, window_ms)
        np.add.at(out, self.more_meters[1], compute_litres(self.state.water, self.more_meters[0], window_ms))
        return out

    @property
    def newest_litres(self) -> F64:
        """float64[n]: litres that only the newest total shows; all meters of a home are summed in its first one."""
        out = self.state.water.rose[self.rows].astype(np.float64)
        np.add.at(out, self.more_meters[1], self.state.water.rose[self.more_meters[0]])
        return out

    @property
    def more_meters(self) -> tuple[I32, I32]:
        """(meter rows, place of their home's first meter in the block): the other meters of homes whose first one is here."""
        more, lead = self.state.roster.meter_more, self.state.roster.meter_lead
        if not len(more):
            return more, more
        here = (lead[more] >= self.start) & (lead[more] < self.stop)
        return more[here], lead[more[here]] - np.int32(self.start)

    # ---- residents ----------------------------------------------------------------------------------------------

    @property
    def life_at(self) -> I64:
        """int64[n]: newest sign of life of the resident, epoch ms; NEVER for none."""
        return freeze(self.state.timeline.life_at[self.rows])

    @property
    def firm_at(self) -> I64:
        """int64[n]: newest sign of life that was more than a lone pulse of a meter, epoch ms; or NEVER (axis resident)."""
        return freeze(self.state.timeline.firm_at[self.rows])

    def find_first_life(self, i: int) -> int:
        """Find the first sign of life since this rule's condition stands on row `i`, epoch ms; NEVER for none."""
        return self.state.timeline.find_first_life(self.start + i, int(self.standing_since[i]))

    @property
    def proven_at(self) -> I64:
        """int64[n]: end of the newest span in which a sign of life would have shown, epoch ms."""
        return freeze(self.state.timeline.proven_at[self.rows])

    def measure_quiet_ms(self, places: Places, *, firm: bool = False) -> I64:
        """Measure the quiet clock of rows: ms of proven time at home since the last sign of life, int64[k].

        Args:
            places: Positions in the block, intp[k].
            firm: Count from the last sign that was more than a lone pulse of a meter.
        """
        t, rows = self.state.timeline, places + self.start
        away = t.away[:, rows] | t.declared[:, rows]
        since = t.firm_at if firm else t.life_at
        return measure_quiet_ms(t.covered[:, rows], away, since[rows], t.proven_at[rows], t.head)

    @property
    def doors_passed(self) -> I64:
        """int64[n]: passages of a door since the last sign inside, of who lives alone; odd: probably out (axis resident).

        0 where a device reports presence.
        """
        if not self.state.has_doors:
            return np.zeros(len(self), np.int64)
        return freeze(self.state.timeline.count_doors_passed(self.rows, self.now))

    def count_doors_passed(self, places: Places) -> I64:
        """Count the same at these positions, int64[k]."""
        if not self.state.has_doors:
            return np.zeros(len(places), np.int64)
        return freeze(self.state.timeline.count_doors_passed(places + self.start, self.now))

    def measure_unworn_ms(self, places: Places) -> I64:
        """Measure how much of the quiet had no band on the resident's wrist, int64[k], ms (axis resident)."""
        return freeze(self.state.timeline.measure_unworn_ms(places + self.start))

    def stretch_limits_ms(self, places: Places, limit_ms: I64) -> I64:
        """Stretch learned limits for the part of the quiet during which no band was on the wrist, int64[k], ms.

        Limits were learned while mostly both band and meter could show life. Without the band, quiet says less: ten hours of it
        count as seven, here and in learning. Who left by the door has double the limit already, so it is not stretched.
        """
        unworn = self.measure_unworn_ms(places)
        if not unworn.any():
            return limit_ms
        return limit_ms + np.where(self.count_doors_passed(places) & 1, 0, unworn * UNWORN_MISSING // 10)

    def find_quiet(self, places: Places, limit_ms: I64) -> Places:
        """Find the positions whose quiet clock has reached its limit."""
        t, rows = self.state.timeline, places + self.start
        at_home = np.bitwise_count(t.covered[:, rows] & ~t.away[:, rows]).sum(axis=0, dtype=np.int64)
        # cheaper than the clock: who was out for most of the time cannot have been quiet at home for long
        places, limit_ms = (one[(at_home + 2) * SLOT_MS >= limit_ms] for one in (places, limit_ms))
        return places[self.measure_quiet_ms(places) >= limit_ms] if len(places) else places

    @property
    def learned(self) -> Learned:
        """What was learned, over all residents: index it with `rows`."""
        return self.state.learned

    @property
    def returned_at(self) -> I64:
        """int64[n]: when the resident last came back from an absence, epoch ms; NEVER for none (axis resident)."""
        t, absences = self.state.timeline, self.state.absences
        out = np.where(t.home[self.rows] == 1, t.home_at[self.rows], NEVER)
        ends = absences.ends
        over = (ends <= self.now) & (absences.resident >= self.start) & (absences.resident < self.stop)
        np.maximum.at(out, absences.resident[over] - self.start, ends[over])
        return freeze(out)

    @property
    def home_early(self) -> tuple[I64, I64]:
        """(when the resident came home before a declared end that is still ahead, that end), int64[n], epoch ms; or NEVER."""
        absences, since, planned = self.state.absences, np.full(len(self), NEVER), np.full(len(self), NEVER)
        early = (absences.over_at > NEVER) & (self.now < absences.planned)
        for row in np.flatnonzero(early & (absences.resident >= self.start) & (absences.resident < self.stop)).tolist():
            i = int(absences.resident[row]) - self.start
            if absences.over_at[row] > since[i]:
                since[i], planned[i] = absences.over_at[row], absences.planned[row]
        return freeze(since), freeze(planned)

    @property
    def away(self) -> Bool:
        """bool[n]: away now; for a device: everybody it reports on is away."""
        return freeze(self._combine_everybody(self.away_now))

    def is_declared_away(self, places: Places) -> Bool:
        """bool[k]: the one person the device at each position reports on is declared away now (axis device)."""
        absences = self.state.absences
        now_away = absences.resident[(absences.starts <= self.now) & (self.now < absences.ends)]
        away: Bool = np.isin(self._get_person(places), now_away)
        return away

    def find_return(self, places: Places) -> I64:
        """Find when the newest declared absence of that person ended, int64[k], epoch ms; NEVER for none."""
        absences, person = self.state.absences, self._get_person(places)
        whose, ends = absences.resident, absences.ends
        over = np.flatnonzero(ends <= self.now)
        over = over[np.lexsort((ends[over], whose[over]))]
        last = np.searchsorted(whose[over], person, side="right") - 1
        back = np.full(len(places), NEVER)
        known = last >= 0
        known[known] = whose[over[last[known]]] == person[known]
        back[known] = ends[over[last[known]]]
        return back

    def _get_person(self, places: Places) -> I32:
        return self.state.roster.device_resident[places + self.start]

    def was_away(self, window_ms: int) -> Bool:
        """bool[n]: away (for a device: everybody at once) at some time in the trailing window of at most 32 h."""
        t, mask = self.state.timeline, make_slots_mask(np.array([min(SLOTS, -(-window_ms // SLOT_MS))]))
        out = np.zeros(len(self), np.bool_)
        for away, declared, bits in zip(t.away, t.declared, mask, strict=True):
            if bits[0]:
                out |= ((self._combine_everybody(away) | self._combine_everybody(declared)) & bits) != 0
        return out

    def _combine_everybody(self, of_residents: NDArray[Any]) -> NDArray[Any]:
        """Combine (bitwise and) the values of all residents that each row reports on; 0 where there are none. Rows come last."""
        if self.axis is Axis.RESIDENT:
            return of_residents[..., self.rows]
        roster, device = self.state.roster, self.device
        start = roster.who_start[:-1][device]
        count = roster.who_start[1:][device] - start
        some = np.flatnonzero(count > 0)
        out = np.zeros((*of_residents.shape[:-1], len(self)), of_residents.dtype)
        if len(some):
            start, count = start[some], count[some]
            out[..., some] = of_residents[..., roster.who[start]]
            for k in range(1, int(count.max())):
                out[..., some] &= of_residents[..., roster.who[start + np.minimum(k, count - 1)]]
        return out


def freeze(array: NDArray[Any]) -> NDArray[Any]:
    """Make a view that cannot be written through: rules read only."""
    view = array[...]
    view.flags.writeable = False
    return view
