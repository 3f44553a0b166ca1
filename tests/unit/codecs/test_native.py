"""The native form: what is taken, what is set aside, and why."""

import json

import pytest

from homebeat.codecs.native import decode
from homebeat.codecs.wire import Limits, Mark, Readings, Unreadable
from homebeat.domain.inbound import QuarantineReason as Reason
from homebeat.domain.metric import ALARMS, METRIC_BY_NAME, PLAUSIBLE, MeterStatus, Metric

NOW = 1_772_352_000_000  # 2026-03-01T08:00:00Z
HOUR = 3_600_000
DAY = 24 * HOUR


def taken(payload: bytes | object, **limits: int) -> Readings:
    raw = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return decode(raw, NOW, Limits(zone=None, **limits))


def table(found: Readings) -> list[tuple[Metric, int, float, Mark]]:
    rows = zip(found.metric, found.at, found.value, found.mark, strict=True)
    return [(Metric(m), at, float(v), Mark(mark)) for m, at, v, mark in rows]


def reasons(found: Readings) -> list[Reason]:
    return [reason for reason, _ in found.faults]


def refused(payload: bytes | object, **limits: int) -> Reason:
    with pytest.raises(Unreadable) as caught:
        taken(payload, **limits)
    return caught.value.reason


def test_a_band_reports_four_things_at_one_time() -> None:
    found = taken({"at": NOW - 1000, "heart_rate_bpm": 71, "steps": 4312, "worn": True, "battery_pct": 81.5})
    at = NOW - 1000
    assert table(found) == [
        (Metric.HEART_RATE_BPM, at, 71, Mark.NONE),
        (Metric.STEPS, at, 4312, Mark.NONE),
        (Metric.WORN, at, 1, Mark.NONE),
        (Metric.BATTERY_PCT, at, 81.5, Mark.NONE),
    ]
    assert not found.faults
    assert not found.extras


def test_without_a_time_arrival_is_used_and_marked() -> None:
    assert table(taken({"volume_m3": 12.5})) == [(Metric.VOLUME_M3, NOW, 12.5, Mark.UNTIMED)]
    assert table(taken({"at": None, "volume_m3": 12.5})) == [(Metric.VOLUME_M3, NOW, 12.5, Mark.UNTIMED)]


@pytest.mark.parametrize(
    "text", ["2026-03-01T08:00:00Z", "2026-03-01T16:00:00+08:00", "2026-03-01T08:00:00.000Z", "2026-03-01T02:30:00-05:30"]
)
def test_a_time_with_a_zone_is_one_moment(text: str) -> None:
    assert table(taken({"at": text, "steps": 1})) == [(Metric.STEPS, NOW, 1, Mark.NONE)]


def test_a_whole_float_is_a_time_too() -> None:
    assert table(taken({"at": float(NOW), "steps": 1})) == [(Metric.STEPS, NOW, 1, Mark.NONE)]


@pytest.mark.parametrize(
    "at",
    [
        "2026-03-01T08:00:00",
        "2026-03-01",
        "yesterday",
        "",
        "1772352000000",
        "2026-03-01T24:00:01Z",
        "2026-02-29T08:00:00Z",
        True,
        [],
        {},
    ],
)
def test_a_time_that_cannot_be_read_refuses_all_but_the_alarm(at: object) -> None:
    found = taken({"at": at, "steps": 1, "alarm": "sos"})
    assert table(found) == [(Metric.ALARM_SOS, NOW, 1, Mark.CLOCK_CORRECTED)]
    assert reasons(found) == [Reason.WRONG_TYPE]


