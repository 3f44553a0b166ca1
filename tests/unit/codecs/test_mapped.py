"""Messages of a supplier, read by a map of fields."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from homebeat.codecs.mapped import NO_DEVICE, list_places, make_format, open_mapped
from homebeat.codecs.wire import Limits, Mark, Unreadable
from homebeat.domain.field_map import DEEPEST, MappedField, MapSpec, TimeForm, covers_filter, find_map_faults
from homebeat.domain.inbound import Message
from homebeat.domain.metric import Metric
from homebeat.ingest.reading import MessageOutcome, read
from homebeat.stream.roster import Roster
from homebeat.watch.unregistered import UnregisteredCalls

NOW = 1_772_352_000_000
TOPIC = "homebeat/acme/site/up"
SPEC = MapSpec(
    topic="homebeat/acme/+/up",
    device="/dev/sn",
    fields=(
        MappedField("/data/hr", "heart_rate_bpm"),
        MappedField("/data/temp", "body_temperature_c", factor=0.1),
        MappedField("/data/wear", "worn", when=("on", "1")),
        MappedField("/evt", "sos", when=("17",)),
        MappedField("/evt", "fall", when=("18", "FALL")),
        MappedField("/evt", "nothing", when=("3",)),
    ),
    at="/ts",
    time_form=TimeForm.SECONDS,
)


def open_one(content: Any, spec: MapSpec = SPEC) -> Any:
    (report,) = open_mapped(spec, TOPIC, json.dumps(content).encode(), NOW, Limits())
    return report


def read_one(content: Any, spec: MapSpec = SPEC) -> dict[str, float]:
    found = open_one(content, spec).readings
    return {Metric(metric).wire_name: value for metric, value in zip(found.metric, found.value, strict=True)}


def test_flat_and_nested_places_factors_flags_and_times_are_read() -> None:
    content = {"ts": NOW // 1000 - 60, "dev": {"sn": 8812}, "data": {"hr": "71", "temp": 366, "wear": "ON"}, "evt": 3}
    report = open_one(content)
    assert report.device == "8812"
    assert read_one(content) == {"heart_rate_bpm": 71.0, "body_temperature_c": pytest.approx(36.6), "worn": 1.0}
    assert set(report.readings.at) == {NOW - 60_000}
    assert report.readings.faults == []


@pytest.mark.parametrize(
    ("form", "given"),
    [
        (TimeForm.ISO, "2026-03-01T08:00:00Z"),
        (TimeForm.MILLISECONDS, NOW),
        (TimeForm.SECONDS, NOW // 1000),
        (TimeForm.CHINA, "2026-03-01 16:00:00"),
    ],
)
def test_each_form_of_time(form: TimeForm, given: Any) -> None:
    found = open_one({"ts": given, "dev": {"sn": "a"}, "data": {"hr": 70}}, replace(SPEC, time_form=form)).readings
    assert (found.at, found.mark) == ([NOW], [int(Mark.NONE)])


@pytest.mark.parametrize(
    ("event", "alarms"),
    [
        (17, {"alarm_sos"}),
        ("17", {"alarm_sos"}),
        ("fall", {"alarm_fall"}),
        ([3, 18], {"alarm_fall"}),
        (3, set()),
        (0, set()),
        (None, set()),
        (99, {"alarm_unreadable"}),
        ({"code": 17}, {"alarm_unreadable"}),
    ],
)
def test_an_alarm_is_raised_by_its_values_and_what_nobody_explained_may_be_one(event: Any, alarms: set[str]) -> None:
    found = read_one({"dev": {"sn": "a"}, "data": {"hr": 70}, "evt": event})
    assert {name for name in found if name.startswith("alarm")} == alarms


def test_no_alarm_is_refused_for_its_time_and_it_stands_at_its_arrival() -> None:
    for wrong in ("yesterday", 1, NOW):
        content = {"ts": wrong, "dev": {"sn": "a"}, "data": {"hr": 70}, "evt": 17}
        for report in open_mapped(SPEC, TOPIC, json.dumps([content, content]).encode(), NOW, Limits()):
            assert report.readings.metric == [Metric.ALARM_SOS]
            assert report.readings.at == [NOW]
            assert report.readings.faults


@pytest.mark.parametrize("extra", [{"sos": True}, {"more": [{"alarm": "sos"}]}, {"msg": "help"}, {"说明": "求救"}])
def test_a_call_for_help_that_the_map_does_not_explain_is_heard(extra: dict[str, Any]) -> None:
    found = read_one({"dev": {"sn": "a"}, "data": {"hr": 70}, **extra})
    assert any(name in found for name in ("alarm_sos", "alarm_unreadable"))
    assert found["heart_rate_bpm"] == 70


def test_what_the_map_explains_is_not_heard_twice() -> None:
    spec = replace(SPEC, fields=(*SPEC.fields, MappedField("/alarm", "nothing", when=("periodic",))))
    assert read_one({"dev": {"sn": "a"}, "alarm": "periodic", "data": {"hr": 70}}, spec) == {"heart_rate_bpm": 70.0}


def test_records_of_a_list_are_about_a_device_each() -> None:
    spec = replace(SPEC, records="/items")
    content = {"items": [{"dev": {"sn": one}, "data": {"hr": 60}} for one in ("a", "b")]}
    found = open_mapped(spec, TOPIC, json.dumps(content).encode(), NOW, Limits())
    assert [report.device for report in found] == ["a", "b"]
    with pytest.raises(Unreadable, match="too_large"):
        open_mapped(spec, TOPIC, json.dumps(content).encode(), NOW, Limits(max_reports=1))


def test_the_device_may_be_a_level_of_the_topic_and_one_that_is_not_named_is_nobodys() -> None:
    assert open_one({"data": {}}, replace(SPEC, device="level:3")).device == "site"
    for sn in (None, True, "a b", "", {"x": 1}):
        assert open_one({"dev": {"sn": sn}}).device == NO_DEVICE


def test_a_message_without_a_value_says_that_the_device_is_there() -> None:
    assert read_one({"dev": {"sn": "a"}, "data": {}}) == {"heartbeat": 1.0}
    assert read_one({"dev": {"sn": "a"}, "data": {"hr": 255}}) == {"heartbeat": 1.0}


def test_mapped_alarms_go_the_way_of_all_alarms_of_registered_devices_and_of_strangers() -> None:
    formats = [make_format("acme", SPEC)]
    body = {"dev": {"sn": "b-1"}, "evt": 17}
    intake = read([Message(TOPIC, json.dumps(body).encode(), NOW)], {"b-1": 4}, formats=formats)
    assert (intake.batch.device.tolist(), intake.batch.metric.tolist()) == ([4], [Metric.ALARM_SOS])
    assert intake.outcomes == [MessageOutcome.ACCEPTED]
    message = Message(TOPIC, json.dumps(body).encode(), NOW)
    stranger = read([message], {}, formats=formats)
    (edge,) = UnregisteredCalls().find_edges([message], stranger.quarantined, Roster())
    assert (edge.subject.device, edge.priority.value) == ("b-1", "critical")


def test_no_water_meter_is_taken_for_a_call_for_help() -> None:
    body = json.dumps({"dev": {"sn": "m"}, "evt": 99, "data": {"hr": 70}}).encode()
    for meter, expected in ((np.array([0], np.int32), False), (np.array([-1], np.int32), True)):
        intake = read([Message(TOPIC, body, NOW)], {"m": 0}, meter_of=meter, formats=[make_format("acme", SPEC)])
        assert (Metric.ALARM_UNREADABLE in intake.batch.metric) == expected


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["dev", "sn", "data", "hr", "evt", "ts", "x"]), inner)
    ),
    max_leaves=12,
)


@given(JSON)
def test_whatever_comes_is_read_or_refused_and_places_lead_to_their_values(content: Any) -> None:
    payload = json.dumps(content).encode()
    try:
        for report in open_mapped(SPEC, TOPIC, payload, NOW, Limits()):
            columns = report.readings
            assert len(columns.metric) == len(columns.at) == len(columns.value) == len(columns.mark)
            assert columns.metric or columns.faults
    except Unreadable:
        pass
    assert all(pointer.count("/") <= DEEPEST for pointer, _ in list_places(content, 50))


@pytest.mark.parametrize("levels", [50, 900, 5_000])
def test_a_message_that_is_nested_very_deep_is_no_defect(levels: int) -> None:
    deep = b'{"dev":{"sn":"a"},"x":' + b"[" * levels + b"]" * levels + b"}"
    intake = read([Message(TOPIC, deep, NOW)], {"a": 0}, formats=[make_format("acme", SPEC)])
    assert intake.defects == []


#: Maps that cannot be used, each with the place of its fault.
WRONG: tuple[tuple[MapSpec, str], ...] = (
    (replace(SPEC, topic="homebeat/v1/+/readings"), "topic"),
    (replace(SPEC, topic="#"), "topic"),
    (replace(SPEC, topic="a/#/b"), "topic"),
    (replace(SPEC, topic=""), "topic"),
    (replace(SPEC, device="sn"), "device"),
    (replace(SPEC, device="level:0"), "device"),
    (replace(SPEC, at="/a" * 9), "at"),
    (replace(SPEC, records="x"), "records"),
    (replace(SPEC, fields=()), "fields"),
    (replace(SPEC, fields=(MappedField("/a", "nothing", when=("1",)),)), "fields"),
    (replace(SPEC, fields=SPEC.fields * 11), "fields"),
    (replace(SPEC, fields=(MappedField("/a", "wealth"),)), "fields[0].target"),
    (replace(SPEC, fields=(MappedField("/a", "sos"),)), "fields[0].when"),
    (replace(SPEC, fields=(MappedField("/a", "steps", when=("1",)),)), "fields[0].when"),
    (replace(SPEC, fields=(MappedField("/a", "steps", factor=0.0),)), "fields[0].factor"),
    (replace(SPEC, fields=(MappedField("/a", "worn", factor=2.0),)), "fields[0].factor"),
    (replace(SPEC, fields=(MappedField("/a", "steps"), MappedField("/b", "steps"))), "fields[1].target"),
)
FAULTY = [("acme", spec) for spec, _ in WRONG] + [("a b", SPEC)]


@pytest.mark.parametrize(("spec", "place"), WRONG)
def test_what_cannot_be_a_map_is_refused_at_its_place(spec: MapSpec, place: str) -> None:
    assert find_map_faults("acme", SPEC) == []
    assert place in dict(find_map_faults("acme", spec))
    assert "name" in dict(find_map_faults("a b", SPEC))


def test_filters_that_cover_others() -> None:
    assert covers_filter("homebeat/+/+/+", "homebeat/acme/+/up")
    assert covers_filter("acme/#", "acme/a/b")
    assert not covers_filter("homebeat/+/+/+", "acme/+/+/up")
    assert not covers_filter("homebeat/acme/a/up", "homebeat/acme/+/up")
    assert not covers_filter("homebeat/+", "homebeat/a/b")
