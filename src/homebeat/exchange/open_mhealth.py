"""Readings as Open mHealth data points: heart rate, oxygen saturation, body temperature, steps. Other metrics have no schema."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID, uuid5

from homebeat.codecs.wire import Mark
from homebeat.domain.instants import format_instant
from homebeat.domain.metric import Metric
from homebeat.exchange.fhir import DeviceOwner

#: Ids of data points are derived in this space, so that the same reading has the same id in each export.
_SPACE: Final = UUID("6d1f0b4e-5a3e-5c0a-9f5e-2b7d3c1a8e40")
#: The name and version of the schema, the field of the body, and the unit.
_SCHEMAS: Final[dict[Metric, tuple[str, str, str, str]]] = {
    Metric.HEART_RATE_BPM: ("heart-rate", "1.0", "heart_rate", "beats/min"),
    Metric.SPO2_PCT: ("oxygen-saturation", "1.0", "oxygen_saturation", "%"),
    Metric.BODY_TEMPERATURE_C: ("body-temperature", "1.0", "body_temperature", "C"),
}
#: The metrics that become data points.
METRICS: Final = frozenset({*_SCHEMAS, Metric.STEPS})


class MeasuredPoints:
    """Makes data points of readings in their order: of steps a device counts up, so a point says how many came since the last."""

    def __init__(self) -> None:
        #: The last total and its time, by device.
        self._steps: dict[str, tuple[float, int]] = {}

    def make(self, source: DeviceOwner, metric: Metric, observed_at: int, value: float, mark: int) -> dict[str, Any] | None:
        """Make the data point of a reading at `observed_at` (epoch ms); None where it gives none."""
        at = format_instant(observed_at)
        if metric is Metric.STEPS:
            before = self._steps.get(source.device)
            if before is None or observed_at > before[1]:
                self._steps[source.device] = (value, observed_at)
            if before is None or observed_at <= before[1] or value < before[0]:  # the first, a late one, or the count began anew
                return None
            body: dict[str, Any] = {
                "step_count": {"value": value - before[0], "unit": "steps"},
                "effective_time_frame": {"time_interval": {"start_date_time": format_instant(before[1]), "end_date_time": at}},
            }
            return _make_point(source, "step-count", "3.0", at, body)
        if metric not in _SCHEMAS or mark & Mark.TEST:
            return None
        name, version, field, unit = _SCHEMAS[metric]
        body = {field: {"value": value, "unit": unit}, "effective_time_frame": {"date_time": at}}
        return _make_point(source, name, version, at, body)


def _make_point(source: DeviceOwner, name: str, version: str, at: str, body: dict[str, Any]) -> dict[str, Any]:
    who = source.resident or source.household
    return {
        "header": {
            "id": str(uuid5(_SPACE, f"{source.device}|{name}|{at}")),
            "creation_date_time": at,
            "schema_id": {"namespace": "omh", "name": name, "version": version},
            "acquisition_provenance": {"source_name": "homebeat", "modality": "sensed"},
            "user_id": who,
        },
        "body": body,
    }
