"""SenML packs (RFC 8428) on the native topic."""

import json

import pytest

from homebeat.codecs.catalogue import decode_native_or_senml
from homebeat.codecs.senml import decode, is_senml
from homebeat.codecs.wire import Limits, Mark, Readings, Unreadable
from homebeat.domain.inbound import QuarantineReason as Reason
from homebeat.domain.metric import Metric

NOW = 1_772_352_000_000
NOW_S = NOW // 1000
DAY_S = 86_400


def taken(pack: object) -> Readings:
    return decode(json.dumps(pack).encode(), NOW, Limits())


def table(found: Readings) -> list[tuple[Metric, int, float, Mark]]:
    rows = zip(found.metric, found.at, found.value, found.mark, strict=True)
    return [(Metric(m), at, round(float(v), 9), Mark(mark)) for m, at, v, mark in rows]


def test_base_fields_apply_to_the_records_that_follow() -> None:
    found = taken([
        {"bn": "urn:dev:mac:0024befffe804ff1/", "bt": NOW_S - 60, "bu": "m3", "bv": 100, "n": "volume_m3", "v": 0.5},
        {"n": "volume_m3", "t": 30, "v": 0.75},
        {"n": "battery_pct", "u": "%EL", "bv": 0, "v": 81, "t": 30},
    ])  # fmt: skip
    assert table(found) == [
        (Metric.VOLUME_M3, NOW - 60_000, 100.5, Mark.NONE),
        (Metric.VOLUME_M3, NOW - 30_000, 100.75, Mark.NONE),
        (Metric.BATTERY_PCT, NOW - 30_000, 81, Mark.NONE),
    ]


@pytest.mark.parametrize("name", ["steps", "wrist/steps", "urn:dev:ow:10e2073a01080063:steps", "a/b:c/steps"])
def test_the_last_part_of_the_name_is_the_metric(name: str) -> None:
    assert taken([{"n": name, "v": 5}]).metric == [Metric.STEPS]


def test_booleans_and_texts() -> None:
    found = taken([{"n": "worn", "vb": True}, {"n": "alarm", "vs": "sos"}, {"n": "meter_status", "vs": "dry"}])
    assert found.metric == [Metric.WORN, Metric.ALARM_SOS, Metric.METER_STATUS]
    assert found.mark == [Mark.UNTIMED] * 3
    assert not found.faults


def test_small_times_count_from_arrival_and_are_marked() -> None:
    assert table(taken([{"n": "steps", "v": 1, "t": -3600}])) == [(Metric.STEPS, NOW - 3_600_000, 1, Mark.UNTIMED)]


def test_fractions_of_a_second() -> None:
    assert taken([{"n": "steps", "v": 1, "t": NOW_S - 0.25}]).at == [NOW - 250]


def test_a_pack_of_one_time_is_live_and_corrected() -> None:
    found = taken([{"bt": NOW_S - 9 * DAY_S, "n": "steps", "v": 1}, {"n": "alarm", "vs": "fall"}])
    assert table(found) == [(Metric.STEPS, NOW, 1, Mark.CLOCK_CORRECTED), (Metric.ALARM_FALL, NOW, 1, Mark.CLOCK_CORRECTED)]


def test_a_pack_of_several_times_is_back_fill() -> None:
    found = taken([
        {"n": "steps", "v": 1, "t": NOW_S - 9 * DAY_S},
        {"n": "steps", "v": 2, "t": NOW_S + DAY_S},
        {"n": "alarm", "vs": "sos", "t": NOW_S - 90 * DAY_S},
    ])  # fmt: skip
    assert table(found) == [
        (Metric.STEPS, NOW - 9 * DAY_S * 1000, 1, Mark.NONE),
        (Metric.ALARM_SOS, NOW, 1, Mark.CLOCK_CORRECTED),
    ]
    assert [reason for reason, _ in found.faults] == [Reason.ABSURD_TIME]


