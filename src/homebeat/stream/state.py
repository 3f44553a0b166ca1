"""All features together, and the one function that feeds them: readings in, state changed, rows touched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
from homebeat.stream.previous import with_previous
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
        self.latest = Latest(0, also_tracked)
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

    def advance(self, now: int) -> None:
        """Open the slots of time up to `now`."""
        away = (self.roster.away_from <= now) & (now < self.roster.away_until)
        self.timeline.advance(now, self.roster.away_resident[away])
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

    def fold(self, batch: Batch) -> None:
        """Fold readings sorted by event time."""
        of_metric = by_metric(batch)
        self._fold_steps(of_metric.get(Metric.STEPS))
        self._fold_toggles(of_metric)
        self._fold_presence(of_metric.get(Metric.AT_HOME))
        self._fold_watchers(of_metric)
        self.latest.fold(of_metric)
        self._fold_water(of_metric)

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
        residents, each = self._residents(device)
        self.timeline.cover(residents, flow.after[each], flow.until[each])
        ran = flow.litres >= self.roster.meter_resolution[flow.meter]
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
        rows, at, count, before_at, before = with_previous(
            batch.device, batch.observed_at, batch.value, self.steps.at, self.steps.count
        )
        newer = at > before_at
        rows, at, count, before = rows[newer], at[newer], count[newer], before[newer]
        # a count that starts again (midnight, reboot) and is not zero was walked since
        walked = (count > before) | ((count < before) & (count > 0))
        self._live(rows[walked], at[walked])
        self.steps.count[rows], self.steps.at[rows] = count, at

    def _fold_toggles(self, of_metric: Mapping[int, Batch]) -> None:
        for metric in (Metric.DOOR_OPEN, Metric.BED_OCCUPIED):
            batch = of_metric.get(metric)
            if batch is not None:
                i = self.latest.line[metric]
                rows, at, value, before_at, before = with_previous(
                    batch.device, batch.observed_at, batch.value, self.latest.at[i], self.latest.value[i]
                )
                moved = (at > before_at) & (value != before) & ~np.isnan(before)
                self._live(rows[moved], at[moved])
        batch = of_metric.get(Metric.MOTION)
        if batch is not None:
            seen = batch.value > 0
            self._live(batch.device[seen], batch.observed_at[seen])

    def _fold_presence(self, batch: Batch | None) -> None:
        if batch is None:
            return
        residents, each = self._residents(batch.device)
        at, home = batch.observed_at[each], batch.value[each] > 0
        same = self.timeline.home[residents] == home
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
            residents, each = self._residents(device)
            span = (self.roster.device_every[device] * COVERED_INTERVALS).astype(np.int64)
            self.timeline.cover(residents, (at - span)[each], at[each])

    def _live(self, device: I32, at: I64) -> None:
        if len(device):
            residents, each = self._residents(device)
            self.timeline.live(residents, at[each])

    def _residents(self, device: I32) -> tuple[I32, NDArray[np.intp] | slice]:
        """The residents each device speaks of, and which reading each of them comes from."""
        start, count = self.roster.who_start[device], np.diff(self.roster.who_start)[device]
        if (count == 1).all():
            return self.roster.who[start], slice(None)
        each = np.repeat(np.arange(len(device)), count)
        offset = np.arange(len(each)) - np.repeat(np.cumsum(count) - count, count)
        return self.roster.who[start[each] + offset], each


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
