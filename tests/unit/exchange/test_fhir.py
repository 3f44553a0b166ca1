"""Readings as other systems want them, letter by letter."""

from __future__ import annotations

import json

import pytest

from homebeat.codecs.wire import Mark
from homebeat.domain.metric import Metric
from homebeat.exchange.fhir import DeviceOwner, make_device, make_observation, make_subject
from homebeat.exchange.open_mhealth import METRICS, MeasuredPoints

AT = 1_767_225_600_000  # 2026-01-01T00:00:00Z
HERS = DeviceOwner("wb-0042", "h-0042", "r-0042")
SHARED = DeviceOwner("wm-0042", "h-0042", None)


def test_a_pulse() -> None:
    assert make_observation(HERS, Metric.HEART_RATE_BPM, AT, AT + 1_500, 71.0, 0) == {
        "resourceType": "Observation",
        "id": "873ca75fee0b4268d874631b740e5e92",
        "status": "final",
        "category": [
            {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "vital-signs"}]}
        ],
        "code": {
            "coding": [
                {"system": "http://loinc.org", "code": "8867-4", "display": "Heart rate"},
                {"system": "urn:homebeat:metric", "code": "heart_rate_bpm"},
            ]
        },
        "subject": {"reference": "Patient/56b763b960d97b9f09cbb4238ba04e06"},
        "effectiveDateTime": "2026-01-01T00:00:00Z",
        "issued": "2026-01-01T00:00:01.500Z",
        "valueQuantity": {"value": 71.0, "unit": "beats/minute", "system": "http://unitsofmeasure.org", "code": "/min"},
        "device": {"reference": "Device/8ff80171e4b3f5edd9a4c98c859b5830"},
    }


@pytest.mark.parametrize(
    "metric, value, said",
    [
        (
            Metric.SPO2_PCT,
            96.0,
            {"valueQuantity": {"value": 96.0, "unit": "%", "system": "http://unitsofmeasure.org", "code": "%"}},
        ),
        (
            Metric.BODY_TEMPERATURE_C,
            36.6,
            {"valueQuantity": {"value": 36.6, "unit": "degrees C", "system": "http://unitsofmeasure.org", "code": "Cel"}},
        ),
        (Metric.RSSI_DBM, -71.0, {"valueQuantity": {"value": -71.0, "unit": "dBm"}}),
        (Metric.WORN, 0.0, {"valueBoolean": False}),
        (Metric.ALARM_SOS, 1.0, {"valueBoolean": True}),
        (
            Metric.METER_STATUS,
            1.0,
            {"valueCodeableConcept": {"coding": [{"system": "urn:homebeat:meter-status", "code": "leak"}]}},
        ),
        (Metric.METER_STATUS, 40.0, {"valueCodeableConcept": {"text": "40"}}),
    ],
)
def test_values_have_their_units(metric: Metric, value: float, said: dict[str, object]) -> None:
    found = make_observation(HERS, metric, AT, AT, value, 0)
    assert {name: part for name, part in found.items() if name.startswith("value")} == said


@pytest.mark.parametrize("metric", list(Metric))
def test_every_metric_has_one_value_and_a_code(metric: Metric) -> None:
    found = make_observation(SHARED, metric, AT, AT, 1.0, 0)
    assert len([name for name in found if name.startswith("value")]) == 1
    assert found["code"]["coding"][-1] == {"system": "urn:homebeat:metric", "code": metric.wire_name}


def test_a_meter_is_of_a_home_and_of_nobody() -> None:
    found = make_observation(SHARED, Metric.VOLUME_M3, AT, AT, 12.5, 0)
    assert found["subject"] == {"type": "Location", "identifier": {"system": "urn:homebeat:household", "value": "h-0042"}}
    assert "category" not in found


def test_how_a_time_came_about_is_said() -> None:
    (note,) = make_observation(HERS, Metric.ALARM_SOS, AT, AT, 1.0, int(Mark.UNTIMED))["note"]
    assert "no time" in note["text"]
    assert len(make_observation(HERS, Metric.STEPS, AT, AT, 1.0, int(Mark.RETAINED | Mark.TEST))["note"]) == 2


def test_ids_are_the_same_each_time_and_differ_by_reading() -> None:
    ids = [make_observation(HERS, metric, at, AT, 1.0, 0)["id"] for metric in Metric for at in (AT, AT + 1)]
    assert ids == [make_observation(HERS, metric, at, AT + 9, 2.0, 0)["id"] for metric in Metric for at in (AT, AT + 1)]
    assert len(set(ids)) == len(ids)


def test_subject_and_device_say_ids_alone() -> None:
    subject, device = make_subject("r-0042"), make_device(HERS, "Band 3")
    assert subject.keys() == {"resourceType", "id", "identifier"}
    assert device["patient"]["reference"] == f"Patient/{subject['id']}"
    assert device["deviceName"] == [{"name": "Band 3", "type": "model-name"}]
    assert "patient" not in make_device(SHARED, "")


def test_a_data_point() -> None:
    point = MeasuredPoints().make(HERS, Metric.HEART_RATE_BPM, AT, 71.0, 0)
    assert point is not None
    assert json.loads(json.dumps(point)) == {
        "header": {
            "id": point["header"]["id"],
            "creation_date_time": "2026-01-01T00:00:00Z",
            "schema_id": {"namespace": "omh", "name": "heart-rate", "version": "1.0"},
            "acquisition_provenance": {"source_name": "homebeat", "modality": "sensed"},
            "user_id": "r-0042",
        },
        "body": {
            "heart_rate": {"value": 71.0, "unit": "beats/min"},
            "effective_time_frame": {"date_time": "2026-01-01T00:00:00Z"},
        },
    }
    assert point == MeasuredPoints().make(HERS, Metric.HEART_RATE_BPM, AT, 71.0, 0)


def test_steps_are_counted_between_two_totals() -> None:
    points = MeasuredPoints()
    totals = [(AT, 100.0), (AT + 60_000, 130.0), (AT + 30_000, 110.0), (AT + 120_000, 5.0), (AT + 180_000, 9.0)]
    found = [points.make(HERS, Metric.STEPS, at, total, 0) for at, total in totals]
    steps = [None if one is None else one["body"]["step_count"]["value"] for one in found]
    assert steps == [None, 30.0, None, None, 4.0]
    assert found[1] is not None
    assert found[1]["body"]["effective_time_frame"] == {
        "time_interval": {"start_date_time": "2026-01-01T00:00:00Z", "end_date_time": "2026-01-01T00:01:00Z"}
    }


def test_what_has_no_schema_and_what_is_a_test_gives_no_point() -> None:
    points = MeasuredPoints()
    assert all(points.make(HERS, metric, AT, 1.0, 0) is None for metric in Metric if metric not in METRICS)
    assert points.make(HERS, Metric.HEART_RATE_BPM, AT, 71.0, int(Mark.TEST)) is None
