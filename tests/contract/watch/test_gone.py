"""Alerts of homes that leave the register and of rules that are switched off: over with a reason, also after a restart."""

from __future__ import annotations

import threading

import pytest

from homebeat.domain.alert import JUDGING_FAILED, Alert, Desk, Edge, Priority, Reason, Subject, TransitionKind, open_alert
from homebeat.domain.fleet import Fleet
from homebeat.domain.ids import HouseholdId
from homebeat.engine.rulebook import RuleBook
from homebeat.rules.rule import Rule
from homebeat.rules.smoke import Smoke
from homebeat.rules.sos import Sos
from homebeat.store import AlertFilter, Store
from homebeat.store.alert.writes import AlertWrites
from homebeat.watch import Watch, WatchOptions
from tests.contract.store.conftest import STREET, T0
from tests.contract.watch.test_refused import NOW, sos
from tests.contract.watch.test_upkeep import KEEP, Scripted

WITHOUT_H1 = Fleet(STREET.areas, STREET.households[1:])


def watching(store: Store, now: list[int], *ticks: list, rules: tuple[Rule, ...] = (Sos(),)) -> Watch:  # type: ignore[type-arg]
    options = WatchOptions(keep=KEEP, patience_s=20.0)
    book = RuleBook([{rule.code: rule for rule in rules}])
    watch = Watch(store, Scripted(*ticks), options, clock=lambda: now[0], book_of=lambda _fleet: book)
    watch.start()
    return watch


def alerts(store: Store) -> dict[str | None, tuple[Alert, Reason]]:
    """By home: the alert, and the reason of its last step."""
    found = {}
    with store.read() as reader:
        for entry in reader.alerts.page(AlertFilter()).items:
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
        watch._saving.take(watch.engine)
        watch._saving.finish()
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
        watch._saving.take(watch.engine)
        watch._saving.finish()
    watch._tenure.end()
    now[0] += 5_000
    watching(store, now, rules=(Smoke(),)).tick(threading.Event())
    assert {(alert.condition.value, why.code) for alert, why in alerts(store).values()} == {("cleared", "rule_switched_off")}
