"""All features together, and the one function that feeds them: readings in, state changed, rows touched."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from homebeat.codecs.wire import Mark
from homebeat.domain.fleet import DeviceKind
from homebeat.domain.metric import Metric
from homebeat.stream.batch import F64, I32, I64, NEVER, Batch, Bool
from homebeat.stream.columns import Column, Columns
from homebeat.stream.features.latest import FIRST_ALARM, Alarms, Heard, Latest
from homebeat.stream.features.timeline import Timeline
from homebeat.stream.features.water import Flow, Water
from homebeat.stream.previous import by_row, with_previous
from homebeat.stream.roster import Roster, kind_index

_WRISTBAND: Final = kind_index(DeviceKind.WRISTBAND)
#: A report speaks for the time since the one before it; one and a half intervals bridge ordinary jitter, not a lost report.
COVERED_INTERVALS: Final = 1.5
#: Readings that prove a worn band: it would have counted steps.
_PROVES_WORN: Final = (Metric.WORN, Metric.HEART_RATE_BPM, Metric.SPO2_PCT)
#: Readings by which a fixed sensor proves that it would have seen movement.
_PROVES_WATCHING: Final = (Metric.MOTION, Metric.DOOR_OPEN, Metric.BED_OCCUPIED, Metric.HEARTBEAT)
#: Alarms that a person raises by hand: whoever presses a button is up to it.
_BY_HAND: Final = (Metric.ALARM_SOS, Metric.ALARM_HELP_CANCELLED)


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
        self.heard, self.alarms, self.steps = Heard(), Alarms(), Steps()
        self.latest = Latest()
        self._held: tuple[int, ...] = (int(Metric.WORN), int(Metric.HEART_RATE_BPM), int(Metric.SPO2_PCT))
        self.track(also_tracked)
        self.water, self.timeline = Water(), Timeline()
        self.roster = roster
        self.enrol(roster)

    @property
    def features(self) -> dict[str, Columns]:
        """The features by name, as a checkpoint stores them."""
        return {
            "heard": self.heard,
            "alarms": self.alarms,
            "steps": self.steps,
            "latest": self.latest,
            "water": self.water,
            "timeline": self.timeline,
        }

    def enrol(self, roster: Roster) -> None:
        """Take in a changed roster: new rows know nothing yet."""
        self.roster = roster
        for feature in (self.heard, self.alarms, self.steps, self.latest):
            feature.grow(len(roster.device_ids))
        self.water.grow(roster.meters)
        self.timeline.grow(len(roster.resident_ids))
        self.timeline.declare(roster.away_resident, roster.away_from, roster.away_until)

    def advance(self, now: int) -> None:
        """Open the slots of time up to `now`."""
        self.timeline.advance(now)
        self.water.advance(now)

    def hear(self, arrived: Batch) -> None:
        """Note who was heard of, as soon as it arrives; what the broker kept proves nothing about the device."""
        kept = (arrived.mark & Mark.RETAINED) != 0
        self.heard.fold(arrived.take(~kept) if kept.any() else arrived)

    def alarm(self, alarms: Batch) -> None:
        """Fold device alarms, which do not wait for the watermark."""
        self.alarms.fold(alarms)
        by_hand = np.isin(alarms.metric, _BY_HAND)
        self._live(alarms.device[by_hand], alarms.observed_at[by_hand])

    def fold(self, batch: Batch, between: Callable[[Batch], None] | None = None) -> None:
        """Fold readings sorted by event time.

        Args:
            batch: The readings.
            between: Called with what was just folded after each but the last of several values that one device sent of a
                measured metric: "every reading for ten minutes" must see each of them, also when they come as a list.
        """
        of_metric = by_metric(batch)
        self._fold_steps(of_metric.get(Metric.STEPS))
        self._fold_toggles(of_metric)
        self._fold_presence(of_metric.get(Metric.AT_HOME))
        self._fold_watchers(of_metric)
        self._fold_water(of_metric)
        if between is not None:
            for wave in self._waves(of_metric):
                self.latest.fold(by_metric(wave))
                between(wave)
        # what a wave took already is not newer, and is passed over
        self.latest.fold(of_metric)

    def _waves(self, of_metric: Mapping[int, Batch]) -> Iterator[Batch]:
        """Of devices with several values of one held metric: first the oldest of each device, then the next, but not the last."""
        held = [of_metric[m] for m in self._held if m in of_metric]
        # a check per metric is cheaper than the sort below, and mostly enough
        if not any(by_row(p.device, p.observed_at, self.latest.rows) is not None for p in held):
            return
        part = Batch.joined(held)
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

    def _fold_water(self, of_metric: Mapping[int, Batch]) -> None:
        totals, statuses = of_metric.get(Metric.VOLUME_M3), of_metric.get(Metric.METER_STATUS)
        if totals is None and statuses is None:
            return
        totals, meter = self._of_meters(totals)
        statuses, status_meter = self._of_meters(statuses)
        flow = self.water.fold(totals, meter, statuses, status_meter)
        if len(flow.meter):
            self._cover_and_live(flow)

    def _cover_and_live(self, flow: Flow) -> None:
        device = self.roster.meter_device[flow.meter]
        residents, each = self.residents_of(device)
        self.timeline.cover(residents, flow.after[each], flow.until[each])
        # totals are floats of m3: a litre may come out as 0.9999...
        ran = flow.litres > self.roster.meter_resolution[flow.meter] - 0.05
        self._live(device[ran], flow.until[ran])

    def _of_meters(self, batch: Batch | None) -> tuple[Batch, I32]:
        if batch is None:
            return _NONE, _NONE.device
        meter = self.roster.device_meter[batch.device]
        known = meter >= 0
        return (batch, meter) if known.all() else (batch.take(known), meter[known])

    def _fold_steps(self, batch: Batch | None) -> None:
        if batch is None:
            return
        batch = _newer(batch, self.steps.at)
        rows, at, count, _, before = with_previous(batch.device, batch.observed_at, batch.value, self.steps.at, self.steps.count)
        # a count that starts again (midnight, reboot) and is not zero was walked since
        walked = (count > before) | ((count < before) & (count > 0))
        self._live(rows[walked], at[walked])
        self.steps.count[rows], self.steps.at[rows] = count, at

    def _fold_toggles(self, of_metric: Mapping[int, Batch]) -> None:
        for metric in (Metric.DOOR_OPEN, Metric.BED_OCCUPIED):
            batch = of_metric.get(metric)
            if batch is not None:
                i = self.latest.line[metric]
                batch = _newer(batch, self.latest.at[i])
                rows, at, value, _, before = with_previous(
                    batch.device, batch.observed_at, batch.value, self.latest.at[i], self.latest.value[i]
                )
                moved = (value != before) & ~np.isnan(before)
                self._live(rows[moved], at[moved])
        batch = of_metric.get(Metric.MOTION)
        if batch is not None:
            seen = batch.value > 0
            self._live(batch.device[seen], batch.observed_at[seen])

    def _fold_presence(self, batch: Batch | None) -> None:
        if batch is None:
            return
        residents, each = self.residents_of(batch.device)
        at, home = batch.observed_at[each], batch.value[each] > 0
        # somebody who left and came back within the batch is walked through both
        turned = np.unique(residents[self.timeline.home[residents] != home])
        same = ~np.isin(residents, turned)
        np.maximum.at(self.timeline.home_at, residents[same], at[same])
        for row, when, is_home in zip(residents[~same].tolist(), at[~same].tolist(), home[~same].tolist(), strict=True):
            self.timeline.presence(row, when, is_home=is_home)

    def _fold_watchers(self, of_metric: Mapping[int, Batch]) -> None:
        for metric in (*_PROVES_WORN, *_PROVES_WATCHING):
            batch = of_metric.get(metric)
            if batch is None:
                continue
            band = self.roster.device_kind[batch.device] == _WRISTBAND
            proves = band & (batch.value > 0) if metric in _PROVES_WORN else ~band
            self._cover(batch.device[proves], batch.observed_at[proves])

    def _cover(self, device: I32, at: I64) -> None:
        if len(device):
            device_meter = self.roster.device_meter[device] >= 0
            device, at = device[~device_meter], at[~device_meter]
            residents, each = self.residents_of(device)
            span = (self.roster.device_every[device] * COVERED_INTERVALS).astype(np.int64)
            self.timeline.cover(residents, (at - span)[each], at[each])

    def _live(self, device: I32, at: I64) -> None:
        if len(device):
            residents, each = self.residents_of(device)
            self.timeline.live(residents, at[each])

    def residents_of(self, device: I32) -> tuple[I32, NDArray[np.intp] | slice]:
        """The residents each device speaks of, and which reading each of them comes from."""
        start, count = self.roster.who_start[device], np.diff(self.roster.who_start)[device]
        if (count == 1).all():
            return self.roster.who[start], slice(None)
        each = np.repeat(np.arange(len(device)), count)
        offset = np.arange(len(each)) - np.repeat(np.cumsum(count) - count, count)
        return self.roster.who[start[each] + offset], each


def _newer(batch: Batch, known_at: I64) -> Batch:
    """Without readings that are older than what is known: late ones must not pass for the one before the next."""
    newer = batch.observed_at > known_at[batch.device]
    return batch if newer.all() else batch.take(newer)


_NONE: Final = Batch.of([], [], [], [], [])


def by_metric(batch: Batch) -> dict[int, Batch]:
    """The readings of each metric, order kept."""
    if not len(batch):
        return {}
    present = np.flatnonzero(np.bincount(batch.metric))
    if len(present) == 1:
        return {int(present[0]): batch}
    return {int(m): batch.take(batch.metric == m) for m in present.tolist()}


def is_alarm(batch: Batch) -> Bool:
    """bool[n]: which readings are device alarms."""
    return batch.metric >= FIRST_ALARM
