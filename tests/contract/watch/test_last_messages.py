"""The last message of a device is kept with what was understood of it: seldom, and at once where something is wrong."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest

from homebeat.domain.consent import ConsentDecision, Purpose
from homebeat.domain.ids import DeviceId
from homebeat.domain.inbound import Message
from homebeat.domain.last_message import LONGEST_KEPT, DeviceHint, HintCode, LastMessage
from homebeat.domain.scope import EVERYTHING
from homebeat.store import Store
from homebeat.watch.last_messages import KEPT_EVERY_MS, ODD_EVERY_MS
from tests.contract.store.conftest import STREET, T0
from tests.contract.watch.test_tick import BAND, METER, RESIDENT, Home


def read_last(store: Store, device: str) -> LastMessage | None:
    with store.read(EVERYTHING) as reader:
        return reader.last_messages.find(DeviceId(device))


@pytest.fixture
def home(store: Store) -> Home:
    return Home(store, ())


def test_a_message_is_kept_with_what_was_understood(home: Home, store: Store) -> None:
    home.tick(home.says(BAND, heart_rate_bpm=70, steps=12, mood="good"))
    last = read_last(store, BAND)
    assert last is not None
    assert (last.understood, last.unknown, last.read_by, last.hint) == (("heart_rate_bpm", "steps"), ("mood",), "native", None)
    assert json.loads(last.payload)["mood"] == "good"


def test_raw_json_of_a_meter_is_said_at_its_first_message_and_withdrawn_when_it_gives_a_volume(home: Home, store: Store) -> None:
    home.tick(home.says(METER, total_m3=4.2))
    last = read_last(store, METER)
    assert last is not None
    assert last.hint == DeviceHint(HintCode.NAMES, {"names": "total_m3: volume_m3"})
    assert last.understood == ("heartbeat",)
    home.tick(home.says(METER, volume_m3=4.2), after_ms=ODD_EVERY_MS)
    last = read_last(store, METER)
    assert last is not None
    assert (last.hint, last.understood) == (None, ("volume_m3",))


def test_a_band_with_a_battery_and_no_more_is_said(home: Home, store: Store) -> None:
    home.tick(home.says(BAND, battery_pct=70))
    last = read_last(store, BAND)
    assert last is not None
    assert last.hint == DeviceHint(HintCode.NO_VALUE, {"metric": "heart_rate_bpm"})


def test_what_the_model_of_a_device_does_not_measure_is_said(home: Home, store: Store) -> None:
    first, *others = STREET.households
    claimed = tuple(replace(one, measures=("steps", "heart_rate_bpm")) if one.id == BAND else one for one in first.devices)
    with store.begin() as tx:
        tx.fleet.apply(replace(STREET, households=(replace(first, devices=claimed), *others)), home.now)
    home.tick(after_ms=10_000)  # the watch takes the registry in
    home.tick(home.says(BAND, heart_rate_bpm=70, steps=12, spo2_pct=97))
    last = read_last(store, BAND)
    assert last is not None
    assert (last.understood, last.unknown) == (("heart_rate_bpm", "heartbeat", "steps"), ("spo2_pct",))
    assert last.hint == DeviceHint(HintCode.UNCLAIMED, {"metrics": "spo2_pct"})
    home.tick(home.says(BAND, heart_rate_bpm=70), after_ms=KEPT_EVERY_MS)
    last = read_last(store, BAND)
    assert last is not None
    assert last.hint is None, "it no longer gives it"


@pytest.mark.parametrize(
    ("measures", "says", "hint"),
    [
        (
            ("battery_pct", "volume_m3"),
            {"total_m3": 4.2, "flow_m3h": 0.1},
            DeviceHint(HintCode.NAMES, {"names": "total_m3: volume_m3"}),
        ),
        (("battery_pct", "volume_m3"), {"volume": 4.2, "flow_m3h": 0.1}, DeviceHint(HintCode.UNIT, {"names": "volume"})),
        (("battery_pct", "volume_m3"), {"flow_m3h": 0.1}, DeviceHint(HintCode.NO_VALUE, {"metric": "volume_m3"})),
        (("battery_pct", "flow_m3h"), {"volume_m3": 4.2}, DeviceHint(HintCode.UNCLAIMED, {"metrics": "volume_m3"})),
    ],
)
def test_what_a_device_may_not_claim_hides_nothing_that_is_worse(
    home: Home, store: Store, measures: tuple[str, ...], says: dict[str, float], hint: DeviceHint
) -> None:
    """A meter that gives no volume is said as such; not where it gives one that its model does not measure."""
    first, *others = STREET.households
    claimed = tuple(replace(one, measures=measures) if one.id == METER else one for one in first.devices)
    with store.begin() as tx:
        tx.fleet.apply(replace(STREET, households=(replace(first, devices=claimed), *others)), home.now)
    home.tick(after_ms=10_000)  # the watch takes the registry in
    home.tick(home.says(METER, home.now, **says))
    last = read_last(store, METER)
    assert last is not None
    assert last.hint == hint


def test_the_next_message_is_kept_an_hour_later_and_one_that_is_odd_sooner(home: Home, store: Store) -> None:
    home.tick(home.says(BAND, steps=1))
    home.tick(home.says(BAND, steps=2), after_ms=ODD_EVERY_MS)
    assert (last := read_last(store, BAND)) is not None
    assert json.loads(last.payload)["steps"] == 1
    home.tick(home.says(BAND, steps=3, mood="bad"), after_ms=1_000)
    assert (last := read_last(store, BAND)) is not None
    assert json.loads(last.payload)["steps"] == 1, "values that are not judged are nothing unusual"
    home.tick(home.says(BAND, steps=3, battery_pct="full"), after_ms=1_000)
    assert (last := read_last(store, BAND)) is not None
    assert json.loads(last.payload)["steps"] == 3
    home.tick(home.says(BAND, steps=4), after_ms=KEPT_EVERY_MS)
    assert (last := read_last(store, BAND)) is not None
    assert json.loads(last.payload)["steps"] == 4


def test_a_message_that_cannot_be_used_is_kept_with_the_reason(home: Home, store: Store) -> None:
    message = home.says(METER, volume_m3="much")
    home.tick(message)
    last = read_last(store, METER)
    assert last is not None
    assert (last.payload, last.understood) == (message.payload, ())
    assert "much" in last.detail


def test_of_many_messages_of_a_tick_the_last_of_each_device_is_kept(home: Home, store: Store) -> None:
    home.tick(*(home.says(BAND, home.now + 1 + n, steps=n) for n in range(5)), home.says(METER, home.now + 9, volume_m3=1.5))
    assert (last := read_last(store, BAND)) is not None
    assert json.loads(last.payload)["steps"] == 4
    assert read_last(store, METER) is not None


def test_a_long_message_is_kept_in_part(home: Home, store: Store) -> None:
    home.tick(Message(f"homebeat/v1/{BAND}/readings", b'{"steps": 3, "note": "' + b"x" * LONGEST_KEPT + b'"}', home.now + 1))
    assert (last := read_last(store, BAND)) is not None
    assert len(last.payload) == LONGEST_KEPT


def test_the_bytes_of_what_nobody_agreed_to_are_not_kept(home: Home, store: Store) -> None:
    with store.begin() as tx:
        tx.consents.add(ConsentDecision(RESIDENT, Purpose.BAND, False, date(2026, 1, 2), "paper", "user:ann", T0))
    home.start()
    home.tick(home.says(BAND, heart_rate_bpm=70, mood="good"))
    last = read_last(store, BAND)
    assert last is not None
    assert (last.payload, last.detail, last.unknown) == (b"", "", ())
