"""The newest value of each metric that a rule reads, per device; and when each device was last heard."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Final

import numpy as np

from homebeat.domain.metric import Metric
from homebeat.stream.batch import F32, I64, NEVER, Batch
from homebeat.stream.columns import Column, Columns
from homebeat.stream.previous import sort_by_row
from homebeat.stream.series import Series

#: What the rules of the catalogue read. `threshold` may add one from its settings.
TRACKED: Final = (
    *(Metric.WORN, Metric.HEART_RATE_BPM, Metric.SPO2_PCT, Metric.BATTERY_PCT, Metric.BATTERY_LOW),
    *(Metric.DOOR_OPEN, Metric.BED_OCCUPIED),
)


class Heard(Columns):
    """When a device was last heard, by arrival: liveness is about the connection, not about what was measured.

    Attributes:
        at: int64[devices], newest received_at, epoch ms.
    """

    at: I64
    columns: ClassVar[Mapping[str, Column]] = {"at": Column(np.int64, NEVER)}

    def fold(self, batch: Batch) -> None:
        """Note arrivals; in any order, and repeating them changes nothing."""
        np.maximum.at(self.at, batch.device, batch.received_at)


class Latest(Columns):
    """The newest value per device and tracked metric.

    Attributes:
        at: int64[tracked, devices], observed_at, epoch ms.
        value: float32[tracked, devices], NaN for not known.
    """

    at: I64
    value: F32
    columns: ClassVar[Mapping[str, Column]] = {}

    def __init__(self, rows: int = 0, also: Sequence[Metric] = ()) -> None:
        self.tracked: tuple[Metric, ...] = ()
        self._add_metrics((*TRACKED, *also))
        super().__init__(rows)

    def _add_metrics(self, metrics: Sequence[Metric]) -> None:
        self.tracked = tuple(dict.fromkeys((*self.tracked, *metrics)))
        lead = (len(self.tracked),)
        # a class attribute would be shared between engines that track different metrics
        self.columns = {"at": Column(np.int64, NEVER, lead), "value": Column(np.float32, np.nan, lead)}  # type: ignore[misc]
        self.line = {metric: i for i, metric in enumerate(self.tracked)}

    def track(self, metrics: Sequence[Metric]) -> None:
        """Keep these metrics too from now on: settings change while the service runs."""
        more = len(dict.fromkeys((*self.tracked, *metrics))) - len(self.tracked)
        if more:
            self._add_metrics(metrics)
            self.at = np.concatenate([self.at, np.full((more, self.rows), NEVER)])
            self.value = np.concatenate([self.value, np.full((more, self.rows), np.nan, np.float32)])

    def fold(self, of_metric: Mapping[int, Series]) -> None:
        """Keep newer values. A reading older than the known one is ignored."""
        for metric, i in self.line.items():
            series = of_metric.get(int(metric))
            if series is None:
                continue
            if series.devices.repeat:
                places = sort_by_row(series.device, series.observed_at, self.rows)
                series = series if places is None else series.take(places)
            known_at, known = self.at[i], self.value[i]
            series = series.filter(series.observed_at > known_at[series.device])
            # sorted by event time within each row, and numpy keeps the last of repeated indices: the newest wins
            known_at[series.device] = series.observed_at
            known[series.device] = series.value
