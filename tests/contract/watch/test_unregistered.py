"""A call for help from a device that nobody registered is at the technician's desk at once, once, and bounded."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from homebeat.domain.alert import Condition, Desk, Priority
from homebeat.domain.fleet import Fleet
from homebeat.domain.inbound import Message
from homebeat.domain.scope import EVERYTHING
from homebeat.store import AlertEntry, AlertFilter, Store
from homebeat.watch.nearest import find_nearest
from homebeat.watch.unregistered import MOST_A_MINUTE, OTHERS, SAME_CALL_MS
from homebeat.wording import Wording
from tests.contract.store.conftest import STREET, T0
from tests.contract.watch.test_upkeep import HOUR, Scripted, watching

SOS = b'{"alarm": "sos"}'
NOW = T0 + HOUR


def called(store: Store, *ticks: list[Message]) -> list[AlertEntry]:
    """The alerts after these ticks of a watch, a minute apart."""
    now = [NOW]
    watch = watching(store, Scripted(*ticks), now)
    for _ in ticks:
        watch.tick(threading.Event())
        now[0] += 60_000
    with store.read(EVERYTHING) as reader:
        return list(reader.alerts.read_page(AlertFilter(is_open=True), limit=200).items)


def from_device(device: str, payload: bytes = SOS, at: int = NOW, *, retained: bool = False) -> Message:
    return Message(f"homebeat/v1/{device}/readings", payload, at, retained=retained)


def sentence(entry: AlertEntry) -> str:
    return Wording("en").sentence(entry.alert.reason, timezone=entry.timezone)


def test_it_says_everything_that_is_known(store: Store) -> None:
    (entry,) = called(store, [from_device("wb-77")])
    alert = entry.alert
    assert (alert.rule, alert.desk, alert.priority) == ("unregistered_alarm", Desk.DEVICES, Priority.CRITICAL)
    assert (alert.subject.household, alert.subject.device, alert.since) == (None, "wb-77", NOW)
    assert entry.timezone == "Asia/Shanghai"
    said = sentence(entry)
    assert all(part in said for part in ("wb-77", "SOS", "homebeat/v1/wb-77/readings", "1 Jan 09:00"))
    with store.read(EVERYTHING) as reader:
        aside = reader.quarantine.find_received(NOW, "wb-77")
    assert aside is not None
    assert aside.payload == SOS


def test_the_nearest_registered_device_and_its_home_are_named(sqlite_store: Store) -> None:
    (entry,) = called(sqlite_store, [from_device("h1-bamd")])
    assert "It may be h1-band of the home h1" in sentence(entry)


@pytest.mark.parametrize(
    "topic", ["Homebeat/v1/h1-band/readings", "/homebeat/v1/h1-band/reading", "homebeat/v2/h1-band/readings/"]
)
def test_a_registered_device_on_a_topic_that_nobody_reads_is_named(sqlite_store: Store, topic: str) -> None:
    (entry,) = called(sqlite_store, [Message(topic, SOS, NOW)])
    assert entry.alert.subject.device == "h1-band"
    assert "of the home h1" in sentence(entry)
    assert topic in sentence(entry)


@pytest.mark.parametrize(
    ("payload", "priorities"),
    [
        (b"sos\0", [Priority.CRITICAL]),
        (b'{"alarm": 1}', [Priority.HIGH]),
        ("求救".encode("gbk"), [Priority.CRITICAL]),
        (b'{"alarm": 0}', []),
        (b'{"steps": 4}', []),
    ],
)
def test_what_cannot_be_read_is_heard_too_and_what_is_no_call_is_not(
    sqlite_store: Store, payload: bytes, priorities: list[Priority]
) -> None:
    assert [entry.alert.priority for entry in called(sqlite_store, [from_device("wb-77", payload)])] == priorities


def test_what_the_broker_kept_is_no_call(sqlite_store: Store) -> None:
    assert called(sqlite_store, [from_device("wb-77", retained=True)]) == []


def test_one_alert_a_device_and_a_later_call_is_noted(sqlite_store: Store) -> None:
    presses = [from_device("wb-77", at=NOW + n * 1_000) for n in range(5)]
    (entry,) = called(sqlite_store, presses, [from_device("wb-77", at=NOW + SAME_CALL_MS + 5_000)])
    with sqlite_store.read(EVERYTHING) as reader:
        detail = reader.alerts.get(entry.alert.id)
    assert detail is not None
    assert [step.kind for step in detail.history] == ["opened", "noted"]


def test_a_flood_of_random_devices_is_counted_in_one_alert(sqlite_store: Store) -> None:
    flood = [from_device(f"x-{n:05d}", at=NOW + n) for n in range(2_000)]
    entries = called(sqlite_store, flood)
    assert len(entries) == MOST_A_MINUTE + 1
    (others,) = (entry for entry in entries if entry.alert.subject == OTHERS)
    assert "more calls for help" in sentence(others)
    with sqlite_store.read(EVERYTHING) as reader:
        assert sum(reader.quarantine.count_by_reason().values()) == len(flood)


def test_after_registration_the_message_is_used_and_the_alert_is_over(sqlite_store: Store) -> None:
    first, *others = STREET.households
    without = Fleet(STREET.areas, (replace(first, devices=first.devices[:1]), *others))
    now, stop = [NOW], threading.Event()
    watch = watching(sqlite_store, Scripted([], [], [from_device("h1-band")]), now)
    with sqlite_store.begin() as tx:
        tx.fleet.apply(without, NOW)
    for _ in range(3):
        now[0] += 3_000
        watch.tick(stop)
    with sqlite_store.begin() as tx:
        tx.fleet.apply(STREET, now[0])
        assert tx.quarantine.request_retry([1], now[0]) == 1
    for _ in range(3):
        now[0] += 3_000
        watch.tick(stop)
    with sqlite_store.read(EVERYTHING) as reader:
        entries = reader.alerts.read_page(AlertFilter(is_open=True)).items
        aside = reader.quarantine.get(1)
    (entry,) = (entry for entry in entries if entry.alert.rule == "unregistered_alarm")
    assert entry.alert.condition is Condition.CLEARED
    assert aside is not None
    assert aside.retried_outcome == "accepted"


@pytest.mark.parametrize(
    "unknown", ["wb-00041", "WB-00041", "wb_00041", "wb00041", "wb-0041", "wb-000411", "wb-00014", "wb-10042", "vb-00041"]
)
def test_the_nearest_device(unknown: str) -> None:
    assert find_nearest(unknown, {"wb-00041": 0, "other": 1}) == "wb-00041"


@pytest.mark.parametrize("unknown", ["wb-00999", "x" * 64, ""])
def test_nothing_is_near(unknown: str) -> None:
    assert find_nearest(unknown, {"wb-00041": 0, "other": 1}) is None