@pytest.mark.parametrize(
    "at",
    [
        pytest.param(0, id="1970"),
        pytest.param(NOW // 1000, id="epoch_seconds_are_not_guessed_at"),
        pytest.param(NOW * 1000, id="microseconds"),
        pytest.param(NOW + 6 * 60_000, id="ahead"),
        pytest.param(NOW + 3 * DAY, id="days_ahead"),
        pytest.param(NOW - 49 * HOUR, id="days_behind"),
        pytest.param(-(10**30), id="absurd"),
        pytest.param("1970-01-01T00:00:00Z", id="iso_1970"),
        pytest.param("9999-12-31T23:59:59Z", id="iso_9999"),
    ],
)
def test_a_live_clock_that_is_wrong_is_corrected_and_marked(at: object) -> None:
    assert table(taken({"at": at, "steps": 5})) == [(Metric.STEPS, NOW, 5, Mark.CLOCK_CORRECTED)]


def test_in_a_list_an_absurd_time_refuses_the_entry_but_not_the_alarm() -> None:
    found = taken([{"at": 0, "steps": 5}, {"at": NOW + DAY, "alarm": "fall", "worn": 1}, {"at": NOW - 3 * DAY, "steps": 7}])
    assert table(found) == [(Metric.ALARM_FALL, NOW, 1, Mark.CLOCK_CORRECTED), (Metric.STEPS, NOW - 3 * DAY, 7, Mark.NONE)]
    assert reasons(found) == [Reason.ABSURD_TIME, Reason.ABSURD_TIME]


def test_back_fill_reaches_back_35_days() -> None:
    found = taken([{"at": NOW - 35 * DAY, "steps": 1}, {"at": NOW - 35 * DAY - 1, "steps": 0}])
    assert found.at == [NOW - 35 * DAY]
    assert reasons(found) == [Reason.ABSURD_TIME]


def test_of_untimed_entries_the_first_of_each_metric_counts() -> None:
    found = taken([{"volume_m3": 1}, {"volume_m3": 2, "battery_pct": 50}, {"alarm": "sos"}])
    assert table(found) == [
        (Metric.VOLUME_M3, NOW, 1, Mark.UNTIMED),
        (Metric.BATTERY_PCT, NOW, 50, Mark.UNTIMED),
        (Metric.ALARM_SOS, NOW, 1, Mark.UNTIMED),
    ]
    assert reasons(found) == [Reason.ABSURD_TIME]


def test_a_day_of_hourly_readings_comes_as_a_list() -> None:
    found = taken([{"at": NOW - h * HOUR, "volume_m3": 100 - h} for h in range(24)])
    assert found.at == [NOW - h * HOUR for h in range(24)]
    assert found.value == [100 - h for h in range(24)]


@pytest.mark.parametrize("token", ["NaN", "Infinity", "-Infinity"])
def test_a_failed_sensor_printed_as_nan_does_not_cost_the_sos(token: str) -> None:
    found = taken(b'{"heart_rate_bpm": %s, "alarm": "sos"}' % token.encode())
    assert table(found) == [(Metric.ALARM_SOS, NOW, 1, Mark.UNTIMED)]
    assert reasons(found) == [Reason.WRONG_TYPE]


@pytest.mark.parametrize("value", ["12.3", "000", "undefined", "", True, False, [1], {"v": 1}])
def test_only_a_number_is_a_number(value: object) -> None:
    found = taken({"volume_m3": value, "steps": 3})
    assert found.metric == [Metric.STEPS]
    assert reasons(found) == [Reason.WRONG_TYPE]


@pytest.mark.parametrize("value, expected", [(True, 1), (False, 0), (1, 1), (0, 0), (1.0, 1)])
def test_a_flag_is_a_boolean_or_0_or_1(value: object, expected: float) -> None:
    assert table(taken({"at": NOW, "worn": value})) == [(Metric.WORN, NOW, expected, Mark.NONE)]


@pytest.mark.parametrize("value", ["true", "TRUE", "on", 2, 0.5, -1])
def test_a_flag_is_nothing_else(value: object) -> None:
    found = taken({"worn": value})
    assert not found.metric
    assert reasons(found) == [Reason.WRONG_TYPE]


@pytest.mark.parametrize(
    "name, value",
    [
        ("heart_rate_bpm", -71),
        ("heart_rate_bpm", 301),
        ("heart_rate_bpm", 5),
        ("volume_m3", 1e18),
        ("volume_m3", 10**18),
        ("volume_m3", 10**400),
        ("volume_m3", -0.5),
        ("spo2_pct", 101),
        ("body_temperature_c", 60),
        ("battery_pct", -1),
        ("lat", 91),
    ],
)
def test_what_cannot_be_true_is_refused_and_the_rest_kept(name: str, value: float) -> None:
    found = taken({name: value, "door_open": True})
    assert found.metric == [Metric.DOOR_OPEN]
    assert reasons(found) == [Reason.ABSURD_VALUE]
    assert name in found.faults[0][1]


def test_a_number_too_large_for_a_float_is_absurd() -> None:
    assert reasons(taken(b'{"steps": 1e400}')) == [Reason.ABSURD_VALUE]


@pytest.mark.parametrize("name", ["heart_rate_bpm", "spo2_pct", "body_temperature_c"])
@pytest.mark.parametrize("value", [0, 0.0, None, 255, 254.0, -1, 65535])
def test_no_contact_is_not_a_value(name: str, value: float | None) -> None:
    found = taken({"at": NOW, name: value, "steps": 1})
    assert found.metric == [Metric.STEPS]
    assert found.unmeasured == 1
    assert not found.faults


def test_zero_steps_and_null_elsewhere() -> None:
    found = taken({"steps": 0, "volume_m3": None})
    assert table(found) == [(Metric.STEPS, NOW, 0, Mark.UNTIMED)]
    assert found.unmeasured == 1


@pytest.mark.parametrize("text", sorted(ALARMS))
def test_every_alarm_by_its_text(text: str) -> None:
    assert table(taken({"at": NOW, "alarm": text})) == [(ALARMS[text], NOW, 1, Mark.NONE)]


@pytest.mark.parametrize("text", ["SOS", " sos", "Sos\n"])
def test_an_alarm_is_heard_however_it_is_spelt(text: str) -> None:
    assert taken({"alarm": text}).metric == [Metric.ALARM_SOS]


@pytest.mark.parametrize("value", ["help", "", 1, True, ["sos"], {"kind": "sos"}])
def test_an_unknown_alarm_is_a_fault_that_says_what_came(value: object) -> None:
    found = taken({"alarm": value, "steps": 1})
    assert found.metric == [Metric.STEPS]
    assert reasons(found) == [Reason.WRONG_TYPE]
    assert found.faults[0][1].startswith("alarm: ")


@pytest.mark.parametrize("value, raised", [(True, 1), (1, 1), (False, 0), (0, 0)])
def test_an_alarm_named_as_a_metric(value: object, raised: int) -> None:
    found = taken({"alarm_sos": value})
    assert found.metric == [Metric.ALARM_SOS if raised else Metric.HEARTBEAT]
    assert found.unmeasured == 1 - raised


def test_a_name_given_twice_is_refused_but_both_alarms_are_kept() -> None:
    found = taken(b'{"steps": 1, "steps": 2, "alarm": "fall", "alarm": "sos", "worn": true}')
    assert sorted(found.metric) == [Metric.WORN, Metric.ALARM_SOS, Metric.ALARM_FALL]
    assert found.faults == [(Reason.WRONG_SHAPE, "steps: given twice")]


def test_a_name_given_twice_with_colons_elsewhere() -> None:
    found = taken(b'{"at": "2026-03-01T08:00:00Z", "steps" : 1, "steps" : 2}')
    assert reasons(found) == [Reason.WRONG_SHAPE]
    assert not found.metric


def test_two_times_are_no_time() -> None:
    found = taken(b'{"at": 1, "at": 1772352000000, "steps": 1, "alarm": "sos"}')
    assert table(found) == [(Metric.ALARM_SOS, NOW, 1, Mark.CLOCK_CORRECTED)]


@pytest.mark.parametrize("payload", [b"{}", b"[]", b"[{}]", b"[{}, {}]", b"[null]", b" { } "])
def test_nothing_said_is_empty(payload: bytes) -> None:
    assert refused(payload) is Reason.EMPTY


@pytest.mark.parametrize(
    "payload, at, mark",
    [
        (b'{"at": 1772351999000}', NOW - 1000, Mark.NONE),
        (b'[{"at": 1772351000000}]', NOW - 1_000_000, Mark.NONE),
        (b'{"at": 5}', NOW, Mark.CLOCK_CORRECTED),
        (b'{"heart_rate_bpm": 0}', NOW, Mark.UNTIMED),
        (b'{"at": 1772351999000, "spo2_pct": null}', NOW - 1000, Mark.NONE),
        (b'{"at": 1772351999000, "firmware": "7"}', NOW - 1000, Mark.NONE),
        (b'{"alarm_sos": false}', NOW, Mark.UNTIMED),
    ],
)
def test_a_device_that_measures_nothing_says_that_it_is_alive(payload: bytes, at: int, mark: Mark) -> None:
    found = taken(payload)
    assert table(found) == [(Metric.HEARTBEAT, at, 1, mark)]
    assert not found.faults


def test_faults_alone_are_no_heartbeat() -> None:
    assert not taken({"at": NOW, "heart_rate_bpm": "x"}).metric
    assert not taken([{"at": 5}, {"at": NOW, "spo2_pct": 500}]).metric


def test_heartbeat_is_a_word_of_ours_not_of_the_wire() -> None:
    assert taken({"heartbeat": 1}).extras == [("heartbeat", NOW, "1")]


@pytest.mark.parametrize("payload", [b"1", b'"sos"', b"true", b"null", b"NaN", b"-0"])
def test_neither_object_nor_list(payload: bytes) -> None:
    assert refused(payload) is Reason.WRONG_SHAPE


WHOLE = b'{"at": "2026-03-01T08:00:00Z", "heart_rate_bpm": 71, "alarm": "sos"}'


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b" ",
        b"\x00",
        b"\xff\xff\xff",
        b"\xef\xbb\xbf" + WHOLE,
        WHOLE.decode().encode("utf-16"),
        b'{"alarm": "s\xffos"}',
        b"\x1f\x8b\x08\x00",
        b"\xa1\x62at\x01",
        b"<html></html>",
        b"{'alarm': 'sos'}",
        b'{"alarm": "sos",}',
        b'{"alarm": "sos"} // help',
        b'{"alarm": "sos"}{"alarm": "sos"}',
        b"sos",
        *(WHOLE[:n] for n in range(1, len(WHOLE))),
    ],
)
def test_not_json(payload: bytes) -> None:
    assert refused(payload) is Reason.NOT_JSON


