"""The technician is told once of a device of which nothing useful is understood, with what would read it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from homebeat.actions import Perform, Resolve
from homebeat.codecs.catalogue import make_readings_topic
from homebeat.domain.alert import Alert, Condition, Desk, Outcome, Priority, Queue
from homebeat.domain.consent import ConsentDecision, Purpose
from homebeat.domain.fleet import Device, DeviceKind, Fleet
from homebeat.domain.ids import DeviceId
from homebeat.domain.inbound import Message
from homebeat.domain.last_message import HintCode
from homebeat.domain.role import Role
from homebeat.domain.scope import EVERYTHING
from homebeat.domain.service_alerts import MISREAD
from homebeat.response.notify import is_for_family
from homebeat.store import AlertFilter, Store
from homebeat.watch.misread import MANY_OF_A_MODEL, WAITS_MS
from homebeat.wording import Wording
from simulators.makes.catalogue import MAKES
from tests.contract.store.conftest import STREET, T0
from tests.contract.watch.test_tick import BAND, METER, RESIDENT, Home
from tests.people import person

NAMES_MS, VALUE_MS = WAITS_MS[HintCode.NAMES], WAITS_MS[HintCode.NO_VALUE]
MINUTE = 60_000


@pytest.fixture
def home(sqlite_store: Store) -> Home:
    return Home(sqlite_store, ())


def list_alerts(store: Store) -> list[Alert]:
    with store.read(EVERYTHING) as reader:
        return sorted(
            (e.alert for e in reader.alerts.read_page(AlertFilter(rule=MISREAD)).items), key=lambda one: one.subject.key
        )


def say(alert: Alert, language: str = "en") -> str:
    return Wording(language).sentence(alert.reason, timezone="Asia/Shanghai")


def test_a_meter_with_a_wrong_name_is_told_to_the_device_desk_after_ten_minutes_and_once(home: Home) -> None:
    home.tick(home.says(METER, total_m3=4.2))
    home.tick(after_ms=NAMES_MS - MINUTE)
    assert list_alerts(home.store) == []
    home.tick(after_ms=2 * MINUTE)
    home.tick()
    (alert,) = list_alerts(home.store)
    assert (alert.subject.device, alert.subject.household, alert.since) == (METER, "h1", T0)
    assert (alert.desk, alert.queue, alert.priority) == (Desk.DEVICES, Queue.DEVICES, Priority.LOW)
    assert not is_for_family(alert)
    assert "total_m3: volume_m3" in say(alert)
    for _ in range(3):
        home.tick(home.says(METER, total_m3=4.3), after_ms=10 * MINUTE)
    (same,) = list_alerts(home.store)
    assert same.version == 1


def test_it_is_over_when_the_device_gives_what_it_should(home: Home) -> None:
    home.tick(home.says(METER, total_m3=4.2))
    home.tick(after_ms=NAMES_MS)
    home.tick(home.says(METER, volume_m3=4.2), after_ms=3 * MINUTE)
    home.tick()
    (alert,) = list_alerts(home.store)
    assert alert.condition is Condition.CLEARED


def test_a_meter_that_sends_frames_on_our_topic_is_told_what_would_read_them(home: Home) -> None:
    (frame,) = (payload for _, payload in MAKES["cjt188"].write("00000000000007", "water_meter", [{"volume_m3": 4.25}], T0))
    home.tick(Message(make_readings_topic(METER), frame, home.now))
    home.tick(after_ms=NAMES_MS)
    home.tick()
    (alert,) = list_alerts(home.store)
    assert "cjt188" in say(alert)


def test_what_is_mended_in_time_is_never_told(home: Home) -> None:
    home.tick(home.says(METER, total_m3=4.2))
    home.tick(home.says(METER, volume_m3=4.2), after_ms=3 * MINUTE)
    home.tick(after_ms=NAMES_MS)
    home.tick()
    assert list_alerts(home.store) == []


def test_a_message_of_another_format_names_the_codec(home: Home) -> None:
    home.tick(home.says(METER, media="water", meter="multical21", name="a", id="12345678", total_m3=4.2, timestamp="x"))
    home.tick(after_ms=NAMES_MS)
    home.tick()
    (alert,) = list_alerts(home.store)
    assert alert.reason.code == "device_misread_codec"
    assert "wmbusmeters" in say(alert)


def test_a_volume_without_a_unit_is_told(home: Home) -> None:
    home.tick(home.says(METER, volume=4.2))
    home.tick(after_ms=WAITS_MS[HintCode.UNIT])
    home.tick()
    (alert,) = list_alerts(home.store)
    assert alert.reason.code == "device_misread_unit"
    assert "volume_m3" in say(alert)


def test_what_a_device_gives_beyond_what_it_may_claim_is_no_alert_and_hides_no_other(home: Home) -> None:
    first, *others = STREET.households
    claimed = tuple(replace(one, measures=("heart_rate_bpm",)) if one.id == BAND else one for one in first.devices)
    with home.store.begin() as tx:
        tx.fleet.apply(replace(STREET, households=(replace(first, devices=claimed), *others)), home.now)
    home.tick(after_ms=10_000)  # the watch takes the registry in
    home.tick(home.says(BAND, heart_rate_bpm=70, spo2_pct=97), home.says(METER, total_m3=4.2))
    with home.store.read(EVERYTHING) as reader:
        last = reader.last_messages.find(DeviceId(BAND))
    assert last is not None
    assert last.hint is not None
    assert last.hint.code is HintCode.UNCLAIMED
    home.start()
    home.tick(home.says(METER, total_m3=4.2), after_ms=MINUTE)
    home.tick(after_ms=2 * VALUE_MS)
    home.tick()
    assert [one.subject.device for one in list_alerts(home.store)] == [METER]


def test_a_band_without_a_pulse_is_told_after_an_hour(home: Home) -> None:
    home.tick(home.says(BAND, battery_pct=70))
    home.tick(after_ms=VALUE_MS - MINUTE)
    assert list_alerts(home.store) == []
    home.tick(after_ms=2 * MINUTE)
    home.tick()
    (alert,) = list_alerts(home.store)
    assert alert.reason.code == "device_misread_no_value"
    assert "心率" in say(alert, "zh-CN")


def test_after_a_restart_it_is_told_neither_twice_nor_forgotten(home: Home) -> None:
    home.tick(home.says(METER, total_m3=4.2))
    home.tick(after_ms=NAMES_MS)
    home.tick()
    home.start()
    home.tick(home.says(METER, total_m3=4.3), after_ms=MINUTE)
    home.tick(after_ms=2 * NAMES_MS)
    home.tick()
    (alert,) = list_alerts(home.store)
    assert alert.version == 1
    home.start()
    home.tick(home.says(METER, volume_m3=4.3), after_ms=MINUTE)
    home.tick()
    (alert,) = list_alerts(home.store)
    assert alert.condition is Condition.CLEARED


def test_one_that_was_seen_before_a_restart_is_told_after_it(home: Home) -> None:
    home.tick(home.says(METER, total_m3=4.2))
    home.start()
    home.tick(after_ms=NAMES_MS)
    home.tick()
    assert len(list_alerts(home.store)) == 1


def test_once_it_was_closed_the_device_has_no_second_one(home: Home) -> None:
    home.tick(home.says(METER, total_m3=4.2))
    home.tick(after_ms=NAMES_MS)
    home.tick()
    perform = Perform(home.store, lambda: home.now)
    perform(person("gao", Role.RESPONDER), Resolve(list_alerts(home.store)[0].id, Outcome.DEVICE))
    home.start()
    for _ in range(3):
        home.tick(home.says(METER, total_m3=4.3), after_ms=NAMES_MS)
    assert len(list_alerts(home.store)) == 1


def test_what_nobody_agreed_to_is_no_fault_of_the_band(home: Home) -> None:
    with home.store.begin() as tx:
        tx.consents.add(ConsentDecision(RESIDENT, Purpose.BAND, False, date(2026, 1, 2), "paper", "user:ann", T0))
    home.start()
    home.tick(home.says(BAND, heart_rate_bpm=70))
    home.tick(after_ms=VALUE_MS)
    home.tick()
    assert list_alerts(home.store) == []


def test_a_device_that_is_retired_ends_it(home: Home) -> None:
    home.tick(home.says(METER, total_m3=4.2))
    home.tick(after_ms=NAMES_MS)
    home.tick()
    first, *others = STREET.households
    with home.store.begin() as tx:
        tx.fleet.apply(Fleet(STREET.areas, (replace(first, devices=first.devices[1:]), *others)), home.now)
    for _ in range(3):
        home.tick(after_ms=3_000)
    (alert,) = list_alerts(home.store)
    assert alert.condition is Condition.CLEARED


def test_many_of_one_model_are_one_alert_and_others_have_their_own(sqlite_store: Store) -> None:
    home = Home(sqlite_store, ())
    first, *others = STREET.households
    meters = tuple(Device(DeviceId(f"m{n}"), DeviceKind.WATER_METER, model="Drop 2") for n in range(3 * MANY_OF_A_MODEL))
    one = Device(DeviceId("other"), DeviceKind.WATER_METER, model="Brook 1")
    with sqlite_store.begin() as tx:
        tx.fleet.apply(Fleet(STREET.areas, (replace(first, devices=(*first.devices, *meters, one)), *others)), T0)
    home.start()
    home.tick(*(home.says(each.id, total_m3=1.0) for each in (*meters, one)))
    home.tick(after_ms=NAMES_MS)
    home.tick()
    own, model = list_alerts(sqlite_store)
    assert own.subject.device == "other"
    assert model.subject.service.startswith("model-")
    assert model.reason.params["devices"] == len(meters)
    assert "Drop 2" in say(model)
    home.start()
    home.tick(*(home.says(each.id, volume_m3=1.0) for each in meters[1:]), after_ms=MINUTE)
    home.tick(after_ms=NAMES_MS)
    assert [alert.condition for alert in list_alerts(sqlite_store)] == [Condition.FIRING, Condition.FIRING]
    home.tick(home.says(meters[0].id, volume_m3=1.0), after_ms=MINUTE)
    home.tick()
    assert [alert.condition for alert in list_alerts(sqlite_store)] == [Condition.FIRING, Condition.CLEARED]
