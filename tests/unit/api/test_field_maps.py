"""A map of fields is tried through the API as on the page: on a sample and on what was set aside, and nothing is changed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from homebeat.domain.ids import DeviceId
from homebeat.domain.inbound import Quarantined, QuarantineReason
from homebeat.domain.role import Role
from homebeat.domain.scope import EVERYTHING
from tests.people import add_key
from tests.unit.api.fixtures import TestClient
from tests.unit.api.street import Street

SPEC: dict[str, Any] = {
    "topic": "homebeat/acme/+/up",
    "device": "/sn",
    "fields": [
        {"pointer": "/d/hr", "target": "heart_rate_bpm", "factor": 0.5},
        {"pointer": "/ev", "target": "sos", "when": ["P9"]},
    ],
}


@pytest.fixture
def fitter(client: TestClient, street: Street) -> TestClient:
    add_key(street.store, "of-the-fitter", Role.SUPERVISOR)
    client.headers["Authorization"] = "Bearer of-the-fitter"
    return client


def write(**more: Any) -> str:
    return json.dumps({"sn": "b-0", "d": {"hr": 142}, **more})


def test_a_map_is_tried_and_nothing_is_changed(fitter: TestClient, street: Street) -> None:
    now = street.clock()
    bodies = [write(), write(sn="zz-9", ev="P7")]
    with street.store.begin() as tx:
        tx.quarantine.add(
            [Quarantined("homebeat/acme/7/up", body.encode(), now, QuarantineReason.UNKNOWN_TOPIC, "x") for body in bodies]
        )
    said = fitter.post("/api/v1/field-maps/try", json={"spec": SPEC, "sample": write(ev="P9")}).json()
    (report,) = said["sample"]["reports"]
    assert (said["faults"], said["sample"]["refusal"]) == ([], None)
    assert (report["device"], report["is_registered"], report["faults"]) == ("b-0", True, [])
    assert {(one["metric"], one["value"]) for one in report["readings"]} == {("heart_rate_bpm", 71.0), ("alarm_sos", 1.0)}
    assert sorted(one["reports"][0]["device"] for one in said["set_aside"]) == ["b-0", "zz-9"]
    strange = next(one["reports"][0] for one in said["set_aside"] if one["reports"][0]["device"] == "zz-9")
    assert (strange["is_registered"], "alarm_unreadable" in [one["metric"] for one in strange["readings"]]) == (False, True)
    with street.store.read(EVERYTHING) as reader:
        assert (reader.field_maps.list_all(), len(reader.quarantine.read_page().items)) == ([], 2)
        assert list(reader.readings.read_latest(DeviceId("b-0"))) == []


def test_what_is_wrong_with_the_map_or_the_sample_is_said(fitter: TestClient) -> None:
    said = fitter.post("/api/v1/field-maps/try", json={"spec": {**SPEC, "topic": "homebeat/v1/+/readings"}, "sample": write()})
    assert said.status_code == 200
    assert ([one["place"] for one in said.json()["faults"]], said.json()["sample"]) == (["topic"], None)
    for sample in ("{", "[" * 5_000, "7"):
        answer = fitter.post("/api/v1/field-maps/try", json={"spec": SPEC, "sample": sample}).json()
        assert (answer["sample"]["refusal"] is not None, answer["sample"]["reports"]) == (True, [])
    assert fitter.post("/api/v1/field-maps/try", json={"spec": SPEC, "sample": "x" * 16_385}).status_code == 422
