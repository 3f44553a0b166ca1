"""The newest value of each metric that a rule looks at, per device; when each device was last heard; when it last alarmed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Final

import numpy as np

from homebeat.domain.metric import Metric
from homebeat.stream.batch import F32, I64, NEVER, Batch
from homebeat.stream.columns import Column, Columns
from homebeat.stream.features.stirring import Flags
from homebeat.stream.previous import by_row
from homebeat.stream.series import Series

#: What the rules of the catalogue read. `threshold` may add one more from its settings.
TRACKED: Final = (Metric.WORN, Metric.HEART_RATE_BPM, Metric.SPO2_PCT, Metric.BATTERY_PCT, Metric.DOOR_OPEN, Metric.BED_OCCUPIED)

#: Alarm metrics are numbered consecutively from here; `Alarms.at` has one line for each up to the last that a rule reads.
FIRST_ALARM: Final = int(Metric.ALARM_SOS)
_KINDS: Final = int(Metric.ALARM_GAS) - FIRST_ALARM + 1
#: The line of falls.
FALL: Final = int(Metric.ALARM_FALL) - FIRST_ALARM
#: Words that take an alarm back.
_TAKEN_BACK: Final = frozenset({int(Metric.ALARM_HELP_CANCELLED), int(Metric.ALARM_OK)})


class Heard(Columns):
    """When a device was last heard of, by arrival: liveness is about the line, not about what was measured.

    Attributes:
        at: int64[devices], latest received_at, epoch ms.
    """

    at: I64
    columns: ClassVar[Mapping[str, Column]] = {"at": Column(np.int64, NEVER)}

    def fold(self, batch: Batch) -> None:
        """Commutative and idempotent. `batch` is in any order."""
        np.maximum.at(self.at, batch.device, batch.received_at)


class Alarms(Columns):
    """When each device last raised each alarm, and last took one back.

    Attributes:
        at: int64[alarm kinds, devices], newest observed_at, epoch ms; index `metric - FIRST_ALARM`.
        arrived_at: int64[alarm kinds, devices], when that one reached us: an alarm that was held up is as urgent as a new one.
        taken_back_at: int64[devices], newest word that help is not needed, or that all is well, epoch ms.
    """

    at: I64
    arrived_at: I64
    taken_back_at: I64
    columns: ClassVar[Mapping[str, Column]] = {
        "at": Column(np.int64, NEVER, (_KINDS,)),
        "arrived_at": Column(np.int64, NEVER, (_KINDS,)),
        "taken_back_at": Column(np.int64, NEVER),
    }

    def fold(self, alarms: Batch, flags: Flags) -> None:
        """Take newer alarms, and among them flags of a fall; the same one delivered again changes nothing.

        Args:
            alarms: Alarm metrics only; those that no rule reads are passed over.
            flags: Told of each flag of a fall, in order of arrival.
        """
        for metric, device, at, arrived in zip(
            alarms.metric.tolist(), alarms.device.tolist(), alarms.observed_at.tolist(), alarms.received_at.tolist(), strict=True
        ):
            kind = metric - FIRST_ALARM
            if metric in _TAKEN_BACK:
                self.taken_back_at[device] = max(at, int(self.taken_back_at[device]))
            elif kind < _KINDS:
                newest = int(self.at[kind, device])
                if kind == FALL:
                    flags.take(device, at, arrived, newest)
                if at > newest:
                    self.at[kind, device], self.arrived_at[kind, device] = at, arrived


class Latest(Columns):
    """The newest value per device and tracked metric.

    Attributes:
        at: int64[tracked, devices], observed_at, epoch ms.
        value: float32[tracked, devices], NaN where nothing is known.
    """

    at: I64
    value: F32
    columns: ClassVar[Mapping[str, Column]] = {}

    def __init__(self, rows: int = 0, also: Sequence[Metric] = ()) -> None:
        self.tracked: tuple[Metric, ...] = ()
        self._name((*TRACKED, *also))
        super().__init__(rows)

    def _name(self, metrics: Sequence[Metric]) -> None:
        self.tracked = tuple(dict.fromkeys((*self.tracked, *metrics)))
        lead = (len(self.tracked),)
        # a class attribute would be shared between engines that track different metrics
        self.columns = {"at": Column(np.int64, NEVER, lead), "value": Column(np.float32, np.nan, lead)}  # type: ignore[misc]
        self.line = {metric: i for i, metric in enumerate(self.tracked)}

    def track(self, metrics: Sequence[Metric]) -> None:
        """Follow these metrics too from now on: settings change while the service runs."""
        more = len(dict.fromkeys((*self.tracked, *metrics))) - len(self.tracked)
        if more:
            self._name(metrics)
            self.at = np.concatenate([self.at, np.full((more, self.rows), NEVER)])
            self.value = np.concatenate([self.value, np.full((more, self.rows), np.nan, np.float32)])

    def fold(self, of_metric: Mapping[int, Series]) -> None:
        """Take newer values. An older reading than the one known is ignored."""
        for metric, i in self.line.items():
            series = of_metric.get(int(metric))
            if series is None:
                continue
            if series.devices.repeat:
                places = by_row(series.device, series.observed_at, self.rows)
                series = series if places is None else series.take(places)
            known_at, known = self.at[i], self.value[i]
            series = series.where(series.observed_at > known_at[series.device])
            # sorted by event time within each row, and numpy keeps the last of repeated indices: the newest wins
            known_at[series.device] = series.observed_at
            known[series.device] = series.value