@pytest.mark.parametrize(
    "name, unit, value, expected",
    [
        ("volume_m3", "l", 1500, 1.5),
        ("flow_m3h", "m3/s", 0.001, 3.6),
        ("flow_m3h", "l/min", 10, 0.6),
        ("body_temperature_c", "K", 309.65, 36.5),
        ("spo2_pct", "/", 0.97, 97),
        ("rssi_dbm", "dBW", -120, -90),
        ("heart_rate_bpm", "beat/min", 70, 70),
    ],
)
def test_units_that_mean_the_same(name: str, unit: str, value: float, expected: float) -> None:
    assert table(taken([{"n": name, "u": unit, "v": value}]))[0][2] == pytest.approx(expected)


def test_a_unit_that_does_not_fit_is_refused() -> None:
    found = taken([{"n": "volume_m3", "u": "kg", "v": 1}, {"n": "steps", "v": 1}])
    assert found.metric == [Metric.STEPS]
    assert found.faults == [(Reason.WRONG_TYPE, "volume_m3: unit 'kg'")]


def test_a_sum_is_kept_beside_and_not_judged() -> None:
    found = taken([{"bs": 10, "n": "flow_m3h", "s": 5}])
    assert found.metric == [Metric.HEARTBEAT]
    assert found.extras == [("flow_m3h.sum", NOW, "15")]


def test_bytes_and_unknown_names_are_extras() -> None:
    found = taken([{"n": "blob", "vd": "aGk"}, {"n": "humidity", "u": "%RH", "v": 40}])
    assert found.extras == [("blob", NOW, "aGk"), ("humidity", NOW, "40")]


def test_two_values_in_one_record() -> None:
    found = taken([{"n": "steps", "v": 1, "vs": "one"}, {"n": "worn", "vb": False}])
    assert found.metric == [Metric.WORN]
    assert [reason for reason, _ in found.faults] == [Reason.WRONG_SHAPE]


@pytest.mark.parametrize("field", [{"t": "now"}, {"bn": 5}, {"bv": "1"}, {"u": None}, {"bt": True}, {"s": []}])
def test_a_field_of_the_wrong_type_refuses_the_record(field: dict[str, object]) -> None:
    found = taken([{"n": "steps", "v": 1, **field}, {"n": "worn", "vb": True}])
    assert found.metric == [Metric.WORN]
    assert [reason for reason, _ in found.faults] == [Reason.WRONG_TYPE]


@pytest.mark.parametrize(
    "pack", [[{"n": "steps", "v": 1, "x_": 1}], [{"bver": 11, "n": "steps", "v": 1}], {"n": "steps", "v": 1}, 5]
)
def test_packs_that_must_not_be_read(pack: object) -> None:
    with pytest.raises(Unreadable) as caught:
        taken(pack)
    assert caught.value.reason is Reason.WRONG_SHAPE


def test_only_base_fields() -> None:
    with pytest.raises(Unreadable) as caught:
        taken([{"bn": "urn:dev:1/"}])
    assert caught.value.reason is Reason.EMPTY
    assert table(taken([{"bn": "urn:dev:1/", "bt": NOW_S}])) == [(Metric.HEARTBEAT, NOW, 1, Mark.NONE)]


def test_an_absurd_value_is_judged_after_its_base() -> None:
    found = taken([{"n": "heart_rate_bpm", "bv": 1000, "v": 70}])
    assert [reason for reason, _ in found.faults] == [Reason.ABSURD_VALUE]


def test_the_native_topic_tells_the_two_forms_apart() -> None:
    assert is_senml(b' [{"n":"steps","v":1}]')
    assert not is_senml(b'[{"at":1,"n":3}]')
    assert not is_senml(b'{"n":"steps","v":1}')
    assert decode_native_or_senml(b'[{"n":"steps","v":1}]', NOW, Limits()).metric == [Metric.STEPS]
    assert decode_native_or_senml(b'[{"at":%d,"steps":1}]' % NOW, NOW, Limits()).metric == [Metric.STEPS]
