"""The watch follows what residents withdraw and agree to, while it runs and after a restart."""

from __future__ import annotations

import threading
from datetime import date

import pytest

from homebeat.actions import EnterConsent, Perform
from homebeat.domain.alert import Reason
from homebeat.domain.consent import Purpose
from homebeat.domain.ids import ResidentId
from homebeat.domain.inbound import Message
from homebeat.domain.metric import Metric
from homebeat.domain.scope import EVERYTHING
from homebeat.rules.heart_rate import HeartRate
from homebeat.rules.sos import Sos
from homebeat.store import AlertFilter, Store
from homebeat.watch import Watch
from tests.contract.store.conftest import STREET, T0
from tests.contract.watch.test_gone import alerts, watching
from tests.contract.watch.test_refused import NOW, message, sos
from tests.people import person

MINUTE = 60_000
RULES = (Sos(), HeartRate())


def pulse(at: int, bpm: int = 190) -> Message:
    return message("h1-band", b'{"heart_rate_bpm": %d}' % bpm, at)


def decide(store: Store, at: int, *, agreed: bool, purpose: Purpose = Purpose.BAND) -> None:
    act = EnterConsent(ResidentId("h1-r"), purpose, agreed, date(2026, 1, 1), "folder 12")
    Perform(store, lambda: at)(person("nora", "nurse"), act)


def stored(store: Store) -> list[tuple[str, float]]:
    with store._database.begin_read() as connection:
        rows = connection.exec_driver_sql("SELECT metric, value FROM reading ORDER BY received_at, metric").all()
    return [(Metric(metric).wire_name, value) for metric, value in rows]


def run(watch: Watch, now: list[int], at: int) -> None:
    now[0] = at
    watch.tick(threading.Event())


@pytest.mark.parametrize("is_restarted", [False, True])
def test_what_was_withdrawn_is_neither_stored_nor_judged_and_an_sos_is_heard(store: Store, is_restarted: bool) -> None:
    with store.begin() as tx:
        tx.fleet.apply(STREET, T0)
    now = [NOW]
    high = [pulse(NOW + n * 5 * MINUTE) for n in range(6)]
    later = NOW + 40 * MINUTE
    after = [pulse(later + 1), sos("h1", later + 2)]
    watch = watching(store, now, high[:1], high[1:], *([[]] if is_restarted else [[], after]), rules=RULES)
    run(watch, now, NOW)
    run(watch, now, NOW + 30 * MINUTE)
    assert alerts(store)["h1"][0].condition == "firing"
    assert len(stored(store)) == 6
    decide(store, NOW + 31 * MINUTE, agreed=False)
    if is_restarted:
        watch._tenure.end()
        watch = watching(store, now, [], after, rules=RULES)
    run(watch, now, NOW + 32 * MINUTE)
    with_pulse, why = alerts(store)["h1"]
    assert (with_pulse.condition, why) == ("cleared", Reason("consent_withdrawn", {"rule": "heart_rate"}))
    assert with_pulse.answer == "unacknowledged"  # people still look at it
    run(watch, now, later + 3)
    assert stored(store)[6:] == [("heartbeat", 1.0), ("alarm_sos", 1.0)]
    with store.read(EVERYTHING) as reader:
        assert {entry.alert.rule for entry in reader.alerts.read_page(AlertFilter()).items} == {"heart_rate", "sos"}
        balance = reader.read_balance()
    assert (balance.readings_withheld, balance.is_balanced, balance.quarantined) == (1, True, 0)


def test_agreed_again_it_is_watched_again(store: Store) -> None:
    with store.begin() as tx:
        tx.fleet.apply(STREET, T0)
    decide(store, NOW, agreed=False)
    now = [NOW]
    times = [NOW + n * 5 * MINUTE for n in range(1, 12)]
    watch = watching(store, now, *[[pulse(at)] for at in times], rules=RULES)
    for at in times[:4]:
        run(watch, now, at)
    assert alerts(store) == {}
    decide(store, times[3], agreed=True)
    for at in times[4:]:
        run(watch, now, at)
    assert {name for name, _ in stored(store)[:4]} == {"heartbeat"}
    assert {name for name, _ in stored(store)[4:]} == {"heart_rate_bpm"}
    assert alerts(store)["h1"][0].rule == "heart_rate"


def test_what_the_family_may_see_is_no_matter_of_the_watch(store: Store) -> None:
    with store.begin() as tx:
        tx.fleet.apply(STREET, T0)
        before = tx.fleet.read_revision()
    decide(store, NOW, agreed=False, purpose=Purpose.FAMILY_VALUES)
    with store.read(EVERYTHING) as reader:
        assert reader.fleet.read_revision() == before
        assert not reader.fleet.read_registry().device_withdrawn.any()


def test_a_message_tried_again_is_withheld_too(store: Store) -> None:
    with store.begin() as tx:
        tx.fleet.apply(STREET, T0)
    now = [NOW]
    watch = watching(store, now, [message("h1-band", b'{"heart_rate_bpm": 70, "steps": "many"}')], [], [], rules=RULES)
    run(watch, now, NOW)
    decide(store, NOW, agreed=False)
    with store.read(EVERYTHING) as reader:
        (entry,) = reader.quarantine.read_page().items
    with store.begin() as tx:
        tx.quarantine.request_retry([entry.id], NOW)
    run(watch, now, NOW + MINUTE)
    run(watch, now, NOW + 2 * MINUTE)
    assert stored(store) == [("heart_rate_bpm", 70.0), ("heartbeat", 1.0)]