@pytest.mark.parametrize("payload", [b"[" * 30_000, b'{"a":' * 10_000, b"[" * 30_000 + b"]" * 30_000])
def test_deep_nesting_is_refused_cleanly(payload: bytes) -> None:
    assert refused(payload) in {Reason.WRONG_SHAPE, Reason.NOT_JSON}


def test_too_many_bytes() -> None:
    assert refused(b'{"steps": 1' + b" " * 65_536 + b"}") is Reason.TOO_LARGE


def test_too_many_readings_keep_the_first_and_every_alarm() -> None:
    entries: list[object] = [{"at": NOW - n, "steps": n} for n in range(60)]
    found = taken([*entries, {"at": NOW, "alarm": "sos"}], max_readings=50)
    assert found.metric == [Metric.STEPS] * 50 + [Metric.ALARM_SOS]
    assert reasons(found) == [Reason.TOO_LARGE] * 10


def test_a_list_of_ten_thousand_scalars() -> None:
    found = taken(json.dumps([1] * 10_000).encode())
    assert not found.metric
    assert set(reasons(found)) == {Reason.WRONG_SHAPE}


def test_unknown_metrics_are_kept_as_text() -> None:
    found = taken({"at": NOW, "pressure_kpa": 312.5, "firmware": "1.2:3", "charging": True, "steps": 1, "count": 7})
    assert found.metric == [Metric.STEPS]
    assert found.extras == [
        ("pressure_kpa", NOW, "312.5"),
        ("firmware", NOW, "1.2:3"),
        ("charging", NOW, "true"),
        ("count", NOW, "7"),
    ]
    assert not found.faults


