"""What the registry adds to what a message says: addresses, and what a pulse, a press and a contact mean there."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from homebeat.codecs.catalogue import make_readings_topic
from homebeat.codecs.envelope import Format, Report
from homebeat.codecs.wire import Limits, Mark, Raw, Readings
from homebeat.domain.fleet import Device, DeviceKind, Fleet, Household
from homebeat.domain.ids import AreaId, DeviceId, HouseholdId
from homebeat.domain.inbound import Message
from homebeat.domain.inbound import QuarantineReason as Reason
from homebeat.domain.metric import Metric
from homebeat.ingest.reading import Intake, MessageOutcome, read
from homebeat.ingest.traits import make_traits, tidy_address
from homebeat.stream.registry import Registry
from homebeat.stream.roster import Roster

NOW = 1_772_352_000_000


def fleet(*devices: Device) -> Fleet:
    return Fleet(households=(Household(HouseholdId("h"), AreaId("a"), "Asia/Shanghai", devices=devices),))


def device(ident: str, kind: DeviceKind, codec: str | None = None, address: str = "", pulse: float | None = None) -> Device:
    return Device(DeviceId(ident), kind, codec=codec, address=address, litres_per_pulse=pulse)


def taken(
    devices: Sequence[Device], *reports: Report, topic: str = "maker/x", retained: bool = False, form: str = "maker"
) -> Intake:
    def open_it(_topic: str, _payload: bytes, _received_at: int, _limits: Limits) -> Sequence[Report]:
        return reports

    registry = Registry.of(fleet(*devices))
    roster = Roster().with_registry(registry, NOW)
    message = Message(topic, b"{}", NOW, retained=retained)
    formats = (Format("maker", ("maker/#",), open_it),)
    traits = make_traits(registry, roster)
    return read([message], roster.device_row, registry.codecs, formats=formats, traits=traits, meter_of=roster.device_meter)


def said(metric: int, value: float = 1.0, mark: Mark = Mark.UNTIMED) -> Readings:
    return Readings([int(metric)], [NOW], [value], [int(mark)])


def shown(intake: Intake) -> list[tuple[int, int, float]]:
    return list(zip(*(column.tolist() for column in (intake.batch.device, intake.batch.metric, intake.batch.value)), strict=True))


@pytest.mark.parametrize(
    ("kind", "raw", "value", "metric", "amount"),
    [
        (DeviceKind.BUTTON, Raw.PRESS, 1, Metric.ALARM_SOS, 1),
        (DeviceKind.WRISTBAND, Raw.PRESS, 1, Metric.ALARM_SOS, 1),
        (DeviceKind.OTHER, Raw.PRESS, 1, Metric.MOTION, 1),
        (DeviceKind.SMOKE, Raw.PRESS, 1, Metric.HEARTBEAT, 1),
        (DeviceKind.DOOR, Raw.CONTACT, 1, Metric.DOOR_OPEN, 1),
        (DeviceKind.DOOR, Raw.CONTACT, 0, Metric.DOOR_OPEN, 0),
        (DeviceKind.BED, Raw.CONTACT, 1, Metric.BED_OCCUPIED, 1),
        (DeviceKind.MOTION, Raw.CONTACT, 0, Metric.MOTION, 0),
        (DeviceKind.BUTTON, Raw.CONTACT, 1, Metric.ALARM_SOS, 1),
        (DeviceKind.BUTTON, Raw.CONTACT, 0, Metric.HEARTBEAT, 1),
        (DeviceKind.SMOKE, Raw.CONTACT, 1, Metric.ALARM_SMOKE, 1),
        (DeviceKind.GAS, Raw.CONTACT, 0, Metric.ALARM_OK, 1),
    ],
)
def test_what_a_press_or_a_contact_means_says_the_kind_of_the_device(
    kind: DeviceKind, raw: Raw, value: float, metric: Metric, amount: float
) -> None:
    assert shown(taken([device("d", kind)], Report("d", said(raw, value)))) == [(0, metric, amount)]


def test_a_contact_of_which_nobody_said_what_it_is_is_kept_and_not_judged() -> None:
    intake = taken([device("d", DeviceKind.OTHER)], Report("d", said(Raw.CONTACT, 1)))
    assert shown(intake) == []
    assert [(extra.metric, extra.value) for extra in intake.extras] == [("contact", "1")]


def test_pulses_are_litres_by_the_constant_of_the_meter() -> None:
    meter = device("m", DeviceKind.WATER_METER, pulse=10)
    assert shown(taken([meter], Report("m", said(Raw.PULSES, 256)))) == [(0, Metric.VOLUME_M3, 2.56)]


def test_pulses_without_a_constant_are_kept_and_not_guessed() -> None:
    intake = taken([device("m", DeviceKind.WATER_METER)], Report("m", said(Raw.PULSES, 256)))
    assert shown(intake) == []
    assert [(extra.metric, extra.value) for extra in intake.extras] == [("pulses", "256")]


def test_a_device_is_found_by_its_address_whatever_its_case_and_colons() -> None:
    band = device("b-1", DeviceKind.WRISTBAND, "maker", "AA:BB:CC:0D:EE:0F")
    for name in ("AA:BB:CC:0D:EE:0F", "aabbcc0dee0f", "AA-BB-CC-0D-EE-0F"):
        assert shown(taken([band], Report(name, said(Metric.STEPS, 9)))) == [(0, Metric.STEPS, 9)]
    (aside,) = taken([band], Report("b-1", said(Metric.STEPS, 9))).quarantined
    assert aside.reason is Reason.UNKNOWN_DEVICE  # another thing of this maker may be called as our device is


def test_a_device_is_found_by_any_of_the_names_that_a_message_has_for_it() -> None:
    report = Report("0011223344556677", said(Metric.DOOR_OPEN), names=("front-door", "Front door"))
    assert shown(taken([device("d", DeviceKind.DOOR, "maker", "Front door")], report)) == [(0, Metric.DOOR_OPEN, 1)]
    both = [device("d", DeviceKind.DOOR, "maker", "front-door"), device("e", DeviceKind.DOOR, "maker", "0011223344556677")]
    assert shown(taken(both, report)) == [(1, Metric.DOOR_OPEN, 1)]


def test_what_is_kept_of_a_device_stands_under_its_id_and_not_under_its_address() -> None:
    meter = device("m-1", DeviceKind.WATER_METER, "maker", "12345678")
    readings = Readings([int(Metric.VOLUME_M3)], [NOW], [4.5], [0], extras=[("ambient_temperature_c", NOW, "21")])
    (extra,) = taken([meter], Report("12345678", readings)).extras
    assert (extra.device, extra.metric) == ("m-1", "ambient_temperature_c")


def test_a_message_that_was_set_aside_names_the_one_device_that_it_is_about() -> None:
    meter, band = device("m-1", DeviceKind.WATER_METER, "maker", "12345678"), device("b-1", DeviceKind.WRISTBAND, "maker", "99")
    faulty = Report("12345678", Readings(faults=[(Reason.WRONG_TYPE, "total_m3: 'much'")]))
    (aside,) = taken([meter, band], faulty).quarantined
    assert aside.device == "m-1"
    (aside,) = taken([meter, band], faulty, Report("99", said(Metric.STEPS, 4))).quarantined
    assert aside.device == ""


def test_two_makers_may_call_their_devices_the_same() -> None:
    devices = [device("a", DeviceKind.WATER_METER, "other", "12345678"), device("b", DeviceKind.WATER_METER, "maker", "12345678")]
    assert shown(taken(devices, Report("12345678", said(Metric.VOLUME_M3, 5.0)))) == [(1, Metric.VOLUME_M3, 5.0)]


def test_a_device_is_not_read_by_another_codec_than_its_own() -> None:
    (aside,) = taken(
        [device("12345678", DeviceKind.WATER_METER, "native")], Report("12345678", said(Metric.VOLUME_M3))
    ).quarantined
    assert aside.reason is Reason.UNKNOWN_DEVICE


def test_on_its_own_topic_a_device_speaks_for_itself_whatever_it_is_called() -> None:
    meter = device("m", DeviceKind.WATER_METER, "maker")
    intake = taken([meter], Report("87654321", said(Metric.VOLUME_M3, 4.5)), topic=make_readings_topic("m"))
    assert shown(intake) == [(0, Metric.VOLUME_M3, 4.5)]


def test_a_thing_that_passes_by_is_not_set_aside_unless_it_calls_for_help() -> None:
    passing = Report("phone", said(Metric.HEARTBEAT), is_optional=True)
    assert taken([], passing).outcomes == [MessageOutcome.ACCEPTED]
    (aside,) = taken([], Report("tag", said(Metric.ALARM_SOS), is_optional=True)).quarantined
    assert (aside.reason, aside.calling) == (Reason.UNKNOWN_DEVICE, ("tag",))


def test_a_retained_state_of_the_connection_is_old_and_nobody_has_to_look_at_it() -> None:
    gateway = device("g", DeviceKind.GATEWAY)
    intake = taken([gateway], Report("g", said(Metric.ONLINE)), retained=True)
    assert (shown(intake), intake.outcomes, intake.quarantined) == ([], [MessageOutcome.ACCEPTED], [])


def test_what_is_retained_with_a_time_of_its_own_does_not_show_that_the_device_is_there() -> None:
    intake = taken([device("m", DeviceKind.WATER_METER)], Report("m", said(Metric.VOLUME_M3, 1, Mark.NONE)), retained=True)
    assert intake.batch.mark.tolist() == [Mark.RETAINED]


@pytest.mark.parametrize(
    ("text", "tidy"),
    [
        ("3C:2E:F5:AA:BB:CC", "3c2ef5aabbcc"),
        ("0004A30B001C0530", "0004a30b001c0530"),
        ("Kitchen Door", "Kitchen Door"),
        ("12345678", "12345678"),
    ],
)
def test_only_hexadecimal_addresses_are_written_in_one_way(text: str, tidy: str) -> None:
    assert tidy_address(text) == tidy


def test_the_columns_hold_what_the_fleet_says() -> None:
    registry = Registry.of(fleet(device("m", DeviceKind.WATER_METER, "maker", "1234", 10)))
    assert (registry.addresses, registry.litres_per_pulse) == ({"m": "1234"}, {"m": 10})
    assert np.array_equal(Roster().with_registry(registry, NOW).device_kind, registry.device_kind)


def read_own(claims: tuple[str, ...], payload: bytes) -> Intake:
    registry = Registry.of(fleet(Device(DeviceId("d"), DeviceKind.WRISTBAND, measures=claims)))
    roster = Roster().with_registry(registry, NOW)
    message = Message(make_readings_topic("d"), payload, NOW)
    return read([message], roster.device_row, registry.codecs, traits=make_traits(registry, roster))


def test_what_a_model_does_not_measure_is_kept_and_not_believed() -> None:
    found = read_own(("steps",), b'{"heart_rate_bpm": 70, "steps": 5, "spo2_pct": 97, "battery_pct": 80}')
    # one of the two is a heartbeat: the device is there
    assert shown(found) == [(0, Metric.HEARTBEAT, 1.0), (0, Metric.STEPS, 5.0), (0, Metric.BATTERY_PCT, 80.0)]
    assert [(one.device, one.metric, one.value) for one in found.extras] == [
        ("d", "heart_rate_bpm", "70"),
        ("d", "spo2_pct", "97"),
    ]
    assert found.outcomes == [MessageOutcome.ACCEPTED]


@pytest.mark.parametrize("alarm", ["sos", "fall", "smoke", "gas"])
def test_an_alarm_is_believed_whatever_a_model_measures(alarm: str) -> None:
    found = read_own(("steps",), f'{{"alarm": "{alarm}"}}'.encode())
    assert shown(found) == [(0, Metric[f"ALARM_{alarm.upper()}"], 1.0)]
    assert not found.extras


def test_a_device_of_which_nothing_is_said_is_believed_in_everything() -> None:
    assert not read_own((), b'{"heart_rate_bpm": 70, "steps": 5}').extras


@pytest.mark.parametrize("kind", [DeviceKind.LAMP, DeviceKind.SIREN])
@pytest.mark.parametrize("metric", [Raw.PRESS, Metric.ALARM_UNREADABLE, Metric.ALARM_SOS, Metric.ALARM_SMOKE, Metric.ALARM_OK])
def test_what_does_as_it_is_told_shows_nothing_of_anybody(kind: DeviceKind, metric: int) -> None:
    assert shown(taken([device("d", kind)], Report("d", said(metric)))) == [(0, Metric.HEARTBEAT, 1.0)]


def test_a_siren_that_is_torn_off_says_so() -> None:
    assert shown(taken([device("d", DeviceKind.SIREN)], Report("d", said(Metric.ALARM_TAMPER)))) == [
        (0, Metric.ALARM_TAMPER, 1.0)
    ]


BOX = "a840410000000101"


def counters(*values: float, call: Readings | None = None) -> tuple[Report, ...]:
    """What a box says that counts for several meters: a report for each counter, and one of its own."""
    counts = (Report(f"{BOX}/counter{n}", said(Raw.PULSES, value), is_optional=True) for n, value in enumerate(values, 1))
    return (*counts, Report(BOX, said(Metric.HEARTBEAT) if call is None else call))


@pytest.mark.parametrize("written", [BOX, BOX.upper(), "A8:40:41:00:00:00:01:01"])
def test_each_meter_behind_one_box_has_its_own_counter_and_constant(written: str) -> None:
    first = device("m-1", DeviceKind.WATER_METER, "maker", f"{written}/counter1", 10)
    third = device("m-3", DeviceKind.WATER_METER, "maker", f"{written}/counter3", 0.5)
    found = taken([first, third], *counters(100, 55, 100))
    assert shown(found) == [(0, Metric.VOLUME_M3, 1.0), (1, Metric.VOLUME_M3, 0.05)]
    assert found.quarantined == []  # the box itself needs no entry, and an input without a meter neither
    assert found.outcomes == [MessageOutcome.ACCEPTED]


def test_a_box_of_which_no_meter_is_registered_is_set_aside() -> None:
    found = taken([device("other", DeviceKind.WATER_METER, "maker")], *counters(100))
    assert [(one.reason, one.detail) for one in found.quarantined] == [(Reason.UNKNOWN_DEVICE, BOX)]


def test_a_box_beside_its_meters_is_heard_and_its_call_is_not_lost() -> None:
    meter = device("m-1", DeviceKind.WATER_METER, "maker", f"{BOX}/counter1", 1)
    assert shown(taken([meter, device(BOX, DeviceKind.OTHER, "maker")], *counters(100))) == [
        (0, Metric.VOLUME_M3, 0.1),
        (1, Metric.HEARTBEAT, 1.0),
    ]
    (aside,) = taken([meter], *counters(100, call=said(Metric.ALARM_SOS))).quarantined
    assert aside.calling == (BOX,)


def test_a_box_on_its_own_topic_is_the_device_of_that_topic() -> None:
    found = taken([device("box", DeviceKind.OTHER, "maker")], *counters(100), topic=make_readings_topic("box"))
    assert shown(found) == [(0, Metric.HEARTBEAT, 1.0)]


def test_the_name_of_a_counter_keeps_its_case() -> None:
    assert tidy_address("A8:40:41:00:00:00:01:01/PA8_TOTAL_PULSE") == f"{BOX}/PA8_TOTAL_PULSE"
    assert tidy_address("Hall/Switch1") == "Hall/Switch1"
