"""All features together, and the one function that feeds them: readings in, state changed, rows touched."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from typing import ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from homebeat.codecs.wire import Mark
from homebeat.domain.fleet import DeviceKind
from homebeat.domain.metric import Metric
from homebeat.habits.leak import is_life
from homebeat.stream.batch import F64, I32, I64, NEVER, Batch, Bool
from homebeat.stream.columns import Column, Columns
from homebeat.stream.features.alarms import FALL, FIRST_ALARM, Alarms, Taken
from homebeat.stream.features.days import Days
from homebeat.stream.features.drips import Drips
from homebeat.stream.features.hours import HOUR_MS, Hours
from homebeat.stream.features.latest import Heard, Latest
from homebeat.stream.features.learned import SLOTS as LOCAL_SLOTS
from homebeat.stream.features.learned import Learned
from homebeat.stream.features.local import LocalTime
from homebeat.stream.features.past import HALF_HOUR_MS, Past
from homebeat.stream.features.prompts import Prompts
from homebeat.stream.features.stirring import Flags, Stirring, Wear
from homebeat.stream.features.timeline import Timeline
from homebeat.stream.features.water import Flow, Water
from homebeat.stream.fence import Failed, Stage, flow_each, fold_each, fold_in_stages
from homebeat.stream.previous import with_previous
from homebeat.stream.roster import Roster, kind_index
from homebeat.stream.series import Devices, Rows, Series, by_metric

_WRISTBAND: Final = kind_index(DeviceKind.WRISTBAND)
_DOOR: Final = kind_index(DeviceKind.DOOR)
#: A report speaks for the time since the one before it; one and a half intervals bridge ordinary jitter, not a lost report.
COVERED_INTERVALS: Final = 1.5
#: Totals further apart than this do not tell when water was drawn, however seldom the meter reports.
LONG_MS: Final = 7_200_000
#: Readings that prove a worn band: it would have counted steps.
_PROVES_WORN: Final = (Metric.WORN, Metric.HEART_RATE_BPM, Metric.SPO2_PCT)
#: Readings by which a fixed sensor proves that it would have seen movement.
_PROVES_WATCHING: Final = (Metric.MOTION, Metric.DOOR_OPEN, Metric.BED_OCCUPIED, Metric.HEARTBEAT)
#: Alarms that a person raises by hand: whoever presses a button is up to it.
_BY_HAND: Final = (Metric.ALARM_SOS, Metric.ALARM_HELP_CANCELLED)
#: Kinds on which a person, not the device, says that all is well.
_ANSWERING: Final = (kind_index(DeviceKind.WRISTBAND), kind_index(DeviceKind.BUTTON))
_TIME_BITS: Final = 42
#: How long after a fall was flagged its home is looked at ahead of the watermark.
GLANCE_MS: Final = 600_000


class Steps(Columns):
    """The newest cumulative step count per device.

    Attributes:
        count: float64[devices], NaN before the first. at: int64[devices], epoch ms.
    """

    count: F64
    at: I64
    columns: ClassVar[Mapping[str, Column]] = {"count": Column(np.float64, np.nan), "at": Column(np.int64, NEVER)}


class State:
    """The engine's memory of readings: one row per enrolled device, meter or resident, whether or not it ever reports."""

    def __init__(self, roster: Roster, also_tracked: Sequence[Metric] = ()) -> None:
        self.heard, self.alarms, self.taken, self.steps = Heard(), Alarms(), Taken(), Steps()
        self.latest = Latest()
        self._held: tuple[int, ...] = (int(Metric.WORN), int(Metric.HEART_RATE_BPM), int(Metric.SPO2_PCT))
        self.track(also_tracked)
        self.water, self.hours, self.drips, self.timeline = Water(), Hours(), Drips(), Timeline()
        self.past, self.learned, self.days = Past(), Learned(), Days()
        self.local = LocalTime()
        #: What was learned under each of several settings, where a past is judged under them at once; empty: `learned` alone.
        self.all_learned: tuple[Learned, ...] = ()
        self.flags, self.stirring, self.wear, self.prompts = Flags(), Stirring(), Wear(), Prompts()
        #: Readings that could not be folded: the device's row, and the kind of error. The engine takes them out.
        self.failed: Failed = []
        self.roster = roster
        self.enrol(roster)

    @property
    def features(self) -> dict[str, Columns]:
        """The features by name, as a checkpoint stores them."""
        return {
            "heard": self.heard,
            "alarms": self.alarms,
            "taken": self.taken,
            "steps": self.steps,
            "latest": self.latest,
            "water": self.water,
            "hours": self.hours,
            "drips": self.drips,
            "timeline": self.timeline,
            "past": self.past,
            "learned": self.learned,
            "days": self.days,
            "flags": self.flags,
            "stirring": self.stirring,
            "wear": self.wear,
            "prompts": self.prompts,
        }

    def enrol(self, roster: Roster) -> None:
        """Take in a changed roster: new rows know nothing yet."""
        self.roster = roster
        self._tables: dict[Hashable, I64] = {}
        meterless = roster.device_meter < 0
        band = roster.device_kind == _WRISTBAND
        self._worn_proves, self._watches = band & meterless, ~band & meterless
        #: (resident row, band) of residents who are asked first, by resident.
        self.asking = self._asking(np.flatnonzero(band & roster.device_active))
        self._answers = np.isin(roster.device_kind, _ANSWERING)
        self.has_doors = bool((roster.device_kind == _DOOR).any())
        # a device that has left is expected never again (FAR), which no float holds
        every = np.where(meterless & roster.device_active, roster.device_every, 0)
        self._span = (every * COVERED_INTERVALS).astype(np.int64)
        for feature in (self.heard, self.steps, self.latest, self.wear):
            feature.grow(len(roster.device_ids))
        for by_meter in (self.water, self.hours, self.drips):
            by_meter.grow(roster.meters)
        for by_resident in (self.timeline, self.past, self.learned, self.days, self.stirring, self.prompts):
            by_resident.grow(len(roster.resident_ids))
        self.timeline.declare(roster.away_resident, roster.away_from, roster.away_until)

    def once(self, key: Hashable, work: Callable[[Roster], I64]) -> I64:
        """A column that follows from the roster alone, worked out when it is first asked for by this name."""
        found = self._tables.get(key)
        if found is None:
            found = self._tables[key] = work(self.roster)
        return found

    def advance(self, now: int) -> None:
        """Open the slots of time up to `now`."""
        self.past.advance(self.timeline, now)
        self.timeline.advance(now)
        self.water.advance(now)

    def hear(self, arrived: Batch) -> None:
        """Note who was heard of, as soon as it arrives; what the broker kept proves nothing about the device."""
        kept = (arrived.mark & Mark.RETAINED) != 0
        self.heard.fold(arrived.take(~kept) if kept.any() else arrived)

    def alarm(self, alarms: Batch) -> None:
        """Fold device alarms, which do not wait for the watermark."""
        self.alarms.fold(alarms, self.taken, self.flags)
        # what says "I am well" on a wrist says "no smoke any more" on a ceiling
        said = (alarms.metric == Metric.ALARM_OK) & self._answers[alarms.device]
        by_hand = np.isin(alarms.metric, _BY_HAND) | said
        self._live(alarms.device[by_hand], alarms.observed_at[by_hand])

    def _asking(self, bands: NDArray[np.intp]) -> tuple[I32, I32]:
        residents, each = self.residents_of(bands)
        asked, band = residents, bands[each].astype(np.int32)
        asks = self.roster.asks[asked]
        asked, band = asked[asks], band[asks]
        order = np.lexsort((band, asked))
        return asked[order], band[order]

    def glance(self, waiting: Callable[[], Batch], now: int) -> None:
        """Note who stirs, of homes in which a fall was just flagged, from readings that still wait for the watermark.

        A fall is not kept waiting for readings that may come late; everything else about them is folded in its turn.
        """
        flagged = self.alarms.device[self.alarms.arrived_at[FALL] > now - GLANCE_MS]
        if not len(flagged):
            return
        ahead, home = waiting(), self.roster.device_household
        part = ahead.take(np.isin(home[ahead.device], home[flagged]))
        fold_each(self._glance_at, part.take(np.argsort(part.observed_at, kind="stable")), self.failed)

    def _glance_at(self, part: Batch) -> None:
        for metric, series in by_metric(part).items():
            for device, at, begun in self._stirs(metric, series):
                self._stir(device, at, begun)

    def fold(self, batch: Batch, between: Callable[[Batch], None] | None = None, minding: Bool | None = None) -> None:
        """Fold readings sorted by event time.

        Args:
            batch: The readings.
            between: Called with what was just folded after each but the last of several values that one device sent of a
                measured metric: "every reading for ten minutes" must see each of them, also when they come as a list.
            minding: bool[devices], those of which that matters; None: of all.
        """
        of_metric = by_metric(batch)
        stages: tuple[Stage, ...] = (
            lambda _, some: self._fold_pulse_at_rest(some),
            lambda _, some: self._fold_steps(some.get(Metric.STEPS)),
            lambda _, some: self._fold_toggles(some),
            self._fold_presence,
            lambda _, some: self._fold_watchers(some),
            lambda _, some: self._fold_water(some),
            lambda part, _: self._fold_waves(part, between, minding),
            # what a wave took already is not newer, and is passed over
            lambda _, some: self.latest.fold(some),
        )
        fold_in_stages(stages, batch, of_metric, self.failed)

    def _fold_waves(self, batch: Batch, between: Callable[[Batch], None] | None, minding: Bool | None) -> None:
        if between is not None and (minding is None or minding.any()):
            for wave in self._waves(batch if minding is None else batch.take(minding[batch.device])):
                self.latest.fold(by_metric(wave))
                between(wave)

    def _waves(self, batch: Batch) -> Iterator[Batch]:
        """Of devices that sent held metrics at several times: the oldest of each device, then the next, but not the last."""
        part = batch.take(np.isin(batch.metric, self._held))
        # one time for all that a device sent is the rule, and this look is cheaper than the sort below
        newest = np.empty(self.latest.rows, np.int64)
        newest[part.device] = part.observed_at
        if (newest[part.device] == part.observed_at).all():
            return
        part = part.take(np.lexsort((part.observed_at, part.device)))
        other = part.device[1:] != part.device[:-1]
        later = other | (part.observed_at[1:] != part.observed_at[:-1])
        count = np.concatenate([[0], np.cumsum(later)])
        begin = np.maximum.accumulate(np.where(np.concatenate([[True], other]), count, 0))
        rank = count - begin
        last = np.zeros(self.latest.rows, np.int64)
        np.maximum.at(last, part.device, rank)
        early = rank < last[part.device]
        for k in range(int(rank.max())):
            wave = part.take(early & (rank == k))
            yield wave.take(np.argsort(wave.observed_at, kind="stable"))

    def track(self, metrics: Sequence[Metric]) -> None:
        """Follow these metrics too from now on."""
        self.latest.track(metrics)
        self._held = tuple(dict.fromkeys((*self._held, *(int(m) for m in metrics))))

    def _fold_water(self, of_metric: Mapping[int, Series]) -> None:
        totals, statuses = of_metric.get(Metric.VOLUME_M3), of_metric.get(Metric.METER_STATUS)
        if totals is None and statuses is None:
            return
        totals, meter = self._of_meters(totals)
        statuses, status_meter = self._of_meters(statuses)
        flow = self.water.fold(totals, meter, statuses, status_meter)
        if len(flow):
            flow_each(
                lambda some: self._cover_and_live(some, self.hours.fold(some)),
                flow,
                lambda meter: int(self.roster.meter_device[meter]),
                self.failed,
            )

    def _cover_and_live(self, flow: Flow, base_lph: F64) -> None:
        device = self.roster.meter_device[flow.meter]
        residents, each = self.residents_of(device)
        resolution = self.roster.meter_resolution[flow.meter]
        drew = is_life(flow.litres, base_lph, flow.span / HOUR_MS, resolution)
        ran, firm = self.drips.fold(flow, drew, resolution)
        # a long interval with use in it tells of no quiet: somebody was up at some time of it, nobody knows when
        long = flow.span > np.minimum(np.minimum(self.roster.device_every[device], LONG_MS) * COVERED_INTERVALS, LONG_MS)
        after = np.where(ran & long, flow.until - 1, flow.after)
        self.timeline.cover(residents, after[each], flow.until[each])
        self._live(device[ran], flow.until[ran], firm[ran])
        self._stir(device[ran], flow.until[ran], flow.after[ran])

    def _of_meters(self, series: Series | None) -> tuple[Series, I32]:
        if series is None:
            return _NONE, np.empty(0, np.int32)
        meter = self.roster.device_meter[series.device]
        known = meter >= 0
        return series.where(known), meter[known]

    def _fold_steps(self, series: Series | None) -> None:
        if series is None:
            return
        series = _newer(series, self.steps.at)
        rows, at, count, before_at, before = _with_value_before(series, self.steps.at, self.steps.count)
        walked = _walked(count, before)
        self._live(rows[walked], at[walked])
        self._stir(rows[walked], at[walked], before_at[walked])
        self._count_steps(rows[walked], at[walked], before_at[walked], count[walked], before[walked])
        self.steps.count[rows], self.steps.at[rows] = count, at

    def _count_steps(self, device: Rows, at: I64, before_at: I64, count: F64, before: F64) -> None:
        resident = self.roster.device_resident[device]
        one = resident >= 0
        rows, at = resident[one].astype(np.intp), at[one]
        # a count that starts again was walked since
        self.days.walk(rows, at, before_at[one], np.where(count > before, count - before, count)[one])
        self.days.wear(rows, at)

    def _fold_pulse_at_rest(self, of_metric: Mapping[int, Series]) -> None:
        """Pulses of the night from reports in which no step was counted. To be called while the state is as before them."""
        series = of_metric.get(Metric.HEART_RATE_BPM)
        if series is None:
            return
        resident = self.roster.device_resident[series.device].astype(np.intp)
        night = (resident >= 0) & (series.value > 0) & self.days.is_night(resident, series.observed_at)
        if not night.any():
            return
        series = _newer(series.where(night), self.latest.at[self.latest.line[Metric.HEART_RATE_BPM]])
        key = _key(series.device, series.observed_at)
        # delivered twice, it was felt once
        rests = np.concatenate([[True], key[1:] != key[:-1]])[: len(key)]
        moving = self._not_at_rest(of_metric)
        series = series.where(rests & ~np.isin(key, moving) if len(moving) else rests)
        self.days.beat(self.roster.device_resident[series.device].astype(np.intp), series.value)

    def _not_at_rest(self, of_metric: Mapping[int, Series]) -> I64:
        """Keys of reports in which steps were counted, or the band was not worn."""
        keys = [np.empty(0, np.int64)]
        if (steps := of_metric.get(Metric.STEPS)) is not None:
            rows, at, count, _, before = _with_value_before(_newer(steps, self.steps.at), self.steps.at, self.steps.count)
            walked = _walked(count, before)
            keys.append(_key(rows[walked], at[walked]))
        if (worn := of_metric.get(Metric.WORN)) is not None:
            off = worn.value == 0
            keys.append(_key(worn.device[off], worn.observed_at[off]))
        return np.concatenate(keys)

    def _fold_toggles(self, of_metric: Mapping[int, Series]) -> None:
        for metric in (Metric.DOOR_OPEN, Metric.BED_OCCUPIED):
            series = of_metric.get(metric)
            if series is not None:
                i = self.latest.line[metric]
                series = _newer(series, self.latest.at[i])
                rows, at, value, _, before = _with_value_before(series, self.latest.at[i], self.latest.value[i])
                moved = (value != before) & ~np.isnan(before)
                if metric == Metric.DOOR_OPEN:
                    self._pass_door(rows[moved], at[moved])
                else:
                    self._live(rows[moved], at[moved])
                self._stir(rows[moved], at[moved], at[moved] - 1)
        series = of_metric.get(Metric.MOTION)
        if series is not None:
            seen = series.where(series.value > 0)
            self._live(seen.device, seen.observed_at)
            self._stir(seen.device, seen.observed_at, self._moved_after(seen))

    def _fold_presence(self, batch: Batch, of_metric: Mapping[int, Series]) -> None:
        """In event-time order: several devices may speak of one resident."""
        if Metric.AT_HOME not in of_metric:
            return
        batch = batch.take(batch.metric == Metric.AT_HOME)
        residents, each = self.residents_of(batch.device)
        at, home = batch.observed_at[each], batch.value[each] > 0
        # somebody who left and came back within the batch is walked through both
        turned = np.unique(residents[self.timeline.home[residents] != home])
        same = ~np.isin(residents, turned)
        np.maximum.at(self.timeline.home_at, residents[same], at[same])
        for row, when, is_home in zip(residents[~same].tolist(), at[~same].tolist(), home[~same].tolist(), strict=True):
            self.timeline.presence(row, when, is_home=is_home)

    def _fold_watchers(self, of_metric: Mapping[int, Series]) -> None:
        before: Series | None = None
        for metric in (*_PROVES_WORN, *_PROVES_WATCHING):
            series = of_metric.get(metric)
            if series is None:
                continue
            if metric in _PROVES_WORN:
                proves = self._worn_proves[series.device] & (series.value > 0)
                # by device, then time: the last of repeated rows is the newest
                rows = series.device[proves]
                self.wear.at[rows] = np.maximum(self.wear.at[rows], series.observed_at[proves])
            else:
                proves = self._watches[series.device]
            if not proves.all():
                self._prove(metric, series.where(proves))
            elif not series.is_about(before):
                # a report that carries pulse and "worn" proves the same span twice
                self._prove(metric, series)
                before = series

    def _prove(self, metric: Metric, series: Series) -> None:
        self._cover(series)
        if metric in _PROVES_WORN:
            resident = self.roster.device_resident[series.device]
            one = resident >= 0
            self.days.wear(resident[one].astype(np.intp), series.observed_at[one])

    def _cover(self, series: Series) -> None:
        residents, each = self.residents_of(series.device)
        until = series.observed_at
        self.timeline.cover(residents, (until - self._span[series.device])[each], until[each])

    def _live(self, device: I32 | Rows, at: I64, firm: Bool | None = None) -> None:
        if len(device):
            residents, each = self.residents_of(device)
            self.timeline.live(residents, at[each], None if firm is None else firm[each])
            self.timeline.stay(residents, at[each])
            self.look_up_limits(residents)

    def _pass_door(self, device: I32 | Rows, at: I64) -> None:
        """A door that moves is a sign of life of everybody there, and of who lives alone perhaps the last for a while."""
        if len(device):
            residents, each = self.residents_of(device)
            # of two people it does not say which one left
            alone = self.roster.resident_alone[residents]
            self.timeline.pass_door(residents[alone], at[each][alone])
            self.timeline.live(residents, at[each])
            self.look_up_limits(residents)

    def look_up_limits(self, residents: Rows | I32) -> None:
        """Note which of their learned limits holds after their newest sign of life, by the clock on the wall as it was then.

        Asked when somebody lives or learns, so that judging a million does not look it up for each of them at each instant.
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
        ahead_s = np.stack([self.local.offsets_s(name, first, count) for name in self.roster.zones])
        slot = (life + ahead_s[zone, half_hour - first].astype(np.int64) * 1000) // HALF_HOUR_MS % LOCAL_SLOTS
        for learned in self.all_learned or (self.learned,):
            learned.limit_now[residents] = learned.limit_minutes[slot, residents]
            learned.ask_now[residents] = learned.ask_minutes[slot, residents]

    def _stirs(self, metric: int, series: Series) -> Iterator[tuple[I32 | Rows, I64, I64]]:
        """(device, at, begun) of what these readings, which are not folded yet, show to have been done."""
        if metric == Metric.STEPS:
            rows, at, count, before_at, before = _with_value_before(
                _newer(series, self.steps.at), self.steps.at, self.steps.count
            )
            some = _walked(count, before)
            yield rows[some], at[some], before_at[some]
        elif metric in (Metric.DOOR_OPEN, Metric.BED_OCCUPIED):
            i = self.latest.line[Metric(metric)]
            last_at, last = self.latest.at[i], self.latest.value[i]
            rows, at, value, _, before = _with_value_before(_newer(series, last_at), last_at, last)
            some = (value != before) & ~np.isnan(before)
            yield rows[some], at[some], at[some] - 1
        elif metric == Metric.MOTION:
            seen = series.where(series.value > 0)
            yield seen.device, seen.observed_at, self._moved_after(seen)

    def _moved_after(self, seen: Series) -> I64:
        """A count of movements is of the time since the report before, which may be as old as reports are apart."""
        every: I64 = np.minimum(self.roster.device_every[seen.device], seen.observed_at)
        return seen.observed_at - every

    def _stir(self, device: I32 | Rows, at: I64, begun: I64) -> None:
        """Of devices of one person alone: what a couple's tap says, it says of either."""
        resident = self.roster.device_resident[device]
        one = resident >= 0
        self.stirring.stir(resident[one].astype(np.intp), begun[one], at[one])

    def residents_of(self, device: I32 | Rows) -> tuple[I32, NDArray[np.intp] | slice]:
        """The residents each device speaks of, and which reading each of them comes from."""
        one = self.roster.device_resident[device]
        if (one >= 0).all():
            return one, slice(None)
        start = self.roster.who_start[device]
        count = self.roster.who_start[1:][device] - start
        each = np.repeat(np.arange(len(device)), count)
        offset = np.arange(len(each)) - np.repeat(np.cumsum(count) - count, count)
        return self.roster.who[start[each] + offset], each


def _newer(series: Series, known_at: I64) -> Series:
    """Without readings that are older than what is known: late ones must not pass for the one before the next."""
    return series.where(series.observed_at > known_at[series.device])


def _walked(count: F64, before: F64) -> Bool:
    """A count that starts again (midnight, reboot) and is not zero was walked since."""
    walked: Bool = (count > before) | ((count < before) & (count > 0))
    return walked


def _with_value_before(series: Series, last_at: I64, last: NDArray[np.floating]) -> tuple[Rows, I64, F64, I64, F64]:
    """(rows, time, value, the row's time and value before that, or NEVER and NaN); see `with_previous`."""
    if not series.devices.repeat:
        device = series.device
        return device, series.observed_at, series.value, last_at[device], last[device].astype(np.float64)
    return with_previous(series.device, series.observed_at, series.value, last_at, last)


def _key(device: Rows, at: I64) -> I64:
    """One number for a report of a device."""
    return np.asarray(device, np.int64) << _TIME_BITS | at


_NONE: Final = Series(Devices(np.empty(0, np.intp)), np.empty(0, np.int64), np.empty(0, np.float64))


def is_alarm(batch: Batch) -> Bool:
    """bool[n]: which readings are device alarms."""
    return batch.metric >= FIRST_ALARM
