"""What the database refuses costs itself alone: the rest of the tick is committed, and the watch goes on."""

from __future__ import annotations

import threading
from dataclasses import replace

import numpy as np
import pytest
from sqlalchemy import text

from homebeat.domain.fleet import Fleet
from homebeat.domain.ids import ResidentId
from homebeat.domain.inbound import Message, QuarantineReason
from homebeat.domain.scope import EVERYTHING
from homebeat.engine.rulebook import RuleBook
from homebeat.ingest.reading import Intake
from homebeat.response.setup import PLAIN
from homebeat.rules.sos import Sos
from homebeat.store import AlertFilter, Store
from homebeat.stream.batch import EMPTY
from homebeat.watch import Watch, WatchOptions
from homebeat.watch.bisection import write_by_bisection
from homebeat.watch.tick import Tick
from tests.contract.store.conftest import STREET, T0, home
from tests.contract.store.test_learned import LEARNED
from tests.contract.watch.test_upkeep import HOUR, KEEP, Scripted

NOW = T0 + HOUR


def refuse(store: Store, table: str, condition: str) -> None:
    """Let the database refuse rows; `{0}` in the condition stands before each column."""
    with store._database.begin_write() as connection:
        if store._database.is_sqlite:
            connection.execute(
                text(
                    f"CREATE TRIGGER poison_{table} BEFORE INSERT ON {table} WHEN {condition.format('NEW.')}"
                    " BEGIN SELECT RAISE(ABORT, 'poison'); END"
                )
            )
        else:
            connection.execute(text(f"ALTER TABLE {table} ADD CONSTRAINT poison CHECK (NOT ({condition.format('')}))"))


def message(device: str, payload: bytes, at: int = NOW) -> Message:
    return Message(f"homebeat/v1/{device}/readings", payload, at)


def sos(home: str, at: int = NOW) -> Message:
    return message(f"{home}-band", b'{"alarm": "sos"}', at)


def started(store: Store, *ticks: list[Message], now: list[int]) -> Watch:
    with store.begin() as tx:
        tx.fleet.apply(STREET, T0)
    watch = Watch(
        store,
        Scripted(*ticks),
        WatchOptions(keep=KEEP, patience_s=20.0, states_ms=1_000),
        clock=lambda: now[0],
        book_of=lambda *_: RuleBook([{"sos": Sos()}]),
    )
    watch.start()
    return watch


def test_a_refused_reading_goes_to_quarantine_and_the_others_of_its_tick_are_kept(store: Store) -> None:
    now = [NOW]
    poison = b'{"volume_m3": 666, "firmware": "7"}'
    before = [message("h1-meter", b'{"volume_m3": %d}' % n, NOW - 100 + n) for n in range(40)]
    after = [message("h3-meter", b'{"volume_m3": %d}' % n) for n in range(7)]
    again = [message("h2-meter", poison, NOW + 1_500), sos("h3", NOW + 1_600)]
    watch = started(store, [*before, message("h2-meter", poison), sos("h1"), *after], again, now=now)
    refuse(store, "reading", "{0}value = 666")
    for _ in range(2):
        watch.tick(threading.Event())
        now[0] += 2_000
    with store.read(EVERYTHING) as reader:
        balance, aside = reader.read_balance(), reader.quarantine.read_page().items
        told = {entry.alert.subject.household for entry in reader.alerts.read_page(AlertFilter(), limit=10).items}
    assert told == {"h1", "h3"}
    assert [(entry.reason, entry.payload) for entry in aside] == [(QuarantineReason.DEFECT, poison)] * 2
    assert all("the database refused it" in entry.detail for entry in aside)
    assert balance.is_balanced
    assert (balance.delivered, balance.quarantined) == (51, 2)
    assert watch.counts["refused"] == 2
    assert watch.wrong is None


def test_an_alert_whose_reason_is_refused_is_told_without_it_and_others_with_it(store: Store) -> None:
    now = [NOW]
    watch = started(store, [sos("h1"), sos("h2"), sos("h3")], now=now)
    refuse(store, "alert", "{0}household = 'h2' AND {0}reason_code <> 'reason_lost'")
    written = watch.tick(threading.Event())
    with store.read(EVERYTHING) as reader:
        alerts = [entry.alert for entry in reader.alerts.read_page(AlertFilter(), limit=10).items]
        notices = reader.outbox.read_health().waiting
    assert {alert.subject.household: alert.reason.code for alert in alerts} == {"h1": "sos", "h2": "reason_lost", "h3": "sos"}
    assert notices == 3
    assert len(written.decision.changes) == 3


def test_an_alert_that_is_refused_is_said_and_costs_no_other(store: Store) -> None:
    now = [NOW]
    watch = started(store, [sos("h1"), sos("h2"), sos("h3")], now=now)
    refuse(store, "alert", "{0}household = 'h2'")
    written = watch.tick(threading.Event())
    with store.read(EVERYTHING) as reader:
        told = {entry.alert.subject.household for entry in reader.alerts.read_page(AlertFilter(), limit=10).items}
    assert told == {"h1", "h3"}
    assert any(line.startswith("an alert of sos") for line in written.refused)
    refused = watch.counts["refused"]
    assert refused == len(written.refused) > 0
    now[0] += 2_000
    watch.tick(threading.Event())
    assert beat_of(store)["noted"] == f"the database refused {refused} rows or messages, which were left out"