@pytest.mark.parametrize(
    "value, reason",
    [
        ({"a": 1}, Reason.WRONG_TYPE),
        ([1], Reason.WRONG_TYPE),
        ("x" * 257, Reason.TOO_LARGE),
        ("a\x00b", Reason.WRONG_TYPE),
        ("a\r\nSet-Cookie: b", Reason.WRONG_TYPE),
        ("\u202egnp.exe", Reason.WRONG_TYPE),
    ],
)
def test_unknown_metrics_that_are_not_kept(value: object, reason: Reason) -> None:
    found = taken({"note": value, "steps": 1})
    assert found.metric == [Metric.STEPS]
    assert not found.extras
    assert reasons(found) == [reason]


def test_a_lone_surrogate_never_reaches_the_store() -> None:
    found = taken(b'{"note": "\\ud800", "\\udfff": 1, "steps": 1}')
    assert not found.extras
    assert len(found.faults) == 2
    for _, detail in found.faults:
        assert detail.isascii()


def test_too_many_unknown_metrics() -> None:
    found = taken({f"m{n}": n for n in range(70)})
    assert len(found.extras) == 64
    assert reasons(found) == [Reason.TOO_LARGE] * 6


def test_meter_status_by_its_word() -> None:
    for word, status in (("ok", MeterStatus.OK), ("DRY", MeterStatus.DRY), ("low_battery", MeterStatus.LOW_BATTERY)):
        assert table(taken({"at": NOW, "meter_status": word})) == [(Metric.METER_STATUS, NOW, float(status), Mark.NONE)]


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("NORMAL", MeterStatus.OK),
        ("Low Battery", MeterStatus.LOW_BATTERY),
        ("battery-low", MeterStatus.LOW_BATTERY),
        ("REVERSED", MeterStatus.BACKFLOW),
        ("METER_BLOCKED UNDERFLOW", MeterStatus.BLOCKED),
        ("OK LEAK", MeterStatus.LEAK),
        ("low_battery, LEAK|BURST", MeterStatus.BURST),
        ("PERMANENT_ERROR LOW_BATTERY", MeterStatus.ERROR),
        ("OK something", MeterStatus.OTHER),
    ],
)
def test_of_several_words_of_a_meter_the_most_urgent_counts(text: str, status: MeterStatus) -> None:
    assert taken({"at": NOW, "meter_status": text}).value == [float(status)]


