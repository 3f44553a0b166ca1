"""Readings as FHIR R4 resources: Observation, and the least of Patient and Device that they refer to.

A code is LOINC's where there is one, else that of the metric in homebeat's own list. What was not measured is absent, never 0.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any, Final

from homebeat.codecs.wire import Mark
from homebeat.domain.instants import format_instant
from homebeat.domain.metric import PLAUSIBLE, MeterStatus, Metric, Shape

#: The systems of our own ids and codes.
RESIDENT: Final = "urn:homebeat:resident"
HOUSEHOLD: Final = "urn:homebeat:household"
DEVICE: Final = "urn:homebeat:device"
METRIC: Final = "urn:homebeat:metric"
STATUS: Final = "urn:homebeat:meter-status"
_LOINC: Final = "http://loinc.org"
_UCUM: Final = "http://unitsofmeasure.org"
_CATEGORY: Final = "http://terminology.hl7.org/CodeSystem/observation-category"
#: Codes of LOINC with their names. Oxygen saturation has the one that the profile of vital signs wants, and how it was measured.
_CODES: Final[dict[Metric, tuple[tuple[str, str], ...]]] = {
    Metric.HEART_RATE_BPM: (("8867-4", "Heart rate"),),
    Metric.SPO2_PCT: (
        ("2708-6", "Oxygen saturation in Arterial blood"),
        ("59408-5", "Oxygen saturation in Arterial blood by Pulse oximetry"),
    ),
    Metric.BODY_TEMPERATURE_C: (("8310-5", "Body temperature"),),
    Metric.STEPS: (("55423-8", "Number of steps in unspecified time Pedometer"),),
}
_VITAL: Final = frozenset({Metric.HEART_RATE_BPM, Metric.SPO2_PCT, Metric.BODY_TEMPERATURE_C})
#: What a person reads, and UCUM's code; empty where UCUM has none.
_UNITS: Final[dict[Metric, tuple[str, str]]] = {
    Metric.HEART_RATE_BPM: ("beats/minute", "/min"),
    Metric.SPO2_PCT: ("%", "%"),
    Metric.BODY_TEMPERATURE_C: ("degrees C", "Cel"),
    Metric.STEPS: ("steps", "{steps}"),
    Metric.MOTION: ("movements", "{count}"),
    Metric.VOLUME_M3: ("m3", "m3"),
    Metric.FLOW_M3H: ("m3/h", "m3/h"),
    Metric.BATTERY_PCT: ("%", "%"),
    Metric.RSSI_DBM: ("dBm", ""),
    Metric.LAT: ("degrees", "deg"),
    Metric.LON: ("degrees", "deg"),
}
#: What a reader must know of how a reading got its time.
_NOTES: Final = {
    Mark.UNTIMED: "The device gave no time: this is when its message arrived.",
    Mark.CLOCK_CORRECTED: "The device's clock was wrong: this is when its message arrived.",
    Mark.RETAINED: "The broker had kept this message: it may be older.",
    Mark.TEST: "The device says that this is a test.",
}


@dataclass(frozen=True, slots=True)
class DeviceOwner:
    """Whose device it is.

    Attributes:
        resident: The one whom it reports on; None for a device of the whole home.
    """

    device: str
    household: str
    resident: str | None


def make_id(system: str, value: str) -> str:
    """Make the id of a resource: the same whenever it is made, and of letters that FHIR takes."""
    return hashlib.sha256(f"{system}|{value}".encode()).hexdigest()[:32]


def make_observation(
    source: DeviceOwner, metric: Metric, observed_at: int, received_at: int, value: float, mark: int
) -> dict[str, Any]:
    """Make the Observation of one reading; times are epoch ms."""
    name = metric.wire_name
    codings = [{"system": _LOINC, "code": code, "display": text} for code, text in _CODES.get(metric, ())]
    notes = [text for bit, text in _NOTES.items() if mark & bit]
    return {
        "resourceType": "Observation",
        "id": make_id("observation", f"{source.device}|{name}|{observed_at}|{received_at if mark & Mark.UNTIMED else ''}"),
        "status": "final",
        **({"category": [_make_category("vital-signs")]} if metric in _VITAL else {}),
        **({"category": [_make_category("activity")]} if metric is Metric.STEPS else {}),
        "code": {"coding": [*codings, {"system": METRIC, "code": name}]},
        "subject": _refer_to_subject(source),
        "effectiveDateTime": format_instant(observed_at),
        "issued": format_instant(received_at),
        **_make_value(metric, value),
        **({"note": [{"text": text} for text in notes]} if notes else {}),
        "device": {"reference": f"Device/{make_id(DEVICE, source.device)}"},
    }


def make_subject(resident: str) -> dict[str, Any]:
    """Make the Patient of a resident: the id, and nothing of the person."""
    return {"resourceType": "Patient", "id": make_id(RESIDENT, resident), "identifier": [{"system": RESIDENT, "value": resident}]}


def make_device(source: DeviceOwner, model: str) -> dict[str, Any]:
    """Make a Device."""
    return {
        "resourceType": "Device",
        "id": make_id(DEVICE, source.device),
        "identifier": [{"system": DEVICE, "value": source.device}],
        **({"deviceName": [{"name": model, "type": "model-name"}]} if model else {}),
        **({"patient": {"reference": f"Patient/{make_id(RESIDENT, source.resident)}"}} if source.resident else {}),
    }


def _make_category(code: str) -> dict[str, Any]:
    return {"coding": [{"system": _CATEGORY, "code": code}]}


def _refer_to_subject(source: DeviceOwner) -> dict[str, Any]:
    if source.resident is not None:
        return {"reference": f"Patient/{make_id(RESIDENT, source.resident)}"}
    return {"type": "Location", "identifier": {"system": HOUSEHOLD, "value": source.household}}


def _make_value(metric: Metric, value: float) -> dict[str, Any]:
    plausible = PLAUSIBLE.get(metric)
    if plausible is None or plausible.shape is Shape.BOOLEAN:  # an alarm, or that a device is there
        return {"valueBoolean": bool(value)}
    if plausible.shape is Shape.STATUS:
        known = value in set(MeterStatus)
        return (
            {"valueCodeableConcept": {"coding": [{"system": STATUS, "code": MeterStatus(int(value)).name.lower()}]}}
            if known
            else {"valueCodeableConcept": {"text": f"{value:g}"}}
        )
    unit, code = _UNITS[metric]
    return {"valueQuantity": {"value": value, "unit": unit, **({"system": _UCUM, "code": code} if code else {})}}