def beat_of(store: Store) -> dict[str, object]:
    with store.read(EVERYTHING) as reader:
        return dict(reader.heartbeats.read_all()["watch"].detail)


def test_a_tick_that_is_written_apart_says_how_the_watch_is_and_what_was_learned(store: Store) -> None:
    """The refused profile of one resident costs nobody else's."""
    watch = started(store, now=[NOW])
    refuse(store, "learned", "{0}resident = 'h2-r'")
    learned = [replace(LEARNED, resident=ResidentId(f"h{n}-r")) for n in (1, 2, 3)]
    nothing = Intake(EMPTY, np.empty(0, np.int32), [], [], [])
    tick = Tick(NOW, NOW, (), nothing, (), learned=learned, beats={"watch": {"judged_at": NOW}})
    assert watch._enrolment is not None
    written = write_by_bisection(tick, store, watch._tenure.fence, watch._enrolment, PLAIN, lambda _: nothing)
    with store.read(EVERYTHING) as reader:
        kept = [reader.learned.find_profile(one.resident) is not None for one in learned]
    assert kept == [True, False, True]
    (said,) = written.refused
    assert said.startswith("what was learned of a resident: ")
    assert beat_of(store) == {"judged_at": NOW}


def test_the_refused_state_of_one_resident_does_not_hold_back_those_of_others(store: Store) -> None:
    watch = started(store, [sos("h1")], now=[NOW])
    refuse(store, "resident_state", "{0}resident = 'h2-r'")
    refuse(store, "device_state", "{0}device = 'h1-band'")
    watch.tick(threading.Event())
    with store._database.begin_read() as connection:
        residents = set(connection.scalars(text("SELECT resident FROM resident_state")))
        devices = set(connection.scalars(text("SELECT device FROM device_state")))
    assert residents == {"h1-r", "h3-r"}
    assert "h1-band" not in devices
    assert watch.counts["refused"] >= 1


def test_a_topic_as_long_as_a_broker_lets_through_is_kept_short_and_stops_nothing(store: Store) -> None:
    name = "".join(chr(33 + (n * 7919) % 90) for n in range(60_000)).replace("/", "x")
    watch = started(store, [message(name, b"x"), message("a\0b", b"y"), sos("h1")], now=[NOW])
    watch.tick(threading.Event())
    with store.read(EVERYTHING) as reader:
        topics = sorted((entry.topic for entry in reader.quarantine.read_page().items), key=len)
        told = len(reader.alerts.read_page(AlertFilter(), limit=10).items)
        balance = reader.read_balance()
    assert "\0" not in topics[0]
    assert topics[1].endswith(f"({len(name) + 21} characters)")
    assert told == 1
    assert balance.quarantined == 2
    assert watch.wrong is None


def test_a_retry_that_the_database_refuses_stays_in_quarantine_and_costs_no_other(store: Store) -> None:
    now = [NOW]
    strangers = [message("h9-meter", b'{"volume_m3": %d}' % n, NOW + n) for n in (1, 3, 666)]
    watch = started(store, strangers, now=now)
    watch.tick(threading.Event())
    refuse(store, "reading", "{0}value = 666")
    with store.begin() as tx:
        tx.fleet.apply(Fleet(STREET.areas, (*STREET.households, home("h9"))), NOW)
        assert tx.quarantine.request_retry([1, 2, 3], NOW) == 3
    for _ in range(3):
        now[0] += 2_000
        watch.tick(threading.Event())
    with store.read(EVERYTHING) as reader:
        outcomes = [reader.quarantine.get(n).retried_outcome for n in (1, 2, 3)]  # type: ignore[union-attr]
        assert reader.quarantine.list_requested() == []
        assert reader.read_balance().readings_accepted == 2
    assert outcomes == ["accepted", "accepted", None]
    assert watch.counts["refused"] == 1


def test_of_two_retries_the_refused_one_costs_the_other_nothing(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    now = [NOW]
    watch = started(store, [message("h9-meter", b'{"volume_m3": %d}' % n, NOW + n) for n in (1, 666)], now=now)
    watch.tick(threading.Event())
    refuse(store, "reading", "{0}value = 666")
    with store.begin() as tx:
        tx.fleet.apply(Fleet(STREET.areas, (*STREET.households, home("h9"))), NOW)
        tx.quarantine.request_retry([1, 2], NOW)
    now[0] += 2_000
    watch.tick(threading.Event())
    with store.read(EVERYTHING) as reader:
        assert [reader.quarantine.get(n).retried_outcome for n in (1, 2)] == ["accepted", None]  # type: ignore[union-attr]
    assert "the database refused a message out of quarantine" in caplog.text