def test_an_empty_status_says_nothing() -> None:
    found = taken({"at": NOW, "meter_status": " ", "volume_m3": 1.0})
    assert (found.metric, found.unmeasured, found.faults) == ([Metric.VOLUME_M3], 1, [])


def test_an_unknown_status_is_other_and_kept() -> None:
    found = taken({"at": NOW, "meter_status": "Q3 overload"})
    assert found.value == [MeterStatus.OTHER]
    assert found.extras == [("meter_status", NOW, "Q3 overload")]


@pytest.mark.parametrize("value", [0, 3, True, ["dry"]])
def test_a_status_is_a_word(value: object) -> None:
    assert reasons(taken({"meter_status": value})) == [Reason.WRONG_TYPE]


def test_a_fault_says_little_and_in_ascii() -> None:
    found = taken({"heart_rate_bpm": "七十一" + "\n\x1b[31m" + "x" * 5000})
    detail = found.faults[0][1]
    assert detail.isascii()
    assert detail.isprintable()
    assert len(detail) < 120


def test_every_metric_has_a_wire_name_that_is_read() -> None:
    plain = {metric.wire_name for metric in PLAUSIBLE if metric is not Metric.METER_STATUS}
    for name in plain:
        value = 1 if Metric[name.upper()] not in {Metric.HEART_RATE_BPM, Metric.SPO2_PCT, Metric.BODY_TEMPERATURE_C} else 36
        assert taken({name: value}).metric == [METRIC_BY_NAME[name]]
