"""Alerts of homes that leave the register and of rules that are switched off: over with a reason, also after a restart."""

from __future__ import annotations

import threading

import pytest

from homebeat.domain.alert import (
    JUDGING_FAILED,
    Alert,
    Desk,
    Edge,
    Priority,
    Reason,
    Subject,
    TransitionKind,
    acknowledge,
    open_alert,
)
from homebeat.domain.fleet import Fleet
from homebeat.domain.ids import HouseholdId
from homebeat.domain.scope import EVERYTHING
from homebeat.engine.rulebook import RuleBook
from homebeat.rules.fall import Fall
from homebeat.rules.rule import Rule
from homebeat.rules.smoke import Smoke
from homebeat.rules.sos import Sos
from homebeat.store import AlertFilter, Store
from homebeat.store.alert.writes import AlertWrites
from homebeat.watch import Watch, WatchOptions
from tests.contract.store.conftest import STREET, T0
from tests.contract.watch.test_refused import NOW, message, sos
from tests.contract.watch.test_upkeep import KEEP, Scripted

WITHOUT_H1 = Fleet(STREET.areas, STREET.households[1:])


def watching(store: Store, now: list[int], *ticks: list, rules: tuple[Rule, ...] = (Sos(),)) -> Watch:  # type: ignore[type-arg]
    options = WatchOptions(keep=KEEP, patience_s=20.0)
    book = RuleBook([{rule.code: rule for rule in rules}])
    watch = Watch(store, Scripted(*ticks), options, clock=lambda: now[0], book_of=lambda *_: book)
    watch.start()
    return watch


def alerts(store: Store) -> dict[str | None, tuple[Alert, Reason]]:
    """By home: the alert, and the reason of its last step."""
    found = {}
    with store.read(EVERYTHING) as reader:
        for entry in reader.alerts.read_page(AlertFilter()).items:
            detail = reader.alerts.get(entry.alert.id)
            assert detail is not None
            found[entry.alert.subject.household] = (entry.alert, detail.history[-1].reason)
    return found  # type: ignore[return-value]


def pressed(store: Store, now: list[int]) -> Watch:
    with store.begin() as tx:
        tx.fleet.apply(STREET, T0)
    watch = watching(store, now, [sos("h1"), sos("h2")])
    watch.tick(threading.Event())
    return watch


def test_the_alert_of_a_home_that_leaves_is_over_and_still_to_be_closed(store: Store) -> None:
    now = [NOW]
    watch = pressed(store, now)
    with store.begin() as tx:
        tx.fleet.apply(WITHOUT_H1, NOW + 1)
    now[0] += 5_000
    watch.tick(threading.Event())
    (left, why), (stays, _) = alerts(store)["h1"], alerts(store)["h2"]
    assert (left.condition, left.answer, why) == ("cleared", "unacknowledged", Reason("left_the_registry", {"rule": "sos"}))
    assert stays.condition == "firing"


@pytest.mark.parametrize("is_saved", [False, True])
def test_it_is_over_also_when_the_home_left_while_no_watch_ran(store: Store, is_saved: bool) -> None:
    now = [NOW]
    watch = pressed(store, now)
    if is_saved:
        watch._checkpoint_writer.take(watch.engine)
        watch._checkpoint_writer.finish()
    watch._tenure.end()
    with store.begin() as tx:
        tx.fleet.apply(WITHOUT_H1, NOW + 1)
    now[0] += 5_000
    again = watching(store, now)
    again.tick(threading.Event())
    left, why = alerts(store)["h1"]
    assert (left.condition, why.code) == ("cleared", "left_the_registry")
    assert alerts(store)["h2"][0].condition == "firing"
    version = left.version
    again.tick(threading.Event())
    assert alerts(store)["h1"][0].version == version


def test_a_home_that_could_not_be_judged_and_has_left_is_over_too(store: Store) -> None:
    about = Subject(HouseholdId("h1"))
    edge = Edge(T0, JUDGING_FAILED, about, TransitionKind.OPENED, Priority.HIGH, Desk.DEVICES, T0, Reason("judging_failed"), T0)
    with store.begin() as tx:
        tx.fleet.apply(STREET, T0)
        AlertWrites(tx).apply(*open_alert(edge))
        tx.fleet.apply(WITHOUT_H1, T0 + 1)
    watching(store, [NOW]).tick(threading.Event())
    alert, why = alerts(store)["h1"]
    assert (alert.condition, why.code) == ("cleared", "left_the_registry")


@pytest.mark.parametrize("is_saved", [False, True])
def test_it_is_over_when_its_rule_was_switched_off_before_a_restart(store: Store, is_saved: bool) -> None:
    now = [NOW]
    watch = pressed(store, now)
    if is_saved:
        watch._checkpoint_writer.take(watch.engine)
        watch._checkpoint_writer.finish()
    watch._tenure.end()
    now[0] += 5_000
    watching(store, now, rules=(Smoke(),)).tick(threading.Event())
    assert {(alert.condition.value, why.code) for alert, why in alerts(store).values()} == {("cleared", "rule_switched_off")}


def test_a_home_that_was_left_out_by_mistake_is_called_for_again(store: Store) -> None:
    now = [NOW]
    watch = pressed(store, now)
    for fleet in (WITHOUT_H1, STREET):
        now[0] += 35_000
        with store.begin() as tx:
            tx.fleet.apply(fleet, now[0])
        watch.tick(threading.Event())
    now[0] += 35_000
    watch.tick(threading.Event())
    back, _ = alerts(store)["h1"]
    assert (back.condition, back.answer) == ("firing", "unacknowledged")


def test_who_has_taken_a_confirmed_fall_keeps_it_over_a_crash(store: Store) -> None:
    now, fall = [NOW], message("h1-band", b'{"alarm": "fall"}')
    with store.begin() as tx:
        tx.fleet.apply(STREET, T0)
    watch = watching(store, now, [fall], rules=(Fall(),))
    for _ in range(3):
        watch.tick(threading.Event())
        now[0] += 40_000
    raised, _ = alerts(store)["h1"]
    assert (raised.priority, raised.version) == (Priority.CRITICAL, 2)
    with store.begin() as tx:
        AlertWrites(tx).apply(*acknowledge(raised, now[0], "user:ann"))
    watch._tenure.end()
    now[0] += 300_000
    watching(store, now, rules=(Fall(),)).tick(threading.Event())
    kept, _ = alerts(store)["h1"]
    assert (kept.owner, kept.version) == ("user:ann", 3)
