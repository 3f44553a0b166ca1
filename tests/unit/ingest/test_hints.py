"""What is said of a device of which nothing useful is understood."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest

from homebeat.codecs.envelope import Format, Report
from homebeat.codecs.wire import Limits
from homebeat.domain.fleet import DeviceKind
from homebeat.domain.last_message import DeviceHint, HintCode
from homebeat.domain.metric import Metric
from homebeat.ingest.hints import NEEDED, find_hint, has_needed


def open_nothing(_topic: str, _payload: bytes, _received_at: int, _limits: Limits) -> Sequence[Report]:
    return []


def looks_like_acme(found: object) -> bool:
    return isinstance(found, dict) and "acme_serial" in found


def fail(_found: object) -> bool:
    raise RuntimeError("a package that fails")


ACME = Format("acme", ("acme/#",), open_nothing, looks_like_acme)
BROKEN = Format("broken", ("broken/#",), open_nothing, fail)


def hint_of(
    content: object, *unknown: str, kind: DeviceKind = DeviceKind.WATER_METER, read_by: str = "native", given: bool = False
) -> DeviceHint | None:
    payload = content if isinstance(content, bytes) else json.dumps(content).encode()
    return find_hint(kind, payload, read_by, unknown, (BROKEN, ACME), has_given=given)


def test_a_message_of_another_format_names_the_codec_that_would_read_it() -> None:
    assert hint_of({"acme_serial": 7, "total": 4.2}, "acme_serial", "total") == DeviceHint(HintCode.CODEC, {"codec": "acme"})
    assert hint_of({"acme_serial": 7}, read_by="acme") == DeviceHint(HintCode.NO_VALUE, {"metric": "volume_m3"})


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("total_m3", "volume_m3"),
        ("volume_m2", "volume_m3"),
        ("HR", "heart_rate_bpm"),
        ("heart_rate", "heart_rate_bpm"),
        ("values.pulse", "heart_rate_bpm"),
        ("step_count", "steps"),
        ("battery", "battery_pct"),
        ("SpO2", "spo2_pct"),
    ],
)
def test_a_name_that_is_nearly_one_of_ours_is_named_with_it(theirs: str, ours: str) -> None:
    hint = hint_of({theirs: 4.2}, theirs)
    assert hint == DeviceHint(HintCode.NAMES, {"names": f"{theirs}: {ours}"})


def test_a_volume_of_which_nobody_says_the_unit_is_not_guessed_at() -> None:
    said = {"total": 875_837, "logCurrentVolume1": 875_837, "firmware": "1.2"}
    assert hint_of(said, *said) == DeviceHint(HintCode.UNIT, {"names": "total, logCurrentVolume1"})
    assert hint_of({"object.Volume": 4.2}, "object.Volume") == DeviceHint(HintCode.UNIT, {"names": "object.Volume"})
    # a band has no volume of water
    assert hint_of({"volume": 4, "HR": 70}, "volume", "HR", kind=DeviceKind.WRISTBAND) == DeviceHint(
        HintCode.NAMES, {"names": "HR: heart_rate_bpm"}
    )


@pytest.mark.parametrize("theirs", ["firmware", "uptime_s", "ssid", "x"])
def test_a_name_that_means_nothing_is_not_guessed_at(theirs: str) -> None:
    assert hint_of({theirs: 1}, theirs) == DeviceHint(HintCode.NO_VALUE, {"metric": "volume_m3"})


def test_a_meter_that_counts_is_told_which_counters_it_has() -> None:
    said = {"battery": 88, "gpio_counter_1": 5, "gpio_counter_3": 7}
    hint = hint_of(said, *said)
    assert hint == DeviceHint(HintCode.COUNTERS, {"names": "gpio_counter_1, gpio_counter_3", "example": "gpio_counter_1"})
    assert hint_of({"water": 33.5}, "water_conv", "water") == DeviceHint(
        HintCode.COUNTERS, {"names": "water", "example": "water"}
    )
    assert hint_of(said, *said, kind=DeviceKind.MOTION) != hint


def test_pulses_without_a_constant_are_named() -> None:
    assert hint_of({}, "battery_voltage_v", "pulses") == DeviceHint(HintCode.PULSES)


@pytest.mark.parametrize("theirs", ["status", "state", "Contact"])
def test_a_door_that_gives_a_number_is_told_what_it_may_be(theirs: str) -> None:
    assert hint_of({theirs: 1}, theirs, kind=DeviceKind.DOOR) == DeviceHint(HintCode.NAMES, {"names": f"{theirs}: door_open"})
    assert hint_of({theirs: 1}, theirs) == DeviceHint(HintCode.NO_VALUE, {"metric": "volume_m3"})


def test_a_device_that_has_given_what_it_is_there_for_is_left_alone() -> None:
    assert hint_of({"total_m3": 4.2}, "total_m3", given=True) is None


@pytest.mark.parametrize("kind", [kind for kind in DeviceKind if kind not in NEEDED])
def test_a_device_that_may_be_silent_until_something_happens_is_left_alone(kind: DeviceKind) -> None:
    assert hint_of({"uptime": 4}, "uptime", kind=kind) is None
    assert has_needed(kind, ())


def test_which_values_a_kind_is_there_for() -> None:
    assert has_needed(DeviceKind.WRISTBAND, [Metric.STEPS])
    assert not has_needed(DeviceKind.WRISTBAND, [Metric.BATTERY_PCT, Metric.HEARTBEAT])
    assert not has_needed(DeviceKind.DOOR, [Metric.MOTION])


@pytest.mark.parametrize("payload", [b"", b"{", b"\xff\xfe", b"[" * 20_000, b"null"])
def test_bytes_that_are_no_json_cost_nothing(payload: bytes) -> None:
    assert hint_of(payload) == DeviceHint(HintCode.NO_VALUE, {"metric": "volume_m3"})


@pytest.mark.parametrize("theirs", ["currentReading", "TotalFlow", "amount"])
def test_a_total_of_a_cloud_without_a_unit_is_named(theirs: str) -> None:
    assert hint_of({theirs: 46.3}, theirs) == DeviceHint(HintCode.UNIT, {"names": theirs})
