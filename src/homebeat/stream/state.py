"""All features together, and the functions that feed them: readings in, state changed."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from homebeat.codecs.wire import Mark
from homebeat.domain.durations import DAY_MS, HOUR_MS
from homebeat.domain.fleet import DeviceKind
from homebeat.domain.metric import Metric
from homebeat.habits.leak import is_life
from homebeat.stream.batch import F64, FAR, I32, I64, NEVER, Batch, Bool
from homebeat.stream.columns import Columns
from homebeat.stream.coverage import find_off_wrist, fold_coverage
from homebeat.stream.features.absences import Absences
from homebeat.stream.features.alarms import FALL, Alarms, SeenAlarms
from homebeat.stream.features.beats import Beats
from homebeat.stream.features.contacts import find_moved_alone
from homebeat.stream.features.days import Days
from homebeat.stream.features.drips import Drips
from homebeat.stream.features.freshness import Freshness, Proof
from homebeat.stream.features.hours import Hours
from homebeat.stream.features.latest import Heard, Latest
from homebeat.stream.features.learned import SLOTS as LOCAL_SLOTS
from homebeat.stream.features.learned import Learned
from homebeat.stream.features.local import LocalTime
from homebeat.stream.features.movement import Flags, Movement
from homebeat.stream.features.past import HALF_HOUR_MS, Past
from homebeat.stream.features.questions import Questions
from homebeat.stream.features.signs import Signs
from homebeat.stream.features.steps import Steps, Walk
from homebeat.stream.features.timeline import Timeline
from homebeat.stream.features.timers import Timers
from homebeat.stream.features.water import Flow, Water
from homebeat.stream.features.wear import Wear
from homebeat.stream.fence import Failed, FoldStep, apply_each, fold_each, fold_in_steps
from homebeat.stream.previous import Rows
from homebeat.stream.retract import retract_beats, retract_steps, retract_use
from homebeat.stream.returns import look_for_returns, note_at_home, note_walk
from homebeat.stream.rhythm import Rhythm
from homebeat.stream.roster import Roster, get_kind_index
from homebeat.stream.rounds import split_rounds
from homebeat.stream.series import Devices, Series, drop_older, pair_values, split_by_metric
from homebeat.stream.unheard import Unheard
from homebeat.stream.unwatched import forget_unwatched

_WRISTBAND: Final = get_kind_index(DeviceKind.WRISTBAND)
_DOOR: Final = get_kind_index(DeviceKind.DOOR)
#: A report covers the time since the one before it. One and a half intervals bridge ordinary jitter, but not a lost report.
COVERED_INTERVALS: Final = 1.5
#: Totals further apart than this do not tell when water was drawn, however seldom the meter reports.
LONG_MS: Final = 7_200_000
#: A person moves these, and a gateway that starts again reports all of them at once.
_CONTACTS: Final = (Metric.DOOR_OPEN, Metric.BED_OCCUPIED)
#: Radar sensors see a movement ten times a second at most, infrared ones once in some seconds. A device that reports at once may
#: still count a few.
_MOST_MOVEMENTS_A_SECOND: Final = 10.0
_LEAST_MOVEMENTS: Final = 600.0
#: Litres that a resident who is declared away must draw at once to count as being at home.
_LEAST_DRAWN: Final = 3.0
#: Totals are floats of m3: what differs by less is the same total.
_ROUNDING: Final = 0.05
#: Alarms that a person raises by hand: whoever presses a button can move.
_BY_HAND: Final = (Metric.ALARM_SOS, Metric.ALARM_HELP_CANCELLED)
#: Kinds on which a person, and not the device, reports that all is well.
_ANSWERING: Final = (get_kind_index(DeviceKind.WRISTBAND), get_kind_index(DeviceKind.BUTTON))
_TIME_BITS: Final = 42
#: For how long after a fall was flagged its home's readings are looked at ahead of the watermark.
PEEK_MS: Final = 600_000


class State:
    """The engine's memory of readings: one row per enrolled device, meter or resident, whether or not it ever reports."""

    def __init__(self, roster: Roster, also_tracked: Sequence[Metric] = ()) -> None:
        self.heard, self.alarms, self.seen_alarms = Heard(), Alarms(), SeenAlarms()
        self.steps, self.signs, self.beats = Steps(), Signs(), Beats()
        self.latest = Latest()
        self._measured: tuple[int, ...] = (int(Metric.WORN), int(Metric.HEART_RATE_BPM), int(Metric.SPO2_PCT))
        self.track(also_tracked)
        self.water, self.hours, self.drips, self.timers, self.fresh = Water(), Hours(), Drips(), Timers(), Freshness()
        self.timeline, self.rhythm = Timeline(), Rhythm()
        self.past, self.learned, self.days = Past(), Learned(), Days()
        self.local, self.absences = LocalTime(), Absences()
        self.at_home: list[tuple[Rows | I32, I64, Bool]] = []
        #: What was learned under each of several settings, when a back-test judges them at once; else empty (`learned` alone).
        self.all_learned: tuple[Learned, ...] = ()
        self.flags, self.movement, self.wear, self.questions = Flags(), Movement(), Wear(), Questions()
        #: Readings that could not be folded: the device row, and the kind of error. The engine reads and empties it.
        self.failed: Failed = []
        self.unheard = Unheard()
        self.roster = roster
        self.enrol(roster)

    @property
    def features(self) -> dict[str, Columns]:
        """The features by the names under which checkpoints store them; some names are older than those of the attributes."""
        return {
            "heard": self.heard,
            "alarms": self.alarms,
            "taken": self.seen_alarms,
            "steps": self.steps,
            "signs": self.signs,
            "beats": self.beats,
            "latest": self.latest,
            "water": self.water,
            "hours": self.hours,
            "drips": self.drips,
            "timers": self.timers,
            "fresh": self.fresh,
            "timeline": self.timeline,
            "past": self.past,
            "learned": self.learned,
            "days": self.days,
            "flags": self.flags,
            "stirring": self.movement,
            "wear": self.wear,
            "prompts": self.questions,
            "absences": self.absences,
        }

    def enrol(self, roster: Roster) -> None:
        """Take in a changed roster: new rows are blank."""
        self.roster = roster
        self._tables: dict[Hashable, I64] = {}
        meterless = roster.device_meter < 0
        band = roster.device_kind == _WRISTBAND
        self.worn_proves, self.watches = band & meterless, ~band & meterless
        self._note_bands(np.flatnonzero(band & roster.device_active & (roster.device_resident >= 0)))
        #: (resident row, device row) of residents who are asked first and what they are asked on, by resident; int32[n] each.
        self.asking = self._find_asking(np.flatnonzero(roster.device_asks & roster.device_active))
        self._answers = np.isin(roster.device_kind, _ANSWERING)
        self.has_doors = bool((roster.device_kind == _DOOR).any())
        # a device that has left is expected never again (FAR), which no float holds
        every = np.where(meterless & roster.device_active, roster.device_every, 0)
        self.span = (every * COVERED_INTERVALS).astype(np.int64)
        for feature in (self.heard, self.steps, self.signs, self.latest, self.wear):
            feature.grow(len(roster.device_ids))
        for by_meter in (self.water, self.hours, self.drips, self.timers, self.fresh):
            by_meter.grow(roster.meters)
        for by_resident in (self.timeline, self.past, self.learned, self.days, self.movement, self.questions):
            by_resident.grow(len(roster.resident_ids))
        forget_unwatched(self)
        self.absences.declare(roster)
        self.declare()
        self.rhythm.follow(roster, self.fresh, self.water)

    def _note_bands(self, bands: NDArray[np.intp]) -> None:
        """Note since when residents have a band, worn or not."""
        since = np.full(len(self.roster.resident_ids), FAR)
        np.minimum.at(since, self.roster.device_resident[bands], self.roster.device_since[bands])
        self.timeline.band_since = since

    def declare(self) -> None:
        """Mark which residents are declared away, until the absence ends or is found to be over."""
        absences = self.absences
        self.timeline.declare(absences.resident, absences.starts, absences.ends)

    def compute_once(self, key: Hashable, work: Callable[[Roster], I64]) -> I64:
        """A column that follows from the roster alone: computed at the first call with this key, then kept."""
        found = self._tables.get(key)
        if found is None:
            found = self._tables[key] = work(self.roster)
        return found

    def advance(self, now: int) -> None:
        """Open the slots of time up to `now`, epoch ms."""
        self.past.advance(self.timeline, now)
        self.timeline.advance(now)
        self.water.advance(now)

    def hear(self, arrived: Batch) -> None:
        """Note which devices were heard, on arrival. A message that the broker retained proves nothing about its device.

        A network that says that a device is not connected has not heard it either.
        """
        kept = (arrived.mark & Mark.RETAINED) != 0
        kept |= (arrived.metric == Metric.ONLINE) & (arrived.value == 0)
        self.heard.fold(arrived.take(~kept) if kept.any() else arrived)

    def fold_alarms(self, alarms: Batch) -> None:
        """Fold device alarms, which do not wait for the watermark."""
        self.alarms.fold(alarms, self.seen_alarms, self.flags)
        # "OK" means "I am well" on a wrist, but "no smoke any more" on a ceiling
        said = (alarms.metric == Metric.ALARM_OK) & self._answers[alarms.device]
        by_hand = np.isin(alarms.metric, _BY_HAND) | said
        self._add_life(alarms.device[by_hand], alarms.observed_at[by_hand])

    def _find_asking(self, bands: NDArray[np.intp]) -> tuple[I32, I32]:
        residents, each = self.find_residents(bands)
        asked, band = residents, bands[each].astype(np.int32)
        asks = self.roster.asks[asked]
        asked, band = asked[asks], band[asks]
        order = np.lexsort((band, asked))
        return asked[order], band[order]

    def peek(self, waiting: Callable[[], Batch], now: int) -> None:
        """Note movements in homes where a fall was just flagged, from readings that still wait: a fall cannot wait for them."""
        flagged = self.alarms.device[self.alarms.arrived_at[FALL] > now - PEEK_MS]
        if not len(flagged):
            return
        ahead, home = waiting(), self.roster.device_household
        part = ahead.take(np.isin(home[ahead.device], home[flagged]))
        fold_each(self._peek_at, part.take(np.argsort(part.observed_at, kind="stable")), self.failed)

    def _peek_at(self, part: Batch) -> None:
        for device, at, begun in self._find_movements(split_by_metric(part)):
            self._note_movement(device, at, begun)

    def fold(self, batch: Batch, between: Callable[[Batch], None] | None = None, order_matters: Bool | None = None) -> None:
        """Fold readings sorted by event time.

        Args:
            batch: The readings.
            between: Called after each but the last of several values that one device sent of one measured metric, with the
                readings just folded. "Every reading for ten minutes" must see each of them, also when they come as a list.
            order_matters: bool[devices], the devices for which that matters; None: all.
        """
        of_metric = split_by_metric(batch)
        stages: tuple[FoldStep, ...] = (
            lambda _, some: self._fold_pulse_at_rest(some),
            self._fold_presence,
            lambda _, some: self._fold_steps(some.get(Metric.STEPS)),
            lambda _, some: self._fold_contacts(some),
            lambda _, some: self._fold_motion(some.get(Metric.MOTION)),
            lambda _, some: fold_coverage(self, some),
            lambda _, some: self._fold_water(some),
            lambda _, __: look_for_returns(self),
            lambda part, _: self._fold_rounds(part, between, order_matters),
            # values that a round has folded already are not newer, so they are skipped
            lambda _, some: self.latest.fold(some),
        )
        fold_in_steps(stages, batch, of_metric, self.failed)

    def _fold_rounds(self, batch: Batch, between: Callable[[Batch], None] | None, order_matters: Bool | None) -> None:
        if between is not None and (order_matters is None or order_matters.any()):
            for part in split_rounds(
                batch if order_matters is None else batch.take(order_matters[batch.device]), self._measured, self.latest.rows
            ):
                self.latest.fold(split_by_metric(part))
                between(part)

    def track(self, metrics: Sequence[Metric]) -> None:
        """Keep the newest values of these metrics too from now on."""
        self.latest.track(metrics)
        self._measured = tuple(dict.fromkeys((*self._measured, *(int(m) for m in metrics))))

    def _fold_water(self, of_metric: Mapping[int, Series]) -> None:
        totals, statuses = of_metric.get(Metric.VOLUME_M3), of_metric.get(Metric.METER_STATUS)
        if totals is None and statuses is None:
            return
        totals, meter = self._select_meters(totals)
        statuses, status_meter = self._select_meters(statuses)
        flow = self.water.fold(totals, meter, statuses, status_meter)
        for back in self.water.retracted:
            retract_use(self, back)
        if len(flow):
            apply_each(self._fold_flow, flow, lambda some: int(self.roster.meter_device[some.meter[0]]), self.failed)

    def _fold_flow(self, flow: Flow) -> None:
        base_lph = self.hours.fold(flow)
        device = self.roster.meter_device[flow.meter]
        residents, each = self.find_residents(device)
        resolution = self.roster.meter_resolution[flow.meter]
        drew = is_life(flow.litres, base_lph, flow.span / HOUR_MS, resolution)
        drew &= (flow.litres > self.water.get_wavering(flow.meter, flow.until) + _ROUNDING) & self.timers.fold(flow, resolution)
        ran, firm = self.drips.fold(flow, drew, resolution)
        # A long interval with use in it proves no quiet: somebody was up at some time of it. If the total moved by no more than a
        # drip's pulse, it proves that nobody drew more.
        long = flow.span > np.minimum(np.minimum(self.roster.device_every[device], LONG_MS) * COVERED_INTERVALS, LONG_MS)
        proof = self.fresh.fold(flow, np.minimum(self.roster.device_every[device], FAR // 4), resolution)
        after, until = np.where(firm & long, flow.until - 1, proof.after), flow.until
        if self.rhythm.update(self.roster, self.fresh, self.water, flow.meter):
            self._tables.pop("grace_ms", None)
        if proof.stale.any():
            self._take_stale(flow, proof)
        if proof.covers.all():
            self.timeline.cover(residents, after[each], until[each])
        else:
            covers = proof.covers[each]
            self.timeline.cover(residents[covers], after[each][covers], until[each][covers])
        self._add_life(device[ran], flow.until[ran], firm[ran])
        # an empty home may drip
        drawn = ran & (flow.litres >= np.maximum(_LEAST_DRAWN, resolution))
        note_at_home(self, device[drawn], flow.until[drawn])
        self._note_movement(device[ran], flow.until[ran], flow.after[ran])

    def _take_stale(self, flow: Flow, proof: Proof) -> None:
        """Where a meter takes totals more seldom than it sends them, the time of use is known only to the interval of taking."""
        moved = proof.stale & (flow.litres > 0) & (proof.moved_at > 0)
        self.water.gap_from[flow.meter[moved]], self.water.gap_until[flow.meter[moved]] = proof.moved_at[moved], flow.until[moved]

    def _select_meters(self, series: Series | None) -> tuple[Series, I32]:
        if series is None:
            return _NONE, np.empty(0, np.int32)
        meter = self.roster.device_meter[series.device]
        known = meter >= 0
        return series.filter(known), meter[known]

    def _fold_steps(self, series: Series | None) -> None:
        if series is None:
            return
        walk = self.steps.fold(series, self.signs.at)
        for misread in self.steps.misread:
            retract_steps(self, misread)
        if len(walk):
            apply_each(self._take_walk, walk, lambda some: int(some.device[0]), self.failed)

    def _take_walk(self, walk: Walk) -> None:
        self._add_life(walk.device, walk.at)
        self._note_movement(walk.device, walk.at, walk.since)
        resident = self.roster.device_resident[walk.device]
        one = resident >= 0
        rows = resident[one].astype(np.intp)
        self.days.add_steps(rows, walk.at[one], walk.since[one], walk.steps[one])
        self.days.note_worn(rows, walk.at[one])
        note_walk(self, walk)

    def _fold_pulse_at_rest(self, of_metric: Mapping[int, Series]) -> None:
        """Fold pulses of the night from reports in which no step was counted; before the other features fold these readings."""
        series = of_metric.get(Metric.HEART_RATE_BPM)
        if series is None:
            return
        resident = self.roster.device_resident[series.device].astype(np.intp)
        night = (resident >= 0) & (series.value > 0) & self.days.is_night(resident, series.observed_at)
        if not night.any():
            return
        series = drop_older(series.filter(night), self.latest.at[self.latest.line[Metric.HEART_RATE_BPM]])
        key = _make_key(series.device, series.observed_at)
        # a pulse that was delivered twice was felt once
        rests = np.concatenate([[True], key[1:] != key[:-1]])[: len(key)]
        off = find_off_wrist(self, series, of_metric.get(Metric.WORN))
        rests = rests if off is None else rests & ~off
        moving = self._find_restless(of_metric)
        series = series.filter(rests & ~np.isin(key, moving) if len(moving) else rests)
        self.days.add_pulses(self.roster.device_resident[series.device].astype(np.intp), series.value)

    def _find_restless(self, of_metric: Mapping[int, Series]) -> I64:
        """Make the keys of reports in which steps were counted, or the band was not worn; int64[k]."""
        keys = [np.empty(0, np.int64)]
        if (steps := of_metric.get(Metric.STEPS)) is not None:
            keys.append(_make_key(*self.steps.find_moving(steps)))
        if (worn := of_metric.get(Metric.WORN)) is not None:
            off = worn.value == 0
            keys.append(_make_key(worn.device[off], worn.observed_at[off]))
        return np.concatenate(keys)

    def _fold_contacts(self, of_metric: Mapping[int, Series]) -> None:
        moved = [self._find_moved(metric, of_metric) for metric in _CONTACTS]
        alone = self._split_moved_alone(moved)
        for metric, (rows, at), mine in zip(_CONTACTS, moved, alone, strict=True):
            own = np.flatnonzero(mine)
            own = own[self._find_own(metric, rows[own], at[own], np.ones(len(own)))]
            if metric == Metric.DOOR_OPEN:
                self._pass_door(rows[own], at[own])
            else:
                self._add_life(rows[own], at[own])
            self._note_movement(rows[own], at[own], at[own] - 1)
            note_at_home(self, rows[own], at[own])

    def _find_moved(self, metric: Metric, of_metric: Mapping[int, Series]) -> tuple[Rows, I64]:
        """Find contacts that changed their state, from readings that are not folded yet: (device, time)."""
        series = of_metric.get(metric)
        if series is None:
            return _NONE.device, _NONE.observed_at
        i = self.latest.line[metric]
        series = drop_older(series, self.latest.at[i])
        rows, at, value, _, before = pair_values(series, self.latest.at[i], self.latest.value[i])
        moved = (value != before) & ~np.isnan(before)
        return rows[moved], at[moved]

    def _split_moved_alone(self, moved: Sequence[tuple[Rows, I64]]) -> Sequence[Bool]:
        """bool[n] for each metric: contacts that moved while no other contact of the home moved."""
        device, at = (np.concatenate(columns) for columns in zip(*moved, strict=True))
        alone = find_moved_alone(device, at, self.roster.device_household)
        return np.split(alone, np.cumsum([len(rows) for rows, _ in moved])[:-1])

    def _fold_motion(self, series: Series | None) -> None:
        if series is not None:
            seen = self._drop_absurd_motion(series)
            seen = seen.filter(self._find_own(Metric.MOTION, seen.device, seen.observed_at, seen.value))
            self._add_life(seen.device, seen.observed_at)
            self._note_movement(seen.device, seen.observed_at, self._find_begin(seen))
            note_at_home(self, seen.device, seen.observed_at)

    def _find_own(self, metric: Metric, rows: Rows, at: I64, value: F64) -> Bool:
        """bool[n]: firings that a person caused, and not the device's own beat."""
        own = self.beats.fold(metric, rows, at, value, self.roster.device_every)
        retract_beats(self)
        return own

    def _drop_absurd_motion(self, series: Series) -> Series:
        """The movements, without reports that count more than anybody could make since the report before."""
        most = np.minimum(self.roster.device_every[series.device], DAY_MS) * (_MOST_MOVEMENTS_A_SECOND / 1000)
        return series.filter((series.value > 0) & (series.value <= np.maximum(most, _LEAST_MOVEMENTS)))

    def _fold_presence(self, batch: Batch, of_metric: Mapping[int, Series]) -> None:
        """Fold presence in event-time order: several devices may report on one resident."""
        if Metric.AT_HOME not in of_metric:
            return
        batch = batch.take(batch.metric == Metric.AT_HOME)
        residents, each = self.find_residents(batch.device)
        at, home = batch.observed_at[each], batch.value[each] > 0
        # who left and came back within the batch is walked through both
        turned = np.unique(residents[self.timeline.home[residents] != home])
        same = ~np.isin(residents, turned)
        np.maximum.at(self.timeline.home_at, residents[same], at[same])
        for row, when, is_home in zip(residents[~same].tolist(), at[~same].tolist(), home[~same].tolist(), strict=True):
            self.timeline.note_presence(row, when, is_home=is_home)

    def _add_life(self, device: I32 | Rows, at: I64, firm: Bool | None = None) -> None:
        if len(device):
            self.signs.show(device, at)
            residents, each = self.find_residents(device)
            self.timeline.add_life(residents, at[each], None if firm is None else firm[each])
            self.timeline.note_inside(residents, at[each])
            self.look_up_limits(residents)

    def _pass_door(self, device: I32 | Rows, at: I64) -> None:
        """Fold moves of a door: a sign of life of everybody there, and for who lives alone perhaps the last before leaving."""
        if len(device):
            self.signs.show(device, at)
            residents, each = self.find_residents(device)
            # with two residents it does not say which one left
            alone = self.roster.resident_alone[residents]
            self.timeline.pass_door(residents[alone], at[each][alone])
            self.timeline.add_life(residents, at[each])
            self.look_up_limits(residents)

    def look_up_limits(self, residents: Rows | I32) -> None:
        """Note which learned limits apply after each resident's newest sign of life, by local time at that moment.

        Called when somebody shows life or is learned: looking it up at each instant for a million residents would cost too much.
        """
        life = self.timeline.life_at[residents]
        if (life == NEVER).any():
            residents = residents[life > NEVER]
            life = life[life > NEVER]
        if not len(life):
            return
        half_hour, zone = life // HALF_HOUR_MS, self.roster.zone[residents]
        first = int(half_hour.min())
        count = int(half_hour.max()) - first + 1
        ahead_s = np.stack([self.local.get_offsets_s(name, first, count) for name in self.roster.zones])
        slot = (life + ahead_s[zone, half_hour - first].astype(np.int64) * 1000) // HALF_HOUR_MS % LOCAL_SLOTS
        for learned in self.all_learned or (self.learned,):
            learned.limit_now[residents] = learned.limit_minutes[slot, residents]
            learned.ask_now[residents] = learned.ask_minutes[slot, residents]

    def _find_movements(self, of_metric: Mapping[int, Series]) -> Iterator[tuple[I32 | Rows, I64, I64]]:
        """Find the movements that these readings, which are not folded yet, show: (device, at, begun), epoch ms."""
        if (steps := of_metric.get(Metric.STEPS)) is not None:
            walk = self.steps.find_walks(steps)
            yield walk.device, walk.at, walk.since
        moved = [self._find_moved(metric, of_metric) for metric in _CONTACTS]
        for metric, (rows, at), mine in zip(_CONTACTS, moved, self._split_moved_alone(moved), strict=True):
            own = mine & self.beats.is_own(metric, rows, at, np.ones(len(rows)))
            yield rows[own], at[own], at[own] - 1
        if (motion := of_metric.get(Metric.MOTION)) is not None:
            seen = self._drop_absurd_motion(motion)
            seen = seen.filter(self.beats.is_own(Metric.MOTION, seen.device, seen.observed_at, seen.value))
            yield seen.device, seen.observed_at, self._find_begin(seen)

    def _find_begin(self, seen: Series) -> I64:
        """When the counted movements began at the earliest: one report interval before, int64[n], epoch ms."""
        every: I64 = np.minimum(self.roster.device_every[seen.device], seen.observed_at)
        return seen.observed_at - every

    def _note_movement(self, device: I32 | Rows, at: I64, begun: I64) -> None:
        """Note movements, from devices of one person only: a couple's tap does not say who drew the water."""
        resident = self.roster.device_resident[device]
        one = resident >= 0
        self.movement.note(resident[one].astype(np.intp), begun[one], at[one])

    def find_residents(self, device: I32 | Rows) -> tuple[I32, NDArray[np.intp] | slice]:
        """Find the residents each device reports on, and the position of the reading each comes from."""
        one = self.roster.device_resident[device]
        if (one >= 0).all():
            return one, slice(None)
        start = self.roster.who_start[device]
        count = self.roster.who_start[1:][device] - start
        each = np.repeat(np.arange(len(device)), count)
        offset = np.arange(len(each)) - np.repeat(np.cumsum(count) - count, count)
        return self.roster.who[start[each] + offset], each


def _make_key(device: Rows, at: I64) -> I64:
    """Make one number for each report of a device, int64[n]."""
    return np.asarray(device, np.int64) << _TIME_BITS | at


_NONE: Final = Series(Devices(np.empty(0, np.intp)), np.empty(0, np.int64), np.empty(0, np.float64))
